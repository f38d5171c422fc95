from __future__ import annotations

from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.findings import Finding, Place, Severity
from census_app.domain.records import RecordId
from census_app.services.checking import CheckReport, FormCompleteness
from census_app.ui.department import problems as problems_module
from census_app.ui.department.problems import Problems, records_with
from census_app.ui.department.steps import steps_of

FORM_SET = bootstrap.shipped_form_set()
FORM = "information_resource"
ACROSS = next(r.id for r in FORM_SET.form(FORM).rule if r.query)
OWN = next(r.id for r in FORM_SET.form(FORM).rule if r.violated and r.severity == "warning")
A, B = RecordId("a" * 32), RecordId("b" * 32)


def make(rule: str, record: RecordId, severity: Severity = Severity.ERROR, **more: Any) -> Finding:
    return Finding(rule, severity, FORM, record, more.pop("fields", ("name",)), **more)


def report(*findings: Finding) -> CheckReport:
    return CheckReport(findings, "2017-11-23T06:00:00Z", {FORM: FormCompleteness(2, 1)})


def test_what_is_typed_replaces_the_records_own_findings_and_keeps_those_across_records() -> None:
    problems = Problems(FORM_SET)
    problems.take_report(report(make("REQUIRED", A), make(ACROSS, A), make("REQUIRED", B)))
    problems.take_record(FORM, A, [])
    assert [f.rule for f in problems.of_record(FORM, A)] == [ACROSS]
    assert problems.figures().errors == 2
    problems.take_record(FORM, A, [make("RES-11", A), make("RES-11", A, fields=("abstract",))])
    assert problems.figures(FORM).errors == 4


def test_a_new_check_takes_the_place_of_what_was_known_before_it_began() -> None:
    problems = Problems(FORM_SET)
    problems.take_record(FORM, A, [make("REQUIRED", A)])
    problems.mark()
    problems.take_record(FORM, B, [make("REQUIRED", B)])
    problems.take_report(report())
    assert [f.record for f in problems.all()] == [B]
    assert problems.figures().errors == 1


def test_counts_follow_every_record_that_changes() -> None:
    problems = Problems(FORM_SET)
    problems.take_report(report(make("REQUIRED", A), make("REQUIRED", A, fields=("abstract",))))
    for findings in ([make("REQUIRED", A)], [], [make(OWN, A, Severity.WARNING)]):
        problems.take_record(FORM, A, findings)
        assert problems.figures().errors == sum(f.severity is Severity.ERROR for f in findings)
        assert problems.chip_count(FORM, "unfinished") == bool(findings)
        assert len(problems.all()) == len(findings)


def test_a_reason_stays_while_the_values_it_was_about_stay() -> None:
    problems = Problems(FORM_SET)
    warning = make(OWN, A, Severity.WARNING, values_sha256="1")
    explained = make(OWN, A, Severity.WARNING, values_sha256="1", explanation="已核对")
    problems.take_report(report(explained))
    problems.take_record(FORM, A, [warning])
    assert problems.figures().explained == 1
    problems.take_record(FORM, A, [make(OWN, A, Severity.WARNING, values_sha256="2")])
    assert problems.figures().unexplained == 1


def test_groups_are_counted_whole_errors_first() -> None:
    problems = Problems(FORM_SET)
    many = [make("REQUIRED", RecordId(f"{n:032x}")) for n in range(1200)]
    problems.take_report(report(make(OWN, A, Severity.WARNING), *many, make("UNFIT", B)))
    groups = problems.by_rule()
    assert [(rule, len(found)) for rule, found in groups] == [
        ("REQUIRED", 1200),
        ("UNFIT", 1),
        (OWN, 1),
    ]


def test_chips_stand_for_the_records_they_name() -> None:
    problems = Problems(FORM_SET)
    problems.take_report(report(make("REQUIRED", A), make(OWN, B, Severity.WARNING)))
    rows = problems.rows(FORM)
    assert records_with(rows, "errors") == {A}
    assert records_with(rows, "warnings") == {B}
    assert records_with(rows, "unfinished") == {A, B}
    assert rows[A].fields == {"name": "bad"}


def test_every_form_is_reached_by_a_step() -> None:
    reached = {scope.form for step in steps_of(FORM_SET) for scope in step.scopes}
    assert reached == {form.id for form in FORM_SET.forms if not form.parent}


def test_steps_show_sections_and_fields_that_exist() -> None:
    for step in steps_of(FORM_SET):
        for scope in step.scopes:
            form = FORM_SET.form(scope.form)
            assert all(form.field_by_id(field) for field in scope.equals)
            assert not scope.section or scope.section in {s.id for s in form.section}


def test_many_rows_are_taken_as_one_by_one_and_their_owner_is_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = [RecordId(f"{n:032x}") for n in range(400)]
    before = [Finding("REQUIRED", Severity.ERROR, "data_item", i, ("name",)) for i in items]
    places = {i: Place(n, A) for n, i in enumerate(items)}
    known = CheckReport((*before, make("REQUIRED", A)), "2017-11-23T06:00:00Z", {}, places)
    now = {i: before[n : n + 1] * (n % 3) for n, i in enumerate(items[:300])}

    one_by_one, at_once = Problems(FORM_SET), Problems(FORM_SET)
    for problems in (one_by_one, at_once):
        problems.take_report(known)
    for record, findings in now.items():
        one_by_one.take_record("data_item", record, findings)
    counted: list[str] = []
    real = problems_module._count_in

    def count_in(*given: Any) -> None:
        counted.append(given[-1])
        real(*given)

    monkeypatch.setattr(problems_module, "_count_in", count_in)
    at_once.take_records("data_item", now)
    assert counted == [A]
    for form in (FORM, "data_item"):
        assert at_once.rows(form) == one_by_one.rows(form)
        assert at_once.whole_rows(form) == one_by_one.whole_rows(form)
        assert at_once.figures(form) == one_by_one.figures(form)
    assert at_once.whole_rows(FORM)[A].errors == 1 + 100 + sum(n % 3 for n in range(300))
