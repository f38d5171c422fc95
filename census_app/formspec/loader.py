"""Load a form set from its folder and report every fault at once, with code, file and line.

A form set is `formset.toml`, `campaign.toml`, one TOML per form and `choices/*.csv` with `choices/lists*.toml`
(DESIGN §4). Unknown keys, dangling references and bad SQL are faults.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from census_app.errors import DataProblem
from census_app.formspec import checks, schema
from census_app.formspec.evaluator import has_several_statements, probe_statement
from census_app.formspec.form_files import (
    faults_of,
    fingerprint,
    fingerprint_of,
    is_version,
    read_files,
)
from census_app.formspec.model import (
    Campaign,
    Choice,
    ChoiceList,
    Field,
    Form,
    FormSet,
    Milestone,
    Removal,
    Rename,
    Replacement,
    Rule,
    Section,
    Text,
)
from census_app.formspec.roles import REQUIRED_ROLES
from census_app.formspec.unfit_mends import names_entry

_ID = re.compile(r"[a-z][a-z0-9_]{0,47}")
_RULE_ID = re.compile(r"[A-Z]{2,5}-[0-9]{1,3}[a-z]?[0-9]?")
__all__ = [
    "Fault",
    "FormSetInvalid",
    "fingerprint",
    "fingerprint_of",
    "is_version",
    "load_form_files",
    "load_form_set",
    "read_files",
]

_LISTS = re.compile(r"choices/lists[a-z0-9_-]*\.toml")
_LOADED: Final[dict[str, FormSet]] = {}
_LOADED_AT_MOST: Final = 8
_LIST_ID = re.compile(r"[a-z][a-z0-9_-]{0,47}")
_TABLE_HEAD = re.compile(r"^\s*\[\[?\s*([a-z_]+)\s*\]?\]")
_CHOICE_COLUMNS: Final = ["code", "zh", "en", "parent", "spellings"]
_PARTS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "section": Section,
    "field": Field,
    "rule": Rule,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a form set.

    Attributes:
        code: Stable code, such as `UNKNOWN_KEY`, `DANGLING`, `BAD_SQL`, `BAD_VALUE`, `DUPLICATE`.
        line: One-based line in the file; 0 when it concerns the file as a whole.
    """

    code: str
    file: str
    line: int
    detail: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.code}: {self.detail}"


class FormSetInvalid(DataProblem):
    """The form set has faults; `faults` names all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("FORMSET_INVALID", count=len(faults), first=str(faults[0]))
        self.faults = faults


_MAX_DOTS: Final = 200
"""In one line: the time tomllib takes for a dotted key grows with the square of its parts."""


class _Source:
    """One TOML file with the lines of its tables, since tomllib keeps none."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.data: dict[str, Any] = {}
        self._heads: dict[str, list[int]] = {}
        for number, line in enumerate(self.text.splitlines(), 1):
            head = _TABLE_HEAD.match(line)
            if head:
                self._heads.setdefault(head[1], []).append(number)

    def line(self, table: str = "", index: int = 0, key: str = "") -> int:
        """Return the line of a key in the index-th table of a name; the table's line when the key is not found."""
        lines = self.text.splitlines()
        starts = sorted(n for heads in self._heads.values() for n in heads)
        if table:
            begin = self._heads.get(table, [1])[min(index, len(self._heads.get(table, [1])) - 1)]
            end = next((n for n in starts if n > begin), len(lines) + 1)
        else:
            begin, end = 1, starts[0] if starts else len(lines) + 1
        if key:
            pattern = re.compile(rf"^\s*\"?{re.escape(key)}\"?\s*=")
            for number in range(begin, end):
                if number <= len(lines) and pattern.match(lines[number - 1]):
                    return number
        return begin


class _Loader:
    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.faults: list[Fault] = []
        self.sources: dict[str, _Source] = {}

    # -- reading -------------------------------------------------------------------------------------------------

    def toml(self, name: str) -> _Source | None:
        text = self.read(name, "the file is not there")
        if text is None:
            return None
        for number, line in enumerate(text.split("\n"), 1):
            if line.count(".") > _MAX_DOTS:
                self.faults.append(Fault("TOML", name, number, "a key of too many parts"))
                return None
        source = _Source(name, text)
        try:
            source.data = tomllib.loads(source.text)
        except tomllib.TOMLDecodeError as error:
            match = re.search(r"line (\d+)", str(error))
            self.faults.append(Fault("TOML", name, int(match[1]) if match else 0, str(error)))
            return None
        except RecursionError:
            self.faults.append(Fault("TOML", name, 0, "nested too deeply"))
            return None
        return source

    def read(self, name: str, missing: str) -> str | None:
        """Return a file's text, with LF as its line ends; a fault when it is not there or not UTF-8."""
        content = self.files.get(name)
        if content is None:
            self.faults.append(Fault("MISSING_FILE", name, 0, missing))
            return None
        try:
            return content.replace(b"\r\n", b"\n").decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.faults.append(Fault("UTF8", name, line, "not UTF-8"))
            return None

    def struct(
        self, source: _Source, table: str, index: int, raw: object, kind: type[msgspec.Struct]
    ) -> Any:  # the struct asked for, or None
        if not isinstance(raw, dict):
            self.fault(source, "BAD_VALUE", "a table is expected", table, index)
            return None
        known = {f.encode_name for f in msgspec.structs.fields(kind)}
        clean = dict(raw)
        for key in list(clean):
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                self.fault(source, "UNKNOWN_KEY", f"{key}{hint}", table, index, key)
                del clean[key]
        try:
            return msgspec.convert(clean, kind, strict=True)
        except msgspec.ValidationError as error:
            path = re.search(r"\$\.([a-z_]+)", str(error))
            self.fault(source, "BAD_VALUE", str(error), table, index, path[1] if path else "")
            return None

    def fault(
        self,
        source: _Source,
        code: str,
        detail: str,
        table: str = "",
        index: int = 0,
        key: str = "",
    ) -> None:
        self.faults.append(Fault(code, source.name, source.line(table, index, key), detail))

    # -- parts ---------------------------------------------------------------------------------------------------

    def form(self, form_id: str) -> Form | None:
        source = self.toml(f"{form_id}.toml")
        if source is None:
            return None
        self.sources[form_id] = source
        raw = dict(source.data)
        parts: dict[str, tuple[Any, ...]] = {}
        for name, kind in _PARTS.items():
            raw.pop(name, None)
            parts[name] = self.tables(source, name, kind)
        head = self.struct(source, "", 0, raw, Form)
        if head is None:
            return None
        form: Form = msgspec.structs.replace(head, **parts)
        if form.id != form_id:
            self.fault(source, "BAD_VALUE", f"id is {form.id}, the file says {form_id}", key="id")
        return form

    def choice_lists(self) -> dict[str, ChoiceList]:
        found: dict[str, ChoiceList] = {}
        for name in sorted(n for n in self.files if _LISTS.fullmatch(n)):
            source = self.toml(name)
            if source is None:
                continue
            for list_id, head in source.data.items():
                if list_id in found:
                    self.fault(source, "DUPLICATE", f"code list {list_id}", list_id)
                if not isinstance(head, dict) or not _LIST_ID.fullmatch(list_id):
                    self.fault(source, "BAD_VALUE", f"code list {list_id[:48]}", list_id)
                    continue
                entries = self.choices(list_id)
                try:
                    found[list_id] = msgspec.convert(
                        {"id": list_id, "choices": (), **head}, ChoiceList, strict=True
                    )
                except msgspec.ValidationError as error:
                    self.fault(source, "BAD_VALUE", f"{list_id}: {error}", list_id)
                    continue
                found[list_id] = msgspec.structs.replace(found[list_id], choices=entries)
        return found

    def choices(self, list_id: str) -> tuple[Choice, ...]:
        name = f"choices/{list_id}.csv"
        text = self.read(name, "the code list has no entries")
        if text is None:
            return ()
        try:
            return self.entries(name, csv.DictReader(io.StringIO(text)))
        except csv.Error as error:
            self.faults.append(Fault("BAD_VALUE", name, 0, str(error)))
            return ()

    def entries(self, name: str, reader: csv.DictReader[str]) -> tuple[Choice, ...]:
        if reader.fieldnames != _CHOICE_COLUMNS:
            self.faults.append(
                Fault("BAD_VALUE", name, 1, f"columns must be {','.join(_CHOICE_COLUMNS)}")
            )
            return ()
        found: dict[str, Choice] = {}
        for row in reader:
            line = reader.line_num
            if None in row or None in row.values() or not row["code"] or not row["zh"]:
                self.faults.append(
                    Fault("BAD_VALUE", name, line, "five columns; code and zh are required")
                )
                continue
            if row["code"] in found:
                self.faults.append(Fault("DUPLICATE", name, line, f"code {row['code']}"))
            spellings = tuple(s for s in row["spellings"].split("|") if s)
            found[row["code"]] = Choice(row["code"], row["zh"], row["en"], row["parent"], spellings)
        return tuple(found.values())

    # -- whole ---------------------------------------------------------------------------------------------------

    def load(self) -> FormSet:
        head, campaign = self.toml("formset.toml"), self.toml("campaign.toml")
        if head is None or campaign is None:
            raise FormSetInvalid(self.faults)
        forms = [self.form(form_id) for form_id in self.names(head, "forms")]
        lists = self.choice_lists()
        form_set = FormSet(
            version=str(head.data.get("version", "")),
            label=self.text(head, "label"),
            source=str(head.data.get("source", "")),
            sha256=fingerprint_of(self.files),
            forms=tuple(f for f in forms if f is not None),
            choice_lists=lists,
            settings=self.settings(campaign),
            campaign=self.campaign(campaign),
            renamed=self.tables(head, "renamed", Rename),
            removed=self.tables(head, "removed", Removal),
            replaced=self.tables(head, "replaced", Replacement),
            predecessor=str(head.data.get("predecessor", "")),
            earlier=tuple(self.names(head, "earlier")),
        )
        self.check_versions(head, form_set)
        for fault in _Linker(form_set, self.sources).faults():
            self.faults.append(fault)
        if self.faults:
            raise FormSetInvalid(sorted(self.faults, key=lambda f: (f.file, f.line)))
        return form_set

    def names(self, head: _Source, key: str) -> list[str]:
        """Return a list of ids or versions, each once."""
        raw = head.data.get(key, [])
        if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
            self.fault(head, "BAD_VALUE", f"{key} is a list of texts", key=key)
            return []
        for name in sorted({each for each in raw if raw.count(each) > 1}):
            self.fault(head, "DUPLICATE", f"{key}: {name}", key=key)
        return raw

    def tables(self, source: _Source, table: str, kind: type[msgspec.Struct]) -> tuple[Any, ...]:
        """Return the tables of one name; a fault for each that is not as its kind says."""
        raw = source.data.get(table, [])
        if not isinstance(raw, list):
            self.fault(source, "BAD_VALUE", f"[[{table}]] is a list of tables", table)
            return ()
        found = (self.struct(source, table, i, entry, kind) for i, entry in enumerate(raw))
        return tuple(each for each in found if each is not None)

    def check_versions(self, head: _Source, form_set: FormSet) -> None:
        if not is_version(form_set.version):
            self.fault(head, "BAD_VALUE", "version", key="version")
        for key, versions in (
            ("predecessor", [form_set.predecessor] if form_set.predecessor else []),
            ("earlier", list(form_set.earlier)),
        ):
            if not all(is_version(v) and v != form_set.version for v in versions):
                self.fault(head, "BAD_VALUE", key, key=key)
        if form_set.earlier and form_set.predecessor in ("", *form_set.earlier):
            self.fault(
                head, "BAD_VALUE", "earlier names versions before predecessor", key="earlier"
            )
        for table in ("renamed", "removed", "replaced"):
            for index, entry in enumerate(getattr(form_set, table)):
                if (entry.version or form_set.predecessor) not in form_set.origins:
                    detail = f"{table}: of which version? {entry.version or 'no predecessor'}"
                    self.fault(head, "DANGLING", detail, table, index)

    def text(self, source: _Source, key: str) -> Text:
        try:
            return msgspec.convert(source.data.get(key), Text, strict=True)
        except msgspec.ValidationError as error:
            self.fault(source, "BAD_VALUE", str(error), key=key)
            return Text("", "")

    def campaign(self, source: _Source) -> Campaign:
        milestones = self.tables(source, "milestone", Milestone)
        try:
            head = msgspec.convert(source.data.get("campaign"), Campaign, strict=True)
        except msgspec.ValidationError as error:
            self.fault(source, "BAD_VALUE", str(error), "campaign")
            return Campaign("", Text("", ""), 1, Text("", ""))
        return msgspec.structs.replace(head, milestones=milestones)

    def settings(self, campaign: _Source) -> dict[str, str | int | float | bool]:
        found: dict[str, str | int | float | bool] = {}
        raw = campaign.data.get("settings", {})
        if not isinstance(raw, dict):
            self.fault(campaign, "BAD_VALUE", "settings is a table", key="settings")
            return found
        for key, value in raw.items():
            if isinstance(value, (str, int, float, bool)):
                found[key] = value
            else:
                self.fault(
                    campaign, "BAD_VALUE", f"{key} must be a text or a number", "settings", 0, key
                )
        return found


class _Linker:
    """Checks what refers to something else: fields, lists, forms, roles, SQL."""

    def __init__(self, form_set: FormSet, sources: Mapping[str, _Source]) -> None:
        self._set = form_set
        self._sources = sources
        self._forms = {f.id: f for f in form_set.forms}

    def faults(self) -> Iterator[Fault]:
        yield from self._choice_lists()
        for form in self._set.forms:
            yield from self._form(form)
            for index, detail in checks.unread_tolerances(form):
                yield self._at(form, "BAD_VALUE", detail, "field", index, "tolerance")
        yield from self._roles()
        yield from self._rule_ids()
        structural = [f for form in self._set.forms for f in self._names(form)]
        yield from structural
        if not structural:
            yield from self._sql()

    def _at(
        self, form: Form, code: str, detail: str, table: str = "", index: int = 0, key: str = ""
    ) -> Fault:
        source = self._sources[form.id]
        return Fault(code, source.name, source.line(table, index, key), detail)

    def _choice_lists(self) -> Iterator[Fault]:
        for choice_list in self._set.choice_lists.values():
            codes = {c.code for c in choice_list.choices}
            named = {*choice_list.questions, *choice_list.signs.values()}
            for code in sorted(named - codes):
                detail = f"{choice_list.id}: there is no code {code} to ask about"
                yield Fault("DANGLING", f"choices/{choice_list.id}.csv", 0, detail)
            if choice_list.hierarchical:
                for choice in choice_list.choices:
                    if choice.parent and choice.parent not in codes:
                        detail = f"{choice.code}: parent {choice.parent} is not in the list"
                        yield Fault("DANGLING", f"choices/{choice_list.id}.csv", 0, detail)

    def _names(self, form: Form) -> Iterator[Fault]:
        if not _ID.fullmatch(form.id):
            yield self._at(form, "BAD_ID", form.id, key="id")
        seen: set[str] = set()
        for index, field in enumerate(form.field):
            if not _ID.fullmatch(field.id) or field.id in schema.RESERVED_COLUMNS:
                yield self._at(form, "BAD_ID", field.id, "field", index, "id")
            if field.id in seen:
                yield self._at(form, "DUPLICATE", f"field {field.id}", "field", index, "id")
            seen |= {field.id, f"{field.id}_unknown"} if field.unknown else {field.id}

    def _form(self, form: Form) -> Iterator[Fault]:
        ids = {f.id for f in form.field}
        for key in ("title",):
            if getattr(form, key) not in ids:
                yield self._at(form, "DANGLING", f"{key} {getattr(form, key)}", key=key)
        for key in ("list", "identity"):
            for name in getattr(form, key):
                if name not in ids:
                    yield self._at(form, "DANGLING", f"{key}: {name}", key=key)
        if form.parent and form.parent not in self._forms:
            yield self._at(form, "DANGLING", f"parent {form.parent}", key="parent")
        sections = {s.id for s in form.section}
        for index, field in enumerate(form.field):
            for key, detail in self._field(form, field, ids, sections):
                yield self._at(form, "DANGLING", detail, "field", index, key)
        for index, rule in enumerate(form.rule):
            yield from self._rule(form, index, rule, ids)

    def _field(
        self, form: Form, field: Field, ids: set[str], sections: set[str]
    ) -> Iterator[tuple[str, str]]:
        if field.section and field.section not in sections:
            yield "section", f"section {field.section}"
        if field.type in {"code", "codes"} and field.choices not in self._set.choice_lists:
            yield "choices", f"code list {field.choices or '(none)'}"
        if field.choices_from and field.choices_from not in ids:
            yield "choices_from", f"field {field.choices_from}"
        if field.type in {"reference", "references"} and field.target not in self._forms:
            yield "target", f"form {field.target or '(none)'}"
        if field.type == "calculation" and not field.calculation:
            yield "calculation", f"{form.id}.{field.id} computes nothing"
        if field.explains is not None and not names_entry(form, field.explains, self._set):
            yield "explains", f"{field.explains.field} has no code {field.explains.code}"
        for name in field.reported_as:
            if name not in checks.GENERIC:
                yield "reported_as", f"generic check {name}"

    def _rule(self, form: Form, index: int, rule: Rule, ids: set[str]) -> Iterator[Fault]:
        if not _RULE_ID.fullmatch(rule.id):
            yield self._at(form, "BAD_ID", rule.id, "rule", index, "id")
        if bool(rule.violated) == bool(rule.query):
            yield self._at(
                form, "BAD_VALUE", f"{rule.id}: one of violated and query", "rule", index
            )
        if not rule.fields:
            yield self._at(
                form, "BAD_VALUE", f"{rule.id}: fields is empty", "rule", index, "fields"
            )
        for name in sorted(rule.mend.keys() - set(rule.fields)):
            detail = f"{rule.id}: {name} is not among its fields"
            yield self._at(form, "DANGLING", detail, "rule", index, "mend")
        for name in rule.fields:
            if name not in ids:
                yield self._at(
                    form, "DANGLING", f"{rule.id}: field {name}", "rule", index, "fields"
                )
        if rule.severity == "refusal" and rule.query:
            detail = f"{rule.id}: a refusal looks at one record only"
            yield self._at(form, "BAD_VALUE", detail, "rule", index, "severity")

    def _roles(self) -> Iterator[Fault]:
        seen: dict[str, str] = {}
        for form in self._set.forms:
            for index, field in enumerate(form.field):
                if field.role and field.role in seen:
                    detail = f"role {field.role} is also carried by {seen[field.role]}"
                    yield self._at(form, "DUPLICATE", detail, "field", index, "role")
                seen.setdefault(field.role, f"{form.id}.{field.id}")
        for role in sorted(REQUIRED_ROLES - seen.keys()):
            yield Fault("MISSING_ROLE", "formset.toml", 0, f"no field carries the role {role}")

    def _rule_ids(self) -> Iterator[Fault]:
        seen: set[str] = set()
        for form in self._set.forms:
            for index, rule in enumerate(form.rule):
                if rule.id in seen:
                    yield self._at(form, "DUPLICATE", f"rule {rule.id}", "rule", index, "id")
                seen.add(rule.id)

    def _sql(self) -> Iterator[Fault]:
        probe = probe_statement(self._set)
        for form in self._set.forms:
            table = schema.quoted(form.id)
            try:
                checks.relevance_levels(form)
            except ValueError as circle:
                yield self._at(form, "CIRCLE", f"relevant: {circle}", key="id")
            for index, field in enumerate(form.field):
                for key in ("relevant", "required", "mend", "constraint", "calculation"):
                    expression = getattr(field, key)
                    reason = expression and self._refused(
                        probe, f"SELECT ({expression}) FROM {table}", expression
                    )
                    if reason:
                        detail = f"{field.id}.{key}: {reason}"
                        yield self._at(form, "BAD_SQL", detail, "field", index, key)
            for index, rule in enumerate(form.rule):
                found = f", ({rule.query}) AS found" if rule.query else ""
                expressions = {"violated": rule.violated, "offer": rule.offer} | {
                    f"mend.{name}": sql for name, sql in rule.mend.items()
                }
                for key, expression in expressions.items():
                    more = found if key != "violated" else ""
                    reason = expression and self._refused(
                        probe, f"SELECT ({expression}) FROM {table}{more}", expression
                    )
                    if reason:
                        detail = f"{rule.id}.{key}: {reason}"
                        yield self._at(form, "BAD_SQL", detail, "rule", index, key.split(".")[0])
                reason = rule.query and self._refused(probe, rule.query, rule.query)
                if reason:
                    yield self._at(
                        form, "BAD_SQL", f"{rule.id}.query: {reason}", "rule", index, "query"
                    )

    @staticmethod
    def _refused(probe: Any, statement: str, expression: str) -> str | None:
        if has_several_statements(expression):
            return "comments and semicolons are not allowed"
        return cast("str | None", probe(statement))


def load_form_set(folder: Path) -> FormSet:
    """Load a form set.

    Args:
        folder: Holds `formset.toml`, `campaign.toml`, the forms and `choices/`.

    Raises:
        FormSetInvalid: `FORMSET_INVALID`, with every fault.
    """
    return _Loader(read_files(folder)).load()


def load_form_files(files: Mapping[str, bytes]) -> FormSet:
    """Load a form set that came from outside, from its files by path; one that was loaded already is not read again.

    Names and sizes are checked before a byte is read.

    Raises:
        FormSetInvalid: `FORMSET_INVALID`, with every fault.
    """
    faults = [Fault(code, name, 0, detail) for code, name, detail in faults_of(files)]
    if faults:
        raise FormSetInvalid(faults)
    sha256 = fingerprint_of(files)
    if sha256 not in _LOADED:
        form_set = _Loader(files).load()
        while len(_LOADED) >= _LOADED_AT_MOST:
            _LOADED.pop(next(iter(_LOADED)))
        _LOADED[sha256] = form_set
    return _LOADED[sha256]
