"""Prepare packages in processes beside: verified, loaded and checked while the first one merges those before.

Only what may be admitted as it stands is handed over, with the ground it was judged on. The receiver looks whether that
ground is still its own; whatever is refused, unusual or judged on other ground it receives by itself, from the
beginning. So a helper that fails costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from census_app.errors import CensusError, UserError
from census_app.exchange.bundle import anchors_from, stored_document
from census_app.exchange.certificate_facts import Role
from census_app.exchange.package import TrustAnchors, open_package
from census_app.formspec.campaign_dates import CAMPAIGN, with_dates
from census_app.formspec.form_files import fingerprint_of
from census_app.formspec.lines import FormLines
from census_app.formspec.model import FormSet
from census_app.services.anchoring import anchors_of
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock, PackageFacts, PackageScratch
from census_app.services.scratch_checks import check_scratch, facts_of_package, load
from census_app.services.undisturbed import undisturbed


class Ground(msgspec.Struct, frozen=True):
    """What a verdict on a package rests on.

    Attributes:
        trust: `trust.json` of the bundle in force, empty for none.
        floor: The latest moment known to be past.
        units: Sender → codes it may report for.
        form_sha256: Of the catalogue's form set; `dates` are those of its milestones, which decide about no record.
    """

    roots: str
    trust: str
    floor: str
    units: Mapping[str, tuple[str, ...]]
    form_sha256: str
    dates: Mapping[str, str] = {}


def ground_of(catalogue: CatalogueStore) -> Ground:
    """Return on what a catalogue judges now."""
    anchors, bundle = anchors_of(catalogue), catalogue.bundle()
    return Ground(
        roots=catalogue.roots(),
        trust=bundle.trust_json if bundle is not None else "",
        floor=anchors.floor.isoformat(),
        units={code: tuple(sorted(units)) for code, units in sorted(anchors.units.items())},
        form_sha256=catalogue.form_set.sha256,
        dates={m.id: m.due for m in catalogue.form_set.campaign.milestones},
    )


def anchors_on(ground: Ground) -> TrustAnchors:
    """Return whom to believe on this ground; nothing counts as admitted before."""
    if ground.trust:
        anchors = anchors_from(ground.roots, stored_document(ground.trust))
    else:
        anchors = TrustAnchors.from_pem(ground.roots.encode("ascii"))
    units = {code: frozenset(units) for code, units in ground.units.items()}
    return replace(anchors, floor=dt.datetime.fromisoformat(ground.floor), units=units)


class Prepared(msgspec.Struct, frozen=True):
    """A submission that was verified and checked.

    Attributes:
        path: The file it was.
        facts: What the rules found included.
        census: Id of the census it belongs to.
        scratch: The scratch database with its records and its bytes; whoever takes it discards it.
    """

    path: str
    facts: PackageFacts
    census: str
    department_name: str
    fingerprint: str
    notices: tuple[str, ...]
    scratch: str


class _Job(msgspec.Struct, frozen=True):
    path: str
    now: str


# -- a process beside --------------------------------------------------------------------------------------------------


def serve(
    jobs: IO[bytes],
    answers: IO[bytes],
    form_set: FormSet,
    files: Mapping[str, bytes],
    make: Callable[[], PackageScratch],
) -> None:
    """Prepare what is asked for, line by line, until there is no more.

    Args:
        jobs: The ground, then one package a line.
        answers: Gets a line for each package: what was prepared, or `null`.
        files: Those of the form set, by path.
        make: Makes a scratch database.
    """
    ground = msgspec.json.decode(jobs.readline(), type=Ground)
    usable = ground.form_sha256 in {form_set.sha256, _with_dates(files, ground.dates)}
    schema, trust = FormLines(form_set), anchors_on(ground)
    for raw in jobs:
        job = msgspec.json.decode(raw, type=_Job)
        done = None
        if usable:
            # Whatever it is, the receiver meets it again and says it.
            with contextlib.suppress(CensusError), undisturbed():
                done = _prepare(Path(job.path), job.now, form_set, schema, trust, make)
        answers.write(msgspec.json.encode(done) + b"\n")
        answers.flush()


def _with_dates(files: Mapping[str, bytes], dates: Mapping[str, str]) -> str:
    """Return the fingerprint of a form set with other dates; empty when it has other milestones."""
    try:
        text = with_dates(files[CAMPAIGN].decode("utf-8"), dates)
    except UserError:
        return ""
    return fingerprint_of({**files, CAMPAIGN: text.encode("utf-8")})


def _prepare(
    path: Path,
    now: str,
    form_set: FormSet,
    schema: FormLines,
    trust: TrustAnchors,
    make: Callable[[], PackageScratch],
) -> Prepared | None:
    moment = dt.datetime.fromisoformat(now)

    def line_schema(version: str) -> FormLines | None:
        return schema if version == form_set.version else None

    with open_package(path, trust, now=moment, line_schema=line_schema) as package:
        usual = package.statement.type == "submission" and package.form_known
        if not usual or package.role is not Role.DEPARTMENT:
            return None
        scratch = make()
        try:
            announced = load(scratch, package, None)
            errors, warnings = check_scratch(
                form_set, scratch, moment.date().isoformat(), announced=announced
            )
            scratch.keep_file(package.iter_file())
            facts = facts_of_package(package, _Held(moment), department=package.statement.sender)
        except BaseException:
            scratch.close()
            raise
        return Prepared(
            path=str(path),
            facts=replace(facts, errors=errors, warnings=warnings),
            census=package.description.census.id,
            department_name=package.description.department.name,
            fingerprint=package.certificate.fingerprint,
            notices=package.notices,
            scratch=str(scratch.hand_over()),
        )


class _Held:
    def __init__(self, moment: dt.datetime) -> None:
        self._moment = moment

    def now(self) -> dt.datetime:
        return self._moment


# -- the first process -------------------------------------------------------------------------------------------------


class Helper:
    """The processes that prepare, seen from the one that merges; a context.

    Args:
        command: What starts one of them.
        environment: Their environment; None for ours.
        ground: On what they shall judge.
        paths: Packages, in the order in which they will be taken.
        clock: For the day that rules ask for.
        processes: How many; they take turns. With none of them the receiver does everything.
    """

    def __init__(
        self,
        command: Sequence[str],
        ground: Ground,
        paths: Iterable[Path],
        *,
        clock: Clock,
        environment: Mapping[str, str] | None = None,
        processes: int = 1,
    ) -> None:
        self.ground = ground
        self._clock = clock
        self._waiting = deque(paths)
        self._asked: deque[tuple[Path, _Child]] = deque()
        self._children = deque(_Child(command, environment, ground) for _ in range(processes))
        self._ahead = processes + 1
        self._ask()

    def take(self, path: Path) -> Prepared | None:
        """Return what was prepared of the next package; None when the receiver has to do it."""
        if not self._asked or self._asked[0][0] != path:
            return None
        _path, child = self._asked.popleft()
        prepared = child.answer()
        self._ask()
        return prepared

    def _ask(self) -> None:
        while self._children and self._waiting and len(self._asked) < self._ahead:
            path, child = self._waiting.popleft(), self._children[0]
            self._children.rotate(-1)
            self._asked.append((path, child))
            child.ask(_Job(str(path), self._clock.now().isoformat()))

    def __enter__(self) -> Self:
        """Return the helper itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it, and discard what was prepared and not taken."""
        for child in self._children:
            child.say_no_more()
        for _path, child in self._asked:
            left = child.answer()
            if left is not None:
                discard(left)
        for child in self._children:
            child.end()


class _Child:
    """One process that prepares; once it fails it answers nothing any more."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None, ground: Ground
    ) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        self.ask(ground)

    def ask(self, what: Ground | _Job) -> None:
        if self._process is None or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(msgspec.json.encode(what) + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._lose()

    def answer(self) -> Prepared | None:
        if self._process is None or self._process.stdout is None:
            return None
        try:
            return msgspec.json.decode(self._process.stdout.readline(), type=Prepared | None)
        except (OSError, msgspec.DecodeError):
            self._lose()
            return None

    def say_no_more(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def end(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
            self._process.wait()

    def _lose(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def discard(prepared: Prepared) -> None:
    """Delete a scratch database that nobody takes."""
    shutil.rmtree(Path(prepared.scratch).parent, ignore_errors=True)


def received_now(prepared: Prepared, clock: Clock) -> PackageFacts:
    """Return the facts of a prepared package, received at this moment."""
    return replace(prepared.facts, received_at=stamp(clock.now()))
