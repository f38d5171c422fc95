"""Hostile packages and JSON, row by row: that code and nothing else, quickly, in little memory, nothing left behind.

The codes stand here a second time, so that a vector whose expectation was bent does not pass unseen. Row p18a, cut at
every byte, is in `test_every_bit.py`; rows that only a receiver can judge (replay, gap, fork, audience, rollback) are
in `tests/integration/test_hostile_admission.py`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.exchange.refusals import PackageSize
from tests.vectors.keys import ALGORITHMS
from tests.vectors.measure import listing, measured
from tests.vectors.test_vectors import outcome

if TYPE_CHECKING:
    from tests.vectors.conftest import Vector, Vectors

MAX_CPU_S = 2.0
MAX_GROWTH = 100 << 20

ROWS = {
    "p1": {""},
    "p2": {"HASH"},
    "p3a": {"CRC"},
    "p3b": {"SIGNATURE"},
    "p4": {"ORDER"},
    "p5a": {"CHAIN"},
    "p5b": {"ROLE", "CHAIN"},
    "p6": {"SIGNATURE"},
    "p7a": {"ROLE"},
    "p7b": {"CERT_EXT"},
    "p8a": {"REVOKED"},
    "p8b": {""},
    "p9a": {"EXPIRED"},
    "p9b": {""},
    "p10a": {"UNEXPECTED"},
    "p10b": {"UNEXPECTED"},
    "p10c": {"MISSING"},
    "p11": {"NAME"},
    "p12a": {"UNEXPECTED"},
    "p12b": {"UNEXPECTED"},
    "p12c": {"SCHEMA"},
    "p12d": {"SCHEMA"},
    "p13a": {"UNEXPECTED"},
    "p13b": {"ZIP_DIRECTORY"},
    "p14": {"ZIP_FEATURE"},
    "p15": {"ZIP_FEATURE"},
    "p16a": {"ZIP_FEATURE"},
    "p16b": {"UNEXPECTED"},
    "p16c": {"ZIP_DIRECTORY"},
    "p16d": {"ZIP_HEADER"},
    "p16e": {"TOO_BIG"},
    "p16f": {"ORDER"},
    "p17a": {"ZIP_MAGIC"},
    "p17b": {"ZIP_DIRECTORY"},
    "p17c": {"ZIP_DIRECTORY"},
    "p18a": {"TRUNCATED"},
    "p18b": {"ZIP_SIZE"},
    "p18d": {"ZIP_MAGIC"},
    "p19": {"SCHEMA", "JSON_DEPTH"},
    "p20e": {"ROLE"},
    "p20g": {"SCOPE"},
    "p20h": {"ALGORITHM", "SCHEMA"},
    "p21": {"TAGFILE"},
    "j1": {"JSON_DEPTH"},
    "j2": {"JSON_DUPKEY"},
    "j3": {"JSON_NUMBER"},
    "j4": {"JSON_NUMBER"},
    "j5": {"UTF8"},
    "j6": {"FIELD_CHARS"},
    "j7": {"FIELD_SIZE"},
}


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> list[Path]:
    """Return the folders something could be written to: working, temporary, data folder."""
    folders = [tmp_path / "work", tmp_path / "temporary"]
    for folder in folders:
        folder.mkdir()
    monkeypatch.chdir(folders[0])
    monkeypatch.setattr(tempfile, "tempdir", str(folders[1]))
    return [*folders, data_dir, Path(__file__).parent]


def row_of(vector: Vector) -> str:
    return Path(vector["file"]).stem.split("-")[0]


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_hostile_row(vectors: Vectors, watched: list[Path], row: str, algorithm: str) -> None:
    found = [v for v in vectors.index if row_of(v) == row and v["algorithm"] == algorithm]
    before = listing([*watched, vectors.folder])
    codes = set()

    for vector in found:
        with measured() as cost:
            _, code, notices = outcome(vectors, vector)
        assert cost.cpu_s < MAX_CPU_S, vector["file"]
        assert cost.growth < MAX_GROWTH, vector["file"]
        assert (code, notices) == (vector["code"], vector["notices"]), vector["file"]
        codes.add(code)

    assert codes == ROWS[row]
    assert listing([*watched, vectors.folder]) == before


def test_every_vector_that_names_a_row_is_in_the_table(vectors: Vectors) -> None:
    named = {
        row for v in vectors.index for row in [row_of(v)] if row[0] in "pj" and row[1:2].isdigit()
    }

    assert named == ROWS.keys()


def test_p18c_larger_than_any_package(vectors: Vectors, tmp_path: Path) -> None:
    path = tmp_path / "huge.census"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate((3 << 29) + 1)
    vector = {**vectors.index[0], "file": str(path)}

    with measured() as cost, pytest.raises(PackageSize):
        vectors.open(vector)

    assert cost.cpu_s < MAX_CPU_S
    assert cost.growth < MAX_GROWTH


def test_the_measure_sees_time_and_memory() -> None:
    """A negative control: a reader that read the whole file would be noticed."""
    with measured() as cost:
        held = bytearray(120 << 20)
        held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
        total = sum(range(200_000))

    assert total
    assert cost.growth > MAX_GROWTH
    assert cost.cpu_s > 0


def test_the_listing_sees_a_file_written_and_a_file_changed(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"1")
    before = listing([tmp_path])
    (tmp_path / "old").write_bytes(b"22")
    (tmp_path / "new").write_bytes(b"")

    assert len(listing([tmp_path]).items() - before.items()) == 2
