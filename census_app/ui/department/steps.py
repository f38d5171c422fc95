"""The steps of the guide: which forms belong to which step. No widgets.

A form that no step names gets a step of its own at the end of the records, so that a new form is never out of reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from census_app.formspec.model import FormSet

CHECK = "check"
EXPORT = "export"
PACKAGES = "packages"
LAST_YEAR = "last_year"
CLEARING = "zombies"
OWN_PAGES = frozenset({LAST_YEAR, CLEARING})
"""Steps that ask something about each record, on a page of their own."""
CHAPTERS = {CHECK: "messages.md", EXPORT: "department.md", PACKAGES: "review.md"}
"""Page → chapter of the manual; `CHAPTER` for all others."""
CHAPTER = "department.md"
BACKUP = "backup"
EXPECTED = frozenset({"systems", "resources"})
"""Steps that no department leaves empty; all others may have nothing to say."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Records a page works on: those of a form, or the part of them with given answers.

    Attributes:
        equals: Field id → value that must be equal.
        section: Section of the form to show first.
    """

    form: str
    equals: Mapping[str, str | int] = field(default_factory=dict)
    section: str = ""


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step with records.

    Attributes:
        title: Code of its name in the messages; empty: the form's own name.
        own_page: Whether it has a page of its own instead of lists and forms.
        expected: Whether every department has records here.
    """

    id: str
    title: str
    scopes: tuple[Scope, ...]
    expected: bool = False
    own_page: bool = False


def steps_of(form_set: FormSet, *, carried: bool = False) -> tuple[GuideStep, ...]:
    """Return the steps with records, in the order of the guide.

    Args:
        carried: The workspace was begun from a last round, which is checked as the first step.
    """
    judged, _zombie = form_set.by_role("is_zombie")
    named = [
        ("department", "UI_STEP_DEPARTMENT", _forms("department", "internal_office", "business_matter")),
        ("systems", "UI_STEP_SYSTEMS", _forms("information_system")),
        (CLEARING, "UI_STEP_ZOMBIES", (Scope(judged.id),)),
        ("resources", "UI_STEP_RESOURCES", _forms("information_resource")),
        ("demands", "UI_STEP_DEMANDS", _forms("sharing_demand", "joint_application")),
    ]  # fmt: skip
    known = {form.id for form in form_set.forms}
    steps = [
        GuideStep(
            step,
            title,
            tuple(s for s in scopes if s.form in known),
            step in EXPECTED,
            step in OWN_PAGES,
        )
        for step, title, scopes in named
    ]
    used = {s.form for step in steps for s in step.scopes}
    if carried:
        top = tuple(Scope(f.id) for f in form_set.forms if not f.parent)
        steps.insert(0, GuideStep(LAST_YEAR, "DL_STEP", top, own_page=True))
    rest = [f for f in form_set.forms if not f.parent and f.id not in used]
    steps += [GuideStep(form.id, "", (Scope(form.id),)) for form in rest]
    return tuple(step for step in steps if step.scopes)


def _forms(*ids: str) -> tuple[Scope, ...]:
    return tuple(Scope(form_id) for form_id in ids)
