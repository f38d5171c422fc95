"""How a record is named on the command line: by its form, and by its name or the beginning of its id."""

from __future__ import annotations

import click

from census_app.cli.speech import Speech
from census_app.domain.records import RecordId
from census_app.formspec.model import Form
from census_app.services.lookup import RecordNames
from census_app.services.ports import WorkspaceStore


def named_form(store: WorkspaceStore, form: str, speech: Speech) -> Form:
    """Return a form that stands for itself.

    Raises:
        click.UsageError: There is none of that id.
    """
    for known in store.form_set.forms:
        if known.id == form and not known.parent:
            return known
    known_ids = "、".join(f.id for f in store.form_set.forms if not f.parent)
    raise click.UsageError(speech.text("CLI_COPY_NO_FORM", form=form, forms=known_ids))


def named_record(store: WorkspaceStore, form: Form, given: str, speech: Speech) -> RecordId:
    """Return the record with that name, or whose id begins so.

    Raises:
        click.UsageError: There is none, or several ids begin so.
    """
    found = RecordNames(store).resolve(form.id, given)
    if found is None:
        titles = store.titles(form.id)
        begun = [i for i in titles if given and i.startswith(given.lower())]
        if len(begun) != 1:
            raise click.UsageError(speech.text("CLI_COPY_NO_RECORD", given=given))
        found = begun[0]
    return RecordId(found)
