"""What the page of the hand-in asks of the services; all of it runs on the database thread. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from census_app.domain.approval import ReviewAct
from census_app.exchange.package import WrittenPackage
from census_app.exchange.paper import short_groups
from census_app.formspec.sentences import sentence
from census_app.services import delivering
from census_app.services.checking import CheckReport
from census_app.services.contributing import write_contribution
from census_app.services.enrolling import signer_of
from census_app.services.folders import make_folder
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.summarising import HandInSummary, summarise
from census_app.settings.beside import outbox_of
from census_app.ui.department.session import DesktopServices


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A package that was signed.

    Attributes:
        path: The copy in the outbox.
        cover: The cover sheet beside it; None for a contribution, which needs none.
        counts: Form id → records put.
        announced: Records that travel as announced.
        left_out: Answers that do not fit their field and stayed here.
    """

    number: int
    identity: str
    name: str
    path: Path
    cover: Path | None = None
    counts: Mapping[str, int] | None = None
    announced: int = 0
    left_out: int = 0

    @property
    def files(self) -> tuple[Path, ...]:
        """What is handed over."""
        return (self.path,) if self.cover is None else (self.path, self.cover)

    @property
    def digest(self) -> str:
        """The first digits of the identity, as the cover shows them."""
        return short_groups(self.identity, 4)


@dataclass(frozen=True, slots=True)
class HandInRead:
    """What the stages show, read as one, so that they say the same.

    Attributes:
        warnings: What each explained warning says.
        last: The package of last time, where its file still lies in the outbox.
    """

    summary: HandInSummary
    warnings: tuple[str, ...]
    acts: tuple[ReviewAct, ...]
    last: HandedIn | None


def read_hand_in(
    store: WorkspaceStore, report: CheckReport, clock: Clock, language: str
) -> HandInRead:
    """Read it by a check that was made already."""
    summary = summarise(store, report, clock=clock)
    context = context_for(store, language, RecordNames(store))
    warnings = tuple(sentence(f, context).what for f in summary.explained)
    return HandInRead(summary, warnings, tuple(store.acts()), _last(store, summary, language))


def sign_submission(
    store: WorkspaceStore,
    services: DesktopServices,
    passphrase: str,
    language: str,
    *,
    announce: bool,
    progress: Progress,
) -> HandedIn:
    """Write the department's next package and its cover sheet into the outbox."""
    signer = signer_of(store, services.keys_dir())
    signer.unlock(passphrase)
    signed = delivering.sign(
        store, signer, clock=services.clock, software=services.software, language=language,
        actor=services.actor, announce_unfinished=announce, progress=progress,
    )  # fmt: skip
    done = signed.done
    return _handed_in(done.package, done.counts, cover=signed.cover, announced=len(done.announced))


def sign_contribution(
    store: WorkspaceStore, services: DesktopServices, passphrase: str
) -> HandedIn:
    """Write a section's next contribution to its department into the outbox."""
    signer = signer_of(store, services.keys_dir())
    signer.unlock(passphrase)
    folder = make_folder(outbox_of(store.path))
    up = write_contribution(
        store, "", folder, signer, clock=services.clock, software=services.software
    )
    return _handed_in(up.package, up.counts, left_out=len(up.left_out))


def _handed_in(
    made: WrittenPackage,
    counts: Mapping[str, Mapping[str, int]],
    cover: Path | None = None,
    announced: int = 0,
    left_out: int = 0,
) -> HandedIn:
    put = {form: ops.get("put", 0) for form, ops in counts.items()}
    return HandedIn(
        made.statement.sequence,
        made.identity,
        made.name,
        made.path,
        cover,
        put,
        announced,
        left_out,
    )


def _last(store: WorkspaceStore, summary: HandInSummary, language: str) -> HandedIn | None:
    last = summary.last
    if last is None:
        return None
    from census_app.services.reporting import cover_name  # noqa: PLC0415  # paper loads slowly

    folder = outbox_of(store.path)
    path, cover = folder / f"{last.name}.census", folder / cover_name(last.name, language)
    if not path.is_file():
        return None
    act = summary.approval.handed_in
    announced = act.announced if act is not None and act.package == last.identity else 0
    here = cover if cover.is_file() else None
    put = dict(last.counts)
    return HandedIn(last.sequence, last.identity, last.name, path, here, put, announced)
