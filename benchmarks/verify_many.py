"""Verify packages of 5,000 records one after the other, against unzip + SHA-256 + JSON parse of the same bytes.

The packages are one package signed again under other numbers; as many as fit into a small folder are read again and
again. The verifying runs in a process of its own, whose peak of memory is reported.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from census_app.assets import forms_dir
from census_app.exchange import certificates
from census_app.exchange.certificates import Role
from census_app.exchange.keyfile import spki_of_key
from census_app.exchange.package import (
    PackageDraft,
    TrustAnchors,
    encode_line,
    open_package,
    write_package,
)
from census_app.exchange.signers import sign_p256
from census_app.exchange.statement import Algorithm
from census_app.formspec.lines import FormLines
from census_app.formspec.loader import load_form_set

PACKAGES = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 3000
RECORDS = 5000
DISTINCT = 40
ROUNDS = 20
NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
CODE = "11320000990000017P"


@dataclass
class Pen:
    """A key in memory."""

    key: ec.EllipticCurvePrivateKey
    certificate_pem: bytes
    algorithm: Algorithm = "ecdsa-p256-sha256"

    def available(self) -> tuple[bool, str]:
        return True, ""

    def unlock(self, passphrase: str) -> None:
        del passphrase

    def lock(self) -> None:
        return

    def sign(self, statement_bytes: bytes) -> bytes:
        return sign_p256(self.key, statement_bytes)


def lines() -> Iterator[bytes]:
    chance = random.Random(7)
    for number in range(RECORDS):
        values = {
            "name": f"企业登记信息第{number}类",
            "abstract": f"第{number}类企业的登记事项",
            "share_type": chance.choice("12"),
            "is_open": chance.random() < 0.5,
            "update_cycle": "monthly",
            "published_on": "2026-10-01",
            "size_total_gb": f"{1 + number % 90}.25",
            "provider_uscc": CODE,
        }
        yield encode_line(
            {
                "form": "information_resource",
                "id": f"{number:032x}",
                "op": "put",
                "unit": CODE,
                "values": values,
            }
        )


def build(folder: Path) -> None:
    """Write the packages and the root."""
    root_key, key = (ec.derive_private_key(n, ec.SECP256R1()) for n in (1001, 2002))
    root = certificates.create_root("样例", root_key, now=NOW, serial=1)
    leaf = certificates.issue_certificate(
        root, root_key, spki_of_key(key), CODE, Role.DEPARTMENT, now=NOW, serial=2
    )
    (folder / "root.crt").write_bytes(root)
    draft = PackageDraft(
        type="submission",
        sender=CODE,
        audience="coordinator",
        sequence=1,
        instance="5e" * 16,
        created=NOW,
        form_version="v1",
        package_json={
            "attachments": [],
            "census": {"id": "js-2026", "round": 1},
            "department": {"code": CODE, "name": "江苏省样例厅", "uscc": CODE},
            "form_set": {"sha256": "ab" * 32, "version": "v1"},
            "software": {"name": "census", "version": "0.1.0"},
        },
        datapackage=b"{}",
    )
    body = list(lines())
    for number in range(1, DISTINCT + 1):
        write_package(folder, replace(draft, sequence=number, record_lines=body), Pen(key, leaf))


def verify_all(folder: Path, count: int, *, with_forms: bool) -> None:
    """Verify `count` packages and print seconds, CPU seconds and peak memory in MiB."""
    trust = TrustAnchors.from_file(folder / "root.crt")
    schema = FormLines(load_form_set(forms_dir())) if with_forms else None
    paths = sorted(folder.glob("*.census"))
    begun, begun_cpu = time.perf_counter(), time.process_time()
    for number in range(count):
        open_package(paths[number % len(paths)], trust, now=NOW, line_schema=schema).close()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
    print(seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def in_a_process(folder: Path, count: int, mode: str) -> list[float]:
    command = [sys.executable, __file__, "--child", str(folder), str(count), mode]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(part) for part in done.stdout.split()]


def plain(path: Path, parse: Callable[[bytes], object]) -> None:
    """Unzip, hash and parse, checking nothing but the CRC."""
    with zipfile.ZipFile(path) as found:
        for entry in found.infolist():
            content = found.read(entry)
            hashlib.sha256(content).hexdigest()
            if entry.filename.endswith(".json"):
                parse(content)
            elif entry.filename.endswith(".ndjson"):
                for line in content.splitlines():
                    parse(line)


def quickest(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the best round: a neighbour on the machine does not count."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def ratios(folder: Path) -> None:
    path = min(folder.glob("*.census"))
    trust = TrustAnchors.from_file(folder / "root.crt")
    forms = FormLines(load_form_set(forms_dir()))
    figures = {
        "unzip + SHA-256 + json": quickest(lambda: plain(path, json.loads)),
        "unzip + SHA-256 + msgspec": quickest(lambda: plain(path, msgspec.json.decode)),
        "census, envelope": quickest(lambda: open_package(path, trust, now=NOW).close()),
        "census, with the form set": quickest(
            lambda: open_package(path, trust, now=NOW, line_schema=forms).close()
        ),
    }
    floor = figures["unzip + SHA-256 + json"]
    print(
        f"one package of {path.stat().st_size / 1e6:.2f} MB, {RECORDS:,} records, best of {ROUNDS}"
    )
    for name, seconds in figures.items():
        print(f"  {name:30}{seconds * 1000:8.1f} ms   {seconds / floor:5.2f} ×")


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        verify_all(Path(sys.argv[2]), int(sys.argv[3]), with_forms=sys.argv[4] == "forms")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        ratios(folder)
        print(f"{PACKAGES:,} packages, one after the other")
        for mode, words in {"envelope": "census verify", "forms": "with the form set"}.items():
            seconds, cpu, mib = in_a_process(folder, PACKAGES, mode)
            each = seconds / PACKAGES * 1000
            print(
                f"  {words:30}{seconds:8.1f} s  ({cpu:.1f} s CPU)  {each:5.1f} ms each   peak {mib:.0f} MiB"
            )


if __name__ == "__main__":
    main()
