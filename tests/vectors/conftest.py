"""The vectors, built once for a test run into a folder of its own, and a reader that believes what one of them says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from census_app.exchange.bundle import read_bundle
from census_app.exchange.package import TrustAnchors, VerifiedPackage, open_package
from census_app.exchange.trust import CutPoint
from tests.vectors.build import build

Vector = Mapping[str, Any]
"""One entry of `index.json`."""


@dataclass(frozen=True)
class Vectors:
    """The folder and its index, as another implementer gets them."""

    folder: Path
    index: list[dict[str, Any]]

    def trust(self, vector: Vector) -> TrustAnchors:
        """Return what the reader of a vector believes."""
        return replace(
            TrustAnchors.from_file(self.folder / vector["trust"]),
            floor=moment(vector["known_time"]),
            revoked={
                int(each["serial"], 16): {
                    cut["chain"]: CutPoint(cut["last_sequence"], cut["head"])
                    for cut in each["chains"]
                }
                for each in vector["revoked"]
            },
            units={sender: frozenset(units) for sender, units in vector["units"].items()},
            admitted=frozenset(vector["admitted"]),
        )

    def open(self, vector: Vector) -> VerifiedPackage:
        """Open a vector as its entry says."""
        package = open_package(
            self.folder / vector["file"],
            self.trust(vector),
            now=moment(vector["clock"]),
            allow_candidate=vector["candidates"],
        )
        if vector["bundle"]:
            with package:
                read_bundle(package)
        return package


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    """Return the vectors, freshly built."""
    folder = tmp_path_factory.mktemp("vectors")
    build(folder)
    return Vectors(folder, json.loads((folder / "index.json").read_text(encoding="utf-8")))
