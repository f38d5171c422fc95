"""Every export of a whole catalogue: seconds, processor time and memory at its peak, each in a process of its own.

The floor is every record of the catalogue read as the exports read it, and nothing written.

    python benchmarks/exports.py FOLDER/100/received.censusdb [NAME…]     a catalogue that province.py has made
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

os.environ.setdefault("CENSUS_DATA_DIR", tempfile.mkdtemp())

ROOT = Path(__file__).resolve().parent.parent
RUNS: dict[str, tuple[str, ...]] = {
    "workbook": ("workbook", "--to", "w.xlsx"),
    "csv": ("csv", "--to", "csv"),
    "national": ("national", "--to", "n.xlsx"),
    "national.csv": ("national", "--to", "n.csv"),
    "dcat": ("dcat", "--internal", "--to", "d.jsonld"),
    "ckan": ("ckan", "--internal", "--to", "ckan"),
    "datapackage": ("datapackage", "--to", "package"),
    "jsonschema": ("jsonschema", "--to", "schemas"),
    "xlsform": ("xlsform", "--to", "xlsforms"),
    "ledger": ("ledger", "--to", "l.xlsx"),
}


def read(catalogue: Path) -> None:
    """Read every record once."""
    from census_app.bootstrap import PracticeServices  # noqa: PLC0415  # in the process that is measured
    from census_app.services.publish_source import publish_source  # noqa: PLC0415

    with (
        closing(PracticeServices().open_catalogue(catalogue)) as store,
        publish_source(store, "zh", "") as source,
    ):
        for form in source.context.form_set.forms:
            for department in source.departments:
                for _record in source.records(form, department):
                    pass


def run(name: str, command: Sequence[str]) -> None:
    """Run a command and print what it took."""
    begun = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _pid, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, (name, child.returncode)
    clock, busy = time.perf_counter() - begun, used.ru_utime + used.ru_stime
    print(f"{name:<24}{clock:10.1f}{busy:10.1f}{used.ru_maxrss / 1024:12.0f}", flush=True)


def main() -> None:
    catalogue = Path(sys.argv[1]).resolve()
    if sys.argv[2:] == ["--read"]:
        read(catalogue)
        return
    print(f"{'export':<24}{'clock, s':>10}{'CPU, s':>10}{'peak, MiB':>12}")
    wanted = sys.argv[2:] or list(RUNS)
    run("floor: reading alone", [sys.executable, __file__, str(catalogue), "--read"])
    with tempfile.TemporaryDirectory(prefix="census-exports-") as folder:
        for name in wanted:
            kind, option, *rest = RUNS[name]
            target = str(Path(folder) / rest.pop())
            own = [kind, str(catalogue), option, *rest, target]
            run(name, [sys.executable, "-m", "census_app", "publish", *own])


if __name__ == "__main__":
    main()
