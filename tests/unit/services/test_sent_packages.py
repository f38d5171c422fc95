"""Which submission is the newest: the one with the highest number, whenever the file learned of it."""

from __future__ import annotations

from census_app.domain.holdings import SentPackage
from census_app.services.checking import check_workspace
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.reporting import cover_content
from census_app.services.sent_packages import newest_submission, submissions
from census_app.services.summarising import summarise

AT = "2026-12-01T08:00:00Z"


def learn(store: WorkspaceStore, sequence: int) -> None:
    package = SentPackage(
        direction="sent", identity=f"{sequence:064x}", type="submission", name=f"第{sequence}号",
        sequence=sequence, previous="", created=AT, at=AT, counts={},
    )  # fmt: skip
    store.register_sent(package, ())


def test_the_newest_submission_is_the_one_with_the_highest_number(
    store: WorkspaceStore, clock: Clock
) -> None:
    assert newest_submission(store) is None
    for sequence in (1, 3, 2):
        learn(store, sequence)
    assert [p.sequence for p in submissions(store)] == [1, 2, 3]
    summary = summarise(store, check_workspace(store, clock=clock), clock=clock)
    assert summary.number == 4
    assert cover_content(store, "zh").qr == f"{3:064x}"
