"""What coordinators asked and a department answered, in its workspace (security §6).

Not responsible for admission: what is taken here was verified and is the next of its chain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection

from census_app.domain.holdings import SentPackage
from census_app.domain.review import Answer, Query, Verdict
from census_app.storage.correspondence import insert_package

_QUERY: Final = (
    "id, form, record_id, field, value_sha256, text, suggestion, rule, must, state, round"
)
_QUERY_KEYS: Final = tuple(f.name for f in dataclasses.fields(Query))
"""In the order of the columns."""

_ANSWER: Final = '"query", kind, text, value_sha256, actor, at'
_VOID: Final = ""
"""In the place of the value's hash: the answer no longer counts."""

_VERDICT: Final = "record_id, rule, values_sha256, choice, reason, decision, explanation"


def take(
    connection: Connection,
    letter: SentPackage,
    asked: Iterable[Query],
    said: Iterable[Verdict],
) -> None:
    """Keep a letter with its queries and verdicts; the caller holds the transaction."""
    insert_package(connection, letter)
    for query in asked:
        _take_query(connection, query, letter)
    for verdict in said:
        _take_verdict(connection, verdict)


def _take_query(connection: Connection, query: Query, letter: SentPackage) -> None:
    known = connection.exec_driver_sql('SELECT text FROM "query" WHERE id = ?', (query.id,)).first()
    if known is None and query.state == "closed":
        return  # asked and settled between two reviews: nobody here ever saw it
    if known is not None and known[0] != query.text:
        # Asked again: what was answered did not do. It is kept, so that it is not said once more.
        connection.exec_driver_sql(
            'UPDATE answer SET value_sha256 = ? WHERE "query" = ?', (_VOID, query.id)
        )
    row = (
        query.id,
        query.form,
        query.record,
        query.field,
        query.value_sha256,
        query.text,
        query.suggestion,
        query.rule,
        int(query.must),
        query.state,
        query.round,
        letter.identity,
        letter.at,
    )
    marks = ", ".join("?" * len(row))
    connection.exec_driver_sql(
        f'INSERT INTO "query" ({_QUERY}, package, at) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET '
        "form = excluded.form, record_id = excluded.record_id, field = excluded.field, "
        "value_sha256 = excluded.value_sha256, text = excluded.text, "
        "suggestion = excluded.suggestion, rule = excluded.rule, must = excluded.must, "
        "state = excluded.state, round = excluded.round, package = excluded.package",
        row,
    )


def _take_verdict(connection: Connection, verdict: Verdict) -> None:
    about = (verdict.record, verdict.rule, verdict.values_sha256)
    where = "WHERE record_id = ? AND rule = ? AND values_sha256 = ?"
    known = connection.exec_driver_sql(f"SELECT decision FROM verdict {where}", about).first()
    if known is not None and known[0] == verdict.decision:
        return
    reason = connection.exec_driver_sql(f"SELECT reason FROM explanation {where}", about).scalar()
    connection.exec_driver_sql(
        f"INSERT OR REPLACE INTO verdict ({_VERDICT}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*about, verdict.choice, verdict.reason, verdict.decision, str(reason or "")),
    )


def queries(connection: Connection) -> list[Query]:
    """Return all queries, in the order of arrival."""
    rows = connection.exec_driver_sql(f'SELECT {_QUERY} FROM "query" ORDER BY at, id')
    return [
        Query(**dict(zip(_QUERY_KEYS, row, strict=True)) | {"must": bool(row.must)}) for row in rows
    ]


def answers(connection: Connection) -> list[Answer]:
    """Return all stored answers that count, by query."""
    rows = connection.exec_driver_sql(
        f'SELECT {_ANSWER} FROM answer WHERE value_sha256 <> ? ORDER BY "query"', (_VOID,)
    )
    return [Answer(*row) for row in rows]


def void_answer(connection: Connection, query: str) -> Answer | None:
    """Return the answer after which a query was asked again; None once there is another, or when there was none."""
    row = connection.exec_driver_sql(
        f'SELECT {_ANSWER} FROM answer WHERE "query" = ? AND value_sha256 = ?', (query, _VOID)
    ).first()
    return None if row is None else Answer(*row)


def store_answer(connection: Connection, answer: Answer) -> None:
    """Keep an answer in the place of an earlier one to the same query."""
    connection.exec_driver_sql(
        f"INSERT OR REPLACE INTO answer ({_ANSWER}) VALUES (?, ?, ?, ?, ?, ?)",
        (
            answer.query,
            answer.kind,
            answer.text,
            answer.value_sha256,
            answer.actor,
            answer.at,
        ),
    )


def forget_answer(connection: Connection, query: str) -> None:
    """Take an answer away that counts."""
    connection.exec_driver_sql(
        'DELETE FROM answer WHERE "query" = ? AND value_sha256 <> ?', (query, _VOID)
    )


def verdicts(connection: Connection) -> list[Verdict]:
    """Return all verdicts, by record and rule."""
    rows = connection.exec_driver_sql(
        f"SELECT {_VERDICT} FROM verdict ORDER BY record_id, rule, values_sha256"
    )
    return [Verdict(*row) for row in rows]
