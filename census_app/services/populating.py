"""Populate: make a synthetic province of any size, as a catalogue, its enrolled departments and their signed packages.

Departments do what real ones do before they hand in: their records are checked by the rules, what has errors is
announced, and what has warnings is given a reason. So whatever chance makes, a package is one that the program could
have written. Lines go straight to the package writer; no workspace is made on the way.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from census_app.domain.changes import Insert, Operation, Origin, Put, Step
from census_app.domain.findings import Finding, Severity
from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.errors import UserError
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.certificates import issue_certificate
from census_app.exchange.keyfile import load_key
from census_app.exchange.package import (
    ZERO_HASH,
    PackageDraft,
    RecordsFacts,
    WrittenPackage,
    encode_line,
    write_package,
)
from census_app.exchange.private_keys import PrivateKey, generate
from census_app.exchange.statement import Algorithm
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.lines import PARENT, POSITION, FormLines, describe
from census_app.formspec.model import Form, FormSet
from census_app.formspec.types import value_from_json
from census_app.services.enrolling import ROOT_KEY, describe_body, open_stick
from census_app.services.founding import NewCatalogue, Sticks, found_catalogue
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock, IssuedCertificate, Workshop
from census_app.services.progress import Progress
from census_app.services.receiving import receive
from census_app.services.synthetic_mistakes import Planter
from census_app.services.synthetic_province import Body, Holding, Province, Wanted
from census_app.services.synthetic_shapes import pick

CATALOGUE: Final = "province.censusdb"
STICK: Final = "stick"
PACKAGES: Final = "packages"
_EXPLANATION: Final = "explanation"
_BATCH: Final = 400
"""Records of a workspace that are written as one step."""


@dataclass(frozen=True, slots=True)
class Populated:
    """A province that was made.

    Attributes:
        packages: In the order in which a coordinator would receive them.
        records: Form id → records that travel whole, in the last round.
        announced: Records that are announced as unfinished, in the last round.
        explained: Warnings with a reason, likewise.
        received: Outcome → packages, when they were received as well.
    """

    catalogue: Path
    root: Path
    packages: tuple[Path, ...]
    records: Mapping[str, int]
    announced: int
    explained: int
    received: Mapping[str, int] = field(default_factory=dict)


def populate(
    into: Path,
    wanted: Wanted,
    workshop: Workshop,
    *,
    take_in: bool = False,
    progress: Progress | None = None,
) -> Populated:
    """Make a province in a folder.

    Args:
        into: Made when missing; other files in it stay.
        workshop: Makes files of a practice census, which no real catalogue takes.
        take_in: Whether the catalogue receives the packages.

    Raises:
        UserError: `FILL_EXISTS`, there is one already; `FILL_SIZE`, a number that makes no province.
        EnvironmentProblem: A file cannot be written.
        Cancelled: The person stopped it; what is there stays.
    """
    require_size(wanted)
    target = into / CATALOGUE
    if target.exists():
        raise UserError("FILL_EXISTS", path=str(into))
    progress = progress or Progress()
    province = Province(workshop.form_set(), wanted)
    texts = province.words.texts
    stick, packages = into / STICK, into / PACKAGES
    packages.mkdir(parents=True, exist_ok=True)
    founded = found_catalogue(
        workshop,
        NewCatalogue(target=target, name=texts.centre, code=texts.centre_code),
        Sticks(root=stick, passphrase=texts.root_passphrase),
        texts.centre_passphrase,
    )
    with closing(workshop.open_catalogue(target)) as catalogue:
        filling = _Filling(catalogue, province, workshop, packages, progress)
        written = filling.write(load_key(stick / ROOT_KEY, texts.root_passphrase), stick)
        outcomes: Counter[str] = Counter()
        for number, path in enumerate(written if take_in else ()):
            progress.step(number, len(written), path.name)
            done = receive(catalogue, path, clock=workshop.clock, progress=Progress())
            outcomes[done.outcome] += 1
    return Populated(
        catalogue=target,
        root=founded.roots[0],
        packages=tuple(written),
        records=dict(filling.records),
        announced=filling.announced,
        explained=filling.explained,
        received=dict(outcomes),
    )


def require_size(wanted: Wanted) -> None:
    """Refuse numbers that make no province.

    Raises:
        UserError: `FILL_SIZE`.
    """
    enough = (
        1 <= wanted.departments <= 5000
        and wanted.resources >= wanted.departments
        and wanted.items >= wanted.resources
        and wanted.systems >= wanted.departments
        and 1 <= wanted.rounds <= 20
        and 0 <= wanted.mistakes <= 1
    )
    if not enough:
        raise UserError("FILL_SIZE", departments=wanted.departments)


@dataclass(slots=True)
class _Chain:
    """A department's key, how far its packages are, and what was handed in whole in any of them."""

    signer: _HeldKey
    identity: str = ZERO_HASH
    sequence: int = 0
    handed_in: set[str] = field(default_factory=set)


class _HeldKey:
    """A key that lives only as long as its province is made; satisfies `exchange.signers.Signer`."""

    def __init__(self, key: PrivateKey, certificate_pem: bytes) -> None:
        self._key = key
        self._certificate_pem = certificate_pem

    @property
    def algorithm(self) -> Algorithm:
        return self._key.algorithm

    @property
    def certificate_pem(self) -> bytes:
        return self._certificate_pem

    def available(self) -> tuple[bool, str]:
        return True, ""

    def unlock(self, passphrase: str) -> None:
        """Nothing locks it."""

    def lock(self) -> None:
        """Nor this."""

    def sign(self, statement_bytes: bytes) -> bytes:
        return self._key.sign(statement_bytes)


class _Filling:
    def __init__(
        self,
        catalogue: CatalogueStore,
        province: Province,
        workshop: Workshop,
        packages: Path,
        progress: Progress,
    ) -> None:
        self._catalogue = catalogue
        self._province = province
        self._clock: Clock = workshop.clock
        self._software = workshop.software
        self._packages = packages
        self._progress = progress
        self._schema = FormLines(province.form_set)
        self.records: Counter[str] = Counter()
        self.announced = self.explained = 0

    def write(self, root: PrivateKey, stick: Path) -> list[Path]:
        """Enrol the departments and write their packages, round by round."""
        bodies, rounds = self._province.bodies, self._province.wanted.rounds
        certificate = open_stick(self._catalogue, stick).certificate
        chains = {body.code: self._enrolled(body, certificate, root) for body in bodies}
        written = []
        for round_ in range(1, rounds + 1):
            self.records.clear()
            self.announced = self.explained = 0
            for number, body in enumerate(bodies):
                done = (round_ - 1) * len(bodies) + number
                self._progress.step(done, rounds * len(bodies), body.name)
                written.append(self._hand_in(body, chains[body.code], round_).path)
        return written

    def _enrolled(self, body: Body, certificate: bytes, root: PrivateKey) -> _Chain:
        key = generate(root.algorithm)
        now = self._clock.now()
        leaf = issue_certificate(
            certificate, root, key.spki, body.code, Role.DEPARTMENT, now=now, name=body.name
        )
        self._catalogue.issue(
            IssuedCertificate(
                department=body.code,
                name=body.name,
                certificate_pem=leaf.decode("ascii"),
                fingerprint=read_certificate(leaf).fingerprint,
                issued_at=stamp(now),
                role="department",
            )
        )
        return _Chain(_HeldKey(key, leaf))

    def _hand_in(self, body: Body, chain: _Chain, round_: int) -> WrittenPackage:
        form_set = self._province.form_set
        state = _State(form_set, body, chain.handed_in)
        scratch = self._catalogue.scratch()
        try:
            scratch.load(state.take(synthetic_holdings(self._province, body, round_)))
            scratch.note_unfit(state.unfit)
            run = RuleRun(
                scratch.rule_connection(), form_set, self._province.wanted.day.isoformat()
            )
            state.judge(run.findings(), self._province.words.texts.reasons)
        finally:
            scratch.close()
        sheet = describe_body(self._catalogue, body.code, body.name, self._software)

        def descriptor(records: RecordsFacts) -> bytes:
            return describe(form_set, {"bytes": records.size, "sha256": records.sha256})

        draft = PackageDraft(
            type="submission",
            sender=body.code,
            audience="coordinator",
            sequence=chain.sequence + 1,
            previous=chain.identity,
            instance=hashlib.sha256(body.code.encode()).hexdigest()[:32],
            created=self._clock.now(),
            form_version=form_set.version,
            package_json=sheet,
            record_lines=state.lines(),
            datapackage=descriptor,
        )
        done = write_package(self._packages, draft, chain.signer, line_schema=self._schema)
        chain.identity, chain.sequence = done.identity, chain.sequence + 1
        if round_ < self._province.wanted.rounds:
            chain.handed_in.update(state.handed_in)
        for form, counts in done.counts.items():
            self.records[form] += counts["put"]
            self.announced += counts["pending"]
        self.explained += self.records.pop(_EXPLANATION, 0)
        return done


def synthetic_holdings(province: Province, body: Body, round_: int = 1) -> Iterator[Holding]:
    """Yield what a department enters in a round, mistakes included."""
    wanted = province.wanted
    planter = Planter(province.form_set, wanted.mistakes, f"{wanted.seed}/mistakes/{round_}")
    for holding in province.holdings(body, round_):
        planter.plant(holding)
        yield holding


class _State:
    """A department's complete state as lines, and what the rules say of it."""

    def __init__(self, form_set: FormSet, body: Body, earlier: Collection[str]) -> None:
        self._forms = {form.id: form for form in form_set.forms}
        self._unit = body.code
        self._earlier = earlier
        self._stones: dict[str, list[tuple[str, bytes]]] = {}
        self.handed_in: list[str] = []
        self._lines: dict[str, list[tuple[str, bytes]]] = {form: [] for form in self._forms}
        self._owner: dict[str, tuple[str, str]] = {}
        self._blocked: set[tuple[str, str]] = set()
        self._reasons: dict[tuple[str, str], bytes] = {}
        self.unfit: list[tuple[str, str, str, str]] = []

    def take(self, holdings: Iterable[Holding]) -> Iterator[Mapping[str, object]]:
        """Note the lines of holdings and pass them on."""
        for holding in holdings:
            owner = holding.form, holding.id
            if holding.deleted:
                self._bury(holding)
                continue
            yield self._line(holding, owner)
            for child in holding.children:
                self._owner[child.id] = owner
                yield self._line(child, owner)

    def _bury(self, holding: Holding) -> None:
        for record in (holding, *holding.children):
            head = {"form": record.form, "id": record.id, "unit": self._unit}
            line = encode_line({**head, "op": "delete", "reason": holding.deleted})
            self._stones.setdefault(record.form, []).append((record.id, line))

    def _line(self, record: Holding, owner: tuple[str, str]) -> Mapping[str, object]:
        values = record.values
        for name, value in list(values.items()):
            if isinstance(value, Unfit):
                del values[name]
                self.unfit.append((record.form, record.id, name, value.text))
                self._blocked.add(owner)
        line = {
            "form": record.form,
            "id": record.id,
            "op": "put",
            "unit": self._unit,
            "values": values,
        }
        self._lines[record.form].append((record.id, encode_line(line)))
        return line

    def judge(self, findings: Iterable[Finding], reasons: list[str]) -> None:
        """Announce what has errors, and give reasons for warnings."""
        for number, finding in enumerate(findings):
            owner = self._owner.get(finding.record, (finding.form, finding.record))
            if finding.severity is Severity.WARNING:
                self._explain(finding, owner, pick(reasons, number))
            elif finding.blocks_export:
                self._blocked.add(owner)

    def _explain(self, finding: Finding, owner: tuple[str, str], reason: str) -> None:
        identity = hashlib.sha256(f"{finding.record}:{finding.rule}".encode()).hexdigest()[:32]
        values = {
            "form": finding.form,
            "record": finding.record,
            "rule": finding.rule,
            "values_sha256": finding.values_sha256,
            "reason": reason,
        }
        line = {
            "form": _EXPLANATION,
            "id": identity,
            "op": "put",
            "unit": self._unit,
            "values": values,
        }
        self._reasons[identity, owner[1]] = encode_line(line)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of the package, ascending by form and id."""
        for form in sorted([*self._lines, _EXPLANATION]):
            if form == _EXPLANATION:
                yield from self._explained()
                continue
            for record, line in sorted([*self._lines[form], *self._stones.get(form, ())]):
                if self._owner.get(record, (form, record)) not in self._blocked:
                    self.handed_in.append(record)
                    yield line
                elif record not in self._owner or record in self._earlier:
                    # A child of an announced record that was never handed in has nothing to keep in force.
                    yield self._pending(form, record, line)

    def _pending(self, form: str, record: str, line: bytes) -> bytes:
        title = msgspec.json.decode(line)["values"].get(self._forms[form].title, "")[:200]
        head = {"form": form, "id": record, "unit": self._unit}
        return encode_line({**head, "op": "pending", "title": title})

    def _explained(self) -> Iterator[bytes]:
        blocked = {record for _form, record in self._blocked}
        for (_identity, owner), line in sorted(self._reasons.items()):
            if owner not in blocked:
                yield line


# -- one workspace -----------------------------------------------------------------------------------------------------


def populate_workspace(
    target: Path, wanted: Wanted, workshop: Workshop, *, progress: Progress | None = None
) -> Mapping[str, int]:
    """Make the file of one department with all that `wanted` counts, mistakes and all, and return records by form.

    Raises:
        UserError: `FILE_EXISTS`, `FILL_SIZE`.
        EnvironmentProblem: The file cannot be written.
    """
    require_size(wanted)
    progress = progress or Progress()
    province = Province(workshop.form_set(), wanted)
    body = province.bodies[0]
    forms = {form.id: form for form in province.form_set.forms}
    holdings = synthetic_holdings(province, body)
    own = next(holdings)
    store = workshop.create_workspace(target, body.name, body.code, RecordId(own.id))
    counts: Counter[str] = Counter({own.form: 1})
    with closing(store):
        filled = _record(own, forms[own.form], body.code).values
        batch: list[Operation] = [Put(own.form, RecordId(own.id), filled)]
        for holding in holdings:
            for record in (holding, *holding.children):
                batch.append(Insert(_record(record, forms[record.form], body.code)))
                counts[record.form] += 1
            if len(batch) >= _BATCH:
                progress.step(sum(counts.values()), 0, body.name)
                store.write(_step(batch, workshop))
                batch = []
        if batch:
            store.write(_step(batch, workshop))
    return dict(counts)


def _step(batch: list[Operation], workshop: Workshop) -> Step:
    at = stamp(workshop.clock.now())
    params = {"file": "census fill", "count": str(len(batch))}
    return Step("STEP_IMPORT", workshop.actor, Origin.IMPORTED, at, tuple(batch), params)


def _record(holding: Holding, form: Form, unit: str) -> Record:
    values: dict[str, Value] = {}
    for each in form.stored_fields:
        raw = holding.values.get(each.id)
        if raw is not None:
            values[each.id] = raw if isinstance(raw, Unfit) else value_from_json(raw, each)
    parent, position = holding.values.get(PARENT), holding.values.get(POSITION, 0)
    return Record(
        form=form.id,
        id=RecordId(holding.id),
        values=values,
        parent=RecordId(str(parent)) if parent is not None else None,
        position=position if isinstance(position, int) else 0,
        unit=unit,
    )
