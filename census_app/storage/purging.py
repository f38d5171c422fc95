"""Remove a value that must not be here from every place of a file, so that its bytes are gone (SEC-1, SEC-2).

The one exception from a journal that is never rewritten: the lines stay, what they say of this field is taken out.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from census_app.formspec.model import FormSet
from census_app.formspec.schema import quoted
from census_app.storage import standing
from census_app.storage.engine import Database
from census_app.storage.failures import coded
from census_app.storage.rows import RowCodec, json_text
from census_app.storage.tracing import Target, in_list, load_json, names_of, texts_of, traces
from census_app.storage.work import Work

PURGED_REASON: Final = "清除 / purged"
MARK: Final = "■■■■"
_SHORTEST: Final = 4
"""Shorter texts are taken out of the places of the field only: elsewhere they are ordinary words."""

_WORDS_ABOUT: Final = (
    ("change", "reason"),
    ("explanation", "reason"),
    ("answer", "text"),
    ("query", "text"),
    ("verdict", "reason"),
    ("verdict", "explanation"),
    ("conflict", "reason"),
    ("correspondence", "note"),
    ("carried", "title"),
)
"""Columns with words about records; a value may have been quoted there."""

_VALUES_ABOUT: Final = (
    ("step", "params"),
    ("query", "suggestion"),
    ("conflict", "base"),
    ("conflict", "ours"),
    ("conflict", "theirs"),
)
"""Columns with JSON texts in which words may quote a value; other values stand in them too."""

_NO_WORDS: Final = re.compile(
    r"[0-9a-f]{32}|[0-9a-f]{64}|[+-]?[0-9]+(\.[0-9]+)?|[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9:.]+Z?)?)?"
)
"""Ids, hashes, numbers and moments: a text that stands inside one is not quoted there."""


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
        names = names_of(connection, target)
        _empty(connection, form_set, codecs, target)
        _clean_journal(connection, target, names)
        for table in ("unfit", "understood"):
            connection.exec_driver_sql(
                f"DELETE FROM {table} WHERE form = ? AND record_id = ? AND field IN {in_list(names)}",
                (target.form, target.record, *names),
            )
        _clean_lines(connection, target, names)
        places["words"] += _clean_suggestions(connection, target, names, texts)
        places["words"] += _clean_words(connection, texts)
        places["words"] += _clean_reasons(connection, texts)
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
        f"WHERE record_id = ? AND form = ? AND kind = 'field' AND field IN {in_list(names)}",
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
    # Which conflict it was stays known: undo reopens by it, or decides it again.
    rows = connection.exec_driver_sql(
        "SELECT key, old_given, new_given FROM change "
        f"WHERE record_id = ? AND form = ? AND kind = 'decision' AND field IN {in_list(names)}",
        (target.record, target.form, *names),
    ).all()
    for key, *given in rows:
        connection.exec_driver_sql(
            "UPDATE change SET old = '', new = '', old_given = ?, new_given = ?, reason = ? "
            "WHERE key = ?",
            (*(_with_reason(text, lambda _: PURGED_REASON) for text in given), PURGED_REASON, key),
        )


def _with_reason(text: str, reworded: Callable[[str], str]) -> str:
    """Return the JSON text of an explanation or a decision with its reason reworded."""
    raw = load_json(text) if text else None
    if not isinstance(raw, dict) or not isinstance(raw.get("reason"), str):
        return text
    reason = reworded(raw["reason"])
    return text if reason == raw["reason"] else json_text({**raw, "reason": reason})


def _without(text: str, names: Collection[str]) -> str:
    """Return the JSON text of a record, or of a line, without some fields."""
    raw = load_json(text) if text else None
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
    _forget_hashes(connection, target, names)
    connection.exec_driver_sql(
        f"DELETE FROM conflict WHERE form = ? AND record_id = ? AND field IN {in_list(names)}",
        (target.form, target.record, *names),
    )


def _forget_hashes(connection: Connection, target: Target, names: Collection[str]) -> None:
    """Take the hashes of what discovery wrote into the field out of its sighting and the lines about it."""
    where = "WHERE form = ? AND record_id = ?"
    for table, columns, more in (
        ("sighting", ("seen",), ""),
        ("change", ("old", "new"), " AND kind = 'sighting'"),
    ):
        rows = connection.exec_driver_sql(
            f"SELECT rowid, {', '.join(columns)} FROM {table} {where}{more}",
            (target.form, target.record),
        ).all()
        for key, *texts in rows:
            cleaned = (_without(text, names) for text in texts)
            connection.exec_driver_sql(
                f"UPDATE {table} SET {', '.join(f'{c} = ?' for c in columns)} WHERE rowid = ?",
                (*cleaned, key),
            )


def _clean_suggestions(
    connection: Connection, target: Target, names: Collection[str], texts: Collection[str]
) -> int:
    """Empty what was suggested for the field, where it is one of the texts; return how often."""
    rows = connection.exec_driver_sql(
        'SELECT id, suggestion FROM "query" '
        f"WHERE form = ? AND record_id = ? AND field IN {in_list(names)}",
        (target.form, target.record, *names),
    ).all()
    said = [key for key, text in rows if text and not texts_of(load_json(text)).isdisjoint(texts)]
    for key in said:
        connection.exec_driver_sql("UPDATE \"query\" SET suggestion = '' WHERE id = ?", (key,))
    return len(said)


def _clean_words(connection: Connection, texts: Iterable[str]) -> int:
    """Replace the texts wherever words about records quote them; return in how many places."""
    count = 0
    wanted = sorted((t for t in texts if len(t) >= _SHORTEST), key=len, reverse=True)
    for text in wanted:
        for spelled in {text, json_text(text)[1:-1]}:  # as it is, and as JSON writes it
            for table, column in _WORDS_ABOUT:
                done = connection.exec_driver_sql(
                    f"UPDATE {quoted(table)} SET {column} = replace({column}, ?, ?) "
                    f"WHERE instr({column}, ?)",
                    (spelled, MARK, spelled),
                )
                count += max(0, done.rowcount)
    for table, column in _VALUES_ABOUT:
        count += _clean_values(connection, table, column, wanted)
    return count


def _clean_values(connection: Connection, table: str, column: str, wanted: list[str]) -> int:
    """Replace the texts in the words of a column of JSON texts, so that each stays one."""
    spelled = {each for text in wanted for each in (text, json_text(text)[1:-1])}
    held: set[str] = set()
    for each in spelled:
        held |= set(
            connection.exec_driver_sql(
                f"SELECT DISTINCT {column} FROM {quoted(table)} WHERE instr({column}, ?)", (each,)
            ).scalars()
        )
    count = 0
    for before in sorted(held):
        raw = load_json(before)
        after = _reworded(before if raw is None else raw, wanted)
        if after == raw:
            continue
        done = connection.exec_driver_sql(
            f"UPDATE {quoted(table)} SET {column} = ? WHERE {column} = ?",
            (after if raw is None else json_text(after), before),
        )
        count += max(0, done.rowcount)
    return count


def _reworded(value: Any, wanted: Collection[str]) -> Any:
    """Return a decoded JSON value with the texts taken out of its words; keys, numbers and ids stay."""
    if isinstance(value, dict):
        return {key: _reworded(each, wanted) for key, each in value.items()}
    if isinstance(value, list):
        return [_reworded(each, wanted) for each in value]
    if not isinstance(value, str):
        return value
    if _NO_WORDS.fullmatch(value):
        return value
    for text in wanted:
        value = value.replace(text, MARK)
    return value


def _clean_reasons(connection: Connection, texts: Iterable[str]) -> int:
    """Replace the texts in the reasons that lines of explanations and decisions hold, for undo, as JSON.

    Only there: ids, moments and hashes beside them may look like a text, and undo needs them.
    """
    wanted = sorted((t for t in texts if len(t) >= _SHORTEST), key=len, reverse=True)

    def reworded(reason: str) -> str:
        for text in wanted:
            reason = reason.replace(text, MARK)
        return reason

    columns = ("old", "new", "old_given", "new_given")
    rows = connection.exec_driver_sql(
        f"SELECT key, {', '.join(columns)} FROM change WHERE kind IN ('explanation', 'decision')"
    ).all()
    count = 0
    for key, *told in rows:
        cleaned = [_with_reason(text, reworded) for text in told]
        if cleaned != told:
            connection.exec_driver_sql(
                f"UPDATE change SET {', '.join(f'{c} = ?' for c in columns)} WHERE key = ?",
                (*cleaned, key),
            )
            count += 1
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
        raw = load_json(params)
        if isinstance(raw, dict) and any(value in texts for value in raw.values()):
            cleaned = {key: MARK if v in texts else v for key, v in raw.items()}
            connection.exec_driver_sql(
                "UPDATE step SET params = ? WHERE number = ?", (json_text(cleaned), number)
            )
            count += 1
    return count


# -- beside the file ---------------------------------------------------------------------------------------------------


def holds(path: Path, texts: Iterable[str]) -> bool:
    """Say whether a file holds one of the texts anywhere, free pages included."""
    content = path.read_bytes()
    return any(text.encode() in content for text in texts if len(text) >= _SHORTEST)


def clean_log(path: Path, texts: Iterable[str]) -> bool:
    """Take texts out of a log file in its place: a running program goes on writing to it; True when one was there."""
    try:
        content = before = path.read_bytes()
        for text in sorted(texts, key=len, reverse=True):
            if len(text) >= _SHORTEST:
                content = content.replace(text.encode(), MARK.encode())
        if content == before:
            return False
        with path.open("rb+") as file:
            # What it is shorter by is overwritten before it is cut off.
            file.write(content + bytes(max(0, len(before) - len(content))))
            file.flush()
            os.fsync(file.fileno())
            file.truncate(len(content))
    except OSError:
        return False
    return True
