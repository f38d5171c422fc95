"""Remove a value that must not be here from every place of a file, so that its bytes are gone (SEC-1, SEC-2).

The one exception from a journal that is never rewritten: the lines stay, what they say of this field is taken out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from census_app.domain.records import RecordId
from census_app.formspec.model import FormSet
from census_app.formspec.schema import quoted
from census_app.storage import standing
from census_app.storage.engine import Database
from census_app.storage.failures import coded
from census_app.storage.renames import field_names
from census_app.storage.rows import RowCodec, json_text, value_json
from census_app.storage.work import Work

PURGED_REASON: Final = "清除 / purged"
MARK: Final = "■■■■"
_SHORTEST: Final = 4
"""Shorter texts are taken out of the places of the field only: elsewhere they are ordinary words."""

_WORDS_ABOUT: Final = (
    ("step", "params"),
    ("change", "reason"),
    ("explanation", "reason"),
    ("answer", "text"),
    ("query", "text"),
    ("query", "suggestion"),
    ("verdict", "reason"),
    ("verdict", "explanation"),
    ("conflict", "base"),
    ("conflict", "ours"),
    ("conflict", "theirs"),
    ("conflict", "reason"),
    ("correspondence", "note"),
    ("carried", "title"),
)
"""Columns with words about records; a value may have been quoted there."""


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
        places: Kind of place → how many.
    """

    texts: frozenset[str]
    first: str
    places: Mapping[str, int]


def traces(connection: Connection, codecs: Mapping[str, RowCodec], target: Target) -> Traces:
    """Return what a field of a record says and ever said; nothing is changed."""
    names = _names(connection, target)
    texts: set[str] = set()
    places: Counter[str] = Counter()
    moments: list[str] = []
    for value in _present(connection, codecs, target):
        texts |= value
        places["record"] += 1
    for step_at, held in _journal(connection, target, names):
        texts |= held
        moments.append(step_at)
        places["journal"] += 1
    for table in ("unfit", "understood"):
        for text in _beside(connection, table, target, names):
            texts.add(text)
            places["record"] += 1
    return Traces(frozenset(texts - {""}), min(moments, default=""), dict(places))


def purge(
    database: Database,
    form_set: FormSet,
    codecs: Mapping[str, RowCodec],
    target: Target,
    *,
    actor: str,
    at: str,
    known: Collection[str] = (),
) -> dict[str, int]:
    """Empty a field of a record and take out of the file all it ever said; the bytes are gone when this returns.

    Args:
        known: What the field said as another copy of the file knows.

    Returns:
        Kind of place → how often something was taken out.
    """
    with database.writing() as connection:
        found = traces(connection, codecs, target)
        texts = {*found.texts, *known}
        places = Counter(found.places)
        names = _names(connection, target)
        _empty(connection, form_set, codecs, target)
        _clean_journal(connection, target, names)
        for table in ("unfit", "understood"):
            connection.exec_driver_sql(
                f"DELETE FROM {table} WHERE form = ? AND record_id = ? AND field IN {_in(names)}",
                (target.form, target.record, *names),
            )
        _clean_lines(connection, target, names)
        places["words"] += _clean_words(connection, texts)
        places["words"] += _clean_steps(connection, target, texts)
        if places.total():
            params = {"form": target.form, "record": target.record, "field": target.field}
            standing.note(connection, standing.PURGED, params, actor, at)
    wipe(database)
    return {place: count for place, count in places.items() if count}


def wipe(database: Database) -> None:
    """Write the file anew, so that free pages hold nothing of what was deleted."""
    with coded(database.path):
        # No temporary file: it would keep what is being removed.
        database.driver.execute("PRAGMA temp_store=MEMORY")
        try:
            database.driver.execute("VACUUM")
        finally:
            database.driver.execute("PRAGMA temp_store=DEFAULT")


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
    return sorted(_names(connection, target), key=lambda name: name != target.field)


def _names(connection: Connection, target: Target) -> list[str]:
    return list(field_names(connection).ever(target.form, target.field)) or [target.field]


def _in(names: Collection[object]) -> str:
    return f"({', '.join('?' * len(names))})"


def _texts_of(value: object) -> set[str]:
    """Return the texts a value is written as: itself, what an unfit one holds, names and hashes of attached files."""
    if isinstance(value, dict):
        return {text for text in value.values() if isinstance(text, str)}
    if isinstance(value, (list, tuple)):
        return {text for each in value for text in _texts_of(each)}
    return set() if value is None or isinstance(value, bool) else {str(value)}


def _load_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


# -- finding -----------------------------------------------------------------------------------------------------------


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
        yield _texts_of(value_json(slot.type.from_db(row[0]), slot.field)) | {str(row[0])}


def _journal(
    connection: Connection, target: Target, names: Collection[str]
) -> Iterable[tuple[str, set[str]]]:
    rows = connection.exec_driver_sql(
        "SELECT s.at, c.kind, c.field, c.old, c.new, c.old_given, c.new_given FROM change AS c "
        "JOIN step AS s ON s.number = c.step WHERE c.record_id = ? AND c.form = ? "
        "AND c.kind IN ('field', 'record') ORDER BY c.key",
        (target.record, target.form),
    ).all()
    for at, kind, field, old, new, *given in rows:
        held: set[str] = set()
        if kind == "field" and field in names:
            held = {t for each in (old, new) if each for t in _texts_of(_load_json(each))}
            held |= {text for text in given if text}
        elif kind == "record":
            held = {t for each in (old, new) if each for t in _of_record(each, names)}
        if held:
            yield at, held


def _of_record(text: str, names: Collection[str]) -> set[str]:
    raw = _load_json(text)
    if not isinstance(raw, dict):
        return set()
    found: set[str] = set()
    for part in ("values", "given"):
        held = raw.get(part) or {}
        found |= {t for name in names if name in held for t in _texts_of(held[name])}
    return found


def _beside(
    connection: Connection, table: str, target: Target, names: Collection[str]
) -> list[str]:
    rows = connection.exec_driver_sql(
        f"SELECT text FROM {table} WHERE form = ? AND record_id = ? AND field IN {_in(names)}",
        (target.form, target.record, *names),
    )
    return [str(text) for text in rows.scalars()]


# -- removing ----------------------------------------------------------------------------------------------------------


def _empty(
    connection: Connection, form_set: FormSet, codecs: Mapping[str, RowCodec], target: Target
) -> None:
    """Empty the field; the hash of the row follows. No line of the journal tells what stood there."""
    work = Work(connection, form_set, codecs)
    work.load(target.form, [target.record])
    statement = f"SELECT 1 FROM {quoted(target.form)} WHERE id = ?"
    if connection.exec_driver_sql(statement, (target.record,)).first() is not None:
        work.put((target.form, target.record), {target.field: None}, {})
        work.flush()


def _clean_journal(connection: Connection, target: Target, names: Collection[str]) -> None:
    connection.exec_driver_sql(
        "UPDATE change SET old = '', new = '', old_given = '', new_given = '', reason = ? "
        f"WHERE record_id = ? AND form = ? AND kind = 'field' AND field IN {_in(names)}",
        (PURGED_REASON, target.record, target.form, *names),
    )
    rows = connection.exec_driver_sql(
        "SELECT key, old, new FROM change WHERE record_id = ? AND form = ? AND kind = 'record'",
        (target.record, target.form),
    ).all()
    for key, old, new in rows:
        cleaned = tuple(_without(text, names) for text in (old, new))
        if cleaned != (old, new):
            connection.exec_driver_sql(
                "UPDATE change SET old = ?, new = ? WHERE key = ?", (*cleaned, key)
            )


def _without(text: str, names: Collection[str]) -> str:
    """Return the JSON text of a record, or of a line, without some fields."""
    raw = _load_json(text) if text else None
    if not isinstance(raw, dict):
        return text
    changed = False
    for part in ("values", "given"):
        held = raw.get(part)
        if isinstance(held, dict):
            for name in names:
                changed |= held.pop(name, None) is not None
    return json_text(raw) if changed else text


def _clean_lines(connection: Connection, target: Target, names: Collection[str]) -> None:
    """Clean what is remembered of contributions: the record's lines, and conflicts about the field."""
    rows = connection.exec_driver_sql(
        "SELECT rowid, line FROM base_line WHERE form = ? AND record_id = ?",
        (target.form, target.record),
    ).all()
    for key, line in rows:
        connection.exec_driver_sql(
            "UPDATE base_line SET line = ? WHERE rowid = ?", (_without(line, names), key)
        )
    connection.exec_driver_sql(
        f"DELETE FROM conflict WHERE form = ? AND record_id = ? AND field IN {_in(names)}",
        (target.form, target.record, *names),
    )


def _clean_words(connection: Connection, texts: Iterable[str]) -> int:
    """Replace the texts wherever words about records quote them; return in how many places."""
    count = 0
    for text in sorted(texts, key=len, reverse=True):
        if len(text) < _SHORTEST:
            continue
        for spelled in {text, json_text(text)[1:-1]}:  # as it is, and as JSON writes it
            for table, column in _WORDS_ABOUT:
                done = connection.exec_driver_sql(
                    f"UPDATE {quoted(table)} SET {column} = replace({column}, ?, ?) "
                    f"WHERE instr({column}, ?)",
                    (spelled, MARK, spelled),
                )
                count += max(0, done.rowcount)
    return count


def _clean_steps(connection: Connection, target: Target, texts: Collection[str]) -> int:
    """Take short texts out of the sentences of the steps that touched the record."""
    rows = connection.exec_driver_sql(
        "SELECT number, params FROM step WHERE number IN "
        "(SELECT step FROM change WHERE record_id = ? AND form = ?)",
        (target.record, target.form),
    ).all()
    count = 0
    for number, params in rows:
        raw = _load_json(params)
        if isinstance(raw, dict) and any(value in texts for value in raw.values()):
            cleaned = {key: MARK if v in texts else v for key, v in raw.items()}
            connection.exec_driver_sql(
                "UPDATE step SET params = ? WHERE number = ?", (json_text(cleaned), number)
            )
            count += 1
    return count
