"""Play a whole campaign of a small province on the shipped sample lists, step by step and told as it goes.

Enrol, import, check, mend, explain, export, verify, receive, count, print: the same use cases that the window and the
commands call, in the order a campaign calls them. What the departments do about their findings stands as data in
`resources/samples/campaign.toml`. Not responsible for opening files: it gets that from `bootstrap`.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from census_app.assets import resource
from census_app.diagnostics import wording
from census_app.domain.findings import Finding, Severity
from census_app.errors import UserError
from census_app.exchange.package import TrustAnchors
from census_app.services.assigning import assign_codes
from census_app.services.checking import (
    CheckReport,
    check_workspace,
)
from census_app.services.counting import Statistics, count
from census_app.services.enrolling import (
    accept_answer,
    confirm,
    coordinator_signer_of,
    make_coordinator,
    make_root,
    read_enrolment,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.explaining import explain
from census_app.services.exporting import ExportDone, export_package
from census_app.services.importing import ImportPlan, apply_import, plan_import
from census_app.services.mend_script import Mend, carry_out
from census_app.services.mending import apply_offers
from census_app.services.ports import CatalogueStore, Workshop, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.receiving import Received, receive
from census_app.services.record_states import publish
from census_app.services.reporting import report, write_cover, write_key_card
from census_app.services.second_round import Ask, Cast, SecondRound, play_second_round
from census_app.services.verifying import verify
from census_app.settings.files import atomic_write

SAMPLES: Final = "samples"
CAMPAIGN: Final = "campaign.toml"
ROOT: Final = "root.crt"
CATALOGUE: Final = "catalogue.censusdb"
STICK: Final = "stick"
WORKSPACES: Final = "workspaces"
PACKAGES: Final = "packages"
REPORTS: Final = "reports"

_PARTS: Final = (ROOT, CATALOGUE, STICK, WORKSPACES, PACKAGES, REPORTS)
ANY_RULE: Final = "*"


class Tell(Protocol):
    """Says one sentence of `resources/messages/demo.toml` to the person."""

    def __call__(self, code: str, /, **params: object) -> None:
        """Say it."""


class Player(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One department of the campaign and its lists, in the order they are imported."""

    name: str
    code: str
    file: str
    workbooks: list[str]
    mend: list[Mend] = []
    same_unit: list[str] = []
    announce: bool = False


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The script of the demonstration."""

    centre: str
    root: str
    code: str
    root_passphrase: str
    passphrase: str
    coordinator_passphrase: str
    reasons: dict[str, str]
    department: list[Player]
    query: list[Ask]


@dataclass(frozen=True, slots=True)
class Counted:
    """What an import did to the records: of all forms together."""

    file: str
    new: int
    changed: int
    unchanged: int
    unfit: int
    rejected: int


@dataclass(frozen=True, slots=True)
class DemoDepartment:
    """What became of one department.

    Attributes:
        found: Rule id → number of findings right after the import.
        idle: Steps of the script that no longer fit what the check finds; empty when samples and rules agree.
        announced: Names of records that go out unfinished.
        remaining: Errors and unexplained warnings at the time of export.
    """

    name: str
    code: str
    workspace: Path
    imports: tuple[Counted, ...]
    refused: tuple[str, ...]
    found: Mapping[str, int]
    errors: int
    warnings: int
    offers: int
    explained: int
    idle: tuple[str, ...]
    remaining: int
    announced: tuple[str, ...]
    package: Path
    identity: str
    outcome: str
    reports: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """The finished campaign and where its files are."""

    into: Path
    root: Path
    catalogue: Path
    departments: tuple[DemoDepartment, ...]
    second_round: SecondRound
    digest: str
    statistics: Statistics
    reports: tuple[Path, ...]
    seconds: float

    def document(self) -> dict[str, Any]:
        """Return the outcome as plain values, for `--json`."""
        return dataclasses.asdict(self)


def is_present(into: Path) -> bool:
    """Say whether a folder holds a demonstration, whole or begun."""
    return any((into / part).exists() for part in _PARTS)


def read_campaign() -> Campaign:
    """Return the shipped script."""
    text = resource(SAMPLES, CAMPAIGN).read_bytes()
    return msgspec.toml.decode(text, type=Campaign)


def run_demo(
    into: Path,
    services: Workshop,
    *,
    language: str,
    tell: Tell,
    progress: Progress | None = None,
) -> DemoOutcome:
    """Play the campaign into a folder.

    Args:
        into: Made when missing; other files in it stay.
        services: How files are opened, the clock, the folder for keys.
        language: Of the printed reports, `zh` or `en`.

    Raises:
        UserError: `DEMO_EXISTS`, the folder holds one already.
        EnvironmentProblem: A file cannot be written.
    """
    if is_present(into):
        raise UserError("DEMO_EXISTS", path=str(into))
    return _Demo(into, services, language, tell, progress or Progress()).run()


class _Demo:
    def __init__(
        self, into: Path, services: Workshop, language: str, tell: Tell, progress: Progress
    ) -> None:
        self._into = into
        self._services = services
        self._clock = services.clock
        self._language = language
        self._tell = tell
        self._progress = progress
        self._script = read_campaign()
        self._watch = _Watch()

    def run(self) -> DemoOutcome:
        script = self._script
        self._tell("DEMO_START", into=self._into, departments=len(script.department))
        self._tell("DEMO_PRACTICE", root=script.root_passphrase, key=script.passphrase)
        roots = self._root()
        path = self._into / CATALOGUE
        with closing(self._services.create_catalogue(path, script.centre, roots)) as catalogue:
            self._coordinator(catalogue)
            self._tell("DEMO_CATALOGUE", path=path, name=script.centre, seconds=self._watch.lap())
            trust = TrustAnchors.from_pem(roots.encode("ascii"), str(self._into / ROOT))
            departments = tuple(
                self._department(number, player, catalogue, roots, trust)
                for number, player in enumerate(script.department, 1)
            )
            second = self._second_round(catalogue, departments)
            self._publish(catalogue)
            statistics, printed = self._summary(catalogue)
            digest = catalogue.digest()
        seconds = self._watch.total()
        self._tell("DEMO_DONE", seconds=f"{seconds:.1f}", digest=digest[:16])
        self._tell("DEMO_NEXT", workspace=departments[0].workspace, catalogue=path)
        return DemoOutcome(
            into=self._into,
            root=self._into / ROOT,
            catalogue=path,
            departments=departments,
            second_round=second,
            digest=digest,
            statistics=statistics,
            reports=(printed,),
            seconds=seconds,
        )

    # -- the centre ----------------------------------------------------------------------------------------------

    def _root(self) -> str:
        stick = self._into / STICK
        script = self._script
        _key, certificate = make_root(script.root, stick, script.root_passphrase, clock=self._clock)
        roots = certificate.read_bytes()
        atomic_write(self._into / ROOT, roots)
        self._tell("DEMO_ROOT", path=stick, copy=self._into / ROOT, seconds=self._watch.lap())
        return roots.decode("ascii")

    def _coordinator(self, catalogue: CatalogueStore) -> None:
        """Make the daily key first: what is decided from now on is signed for and can be exchanged."""
        script = self._script
        make_coordinator(
            catalogue,
            script.code,
            script.centre,
            self._into / STICK,
            script.root_passphrase,
            self._services.keys_dir(),
            script.coordinator_passphrase,
            clock=self._clock,
        )

    def _second_round(
        self, catalogue: CatalogueStore, departments: tuple[DemoDepartment, ...]
    ) -> SecondRound:
        script, services, stick = self._script, self._services, self._into / STICK
        signer = coordinator_signer_of(catalogue, services.keys_dir())
        signer.unlock(script.coordinator_passphrase)
        cast = Cast(
            services=services,
            workspaces={d.code: d.workspace for d in departments},
            stick=stick,
            packages=self._into / PACKAGES,
            root_passphrase=script.root_passphrase,
            passphrase=script.passphrase,
            announce=frozenset(p.code for p in script.department if p.announce),
        )
        played = play_second_round(catalogue, script.query, signer, cast)
        self._tell("DEMO_BUNDLE", path=played.bundle, root=played.root)
        names = {d.code: d.name for d in departments}
        for code, asked in played.asked.items():
            self._tell("DEMO_RETURNED", name=names[code], asked=asked)
            outcome = wording.text(f"STATE_{played.outcomes[code]}", self._language)
            self._tell("DEMO_ANSWERED", name=names[code], outcome=outcome)
        self._tell(
            "DEMO_SECOND_ROUND",
            accepted=sum(s == "accepted" for s in played.statuses.values()),
            open=played.open,
            seconds=self._watch.lap(),
        )
        return played

    def _publish(self, catalogue: CatalogueStore) -> None:
        """Give codes to what is accepted, and publish it: only that counts as shared."""
        actor, clock = self._script.centre, self._clock
        codes = assign_codes(catalogue, actor=actor, clock=clock).codes
        done = publish(catalogue, actor=actor, clock=clock)
        self._tell(
            "DEMO_PUBLISHED",
            codes=len(codes),
            published=done.published,
            seconds=self._watch.lap(),
        )

    def _summary(self, catalogue: CatalogueStore) -> tuple[Statistics, Path]:
        as_of = self._clock.now().date().isoformat()
        statistics = count(catalogue, as_of)
        self._tell("DEMO_STATISTICS", as_of=as_of, seconds=self._watch.lap())
        for figure in statistics.headline:
            label = figure.label(self._language)
            self._tell("DEMO_FIGURE", label=label, value=figure.value)
        path = self._print("catalogue", catalogue, "catalogue")
        return statistics, path

    # -- one department ------------------------------------------------------------------------------------------

    def _department(
        self,
        number: int,
        player: Player,
        catalogue: CatalogueStore,
        roots: str,
        trust: TrustAnchors,
    ) -> DemoDepartment:
        path = self._into / WORKSPACES / f"{player.file}.censusdb"
        self._tell("DEMO_DEPARTMENT", number=number, name=player.name, path=path)
        with closing(self._services.create_workspace(path, player.name, player.code)) as store:
            card = self._enrol(store, catalogue, roots)
            imports, refused = self._import(store, player)
            first = self._check(store)
            idle = self._mend(store, player, first)
            offers = self._take_offers(store)
            explained = self._explain(store)
            done = self._export(store, player)
            cover = write_cover(store, done, self._into / REPORTS, self._language)
            self._tell("DEMO_PRINTED", path=cover, seconds=self._watch.lap())
            listing = self._print("department", store, player.file)
        received = self._receive(catalogue, done.package.path, trust)
        return DemoDepartment(
            name=player.name,
            code=player.code,
            workspace=path,
            imports=imports,
            refused=refused,
            found=dict(Counter(f.rule for f in first.findings)),
            errors=first.errors,
            warnings=first.unexplained,
            offers=offers,
            explained=explained,
            idle=idle,
            remaining=sum(f.blocks_export for f in done.report.findings),
            announced=tuple(a.title for a in done.announced),
            package=done.package.path,
            identity=done.package.identity,
            outcome=received.outcome,
            reports=(card, cover, listing),
        )

    def _enrol(self, store: WorkspaceStore, catalogue: CatalogueStore, roots: str) -> Path:
        script, keys = self._script, self._services.keys_dir()
        packages, reports = self._into / PACKAGES, self._into / REPORTS
        made = request_certificate(
            store,
            packages,
            keys,
            script.passphrase,
            clock=self._clock,
            software=self._services.software,
        )
        reports.mkdir(parents=True, exist_ok=True)
        card = write_key_card(store, made, reports, self._language, clock=self._clock)
        self._tell("DEMO_REQUEST", path=made.request, card=card, fingerprint=made.fingerprint)
        shown = read_enrolment(made.request, clock=self._clock)
        issued = confirm(
            catalogue,
            made.request,
            shown.fingerprint,
            self._into / STICK,
            script.root_passphrase,
            clock=self._clock,
        )
        answer = write_answer(issued, roots, packages)
        accept_answer(store, answer, keys, clock=self._clock)
        self._tell("DEMO_ISSUED", path=answer, seconds=self._watch.lap())
        return card

    def _import(
        self, store: WorkspaceStore, player: Player
    ) -> tuple[tuple[Counted, ...], tuple[str, ...]]:
        counted: list[Counted] = []
        refused: list[str] = []
        for name in player.workbooks:
            path = resource(SAMPLES, *name.split("/"))
            plan = plan_import(
                store,
                [path],
                clock=self._clock,
                same_unit=player.same_unit,
                progress=self._progress,
            )
            apply_import(store, plan, actor=self._services.actor, clock=self._clock)
            one = Counted(
                name, plan.new, plan.changed, plan.unchanged, plan.unfit, len(plan.rejected)
            )
            counted.append(one)
            refused += [row.code for row in plan.rejected]
            self._tell("DEMO_IMPORTED", **dataclasses.asdict(one), seconds=self._watch.lap())
            self._tell_import(plan)
        return tuple(counted), tuple(refused)

    def _tell_import(self, plan: ImportPlan) -> None:
        for table in plan.tables:
            template = table.template[self._language]
            self._tell("DEMO_TABLE", sheet=table.sheet, template=template, records=table.records)
        for row in plan.rejected:
            what = row.expected[self._language]
            self._tell("DEMO_REFUSED", sheet=row.sheet, cell=row.cell, rule=row.code, what=what)

    def _check(self, store: WorkspaceStore) -> CheckReport:
        checked = check_workspace(store, clock=self._clock, progress=self._progress)
        self._tell(
            "DEMO_CHECKED",
            records=checked.records,
            errors=checked.errors,
            warnings=checked.unexplained,
            explained=checked.explained,
            seconds=self._watch.lap(),
        )
        return checked

    def _mend(self, store: WorkspaceStore, player: Player, checked: CheckReport) -> tuple[str, ...]:
        """Do what the script says about the findings; return the steps that found nothing to do."""
        rules = ", ".join(f"{rule} ×{len(found)}" for rule, found in checked.by_rule())
        self._tell("DEMO_RULES", rules=rules)
        idle: list[str] = []
        for mend in player.mend:
            touched = carry_out(
                store, mend, checked.findings, actor=self._services.actor, clock=self._clock
            )
            if not touched:
                idle.append(" ".join(filter(None, (mend.rule, mend.form, mend.record))))
        self._tell("DEMO_MENDED", count=len(player.mend) - len(idle), seconds=self._watch.lap())
        return tuple(idle)

    def _take_offers(self, store: WorkspaceStore) -> int:
        """Apply what the remaining findings offer, all of it one undo step."""
        checked = self._check(store)
        offered = [f for f in checked.findings if f.offer is not None]
        apply_offers(store, offered, actor=self._services.actor, clock=self._clock)
        self._tell("DEMO_OFFERS", count=len(offered), seconds=self._watch.lap())
        return len(offered)

    def _explain(self, store: WorkspaceStore) -> int:
        """Give the warnings that stay their reason."""
        checked = self._check(store)
        warnings: dict[str, list[Finding]] = {}
        for finding in checked.findings:
            if finding.severity is Severity.WARNING and finding.explanation is None:
                warnings.setdefault(finding.rule, []).append(finding)
        reasons = self._script.reasons
        number = 0
        for rule, findings in warnings.items():
            reason = reasons.get(rule, reasons[ANY_RULE])
            actor = self._services.actor
            number += explain(store, findings, reason, actor=actor, clock=self._clock)
        self._tell("DEMO_EXPLAINED", count=number, seconds=self._watch.lap())
        return number

    def _export(self, store: WorkspaceStore, player: Player) -> ExportDone:
        signer = signer_of(store, self._services.keys_dir())
        signer.unlock(self._script.passphrase)
        done = export_package(
            store,
            signer,
            self._into / PACKAGES,
            clock=self._clock,
            software=self._services.software,
            announce_unfinished=player.announce,
            progress=self._progress,
        )
        self._tell("DEMO_EXPORTED", path=done.package.path, seconds=self._watch.lap())
        for record in done.announced:
            self._tell("DEMO_ANNOUNCED", title=record.title, errors=record.errors)
        return done

    def _receive(self, catalogue: CatalogueStore, package: Path, trust: TrustAnchors) -> Received:
        verified = verify(package, trust, clock=self._clock)
        if verified.refused is not None:
            raise verified.refused
        self._tell(
            "DEMO_VERIFIED",
            name=verified.department_name,
            fingerprint=verified.fingerprint,
            seconds=self._watch.lap(),
        )
        received = receive(catalogue, package, clock=self._clock, progress=self._progress)
        if received.error is not None:
            raise received.error
        merge = received.merge
        self._tell(
            "DEMO_RECEIVED",
            outcome=wording.text(f"STATE_{received.outcome}", self._language),
            added=merge.added if merge else 0,
            announced=merge.announced if merge else 0,
            seconds=self._watch.lap(),
        )
        return received

    def _print(self, kind: str, store: WorkspaceStore | CatalogueStore, name: str) -> Path:
        printed = report(kind, store, self._language, clock=self._clock)
        path = self._into / REPORTS / f"{name}.pdf"
        atomic_write(path, printed.pdf)
        self._tell("DEMO_PRINTED", path=path, seconds=self._watch.lap())
        return path


class _Watch:
    """Tells how long each step took."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()

    def lap(self) -> str:
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        return f"{seconds:.2f}"

    def total(self) -> float:
        return time.perf_counter() - self._start
