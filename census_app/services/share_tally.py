"""Count resources by sharing type: those that travel whole in a package, and those that it only announces.

A package's tally is remembered with it, so that the cover sheet printed a week later still says what the package
carries and not what stands in the file by then.
"""

from __future__ import annotations

from collections.abc import Mapping

from census_app.domain.holdings import ShareTally
from census_app.domain.records import RecordId
from census_app.formspec.model import FormSet
from census_app.services.ports import ListQuery, WorkspaceStore


def tally_of_lines(form_set: FormSet, types: Mapping[object, int], announced: int) -> ShareTally:
    """Return the tally of the lines of a package.

    Args:
        types: Sharing type as the lines of whole resources give it → how many; None for those that give none.
    """
    _form, field = form_set.by_role("share_type")
    codes = [choice.code for choice in form_set.choice_lists[field.choices].choices]
    whole = {code: types.get(code, 0) for code in codes}
    rest = sum(types.values()) - sum(whole.values())
    return ShareTally(whole | ({"": rest} if rest else {}), announced)


def tally_of_workspace(store: WorkspaceStore, blocked: set[tuple[str, RecordId]]) -> ShareTally:
    """Return the tally of the package that would be written now.

    Args:
        blocked: (form, id) of the records that would be announced only.
    """
    form, field = store.form_set.by_role("share_type")
    whole = {
        choice.code: store.count(ListQuery(form.id, equals={field.id: choice.code}))
        for choice in store.form_set.choice_lists[field.choices].choices
    }
    rest = store.count(ListQuery(form.id)) - sum(whole.values())
    announced = 0
    for record in store.records(form.id, [i for name, i in blocked if name == form.id]).values():
        announced += 1
        given = record.values.get(field.id)
        if isinstance(given, str) and given in whole:
            whole[given] -= 1
        else:
            rest -= 1
    return ShareTally(whole | ({"": rest} if rest else {}), announced)
