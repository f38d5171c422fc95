"""The rule engine: authorised, stoppable, the same answer while typing and set-based."""

from __future__ import annotations

import sqlite3
import time
from decimal import Decimal

import pytest

from census_app.assets import forms_dir
from census_app.domain.findings import Severity
from census_app.domain.records import UNKNOWN, RecordId, Unfit, Value
from census_app.errors import DataProblem
from census_app.formspec.evaluator import (
    RecordEvaluator,
    RuleRun,
    authorise,
    prepare,
    scratch_database,
    time_limit,
)
from census_app.formspec.loader import load_form_set

FORM_SET = load_form_set(forms_dir())
TODAY = "2026-11-23"
RESOURCE = FORM_SET.form("information_resource")
SYSTEM = FORM_SET.form("information_system")


def fired(form_id: str, values: dict[str, Value]) -> set[str]:
    evaluator = RecordEvaluator(FORM_SET.form(form_id), FORM_SET, TODAY)
    return {f.rule for f in evaluator.evaluate(RecordId("r"), values).findings}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM data_item",
        "UPDATE data_item SET name = 'x'",
        "INSERT INTO data_item (id) VALUES ('x')",
        "ATTACH DATABASE '/tmp/x' AS x",
        "PRAGMA journal_mode",
        "SELECT load_extension('x')",
        "CREATE TABLE x (y)",
        "DROP TABLE data_item",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT count(*) FROM r",
        "SELECT randomblob(1000000000)",
        "SELECT * FROM sqlite_master",
    ],
)
def test_authorised_connection_refuses(statement: str) -> None:
    connection = scratch_database(FORM_SET)
    authorise(
        connection, [f.id for f in FORM_SET.forms], prepare(connection, FORM_SET.settings, TODAY)
    )
    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
        connection.execute(statement).fetchall()
    assert connection.execute("SELECT count(*) FROM data_item").fetchone() == (0,)


def test_endless_query_is_stopped() -> None:
    connection = scratch_database(FORM_SET)
    connection.executemany(
        "INSERT INTO data_item (id) VALUES (?)", [(str(n),) for n in range(3000)]
    )
    endless = "SELECT count(*) FROM data_item a, data_item b, data_item c, data_item d"
    begun = time.monotonic()
    with pytest.raises(DataProblem) as caught, time_limit(connection, 0.2):
        connection.execute(endless).fetchall()
    assert caught.value.code == "RULE_TIMEOUT"
    assert time.monotonic() - begun < 5


def test_answer_that_is_not_relevant_is_null_to_rules_and_kept_out_of_the_export() -> None:
    connection = scratch_database(FORM_SET)
    connection.execute(
        "INSERT INTO information_resource (id, name, is_open, open_condition) VALUES ('r', '资源', 0, '完全开放')"
    )
    run = RuleRun(connection, FORM_SET, TODAY)
    record = next(run.records(RESOURCE))
    assert "open_condition" not in record.values
    assert record.values["is_open"] is False


def test_unknown_is_an_answer_and_zero_is_another() -> None:
    assert "CEN-1" in fired("information_resource", {"name": "资源"})
    evaluator = RecordEvaluator(RESOURCE, FORM_SET, TODAY)
    found = evaluator.evaluate(RecordId("r"), {"name": "资源", "size_total_gb": UNKNOWN}).findings
    assert "size_total_gb" not in {f.fields[0] for f in found}


def test_unfit_value_carries_one_finding_and_silences_other_rules_of_its_field() -> None:
    evaluator = RecordEvaluator(RESOURCE, FORM_SET, TODAY)
    found = evaluator.evaluate(
        RecordId("r"), {"name": "资源", "update_cycle": Unfit("每 121 日")}
    ).findings
    about_cycle = [f for f in found if "update_cycle" in f.fields]
    assert [(f.check, f.rule) for f in about_cycle] == [("unfit", "RES-14a")]


def test_refusal_sees_answers_that_are_not_relevant_and_texts_that_do_not_fit() -> None:
    evaluator = RecordEvaluator(SYSTEM, FORM_SET, TODAY)
    secret = "http://10.1.1.1 账号：admin 密码：abc12345"  # noqa: S105
    assert evaluator.refusals({"phase": "building", "access_url": secret}) != []
    assert evaluator.refusals({"phase": "built", "access_url": Unfit(secret)}) != []
    assert evaluator.refusals({"phase": "built", "access_url": "http://10.1.1.1/"}) == []


def test_warnings_can_be_explained_and_errors_cannot() -> None:
    evaluator = RecordEvaluator(RESOURCE, FORM_SET, TODAY)
    found = evaluator.evaluate(RecordId("r"), {"name": "人口管理系统"}).findings
    for finding in found:
        assert bool(finding.values_sha256) is (finding.severity is Severity.WARNING)
    assert any(f.severity is Severity.WARNING for f in found)


def test_traps_of_sql_expressions_do_not_reach_rules() -> None:
    """Numbers compare as numbers, not as text (lessons §5)."""
    shared_more: dict[str, Value] = {
        "name": "资源",
        "records_total_wan": Decimal(9),
        "records_shared_wan": Decimal(10),
    }
    assert "CEN-2c" in fired("information_resource", shared_more)


def test_one_record_of_the_largest_form_is_checked_within_a_millisecond_in_the_median() -> None:
    evaluator = RecordEvaluator(SYSTEM, FORM_SET, TODAY)
    values: dict[str, Value] = {
        "name": "行政审批系统",
        "phase": "built",
        "function": "审批",
        "is_zombie": False,
    }
    times = []
    for _ in range(30):
        begun = time.perf_counter()
        evaluator.evaluate(RecordId("r"), values)
        times.append(time.perf_counter() - begun)
    # Generous: the benchmark measures the goal of 1 ms; this only notices an evaluator that prepares afresh each time.
    assert sorted(times)[15] < 0.02
