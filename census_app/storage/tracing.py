"""Find a value that must not be here: what a field of a record says and ever said, and where (SEC-1, SEC-2).

Changes nothing; `purging` removes what is found.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from census_app.domain.records import RecordId
from census_app.formspec.schema import quoted
from census_app.storage.renames import field_names
from census_app.storage.rows import RowCodec, value_json

_KIND: Final = "ext"
"""What an attached file is says nothing of its content, and `docx` stands in many a sentence."""

_CARRY: Final = "STEP_CARRY"
"""Sentence of the step that brought the last round's answers."""


@dataclass(frozen=True, slots=True)
class Target:
    """The field of a record whose value shall go."""

    form: str
    record: RecordId
    field: str


@dataclass(frozen=True, slots=True)
class Traces:
    """Where a value stands or stood.

    Attributes:
        texts: All that the field ever said, as text.
        first: When it was first written, UTC; empty when the journal does not say.
        places: Kind of place → how many: `record`, `journal`, `contribution`.
        carried: Whether something of it came with the last round, and so is older than this file.
    """

    texts: frozenset[str]
    first: str
    places: Mapping[str, int]
    carried: bool = False


def traces(connection: Connection, codecs: Mapping[str, RowCodec], target: Target) -> Traces:
    """Return what a field of a record says and ever said; nothing is changed."""
    names = names_of(connection, target)
    texts: set[str] = set()
    places: Counter[str] = Counter()
    moments: list[str] = []
    carried = False
    for value in _present(connection, codecs, target):
        texts |= value
        places["record"] += 1
    for step_at, sentence, held in _journal(connection, target, names):
        texts |= held
        carried |= sentence == _CARRY
        moments.append(step_at)
        places["journal"] += 1
    for table in ("unfit", "understood"):
        for text in _beside(connection, table, target, names):
            texts.add(text)
            places["record"] += 1
    for held in _merged(connection, target, names):
        texts |= held
        places["contribution"] += 1
    return Traces(frozenset(texts - {""}), min(moments, default=""), dict(places), carried)


def target_in(codecs: Mapping[str, RowCodec], target: Target, names: Collection[str]) -> Target:
    """Return the target by the name the field had in an older form set.

    Raises:
        LookupError: That form set asks nothing of the kind.
    """
    slots = codecs[target.form].slots
    return Target(target.form, target.record, _first(names, slots))


def _first(names: Collection[str], slots: Mapping[str, object]) -> str:
    for name in names:
        if name in slots:
            return name
    raise LookupError(*names)


def names_ever(connection: Connection, target: Target) -> list[str]:
    """Return all ids that the field had, today's first."""
    return sorted(names_of(connection, target), key=lambda name: name != target.field)


def names_of(connection: Connection, target: Target) -> list[str]:
    """Return all ids that the field had."""
    return list(field_names(connection).ever(target.form, target.field)) or [target.field]


def in_list(names: Collection[object]) -> str:
    """Return the list of parameters that stands behind `IN`."""
    return f"({', '.join('?' * len(names))})"


def texts_of(value: object) -> set[str]:
    """Return the texts a value is written as: itself, what an unfit one holds, names and hashes of attached files."""
    if isinstance(value, dict):
        return {text for key, text in value.items() if isinstance(text, str) and key != _KIND}
    if isinstance(value, (list, tuple)):
        return {text for each in value for text in texts_of(each)}
    return set() if value is None or isinstance(value, bool) else {str(value)}


def load_json(text: str) -> Any:
    """Return what a JSON text says; None for one that is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _present(
    connection: Connection, codecs: Mapping[str, RowCodec], target: Target
) -> Iterable[set[str]]:
    codec = codecs[target.form]
    slot = codec.slots[target.field]
    row = connection.exec_driver_sql(
        f"SELECT {quoted(codec.columns[slot.at].name)} FROM {quoted(target.form)} WHERE id = ?",
        (target.record,),
    ).first()
    if row is not None and row[0] is not None:
        yield texts_of(value_json(slot.type.from_db(row[0]), slot.field)) | {str(row[0])}


def _journal(
    connection: Connection, target: Target, names: Collection[str]
) -> Iterable[tuple[str, str, set[str]]]:
    rows = connection.exec_driver_sql(
        "SELECT s.at, s.sentence, c.kind, c.field, c.old, c.new, c.old_given, c.new_given FROM change AS c "
        "JOIN step AS s ON s.number = c.step WHERE c.record_id = ? AND c.form = ? "
        "AND c.kind IN ('field', 'record', 'decision') ORDER BY c.key",
        (target.record, target.form),
    ).all()
    for at, sentence, kind, field, old, new, *given in rows:
        held: set[str] = set()
        if kind == "field" and field in names:
            held = {t for each in (old, new) if each for t in texts_of(load_json(each))}
            held |= {text for text in given if text}
        elif kind == "decision" and field in names:
            held = {t for each in (old, new) if each for t in texts_of(load_json(each))}
        elif kind == "record":
            held = {t for each in (old, new) if each for t in _of_record(each, names)}
        if held:
            yield at, sentence, held


def _of_record(text: str, names: Collection[str]) -> set[str]:
    raw = load_json(text)
    if not isinstance(raw, dict):
        return set()
    found: set[str] = set()
    for part in ("values", "given"):
        held = raw.get(part) or {}
        found |= {t for name in names if name in held for t in texts_of(held[name])}
    return found


def _beside(
    connection: Connection, table: str, target: Target, names: Collection[str]
) -> list[str]:
    rows = connection.exec_driver_sql(
        f"SELECT text FROM {table} WHERE form = ? AND record_id = ? AND field IN {in_list(names)}",
        (target.form, target.record, *names),
    )
    return [str(text) for text in rows.scalars()]


def _merged(connection: Connection, target: Target, names: Collection[str]) -> Iterable[set[str]]:
    """Yield what contributions said of the field: their lines, and both sides of conflicts about it."""
    lines = connection.exec_driver_sql(
        "SELECT line FROM base_line WHERE form = ? AND record_id = ?",
        (target.form, target.record),
    )
    sides = connection.exec_driver_sql(
        f"SELECT base, ours, theirs FROM conflict WHERE form = ? AND record_id = ? AND field IN {in_list(names)}",
        (target.form, target.record, *names),
    )
    found = [_of_record(str(line), names) for line in lines.scalars().all()]
    found += [{t for each in row if each for t in texts_of(load_json(each))} for row in sides]
    yield from (held for held in found if held)
