"""A form with its child forms as an XLSForm, for ODK and Kobo: sheets `survey`, `choices` and `settings`.

One record is one submission: sections are groups, a child form is a repeat. Conditions that XPath can say are said;
the others stand as notes at the end, so that who converts the form sees what it does not check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from census_app.formats.book_parts import BookSheet, Cell
from census_app.formats.xpath import Translator, Untranslatable
from census_app.formspec.model import Field, Form, FormSet, Rule, Text

CHINESE, ENGLISH = "中文 (zh)", "English (en)"
YES_NO: Final = "yes_no"
_MANY: Final = 12
"""Entries from which on a list is searched instead of shown."""

_TRANSLATED: Final = ("label", "hint", "constraint_message", "required_message")
SURVEY: Final = (
    "type", "name",
    *(f"{part}::{language}" for part in _TRANSLATED for language in (CHINESE, ENGLISH)),
    "required", "relevant", "constraint", "choice_filter", "appearance", "default", "read_only", "repeat_count",
)  # fmt: skip
CHOICES: Final = ("list_name", "name", f"label::{CHINESE}", f"label::{ENGLISH}", "parent")
SETTINGS: Final = (
    "form_title",
    "form_id",
    "version",
    "default_language",
    "allow_choice_duplicates",
)
_TYPES: Final[Mapping[str, str]] = {
    "integer": "integer",
    "decimal": "decimal",
    "money": "decimal",
    "date": "date",
    "month": "date",
    "attachment": "file",
    "note": "note",
}
_NOTES: Final = Text(zh="本表单不检查的规则", en="Rules that this form does not check")
_NOT_CHECKED: Final = Text(zh="程序中的条件", en="Condition in the program")
_UNKNOWN: Final = Text(zh="未知", en="unknown")
_REQUIRED: Final = Text(zh="此项必填。", en="An answer is required.")

Row = dict[str, str]


@dataclass
class XlsForm:
    """The rows of the sheets, by column."""

    form: Form
    survey: list[Row] = field(default_factory=list)
    choices: list[Row] = field(default_factory=list)
    settings: list[Row] = field(default_factory=list)

    def sheets(self) -> Iterator[BookSheet]:
        """Yield the sheets of the workbook."""
        parts = (
            ("survey", SURVEY, self.survey),
            ("choices", CHOICES, self.choices),
            ("settings", SETTINGS, self.settings),
        )
        for title, columns, rows in parts:
            yield BookSheet(title, [columns], _cells(columns, rows), [24] * len(columns))

    @property
    def notes(self) -> int:
        """How many conditions and rules stand as notes."""
        return sum(row["type"] == "note" for row in self.survey)


def _cells(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[Sequence[Cell]]:
    return ([row.get(column) for column in columns] for row in rows)


def build_xlsform(form: Form, form_set: FormSet, *, version: str = "") -> XlsForm:
    """Return the XLSForm of a top-level form.

    Args:
        version: Of the XLSForm; the form set's when it is empty.
    """
    made = XlsForm(form)
    builder = _Builder(made, form_set)
    builder.write_form(form, prefix="")
    builder.write_notes()
    builder.write_choices()
    title = form.label
    made.settings.append(
        {
            "form_title": f"{title.zh} / {title.en}",
            "form_id": f"census_{form.id}",
            "version": version or form_set.version,
            "default_language": CHINESE,
            "allow_choice_duplicates": "no",
        }
    )
    return made


class _Builder:
    def __init__(self, made: XlsForm, form_set: FormSet) -> None:
        self._made, self._form_set = made, form_set
        self._lists: set[str] = set()
        self._notes: list[tuple[str, Text]] = []

    def write_form(self, form: Form, prefix: str) -> None:
        """Write a form's sections and fields, then its child forms as repeats.

        Args:
            prefix: Before the names of a child form's questions: names are unique over an XLSForm.
        """
        names = {f.id: prefix + f.id for f in form.field}
        translator = Translator(names, {f.id: f.type for f in form.field})
        questions = _Questions(self, form, translator, prefix)
        for section in form.section:
            group = f"{prefix}section_{section.id}"
            self.row("begin_group", group, label=section.label, appearance="field-list")
            for each in form.field:
                if each.section == section.id:
                    questions.write(each)
            self.row("end_group", group)
        for each in form.field:
            if not any(each.section == s.id for s in form.section):
                questions.write(each)
        self._note_rules(form, questions)
        for child in self._form_set.children_of(form.id):
            self.row("begin_repeat", child.id, label=child.plural or child.label)
            self.write_form(child, prefix=f"{child.id}_")
            self.row("end_repeat", child.id)

    def row(self, kind: str, name: str, **more: str | Text | None) -> None:
        """Add a row of the survey; texts in both languages fill two columns."""
        row: Row = {"type": kind, "name": name}
        for column, value in more.items():
            if isinstance(value, Text):
                row[f"{column}::{CHINESE}"], row[f"{column}::{ENGLISH}"] = value.zh, value.en
            elif value:
                row[column] = value
        self._made.survey.append(row)

    def use_list(self, name: str) -> None:
        """Remember that a code list is needed."""
        self._lists.add(name)

    def entries(self, name: str) -> int:
        """Return how many entries a code list has."""
        return len(self._form_set.choice_lists[name].choices)

    def note(self, name: str, text: Text) -> None:
        """Remember what cannot be checked."""
        self._notes.append((name, text))

    def _note_rules(self, form: Form, questions: _Questions) -> None:
        for rule in form.rule:
            if rule.severity in {"error", "refusal"} and rule.id not in questions.checked:
                self.note(f"rule_{form.id}_{len(self._notes)}", _joined(rule.id, rule.remedy))

    def write_notes(self) -> None:
        """Write a closing group of what this form does not check."""
        if not self._notes:
            return
        self.row("begin_group", "not_checked", label=_NOTES)
        for name, text in self._notes:
            self.row("note", name, label=_literal(text))
        self.row("end_group", "not_checked")

    def write_choices(self) -> None:
        """Write the code lists that are used."""
        for name in sorted(self._lists):
            if name == YES_NO:
                self._choice(YES_NO, "1", Text("是", "Yes"))
                self._choice(YES_NO, "0", Text("否", "No"))
                continue
            for choice in self._form_set.choice_lists[name].choices:
                self._choice(
                    name, choice.code, Text(choice.zh, choice.en or choice.zh), choice.parent
                )

    def _choice(self, name: str, code: str, label: Text, parent: str = "") -> None:
        self._made.choices.append(
            {
                "list_name": name,
                "name": code,
                f"label::{CHINESE}": label.zh,
                f"label::{ENGLISH}": label.en,
                "parent": parent,
            }
        )


class _Questions:
    """Writes the fields of one form as questions.

    Attributes:
        checked: Ids of the rules that became constraints.
    """

    def __init__(self, builder: _Builder, form: Form, translator: Translator, prefix: str) -> None:
        self._builder, self._form, self._prefix = builder, form, prefix
        self._translator = translator
        self.checked: set[str] = set()

    def write(self, asked: Field) -> None:
        """Write one field; one that may be unknown is asked after a tick that says so."""
        if asked.type == "calculation":
            self._refuse(asked, "calculation", asked.calculation)
            return
        name = self._prefix + asked.id
        relevant = self._condition(asked, "relevant", asked.relevant)
        if asked.unknown:
            self._builder.row(
                "acknowledge", f"{name}_unknown", relevant=relevant,
                label=Text(f"{asked.label.zh}：{_UNKNOWN.zh}", f"{asked.label.en}: {_UNKNOWN.en}"),
            )  # fmt: skip
            known = f"${{{name}_unknown}} = ''"
            relevant = f"({relevant}) and {known}" if relevant else known
        required = self._condition(
            asked, "required", "" if asked.required == "1" else asked.required
        )
        constraint, message = self._constraint(asked)
        self._builder.row(
            self._kind(asked), name,
            label=_labelled(asked), hint=asked.hint,
            required="yes" if asked.required == "1" else required,
            required_message=_REQUIRED if asked.required else None,
            relevant=relevant, constraint=constraint, constraint_message=message,
            choice_filter=self._filter(asked), appearance=self._appearance(asked),
            default=_default(asked),
        )  # fmt: skip

    def _kind(self, asked: Field) -> str:
        if asked.type == "boolean":
            self._builder.use_list(YES_NO)
            return f"select_one {YES_NO}"
        if asked.type in {"code", "codes"}:
            self._builder.use_list(asked.choices)
            return f"select_{'one' if asked.type == 'code' else 'multiple'} {asked.choices}"
        return _TYPES.get(asked.type, "text")

    def _filter(self, asked: Field) -> str:
        return f"parent = ${{{self._prefix}{asked.choices_from}}}" if asked.choices_from else ""

    def _appearance(self, asked: Field) -> str:
        if asked.type == "longtext":
            return "multiline"
        if asked.type == "month":
            return "month-year"
        if asked.type in {"code", "codes"} and not asked.choices_from:
            entries = self._builder.entries(asked.choices)
            return "autocomplete" if entries > _MANY else ""
        return ""

    def _condition(self, asked: Field, kind: str, sql: str) -> str:
        if not sql:
            return ""
        try:
            return self._translator.true_where(sql)
        except Untranslatable:
            self._refuse(asked, kind, sql)
            return ""

    def _refuse(self, asked: Field, kind: str, sql: str) -> None:
        said = f"{kind}: {' '.join(sql.split())}"
        text = Text(
            f"{asked.label.zh}，{_NOT_CHECKED.zh}：{said}",
            f"{asked.label.en}, {_NOT_CHECKED.en}: {said}",
        )
        self._builder.note(f"{kind}_{self._prefix}{asked.id}", text)

    def _constraint(self, asked: Field) -> tuple[str, Text | None]:
        """Return all that an answer must be, with what is said where it is not."""
        parts, messages = _limits(asked)
        if asked.constraint:
            try:
                parts.append(f"not({self._translator.false_where(asked.constraint, asked.id)})")
                messages.append(asked.constraint_message)
            except Untranslatable:
                self._refuse(asked, "constraint", asked.constraint)
        for rule in self._form.rule:
            said = self._rule(rule, asked)
            if said:
                parts.append(said)
                messages.append(rule.remedy)
        told = [m for m in messages if m is not None]
        if not told:
            return " and ".join(parts), None
        message = Text(" ".join(m.zh for m in told), " ".join(m.en for m in told))
        return " and ".join(parts), _literal(message)

    def _rule(self, rule: Rule, asked: Field) -> str:
        """Return a rule over one record as a constraint on its first field; nothing where XPath cannot say it."""
        if rule.fields[0] != asked.id or not rule.violated:
            return ""
        if rule.severity not in {"error", "refusal"}:
            return ""
        try:
            said = self._translator.true_where(rule.violated, asked.id)
        except Untranslatable:
            return ""
        self.checked.add(rule.id)
        return f"not({said})"


def _limits(asked: Field) -> tuple[list[str], list[Text | None]]:
    parts: list[str] = []
    messages: list[Text | None] = []
    if asked.minimum:
        parts.append(f". >= {asked.minimum}")
        messages.append(Text(f"不小于 {asked.minimum}。", f"At least {asked.minimum}."))
    if asked.maximum:
        parts.append(f". <= {asked.maximum}")
        messages.append(Text(f"不大于 {asked.maximum}。", f"At most {asked.maximum}."))
    if asked.max_length:
        parts.append(f"string-length(.) <= {asked.max_length}")
        messages.append(
            Text(f"不超过 {asked.max_length} 个字符。", f"At most {asked.max_length} characters.")
        )
    if asked.type == "uscc":
        parts.append("regex(., '^[0-9A-HJ-NPQRTUWXY]{18}$')")
        messages.append(Text("统一社会信用代码为 18 位。", "The code has 18 characters."))
    return parts, messages


def _labelled(asked: Field) -> Text:
    if asked.unit is None:
        return asked.label
    return Text(f"{asked.label.zh}（{asked.unit.zh}）", f"{asked.label.en} ({asked.unit.en})")


def _default(asked: Field) -> str:
    if asked.type == "boolean" and asked.default:
        return "1" if asked.default in {"1", "true"} else "0"
    return asked.default


def _joined(head: str, text: Text) -> Text:
    return Text(f"{head}：{text.zh}", f"{head}: {text.en}")


def _literal(text: Text) -> Text:
    """Return a text in which nothing is taken for a reference to a question."""
    return Text(text.zh.replace("${", "$ {"), text.en.replace("${", "$ {"))
