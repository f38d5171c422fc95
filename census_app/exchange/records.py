"""`data/records.ndjson`: one canonical JSON record a line, checked at C speed (security §1, "Payload").

A batch of lines is decoded, encoded again with sorted keys and compared byte for byte; only a line that differs or
fails goes to the strict parser, which names the reason. What values a form admits is the `LineSchema`'s business.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Final, Protocol, TypeAlias, cast

import msgspec
from msgspec import Meta

from census_app.exchange import names, reserved
from census_app.exchange.canonical import MAX_INTEGER, MAX_TEXT, parse_strict
from census_app.exchange.description import MAX_RECORDS
from census_app.exchange.refusals import (
    JsonTooBig,
    RecordInvalid,
    Refused,
    ScopeViolation,
    TooBig,
)

MAX_LINE: Final = 1 << 20
FORM_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")

LineValue: TypeAlias = str | int | bool | list[str]
"""What a field of a record may hold: text (decimals, dates, codes too), whole number, truth value, list of texts."""

_Text = Annotated[str, Meta(max_length=MAX_TEXT)]
_Integer = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
_Value = _Text | _Integer | bool | list[_Text]

_ID: Final = re.compile(r"[0-9a-f]{32}")
_IDS: Final = re.compile(r"[0-9a-f]{32}(,[0-9a-f]{32})*")
_UNIT: Final = re.compile(names.CODE_PATTERN)
_C1: Final = re.compile(rb"\xc2[\x80-\x9f]")
_KNOWN_LIMIT: Final = 4096


class LineSchema(Protocol):
    """What the forms of a package admit; supplied by whoever knows the form set."""

    def fault(self, form: str, values: Mapping[str, LineValue]) -> str | None:
        """Return None when a `put` line's values are those of its form, else what is wrong, such as `name: missing`.

        Called for lines that are not of a reserved form; should run at C speed (`msgspec.convert`).
        """

    def all_legal(self, form: str, rows: Sequence[Mapping[str, LineValue]]) -> bool:
        """Say whether `fault` finds nothing in any of these lines; False may also mean that it was not looked at."""


class AnyValues:
    """The schema that admits every form and every value the envelope admits."""

    def fault(self, form: str, values: Mapping[str, LineValue]) -> str | None:
        """Find nothing wrong."""
        del form, values
        return None

    def all_legal(self, form: str, rows: Sequence[Mapping[str, LineValue]]) -> bool:
        """Find nothing wrong."""
        del form, rows
        return True


class _Line(msgspec.Struct, forbid_unknown_fields=True, tag_field="op", gc=False):
    form: str
    id: str
    unit: str


class Put(_Line, tag="put", gc=False):
    """A record as it stands."""

    values: dict[str, _Value]


class Pending(_Line, tag="pending", gc=False):
    """A record that is announced and not finished; an earlier `put` stays in force."""

    title: _Text


class Delete(_Line, tag="delete", gc=False):
    """A record of an earlier submission that is gone."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


Line: TypeAlias = Put | Pending | Delete

_DECODER: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def encode_line(line: Mapping[str, object]) -> bytes:
    """Return one line without its LF.

    Args:
        line: `form`, `id`, `unit`, `op` and, by `op`, `values`, `title` or `reason`. Keys are ASCII and nothing in it
            is a float, so that sorted keys are all that canonical JSON asks for.
    """
    return _ENCODER.encode(line)


class LineChecker:
    """Check the lines of one package in order and count them.

    Args:
        schema: What the forms admit.
        in_scope: Says whether the sender may report for a unit.
        package_type: Which forms may occur; empty admits all.
    """

    def __init__(
        self, schema: LineSchema, in_scope: Callable[[str], bool], package_type: str = ""
    ) -> None:
        self._schema = schema
        self._type = package_type
        self._in_scope = in_scope
        self._previous = ("", "")
        self._forms: set[str] = set()
        self._units: set[str] = set()
        self._keys: set[str] = set()
        self.lines = 0
        self.counts: dict[str, dict[str, int]] = {}

    def check(self, blocks: Iterable[bytes]) -> None:
        """Check everything.

        Raises:
            Refused: JSON and field codes, `RECORD`, `SCOPE`, each with the line.
        """
        for batch in batches(blocks):
            lines = self._decode(batch)
            if self._only_values_may_be_wrong(lines):
                self._check_values_of(lines)
            else:
                self._check_each(lines)

    def _decode(self, batch: bytes) -> list[Line]:
        if not _is_suspect(batch):
            try:
                lines = _DECODER.decode_lines(batch)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return self._decode_singly(batch)
            if _ENCODER.encode_lines(lines) == batch:
                return lines
        return self._decode_singly(batch)

    def _decode_singly(self, batch: bytes) -> list[Line]:
        found = []
        for number, raw in enumerate(batch.split(b"\n")[:-1], self.lines + 1):
            found.append(_decode_line(raw, f"{names.RECORDS}:{number}"))
        return found

    def _only_values_may_be_wrong(self, lines: list[Line]) -> bool:
        """Say, without a loop in Python, whether all are `put`, ascend, and have forms, units, keys seen before."""
        keys = [(line.form, line.id) for line in lines]
        ids = ",".join([line.id for line in lines])
        return (
            self.lines + len(lines) <= MAX_RECORDS
            and set(map(type, lines)) == {Put}
            and self._forms.issuperset([line.form for line in lines])
            and self._units.issuperset([line.unit for line in lines])
            and all(map(self._keys.issuperset, [line.values for line in cast("list[Put]", lines)]))
            and len(ids) == 33 * len(lines) - 1
            and _IDS.fullmatch(ids) is not None
            and self._previous < keys[0]
            and all(map(operator.lt, keys, keys[1:]))
        )

    def _check_values_of(self, lines: list[Line]) -> None:
        puts = cast("list[Put]", lines)
        for form, same in itertools.groupby(puts, operator.attrgetter("form")):
            rows = [line.values for line in same]
            if form in reserved.RESERVED_FORMS or not self._schema.all_legal(form, rows):
                for values in rows:
                    self.lines += 1
                    self._require_legal(form, values)
            else:
                self.lines += len(rows)
            self.counts[form]["put"] += len(rows)
        self._previous = lines[-1].form, lines[-1].id

    def _check_each(self, lines: list[Line]) -> None:
        for line in lines:
            self.lines += 1
            if self.lines > MAX_RECORDS:
                raise TooBig(f"{names.RECORDS}:{self.lines}")
            self._check_line(line)

    def _check_line(self, line: Line) -> None:
        form, key = line.form, (line.form, line.id)
        if form not in self._forms:
            self._admit_form(form)
        if _ID.fullmatch(line.id) is None:
            raise self._refusal("id")
        if key <= self._previous:
            raise self._refusal(f"order: {form}/{line.id}")
        self._previous = key
        if line.unit not in self._units:
            self._admit_unit(line.unit)
        if type(line) is Put:
            self._check_values(form, line.values)
            self.counts[form]["put"] += 1
        else:
            self._check_words(line)

    def _check_values(self, form: str, values: dict[str, LineValue]) -> None:
        if not self._keys.issuperset(values):
            self._admit_keys(values)
        self._require_legal(form, values)

    def _require_legal(self, form: str, values: dict[str, LineValue]) -> None:
        check = reserved.fault if form in reserved.RESERVED_FORMS else self._schema.fault
        fault = check(form, values)
        if fault:
            raise self._refusal(fault[:200])

    def _check_words(self, line: Line) -> None:
        op = "pending" if isinstance(line, Pending) else "delete"
        if line.form in reserved.RESERVED_FORMS:
            raise self._refusal(f"op: {op}")
        self.counts[line.form][op] += 1

    def _admit_form(self, form: str) -> None:
        if FORM_PATTERN.fullmatch(form) is None:
            raise self._refusal("form")
        if self._type and not reserved.admits(self._type, form):
            raise self._refusal(f"form: {form}")
        self._forms.add(form)
        self.counts[form] = {"put": 0, "pending": 0, "delete": 0}

    def _admit_unit(self, unit: str) -> None:
        if _UNIT.fullmatch(unit) is None:
            raise self._refusal("unit")
        if not self._in_scope(unit):
            raise ScopeViolation(self._where(), unit)
        self._units.add(unit)

    def _admit_keys(self, values: Mapping[str, object]) -> None:
        for key in values:
            if FORM_PATTERN.fullmatch(key) is None:
                raise self._refusal(f"values/{ascii(key)[1:41]}")
        if len(self._keys) < _KNOWN_LIMIT:
            self._keys.update(values)

    def _where(self) -> str:
        return f"{names.RECORDS}:{self.lines}"

    def _refusal(self, detail: str) -> Refused:
        return RecordInvalid(self._where(), detail)


def batches(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield runs of whole lines, each with its LF, from blocks cut anywhere.

    Raises:
        JsonTooBig: A line is longer than 1 MiB.
        RecordInvalid: The last line has no LF.
    """
    rest, lines = b"", 0
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if not end:
            rest += block
        else:
            batch, rest = rest + block[:end], block[end:]
            if len(batch) > MAX_LINE:
                _require_short_lines(batch, lines)
            lines += batch.count(b"\n")
            yield batch
        if len(rest) > MAX_LINE:
            raise JsonTooBig(f"{names.RECORDS}:{lines + 1}", f">{MAX_LINE}")
    if rest:
        raise RecordInvalid(f"{names.RECORDS}:{lines + 1}", "LF")


def _require_short_lines(batch: bytes, before: int) -> None:
    for number, line in enumerate(batch.split(b"\n"), before + 1):
        if len(line) > MAX_LINE:
            raise JsonTooBig(f"{names.RECORDS}:{number}", str(len(line)))


def _is_suspect(text: bytes) -> bool:
    """Say whether the bytes may hold a control character; the strict parser then looks."""
    return (
        (b"\\" in text and any(each in text for each in (b"\\u", b"\\r", b"\\b", b"\\f")))
        or b"\x7f" in text
        or (b"\xc2" in text and _C1.search(text) is not None)
    )


def _decode_line(raw: bytes, where: str) -> Line:
    if not _is_suspect(raw):
        try:
            line = _DECODER.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        else:
            if _ENCODER.encode(line) == raw:
                return line
    value = parse_strict(raw, where=where, max_size=MAX_LINE)
    try:
        return cast("Line", msgspec.convert(value, Line))
    except msgspec.ValidationError as error:
        raise RecordInvalid(where, str(error)[:200]) from None
