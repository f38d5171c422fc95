"""Check 100,000 records × 40 rules set-based, against raw SQLite (the floor) and frictionless (the peer)."""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import frictionless

from census_app.assets import forms_dir
from census_app.formspec.checks import compile_checks
from census_app.formspec.evaluator import RuleRun, prepare, scratch_database
from census_app.formspec.loader import load_form_set

RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
PEER_RECORDS = max(RECORDS // 20, 1)
TODAY = "2026-11-23"
CODE = "11320000990000017P"
FORM_SET = load_form_set(forms_dir())
FORM = FORM_SET.form("information_resource")


def rows(count: int) -> list[tuple[object, ...]]:
    chance = random.Random(7)
    found = []
    for number in range(count):
        share = chance.choice("111223")
        found.append(
            (
                f"{number:032x}", CODE, f"企业登记信息第{number}类", f"记录第{number}类企业的登记事项和变更情况",
                "210", "03", "0310", share, "无条件" if share == "1" else "凭公函申请，用于行政审批核验",
                "platform", "database", chance.random() < 0.5, "无条件开放", "monthly", "2026-10-01",
                round(1 + chance.random() * 100, 4), 3.5, 1.0, 1.0, 0.5, 0.5, "d" * 32, CODE,
            )
        )  # fmt: skip
    return found


COLUMNS = [
    "id",
    "unit_code",
    "name",
    "abstract",
    "class_code",
    "format_class",
    "format_type",
    "share_type",
    "share_condition",
    "share_mode_class",
    "share_mode_type",
    "is_open",
    "open_condition",
    "update_cycle",
    "published_on",
    "size_total_gb",
    "records_total_wan",
    "size_shared_gb",
    "records_shared_wan",
    "size_open_gb",
    "records_open_wan",
    "provider",
    "provider_uscc",
]


def filled(count: int) -> sqlite3.Connection:
    connection = scratch_database(FORM_SET)
    names = ", ".join(COLUMNS)
    marks = ", ".join("?" for _ in COLUMNS)
    connection.execute("BEGIN")
    connection.executemany(
        f"INSERT INTO information_resource ({names}) VALUES ({marks})", rows(count)
    )
    connection.execute(
        "INSERT INTO department (id, unit_code, name, uscc) VALUES (?, ?, '江苏省样例厅', ?)",
        ("d" * 32, CODE, CODE),
    )
    connection.execute("COMMIT")
    return connection


def main() -> None:
    checks = [c for c in compile_checks(FORM, FORM_SET) if c.condition][:40]
    connection = filled(RECORDS)
    prepare(connection, FORM_SET.settings, TODAY)
    raw_sql = "SELECT " + ", ".join(f"sum(coalesce(({c.condition}),0)<>0)" for c in checks)
    begun = time.perf_counter()
    connection.execute(raw_sql + " FROM information_resource").fetchone()
    raw = RECORDS * len(checks) / (time.perf_counter() - begun)
    connection.close()

    connection = filled(RECORDS)
    run = RuleRun(connection, FORM_SET, TODAY)
    begun = time.perf_counter()
    found = sum(1 for _ in run._scan(FORM, checks, {}))
    ours = RECORDS * len(checks) / (time.perf_counter() - begun)
    connection.close()

    connection = filled(RECORDS)
    begun = time.perf_counter()
    everything = sum(1 for _ in RuleRun(connection, FORM_SET, TODAY).findings())
    whole = time.perf_counter() - begun

    peer = peer_rate()
    print(f"{RECORDS:,} records, {len(checks)} conditions, {found:,} findings")
    print(f"{'raw SQLite, same conditions':34}{raw / 1e6:8.2f} M checks/s")
    print(f"{'census, set-based':34}{ours / 1e6:8.2f} M checks/s   {ours / raw:5.2f} × raw")
    print(
        f"{'frictionless, 40 row constraints':34}{peer / 1e6:8.2f} M checks/s   census is {ours / peer:.0f} × as fast"
    )
    print(f"whole form set, every rule: {whole:.2f} s, {everything:,} findings")


def peer_rate() -> float:
    """Return frictionless' rate for 40 row constraints of the simplest kind: not empty, and not this text."""
    rules = [
        frictionless.checks.row_constraint(formula=f"{name} != '' and {name} != 'x{number}'")
        for number, name in zip(range(40), COLUMNS * 2, strict=False)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.csv"
        body = "\n".join(",".join(str(v) for v in row) for row in rows(PEER_RECORDS))
        path.write_text(",".join(COLUMNS) + "\n" + body, encoding="utf-8")
        schema = frictionless.Schema.from_descriptor(
            {"fields": [{"name": name, "type": "string"} for name in COLUMNS]}
        )
        resource = frictionless.Resource(path=path.name, basepath=folder, schema=schema)
        begun = time.perf_counter()
        report = resource.validate(frictionless.Checklist(checks=rules))
        seconds = time.perf_counter() - begun
        assert report.stats["errors"] == 0, report.flatten(["message"])[:3]
        return PEER_RECORDS * len(rules) / seconds


if __name__ == "__main__":
    main()
