"""Build the test vectors into a folder: python -m tests.vectors.build FOLDER.

Nothing here imports the program: the packages are made after the published format, so that another implementation can
be tested with the same files. Two runs give the same bytes. See README.md.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

from tests.vectors.case import Belief, Case
from tests.vectors.cases_certificates import certificate_cases
from tests.vectors.cases_container import container_cases
from tests.vectors.cases_json import json_cases
from tests.vectors.cases_payload import payload_cases
from tests.vectors.cases_signed import signed_cases
from tests.vectors.cases_trust import trust_cases
from tests.vectors.keys import ALGORITHMS
from tests.vectors.workshop import Workshop, make_workshop


def cases() -> list[Case]:
    """Return every case; each is built once for each of its algorithms."""
    groups = (
        container_cases,
        certificate_cases,
        signed_cases,
        json_cases,
        payload_cases,
        trust_cases,
    )
    return [case for group in groups for case in group()]


def build(folder: Path) -> list[dict[str, object]]:
    """Write all packages, the trust files and `index.json` into a folder and return the index.

    Args:
        folder: Is made where it does not exist; older vectors in it are written over.
    """
    index = []
    for algorithm in ALGORITHMS:
        shop = make_workshop(algorithm)
        (folder / algorithm).mkdir(parents=True, exist_ok=True)
        (folder / algorithm / "roots.pem").write_bytes(shop.trust_pem)
        index += [_write(folder, shop, case) for case in cases() if algorithm in case.algorithms]
    text = json.dumps(index, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "index.json").write_text(text + "\n", encoding="utf-8")
    return index


def _write(folder: Path, shop: Workshop, case: Case) -> dict[str, object]:
    data = case.build(shop)
    name = f"{shop.algorithm}/{case.name}.census"
    (folder / name).write_bytes(data)
    return {
        "file": name,
        "algorithm": shop.algorithm,
        "expected": "refuse" if case.code else "accept",
        "code": case.code,
        "notices": list(case.notices),
        "why": case.why,
        "bundle": case.bundle,
        "trust": f"{shop.algorithm}/roots.pem",
        **_belief(case.believed(shop, data)),
    }


def _belief(belief: Belief) -> dict[str, object]:
    return {
        "clock": _spelled(belief.clock),
        "known_time": _spelled(belief.known_time),
        "candidates": belief.candidates,
        "revoked": [
            {
                "serial": f"{serial:x}",
                "chains": [
                    {"chain": chain, "last_sequence": last, "head": head}
                    for chain, (last, head) in chains.items()
                ],
            }
            for serial, chains in belief.revoked.items()
        ],
        "units": {sender: list(units) for sender, units in belief.units.items()},
        "admitted": list(belief.admitted),
    }


def _spelled(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    print(f"{len(build(Path(sys.argv[1])))} vectors")  # noqa: T201
