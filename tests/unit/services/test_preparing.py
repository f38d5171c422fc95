"""Packages prepared by processes beside: the same catalogue, nothing left behind, nothing believed that is not so."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from census_app import bootstrap
from census_app.assets import forms_dir
from census_app.formspec.form_files import read_files
from census_app.services import receiving
from census_app.services.form_versions import SHIPPED
from census_app.services.populating import CATALOGUE, PACKAGES, populate
from census_app.services.ports import CatalogueStore, Unit
from census_app.services.preparing import Ground, Helper, Prepared, discard, ground_of, serve
from census_app.services.progress import Cancelled, Progress
from census_app.services.receiving import receive_many
from census_app.services.synthetic_province import Wanted
from census_app.storage.scratch import Scratch

SERVICES = bootstrap.PracticeServices(actor="t")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five departments that handed in twice; nothing is received."""
    folder = tmp_path_factory.mktemp("province")
    wanted = Wanted(
        departments=5, resources=40, items=200, systems=10, rounds=2, mistakes=0.2,
        day=SERVICES.clock.now().date(),
    )  # fmt: skip
    populate(folder, wanted, SERVICES)
    return folder


@pytest.fixture
def scratches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scratch databases lie, of the processes beside as well."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def catalogue(province: Path, tmp_path: Path) -> Iterator[CatalogueStore]:
    target = tmp_path / "copy.censusdb"
    target.write_bytes((province / CATALOGUE).read_bytes())
    with closing(SERVICES.open_catalogue(target)) as store:
        yield store


def helped(ground: Ground, paths: Sequence[Path]) -> Helper:
    return bootstrap.preparing_helper(ground, paths, SERVICES.clock, processes=2)


def packages(province: Path) -> list[Path]:
    return sorted((province / PACKAGES).iterdir())


def outcomes(store: CatalogueStore, paths: Sequence[Path], maker: receiving.HelperMaker) -> Counter[str]:  # fmt: skip
    done = receive_many(store, paths, clock=SERVICES.clock, helped=maker)
    return Counter(each.outcome for each in done)


def prepared_from(ground: Ground, paths: Sequence[Path]) -> list[Prepared | None]:
    """Do in this process what the one beside does."""
    now = SERVICES.clock.now().isoformat()
    jobs = [msgspec.json.encode({"path": str(path), "now": now}) for path in paths]
    asked = io.BytesIO(b"\n".join([msgspec.json.encode(ground), *jobs]) + b"\n")
    told = io.BytesIO()
    form_set = SERVICES.form_set()
    serve(asked, told, form_set, read_files(forms_dir(SHIPPED)), lambda: Scratch(form_set))
    lines = told.getvalue().splitlines()
    return [msgspec.json.decode(line, type=Prepared | None) for line in lines]


def test_the_catalogue_is_the_same_as_without_help(
    province: Path,
    catalogue: CatalogueStore,
    tmp_path: Path,
    scratches: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = packages(province)
    alone = tmp_path / "alone.censusdb"
    alone.write_bytes((province / CATALOGUE).read_bytes())
    with monkeypatch.context() as patched:
        patched.delattr(receiving, "receive")  # nothing falls back to it
        assert outcomes(catalogue, paths, helped) == {"merged": len(paths)}
    with closing(SERVICES.open_catalogue(alone)) as other:
        done = list(receive_many(other, paths, clock=SERVICES.clock))
        assert [d.outcome for d in done] == ["merged"] * len(paths)
        assert other.digest() == catalogue.digest()
        assert catalogue.department_codes() == {entry.code for entry in other.roster()}
        for entry in other.roster():
            assert catalogue.head_sequence(entry.code) == entry.head_sequence == 2
        for mine, theirs in zip(catalogue.packages(), other.packages(), strict=True):
            assert (mine.errors, mine.warnings, mine.counts) == (
                theirs.errors,
                theirs.warnings,
                theirs.counts,
            )
            kept = b"".join(catalogue.package_bytes(mine.identity))
            assert kept == b"".join(other.package_bytes(theirs.identity))
    assert not list(scratches.iterdir())


def test_what_is_refused_is_said_and_the_others_go_on(
    province: Path, catalogue: CatalogueStore, tmp_path: Path, scratches: Path
) -> None:
    paths = packages(province)
    torn = tmp_path / "torn.census"
    raw = bytearray(paths[0].read_bytes())
    raw[len(raw) // 2] ^= 1
    torn.write_bytes(raw)
    given = [*paths[:3], torn, paths[0], tmp_path / "missing.census", *paths[3:]]
    done = list(receive_many(catalogue, given, clock=SERVICES.clock, helped=helped))
    assert [d.outcome for d in done] == [
        *["merged"] * 3,
        "refused",
        "duplicate",
        "refused",
        *["merged"] * (len(paths) - 3),
    ]
    assert [d.path for d in done] == given
    assert not list(scratches.iterdir())


@pytest.mark.parametrize(
    "command",
    [
        ["/no/such/program"],
        [sys.executable, "-c", "pass"],
        [sys.executable, "-c", "import sys; sys.stdin.readline(); print('nonsense', flush=True)"],
    ],
)
def test_a_helper_that_fails_costs_nothing_but_time(
    province: Path, catalogue: CatalogueStore, command: list[str]
) -> None:
    def broken(ground: Ground, paths: Sequence[Path]) -> Helper:
        return Helper(command, ground, paths, clock=SERVICES.clock, processes=2)

    paths = packages(province)
    assert outcomes(catalogue, paths, broken) == {"merged": len(paths)}


class Given:
    """A helper whose work is done already."""

    def __init__(self, ground: Ground, done: Sequence[Prepared | None]) -> None:
        self.ground = ground
        self._done = list(done)

    def take(self, path: Path) -> Prepared | None:
        """Return the next."""
        del path
        return self._done.pop(0)

    def __enter__(self) -> Given:
        return self

    def __exit__(self, *failure: object) -> None:
        assert not self._done


def test_a_verdict_on_other_ground_is_not_believed(
    province: Path,
    catalogue: CatalogueStore,
    scratches: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = packages(province)
    before = ground_of(catalogue)
    done = prepared_from(before, paths)
    assert all(done)
    catalogue.store_units([Unit("11320000990000017P", "11320000990000025J", "下属单位")])
    assert ground_of(catalogue) != before
    judged: list[Path] = []
    receive = receiving.receive

    def watched(store: CatalogueStore, path: Path, **rest: object) -> receiving.Received:
        judged.append(path)
        return receive(store, path, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(receiving, "receive", watched)
    maker = lambda _ground, _paths: Given(before, done)  # noqa: E731
    assert outcomes(catalogue, paths, maker) == {"merged": len(paths)}  # type: ignore[arg-type]
    assert judged == paths
    assert not list(scratches.iterdir())


def test_another_form_set_or_root_prepares_nothing(
    province: Path, catalogue: CatalogueStore, scratches: Path
) -> None:
    ground, paths = ground_of(catalogue), packages(province)[:1]
    other = msgspec.structs.replace(ground, form_sha256="0" * 64)
    assert prepared_from(other, paths) == [None]
    with closing(SERVICES.open_catalogue(_another(province))) as foreign:
        root = msgspec.structs.replace(ground, roots=foreign.roots())
    assert prepared_from(root, paths) == [None]
    assert not list(scratches.iterdir())


def _another(province: Path) -> Path:
    folder = province / "another"
    if not folder.exists():
        one = Wanted(departments=1, resources=1, items=1, systems=1, day=SERVICES.clock.now().date())  # fmt: skip
        populate(folder, one, SERVICES)
    return folder / CATALOGUE


def test_who_stops_leaves_nothing_behind(
    province: Path, catalogue: CatalogueStore, scratches: Path
) -> None:
    stop = Progress(is_cancelled=lambda: len(catalogue.packages()) >= 2)
    with pytest.raises(Cancelled):
        list(
            receive_many(
                catalogue, packages(province), clock=SERVICES.clock, progress=stop, helped=helped
            )
        )
    assert [p.state for p in catalogue.packages()] == ["merged", "merged"]
    assert not list(scratches.iterdir())


def test_small_packages_are_not_worth_a_process(
    province: Path, catalogue: CatalogueStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def helper(ground: Ground, paths: Sequence[Path]) -> Helper:
        return bootstrap.preparing_helper(ground, paths, SERVICES.clock)

    paths = packages(province)
    monkeypatch.delattr("subprocess.Popen")  # none is started
    assert outcomes(catalogue, paths, helper) == {"merged": len(paths)}


def test_what_nobody_takes_can_be_discarded(
    province: Path, catalogue: CatalogueStore, scratches: Path
) -> None:
    (prepared,) = prepared_from(ground_of(catalogue), packages(province)[:1])
    assert prepared is not None
    assert len(list(scratches.iterdir())) == 1
    discard(prepared)
    assert not list(scratches.iterdir())
