"""The form sets a file knows beside its own: those that ship, and those that were delivered into it.

Packages name the version they were filled with. Their lines are checked against that version and then pass through the
plan that leads from it to the file's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeVar, cast

from census_app.assets import forms_dir
from census_app.exchange.records import LineSchema
from census_app.formspec.form_files import is_version
from census_app.formspec.lines import FormLines
from census_app.formspec.loader import load_form_files, load_form_set
from census_app.formspec.model import FormSet
from census_app.formspec.types import JsonValue
from census_app.formspec.upgrade import UpgradePlan, plan_path
from census_app.services.ports import FormSets

_K = TypeVar("_K")
_V = TypeVar("_V")

UnfitText = tuple[str, str, str, str]
"""Form, record, field, text."""

FORM_UNKNOWN: Final = "form_unknown"
"""What `PackageFacts.held` says of a package whose form set is not known here."""

SHIPPED: Final = "v1"
"""The newest version that ships with the program."""


@lru_cache(maxsize=4)
def shipped(version: str) -> FormSet | None:
    """Return a form set that ships with the program, loaded once; None for any other."""
    if not is_version(version) or not forms_dir(version).is_dir():
        return None
    return load_form_set(forms_dir(version))


def form_set_for(store: FormSets, version: str) -> FormSet | None:
    """Return a form set by its version: the file's own, one that was delivered into it, or one that ships.

    Raises:
        FormSetInvalid: What was delivered is no form set.
    """
    if version == store.form_set.version:
        return store.form_set
    files = store.form_files(version)
    return load_form_files(files) if files else shipped(version)


def plan_for(store: FormSets, version: str) -> UpgradePlan | None:
    """Return the plan from a version to the file's own form set.

    Returns:
        None for the file's own version, which needs none, and when nothing leads from there to here.
    """
    own = store.form_set
    if version == own.version:
        return None
    key = (own.version, own.sha256, version)
    if key not in _PLANS:
        plan = plan_path(own, version, lambda earlier: form_set_for(store, earlier))
        if plan is None:
            return None
        _keep(_PLANS, key, plan)
    return _PLANS[key]


def upgraded_lines(
    lines: Iterable[Mapping[str, object]], plan: UpgradePlan | None, unfit: list[UnfitText]
) -> Iterator[Mapping[str, object]]:
    """Yield the verified lines of a package as the file's own form set holds them.

    Args:
        plan: From the package's form set; None when it is the same.
        unfit: Gets the answers that no longer fit; they stand in no line.
    """
    if plan is None:
        yield from lines
        return
    forms = {form.id for form in plan.old.forms}
    for line in lines:
        form = str(line["form"])
        if form not in forms:  # reserved
            yield line
        elif not plan.keeps_form(form):
            continue
        elif line["op"] != "put":
            yield line
        else:
            after = plan.values(form, cast("Mapping[str, JsonValue]", line["values"]))
            unfit += [(form, str(line["id"]), name, text) for name, text in after.unfit.items()]
            yield {**line, "values": after.values}


def schema_for(store: FormSets, version: str) -> LineSchema | None:
    """Return what the lines of a package of some version may hold.

    Returns:
        None for a version whose answers cannot be brought to the file's own form set (`FORM_UNKNOWN`).
    """
    if version == store.form_set.version:
        return _lines(store.form_set)
    plan = plan_for(store, version)
    return None if plan is None else _lines(plan.old)


def _lines(form_set: FormSet) -> FormLines:
    """Return the schema of a form set, made once: it takes as long as verifying a small package."""
    key = (form_set.version, form_set.sha256)
    if key not in _LINES:
        _keep(_LINES, key, FormLines(form_set))
    return _LINES[key]


_KEPT: Final = 8
_PLANS: Final[dict[tuple[str, str, str], UpgradePlan]] = {}
_LINES: Final[dict[tuple[str, str], FormLines]] = {}


def _keep(cache: dict[_K, _V], key: _K, value: _V) -> None:
    while len(cache) >= _KEPT:
        cache.pop(next(iter(cache)))
    cache[key] = value
