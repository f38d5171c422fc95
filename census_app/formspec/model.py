"""The form set as frozen structs. Keys are XLSForm's words where XLSForm has one (DESIGN §4)."""

from __future__ import annotations

from typing import Literal

import msgspec

FieldTypeName = Literal[
    "text",
    "longtext",
    "code",
    "codes",
    "integer",
    "decimal",
    "money",
    "date",
    "month",
    "boolean",
    "uscc",
    "phone",
    "reference",
    "references",
    "calculation",
    "attachment",
    "note",
]
Owner = Literal["department", "centre", "discovery"]
SeverityName = Literal["refusal", "error", "warning", "notice"]
Example = dict[str, object]


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in every language of the product."""

    zh: str
    en: str

    def get(self, language: str) -> str:
        """Return the text in `zh` or `en`; any other language reads Chinese."""
        return self.en if language == "en" else self.zh


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of fields on screen and paper, in the order of the form's `section` tables."""

    id: str
    label: Text


class Explains(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entry of another field's list a text spells out: "other", mostly."""

    field: str
    code: str


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of a form.

    Attributes:
        relevant: SQL over this form's columns; NULL means no. Empty: always relevant.
        required: SQL; NULL means no. `"1"`: always.
        mend: SQL giving the one right answer where a required one is missing; NULL when there is none.
        constraint: SQL that must not be false when the field is filled.
        calculation: SQL of a computed field, which has no column.
        choices: Id of a code list for `code` and `codes`.
        choices_from: Field of the same form whose code selects the part of a dependent list.
        target: Form a `reference` or `references` points to.
        unit: Shown behind the number.
        unknown: Whether "unknown" is a legal answer; the column `<id>_unknown` holds it.
        reported_as: Rule id under which a generic check is reported, by check name
            (`required`, `unfit`, `too_long`, `constraint`).
        role: Name by which code that computes with the field finds it.
        aliases: Header texts met in real workbooks; label and aliases are compared after normalising.
        example: A legal value as a clerk would type it, shown under the field and in the template.
        tolerance: How far an answer of another list may lie from ours and still agree; see `domain.tolerance`.
        explains: The entry that this text spells out: what is in no list surely means it.
    """

    id: str
    type: FieldTypeName
    label: Text
    section: str = ""
    hint: Text | None = None
    definition: Text | None = None
    source: str = ""
    relevant: str = ""
    required: str = ""
    mend: str = ""
    constraint: str = ""
    constraint_message: Text | None = None
    calculation: str = ""
    choices: str = ""
    choices_from: str = ""
    target: str = ""
    unit: Text | None = None
    unknown: bool = False
    default: str = ""
    max_length: int = 0
    minimum: str = ""
    maximum: str = ""
    owner: Owner = "department"
    role: str = ""
    aliases: tuple[str, ...] = ()
    appearance: str = ""
    dcat: str = ""
    example: str = ""
    tolerance: str = ""
    reported_as: dict[str, str] = {}
    explains: Explains | None = None


class Examples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case that violates a rule and one that passes.

    For a rule over one record the values of its fields; for a rule with `query` the records by form.
    """

    bad: Example
    good: Example


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of a form: exactly one of `violated` and `query` is given.

    Attributes:
        violated: SQL over this form's columns; true is a finding, NULL is none.
        query: SELECT whose first column is the id of each violating record of this form; further columns fill
            placeholders of the message by their names.
        offer: SQL giving a legal value for the first field that is likely, not certain.
        mend: Field → SQL of the value that certainly mends it; NULL for any means that nothing is certain, the empty
            text empties the field. Both look at this form's columns and, with `query`, at its further columns.
    """

    id: str
    severity: SeverityName
    fields: tuple[str, ...]
    message: Text
    remedy: Text
    example: Examples
    violated: str = ""
    query: str = ""
    offer: str = ""
    mend: dict[str, str] = {}
    source: str = ""


class Choice(msgspec.Struct, frozen=True):
    """One entry of a code list.

    Attributes:
        parent: Code of the parent entry in a hierarchical or dependent list, else empty.
        spellings: Other spellings of real workbooks that are understood as this entry.
    """

    code: str
    zh: str
    en: str
    parent: str = ""
    spellings: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """Return the entry's label."""
        return self.en if language == "en" and self.en else self.zh


class ChoiceList(msgspec.Struct, frozen=True):
    """A versioned code list, in the order of its file.

    Attributes:
        questions: Code → how a person is asked about that entry alone; an entry without one is asked by its label.
        signs: Kind of sign in the data → code of the entry it speaks for.
    """

    id: str
    label: Text
    version: str
    effective: str
    source: str
    choices: tuple[Choice, ...]
    hierarchical: bool = False
    open: bool = False
    questions: dict[str, Text] = {}
    signs: dict[str, str] = {}

    def question(self, choice: Choice, language: str) -> str:
        """Return how a person is asked about an entry."""
        asked = self.questions.get(choice.code)
        return choice.label(language) if asked is None else asked.get(language)


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form: a table, a screen, a sheet, a page."""

    id: str
    label: Text
    source: str
    title: str
    plural: Text | None = None
    hint: Text | None = None
    list: tuple[str, ...] = ()
    parent: str = ""
    identity: tuple[str, ...] = ()
    section: tuple[Section, ...] = ()
    field: tuple[Field, ...] = ()
    rule: tuple[Rule, ...] = ()

    def field_by_id(self, field_id: str) -> Field:
        """Return one field; KeyError when the form has none of that id."""
        for candidate in self.field:
            if candidate.id == field_id:
                return candidate
        raise KeyError(f"{self.id}.{field_id}")

    @property
    def stored_fields(self) -> tuple[Field, ...]:
        """Fields that have a column: all but calculations and notes."""
        return tuple(f for f in self.field if f.type not in {"calculation", "note"})


class Removal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field or form that an earlier version had: `version`, or the predecessor where that is empty."""

    form: str
    field: str = ""
    reason: str = ""
    version: str = ""


class Replacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code that an earlier version's list had, and the one that stands for it now; without `by` for none."""

    choices: str
    code: str
    by: str = ""
    reason: str = ""
    version: str = ""


class Rename(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field that had another id in an earlier version; `version` as for a removal."""

    form: str
    field: str
    renamed_from: str
    version: str = ""


class Milestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A date of the campaign.

    Attributes:
        due: `CCYY-MM-DD`.
        step: Step of a department's guide that is to be done by then; empty for dates of others.
        role: What the program computes with the date: `funding_ends`, from when on unconnected systems get no operating
            funds; empty for most.
        settled: Ids of the indicators of which nothing may be left in a department that has done its part; none
            where the data do not tell.
        of: Id of the indicator that counts something in the departments it is asked of; empty: of all.
    """

    id: str
    due: str
    label: Text
    lead: Text
    step: str = ""
    role: str = ""
    settled: tuple[str, ...] = ()
    of: str = ""


class Campaign(msgspec.Struct, frozen=True):
    """One campaign: names are data, since the bodies change (domain §8.2)."""

    id: str
    title: Text
    round: int
    coordinator: Text
    milestones: tuple[Milestone, ...] = ()


class FormSet(msgspec.Struct, frozen=True):
    """All forms of one version, with their code lists and the campaign's settings.

    Attributes:
        sha256: Over the names and bytes of every file of the form set, so that a package can name what it was
            filled with.
        predecessor: Version whose fields `renamed`, `removed` and `replaced` speak of; empty for the first.
        earlier: Further versions that answers may come from directly, each with entries of its own.
        settings: From `campaign.toml`; read in rules by `setting('name')`.
    """

    version: str
    label: Text
    source: str
    sha256: str
    forms: tuple[Form, ...]
    choice_lists: dict[str, ChoiceList]
    settings: dict[str, str | int | float | bool]
    campaign: Campaign
    renamed: tuple[Rename, ...] = ()
    removed: tuple[Removal, ...] = ()
    replaced: tuple[Replacement, ...] = ()
    predecessor: str = ""
    earlier: tuple[str, ...] = ()

    @property
    def origins(self) -> tuple[str, ...]:
        """Versions that answers may come from directly, the nearest first."""
        return (self.predecessor, *self.earlier) if self.predecessor else ()

    def form(self, form_id: str) -> Form:
        """Return one form; KeyError when the set has none of that id."""
        for candidate in self.forms:
            if candidate.id == form_id:
                return candidate
        raise KeyError(form_id)

    def children_of(self, form_id: str) -> tuple[Form, ...]:
        """Return the child forms of a form."""
        return tuple(f for f in self.forms if f.parent == form_id)

    def by_role(self, role: str) -> tuple[Form, Field]:
        """Return the form and field that carry a role; KeyError when none does."""
        for form in self.forms:
            for candidate in form.field:
                if candidate.role == role:
                    return form, candidate
        raise KeyError(role)
