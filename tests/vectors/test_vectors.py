"""Every vector is opened as its index entry says, and the outcome is the one that stands there."""

from __future__ import annotations

import filecmp
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.exchange.package import Refused
from census_app.exchange.refusals import refusal_classes
from tests.vectors.build import build
from tests.vectors.keys import ALGORITHMS

if TYPE_CHECKING:
    from tests.vectors.conftest import Vector, Vectors

NOT_OF_THE_READER = {
    "AUDIENCE": "only a receiver knows who it is",
    "REPLY": "only a receiver knows what it sent",
    "REPLY_CHAIN": "only a receiver knows what came before",
    "TRUST_ROLLBACK": "only a receiver knows which bundle it holds",
    "ZIP_ENTRIES": "of the writer; a reader meets an unlisted entry (UNEXPECTED) or a list too long (SCHEMA)",
    "GM_UNAVAILABLE": "of a computer without the algorithm, not of a package",
}


def outcome(vectors: Vectors, vector: Vector) -> tuple[str, str, list[str]]:
    """Return what the reader says: accept or refuse, code, notices."""
    try:
        with vectors.open(vector) as package:
            return "accept", "", list(package.notices)
    except Refused as refused:
        return "refuse", refused.code, []


@pytest.mark.filterwarnings(
    "ignore"
)  # as in production: a warning of a parser must not be what refuses
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_vector_has_the_outcome_of_its_index_entry(vectors: Vectors, algorithm: str) -> None:
    differing = {
        str(vector["file"]): found
        for vector in vectors.index
        if vector["algorithm"] == algorithm
        for found in [outcome(vectors, vector)]
        if found != (vector["expected"], vector["code"], vector["notices"])
    }

    assert differing == {}


def test_there_are_at_least_150_of_both_algorithms(vectors: Vectors) -> None:
    by_algorithm = Counter(vector["algorithm"] for vector in vectors.index)

    assert by_algorithm.keys() == set(ALGORITHMS)
    assert min(by_algorithm.values()) >= 150
    assert len({vector["file"] for vector in vectors.index}) == len(vectors.index)


def test_every_refusal_of_a_reader_occurs_for_both_algorithms(vectors: Vectors) -> None:
    expected = refusal_classes().keys() - NOT_OF_THE_READER.keys()

    for algorithm in ALGORITHMS:
        codes = {v["code"] for v in vectors.index if v["algorithm"] == algorithm}
        assert codes == expected | {""}


def test_every_file_of_the_folder_is_in_the_index(vectors: Vectors) -> None:
    found = {p.relative_to(vectors.folder).as_posix() for p in vectors.folder.rglob("*.census")}

    assert found == {vector["file"] for vector in vectors.index}


def test_two_builds_give_the_same_bytes(vectors: Vectors, tmp_path: Path) -> None:
    build(tmp_path)
    names = [str(vector["file"]) for vector in vectors.index] + ["index.json"]

    same, other, errors = filecmp.cmpfiles(vectors.folder, tmp_path, names, shallow=False)

    assert (other, errors) == ([], [])
    assert len(same) == len(names)


def test_every_entry_says_why_in_a_sentence(vectors: Vectors) -> None:
    assert all(v["why"].endswith(".") and len(v["why"]) > 10 for v in vectors.index)
    assert all((v["expected"] == "accept") is (v["code"] == "") for v in vectors.index)
