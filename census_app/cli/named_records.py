"""How a record is named on the command line: by its form, and as `services.naming` says."""

from __future__ import annotations

import click

from census_app.cli.speech import Speech
from census_app.domain.records import RecordId
from census_app.formspec.model import Form
from census_app.services.naming import records_of, the_record
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


def named_record(store: WorkspaceStore, form: Form, given: str) -> RecordId:
    """Return the record of a form that is meant.

    Raises:
        UserError: `RECORD_UNKNOWN`, `RECORD_SEVERAL`.
    """
    return the_record(records_of(store, [form]), given).record
