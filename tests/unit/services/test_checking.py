"""Checking and explaining: one finding a value, offers written as one step, reasons that lapse, completeness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId, Unfit, Value
from census_app.errors import UserError
from census_app.services import editing
from census_app.services.checking import (
    CheckReport,
    check_workspace,
    set_everywhere,
    texts,
)
from census_app.services.editing import RecordEditor, create_record
from census_app.services.explaining import explain
from census_app.services.mending import apply_offers
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Cancelled, Progress

RESOURCE = "information_resource"
REASON = "内部短号，对外不公布。"


def resource(
    store: WorkspaceStore, clock: Clock, name: str = "许可信息", **texts_: str
) -> RecordId:
    """Add a resource, filled as a person fills it."""
    record = create_record(store, RESOURCE, {"name": name}, actor="t", clock=clock)
    edit = RecordEditor(store, RESOURCE, record, actor="t", clock=clock)
    for field, text in texts_.items():
        edit.set_text(field, text)
    return record


def about(report: CheckReport, record: RecordId, field: str) -> list[Finding]:
    return [f for f in report.findings if f.record == record and field in f.fields]


def test_an_unfit_value_has_one_finding_and_no_other_rule_of_its_field_speaks(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = resource(store, clock, size_total_gb="很多")
    (finding,) = about(check_workspace(store, clock=clock), record, "size_total_gb")
    assert (finding.check, finding.severity) == ("unfit", Severity.ERROR)
    assert finding.found["size_total_gb"] == Unfit("很多")


def test_editor_and_check_say_the_same_about_one_record(
    store: WorkspaceStore, clock: Clock
) -> None:
    record = resource(store, clock, share_type="不予共享", is_open="是", size_total_gb="1200条")
    edit = RecordEditor(store, RESOURCE, record, actor="t", clock=clock)
    whole = [f for f in check_workspace(store, clock=clock).findings if f.record == record]
    live = {(f.rule, f.fields, f.severity) for f in edit.state.findings}
    assert live <= {(f.rule, f.fields, f.severity) for f in whole}
    assert {"RES-13b", "CEN-1"} <= {f.rule for f in edit.state.findings}


def test_offers_are_written_as_one_step(store: WorkspaceStore, clock: Clock) -> None:
    records = [resource(store, clock, f"许可{n}", size_total_gb=f"{n}00条") for n in range(1, 4)]
    report = check_workspace(store, clock=clock)
    offered = [f for f in report.findings if f.fields == ("size_total_gb",)]
    done = apply_offers(store, [*offered, *report.findings], actor="t", clock=clock)
    assert done.number
    held = [store.record(RESOURCE, r) for r in records]
    sizes = [r.values["size_total_gb"] for r in held if r is not None]
    assert sizes == [Decimal(100), Decimal(200), Decimal(300)]
    editing.undo(store, actor="t", clock=clock)
    first = store.record(RESOURCE, records[0])
    assert first is not None
    assert first.values["size_total_gb"] == Unfit("100条")


def test_the_same_answer_for_many_is_one_step(store: WorkspaceStore, clock: Clock) -> None:
    records = [resource(store, clock, f"许可{n}") for n in range(3)]
    values: dict[str, Value | None] = {"share_type": "3"}
    set_everywhere(store, RESOURCE, records, values, actor="t", clock=clock)
    assert {r.values["share_type"] for r in store.stream_records(RESOURCE)} == {"3"}
    editing.undo(store, actor="t", clock=clock)
    assert {r.values["share_type"] for r in store.stream_records(RESOURCE)} == {"1"}


def test_a_refused_answer_is_given_to_nobody(store: WorkspaceStore, clock: Clock) -> None:
    records = [resource(store, clock, f"许可{n}") for n in range(2)]
    before = store.journal(limit=1000)
    values: dict[str, Value | None] = {"secrecy": "classified"}
    with pytest.raises(UserError, match="REFUSED_VALUE"):
        set_everywhere(store, RESOURCE, records, values, actor="t", clock=clock)
    assert store.journal(limit=1000) == before


def test_a_refused_offer_is_not_written(store: WorkspaceStore, clock: Clock) -> None:
    record = resource(store, clock)
    finding = Finding(
        "UNFIT", Severity.ERROR, RESOURCE, record, ("secrecy",), check="unfit", offer="classified"
    )
    with pytest.raises(UserError, match="REFUSED_VALUE"):
        apply_offers(store, [finding], actor="t", clock=clock)
    assert [r.values.get("secrecy") for r in store.stream_records(RESOURCE)] == [None]


def test_completeness_counts_records_that_can_go(store: WorkspaceStore, clock: Clock) -> None:
    create_record(store, "internal_office", {"name": "一处"}, actor="t", clock=clock)
    resource(store, clock)
    report = check_workspace(store, clock=clock)
    counted = {f: (c.total, c.clean) for f, c in report.completeness.items() if c.total}
    assert counted == {"department": (1, 0), "internal_office": (1, 1), RESOURCE: (1, 0)}
    assert report.records == 3
    assert report.checked_at == "2026-12-01T08:00:00Z"


def test_counts_by_severity_are_those_of_the_findings(store: WorkspaceStore, clock: Clock) -> None:
    resource(store, clock, name="许可管理系统", published_on="1990-01-01")
    report = check_workspace(store, clock=clock)
    found = [f.severity for f in report.findings]
    assert report.errors == found.count(Severity.ERROR)
    assert report.unexplained == found.count(Severity.WARNING) >= 1
    assert report.notices == found.count(Severity.NOTICE)
    assert sum(len(group) for _rule, group in report.by_rule()) == len(report.findings)
    severities = [group[0].severity for _rule, group in report.by_rule()]
    assert severities == sorted(severities, key=list(Severity).index)


def test_every_finding_has_words_in_both_languages(store: WorkspaceStore, clock: Clock) -> None:
    resource(store, clock, name="许可管理系统", size_total_gb="很多", share_type="3", is_open="是")
    report = check_workspace(store, clock=clock)
    for language in ("zh", "en"):
        for told in texts(report.findings, store, language):
            assert told.what
            assert told.remedy
            assert "{" not in told.what + told.remedy


def test_a_check_can_be_stopped(store: WorkspaceStore, clock: Clock) -> None:
    resource(store, clock)
    with pytest.raises(Cancelled):
        check_workspace(store, clock=clock, progress=Progress(is_cancelled=lambda: True))


# -- reasons -----------------------------------------------------------------------------------------------------------


def warned(store: WorkspaceStore, clock: Clock) -> tuple[RecordId, list[Finding]]:
    record = resource(store, clock, name="许可管理系统")
    report = check_workspace(store, clock=clock)
    return record, [f for f in report.findings if f.rule == "RES-3"]


def explained(store: WorkspaceStore, clock: Clock) -> list[str | None]:
    return [
        f.explanation for f in check_workspace(store, clock=clock).findings if f.rule == "RES-3"
    ]


def test_a_reason_holds_while_other_answers_change(store: WorkspaceStore, clock: Clock) -> None:
    record, warnings = warned(store, clock)
    explain(store, warnings, f"  {REASON} ", actor="t", clock=clock)
    other: dict[str, Value | None] = {"abstract": "另一项回答"}
    set_everywhere(store, RESOURCE, [record], other, actor="t", clock=clock)
    assert explained(store, clock) == [REASON]


def test_a_reason_lapses_with_the_value_and_returns_with_it(
    store: WorkspaceStore, clock: Clock
) -> None:
    record, warnings = warned(store, clock)
    explain(store, warnings, REASON, actor="t", clock=clock)
    other: dict[str, Value | None] = {"name": "监测平台"}
    set_everywhere(store, RESOURCE, [record], other, actor="t", clock=clock)
    assert explained(store, clock) == [None]
    editing.undo(store, actor="t", clock=clock)
    assert explained(store, clock) == [REASON]


def test_a_reason_can_be_taken_back(
    store: WorkspaceStore, clock: Clock, reopen: Callable[[WorkspaceStore], WorkspaceStore]
) -> None:
    _record, warnings = warned(store, clock)
    explain(store, warnings, REASON, actor="t", clock=clock)
    store = reopen(store)
    editing.undo(store, actor="t", clock=clock)
    assert explained(store, clock) == [None]
    editing.redo(store, actor="t", clock=clock)
    assert explained(store, clock) == [REASON]


def test_errors_cannot_be_explained_away(store: WorkspaceStore, clock: Clock) -> None:
    resource(store, clock)
    errors = [
        f for f in check_workspace(store, clock=clock).findings if f.severity is Severity.ERROR
    ]
    assert errors
    assert explain(store, errors, REASON, actor="t", clock=clock) == 0
    assert store.explanations() == []


@pytest.mark.parametrize("reason", ["", "   ", "无", "同意 "])
def test_a_reason_says_something(reason: str, store: WorkspaceStore, clock: Clock) -> None:
    _record, warnings = warned(store, clock)
    with pytest.raises(UserError, match="REASON_TOO_SHORT"):
        explain(store, warnings, reason, actor="t", clock=clock)
    assert store.explanations() == []


def test_a_rule_may_ask_for_the_day(store: WorkspaceStore, clock: Clock) -> None:
    tomorrow = clock.now() + dt.timedelta(days=1)
    record = resource(store, clock, published_on=tomorrow.date().isoformat())
    found = about(check_workspace(store, clock=clock), record, "published_on")
    assert "RES-15a" in {f.rule for f in found}
