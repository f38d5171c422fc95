"""The practice: exactly what was planted is wrong, and mending it ticks it off; packages of it fit nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2
import pytest

from census_app import bootstrap
from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId
from census_app.domain.training import is_training, training_census
from census_app.errors import UserError
from census_app.services.campaigns import census_problem, require_both_real, require_same_census
from census_app.services.checking import check_workspace
from census_app.services.enrolling import make_root
from census_app.services.mending import apply_offers
from census_app.services.ports import WorkspaceStore
from census_app.services.practising import exercises, has_exercises, read_practice
from census_app.services.progress import Cancelled, Progress
from census_app.services.reporting import report
from census_app.settings.beside import attachments_folder, outbox_of, snapshots_folder


@dataclass(frozen=True)
class FixedClock:
    def now(self) -> dt.datetime:
        return dt.datetime(2027, 3, 1, 6, 32, 5, tzinfo=dt.UTC)


SERVICES = bootstrap.Services(clock=FixedClock(), actor="李四")


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[WorkspaceStore]:
    store = SERVICES.make_practice(tmp_path / "p.censusdb", Progress())
    yield store
    store.close()


def open_findings(store: WorkspaceStore) -> list[Finding]:
    found = check_workspace(store, clock=SERVICES.clock).findings
    return [f for f in found if f.blocks_export]


def test_exactly_the_planted_mistakes_are_wrong(practice: WorkspaceStore) -> None:
    script, found = read_practice(), open_findings(practice)
    assert {f.rule for f in found} == script.rules
    assert len(script.mistake) == 8
    assert not any(e.mended for e in exercises(script, found))
    titles = {f.title for f in found}
    titles |= set(practice.titles("information_resource").values())
    assert {m.where for m in script.mistake} <= titles
    facts = practice.facts()
    names = set(practice.titles("department").values())
    assert script.name in names
    assert script.department not in names
    assert facts.training
    assert is_training(facts.census_id)
    assert has_exercises(facts)
    assert not has_exercises(replace(facts, training=False))
    # A file of the demonstration is for practice, too, but nothing was planted in it.
    assert not has_exercises(replace(facts, department_name=script.department))


def test_mending_one_ticks_it_off_and_undo_brings_it_back(practice: WorkspaceStore) -> None:
    script = read_practice()
    offered = [f for f in open_findings(practice) if f.rule == "CEN-1"]
    apply_offers(practice, offered, actor="x", clock=SERVICES.clock)
    done = [e.mistake.id for e in exercises(script, open_findings(practice)) if e.mended]
    assert done == ["unit"]
    practice.undo("x", "2027-03-01T06:32:05Z")
    assert not any(e.mended for e in exercises(script, open_findings(practice)))


def test_a_warning_with_a_reason_is_mended() -> None:
    warned = Finding("SYS-6b", Severity.WARNING, "f", RecordId("1"), ("x",))
    script = read_practice()
    before = {e.mistake.id: e.mended for e in exercises(script, [warned])}
    after = {
        e.mistake.id for e in exercises(script, [replace(warned, explanation="因为")]) if e.mended
    }
    assert not before["reason"]
    assert "reason" in after


def test_what_is_printed_of_practice_says_so(practice: WorkspaceStore, tmp_path: Path) -> None:
    _key, root = make_root(
        "根", tmp_path / "stick", "一二三四五六七八九十甲乙", clock=SERVICES.clock
    )
    roots = root.read_text(encoding="ascii")
    for training in (True, False):
        catalogue = bootstrap.create_catalogue(
            tmp_path / f"{training}.censusdb", name="目录", roots_pem=roots, training=training
        )
        printed = report("catalogue", catalogue, "zh", clock=SERVICES.clock)
        assert ("训练数据" in text_of(printed.pdf)) is training
        catalogue.close()
    assert "训练数据" in text_of(report("department", practice, "zh", clock=SERVICES.clock).pdf)


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return str(document[0].get_textpage().get_text_range())


def test_giving_up_leaves_no_file(tmp_path: Path) -> None:
    stopped = Progress(is_cancelled=lambda: True)
    with pytest.raises(Cancelled):
        SERVICES.make_practice(tmp_path / "p.censusdb", stopped)
    assert not (tmp_path / "p.censusdb").exists()


def test_only_a_practice_file_can_be_discarded(tmp_path: Path) -> None:
    real = tmp_path / "real.censusdb"
    bootstrap.create_workspace(real, department="厅", code="11320000990000017P").close()
    with pytest.raises(UserError, match="NOT_PRACTICE"):
        SERVICES.discard_practice(real)
    assert real.exists()
    made = tmp_path / "p.censusdb"
    bootstrap.create_workspace(
        made, department="厅", code="11320000990000017P", training=True
    ).close()
    others = tmp_path / "p.censusdb.notes"
    for folder in (snapshots_folder(made), attachments_folder(made), outbox_of(made), others):
        folder.mkdir(exist_ok=True)
        (folder / "practice").write_bytes(b"x")
    SERVICES.discard_practice(made)
    assert sorted(each.name for each in tmp_path.glob("p.*")) == [others.name]
    kept = snapshots_folder(real)
    kept.mkdir(exist_ok=True)
    with pytest.raises(UserError, match="NOT_PRACTICE"):
        SERVICES.discard_practice(real)
    assert kept.exists()


@pytest.mark.parametrize(
    ("given", "own", "code"),
    [
        ("a", "a", ""),
        ("a-training", "a-training", ""),
        ("a-training", "a", "TRAINING_PACKAGE"),
        ("a", "a-training", "TRAINING_CATALOGUE"),
        ("b", "a", "CENSUS_OTHER"),
    ],
)
def test_practice_and_other_campaigns_are_told_apart(given: str, own: str, code: str) -> None:
    problem = census_problem(given, own)
    assert (problem.code if problem is not None else "") == code
    if code:
        with pytest.raises(UserError, match=code):
            require_same_census(given, own)
    if code.startswith("TRAINING"):
        with pytest.raises(UserError, match=code):
            require_both_real(given, own)
    else:
        require_both_real(given, own)


def test_practice_of_a_practice_is_the_same_campaign() -> None:
    assert training_census("a") == training_census(training_census("a")) == "a-training"
