"""The program may be killed, and the disk may refuse, at any moment: the file opens and holds what was acknowledged."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from census_app.domain.holdings import ListQuery
from census_app.domain.records import RecordId
from census_app.formspec.model import FormSet
from census_app.storage import catalogue, workspace

WORKER = Path(__file__).with_name("writer_worker.py")
MERGER = Path(__file__).with_name("merge_worker.py")
FORM_SET = msgspec.json.decode(
    (Path(__file__).parents[1] / "unit" / "storage" / "small_form_set.json").read_bytes(),
    type=FormSet,
)
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "unlink")


def steps_held(path: Path) -> int:
    """Open the file as the program does; return how many whole steps it holds."""
    store = workspace.open_(path, FORM_SET)
    try:
        department = store.record("department", RecordId("d" * 32))
        resources = store.count(ListQuery("information_resource"))
        items = store.count(ListQuery("data_item"))
        journalled = {e.step for e in store.journal(limit=10**6) if e.form == "data_item"}
        # One step adds the department itself; it may be the only thing that is missing after a kill.
        counted = 0 if department is None else int(str(department.values["name"]))
        assert (resources, items, len(journalled)) == (counted, 3 * counted, counted)
        if counted:
            assert store.undo_state().undo is not None
        return counted
    finally:
        store.close()


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "w.censusdb"
    acknowledged = 0
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)  # noqa: S311  # chooses moments, guards nothing
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, str(WORKER), str(path), "100000"], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        with process, process.stdout:
            for _ in range(chance.randint(1, 60)):
                acknowledged = int(process.stdout.readline())
            process.kill()
            rest = process.stdout.read().split()
            acknowledged = int(rest[-1]) if rest else acknowledged
        held = steps_held(path)
        assert held in {acknowledged, acknowledged + 1}, f"seed {seed}"
        acknowledged = held


def test_a_catalogue_holds_whole_packages_whenever_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "c.censusdb"
    acknowledged = 0
    for wanted in (1, 7, 3):
        process = subprocess.Popen(
            [sys.executable, str(MERGER), str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        assert process.stdout is not None
        with process, process.stdout:
            for _ in range(wanted):
                acknowledged = int(process.stdout.readline())
            process.kill()
            rest = process.stdout.read().split()
            acknowledged = int(rest[-1]) if rest else acknowledged
        store = catalogue.open_(path, FORM_SET)
        [entry] = store.roster(counted=True)
        found = {r.values["name"] for r in store.stream_records("information_resource")}
        assert store.damaged_records() == []
        store.close()
        assert entry.head_sequence in {acknowledged, acknowledged + 1}
        assert found == {str(entry.head_sequence)}
        assert entry.counts == {"information_resource": 200}


def injected(path: Path, call: str, what: str, number: int) -> subprocess.CompletedProcess[str]:
    """Run the worker with a fault at its n-th call."""
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
    command += ["-e", f"inject={call}:{what}:when={number}", sys.executable, str(WORKER)]
    return subprocess.run(
        [*command, str(path), "2"], capture_output=True, text=True, check=False, timeout=50
    )


needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@needs_strace
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("what", ["signal=KILL", "error=ENOSPC", "error=EIO"])
def test_a_fault_at_a_system_call_leaves_a_sound_file_or_none(
    tmp_path: Path, call: str, what: str
) -> None:
    """A few moments of each call; `CENSUS_ALL_FAULTS` tries every one."""
    every = bool(os.environ.get("CENSUS_ALL_FAULTS"))
    moments = range(1, 200) if every else (1, 4, 11)
    for number in moments:
        path = tmp_path / f"{number}" / "w.censusdb"
        path.parent.mkdir()
        ran = injected(path, call, what, number)
        acknowledged = int(ran.stdout.split()[-1]) if ran.stdout.split() else 0
        if path.exists():
            assert steps_held(path) >= acknowledged, (number, ran.stderr)
        else:
            assert acknowledged == 0
        if ran.returncode == 0:
            break
        assert "DISK_FULL" in ran.stderr or "IO_ERROR" in ran.stderr or what == "signal=KILL", (
            number,
            ran.stderr,
        )


needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mkfs.ext4") is None,
    reason="mounting a file system needs root and mkfs.ext4",
)


@needs_root
def test_a_full_file_system_keeps_what_was_saved(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this system does not let root mount a tmpfs")
    try:
        ran = subprocess.run(
            [sys.executable, str(WORKER), str(folder / "w.censusdb"), "100000"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "DISK_FULL" in ran.stderr
        assert steps_held(folder / "w.censusdb") == int(ran.stdout.split()[-1])
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def run(*command: str | Path) -> None:
    subprocess.run(list(command), check=True, capture_output=True)


def mounted(image: Path, folder: Path) -> bool:
    """Mount a file system image; say whether this system lets us."""
    command = ["mount", "-o", "loop", str(image), str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def newest_line(stream: int, last: int) -> int:
    """Return the newest number of a pipe that is not waited for."""
    text = b""
    while True:
        try:
            block = os.read(stream, 65536)
        except BlockingIOError:
            break
        if not block:
            break
        text += block
    whole = text[: text.rfind(b"\n") + 1].split()
    return int(whole[-1]) if whole else last


@needs_root
def test_a_power_cut_on_a_real_file_system_loses_nothing_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    """The image of a mounted ext4 is copied while the program writes: what its disk would hold after a cut."""
    image, after = tmp_path / "a.img", tmp_path / "b.img"
    live, cut = tmp_path / "live", tmp_path / "cut"
    for folder in (live, cut):
        folder.mkdir()
    run("truncate", "-s", "24M", image)
    run("mkfs.ext4", "-q", image)
    if not mounted(image, live):
        pytest.skip("this system does not let root mount a loop device")
    command = [sys.executable, str(WORKER), str(live / "w.censusdb"), "100000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        stream = process.stdout.fileno()
        acknowledged = int(os.read(stream, 100).split()[0])
        os.set_blocking(stream, False)
        for _ in range(15):
            moment = random.SystemRandom().uniform(0.01, 0.15)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(moment)
            process.send_signal(signal.SIGSTOP)
            acknowledged = newest_line(stream, acknowledged)
            shutil.copyfile(image, after)
            process.send_signal(signal.SIGCONT)
            assert mounted(after, cut)
            try:
                assert steps_held(cut / "w.censusdb") >= acknowledged
            finally:
                run("umount", cut)
        assert acknowledged > 15
    finally:
        process.kill()
        process.communicate()
        run("umount", live)
