"""Count resources by sharing type: those that travel whole in a package, and those that it only announces.

A package's tally is kept beside its counts of lines, under keys that no form can have, so that the cover sheet printed
a week later still says what the package carries and not what stands in the file by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from census_app.domain.records import RecordId
from census_app.formspec.model import FormSet
from census_app.services.ports import ListQuery, WorkspaceStore


@dataclass(frozen=True, slots=True)
class ShareTally:
    """Resources of one package.

    Attributes:
        whole: Code of the sharing type → resources that travel whole, in the order of the list of choices; the empty
            code for those that give none, only where there are some.
        announced: Resources of which only the name travels.
    """

    whole: Mapping[str, int]
    announced: int = 0


def tally_of_lines(
    form_set: FormSet, types: Iterable[object], announced: int = 0
) -> dict[str, int]:
    """Return what is kept beside the counts of a package.

    Args:
        types: Of each resource that travels whole, its sharing type as the line gives it; None where it gives none.
    """
    form, field = form_set.by_role("share_type")
    codes = [choice.code for choice in form_set.choice_lists[field.choices].choices]
    kept = {f"{form.id}={code}": 0 for code in [*codes, ""]}
    for given in types:
        kept[f"{form.id}={given if given in codes else ''}"] += 1
    return {**kept, f"{form.id}:announced": announced}


def tally_of_package(form_set: FormSet, counts: Mapping[str, int]) -> ShareTally | None:
    """Return the tally of a package that was written; None where its counts hold none (older program, recovery)."""
    form, field = form_set.by_role("share_type")
    if f"{form.id}:announced" not in counts:
        return None
    codes = [choice.code for choice in form_set.choice_lists[field.choices].choices]
    whole = {code: counts.get(f"{form.id}={code}", 0) for code in codes}
    rest = counts.get(form.id, 0) - sum(whole.values())
    return ShareTally(whole | ({"": rest} if rest else {}), counts[f"{form.id}:announced"])


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
    for name, identity in blocked:
        record = store.record(name, identity) if name == form.id else None
        if record is None:
            continue
        announced += 1
        given = record.values.get(field.id)
        if isinstance(given, str) and given in whole:
            whole[given] -= 1
        else:
            rest -= 1
    return ShareTally(whole | ({"": rest} if rest else {}), announced)
