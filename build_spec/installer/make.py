"""Pack the frozen program for those who hand it out, and write the hashes they publish.

    .venv/bin/python build_spec/build.py                                # dist/census
    .venv/bin/python build_spec/installer/make.py --out handed-out      # packs it
    .venv/bin/python build_spec/installer/make.py --out handed-out --check

On Linux it makes a `.tar.gz` that installs into a personal folder, and a `.deb`; on Windows a portable `.zip` and,
where makensis is on the path, the set-up. The same program and the same SOURCE_DATE_EPOCH give the same archive,
byte for byte. `--check` installs what was made, starts it, updates it, goes back and takes it away again: it needs no
network, and for the `.deb` root. Standard library only.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from system_parts import QT_LIBRARIES  # noqa: E402

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
SUMS = "SHA256SUMS"
MACHINE = {"AMD64": "x64", "x86_64": "x86_64", "aarch64": "aarch64", "ARM64": "arm64"}
EPOCH_OF_ZIP = 315532800
"""1980-01-01, before which a ZIP knows no time."""


def main() -> int:
    """Pack, write the hashes, and check when asked to; 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frozen", type=Path, default=ROOT / "dist" / "census")
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "handed-out")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not any(options.frozen.glob("census*")):
        print(f"{options.frozen}: no program here; run build_spec/build.py first", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    if os.name == "nt":
        made = [
            portable_zip(options.frozen, options.out),
            *windows_setup(options.frozen, options.out),
        ]
    else:
        made = [tarball(options.frozen, options.out, VERSION), *deb(options.frozen, options.out)]
    write_sums(options.out, made)
    for path in made:
        print(f"{path}  {path.stat().st_size / 10**6:.0f} MB")
    print(options.out / SUMS)
    if options.check:
        check(options.frozen, options.out, made)
    return 0


def when() -> int:
    """Return the moment that stands in archives: SOURCE_DATE_EPOCH, or that of the newest commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        asked = subprocess.run(
            ["git", "log", "-1", "--format=%ct"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        given = asked.stdout.strip() or "0"
    return int(given)


def members(folder: Path) -> Iterator[Path]:
    """Return everything in a folder, sorted, folders before what is in them."""
    return iter(sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()))


# -- Linux -------------------------------------------------------------------------------------------------------------


def tarball(frozen: Path, out: Path, version: str) -> Path:
    """Write `census-VERSION-linux-MACHINE.tar.gz`: VERSION, install.sh, share/, program/."""
    top = f"census-{version}-linux-{MACHINE.get(platform.machine(), platform.machine())}"
    target, moment = out / f"{top}.tar.gz", when()
    with (
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, text, mode in (
            ("VERSION", f"{version}\n".encode(), 0o644),
            ("LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644),
            ("install.sh", (HERE / "linux" / "install.sh").read_bytes(), 0o755),
            ("share/census.desktop", (HERE / "linux" / "census.desktop").read_bytes(), 0o644),
            ("share/census-mime.xml", (HERE / "linux" / "census-mime.xml").read_bytes(), 0o644),
            ("share/census.svg", (HERE / "program.svg").read_bytes(), 0o644),
        ):
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size, info.mode, info.mtime = len(text), mode, moment
            tar.addfile(info, io.BytesIO(text))
        first: dict[int, str] = {}
        for path in members(frozen):
            name = f"{top}/program/{path.relative_to(frozen).as_posix()}"
            info = tar.gettarinfo(path, name)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            info.mtime = moment
            info.mode = 0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644
            if info.islnk() or (info.isreg() and path.stat().st_nlink > 1):
                known = first.setdefault(path.stat().st_ino, name)
                info.type = tarfile.REGTYPE if known == name else tarfile.LNKTYPE
                info.linkname = "" if known == name else known
                info.size = path.stat().st_size if known == name else 0
            if info.isreg():
                with path.open("rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info)
    return target


def deb(frozen: Path, out: Path) -> list[Path]:
    """Write `census_VERSION_ARCH.deb` where dpkg-deb is at hand: /opt/census, commands, desktop entry, file types."""
    if shutil.which("dpkg-deb") is None:
        print("no dpkg-deb here: no .deb")
        return []
    architecture = _say(["dpkg", "--print-architecture"])
    target = out / f"census_{VERSION}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "census"
        shutil.copytree(frozen, tree / "opt" / "census", symlinks=True)
        share = tree / "usr" / "share"
        for source, place in (
            (HERE / "linux" / "census-mime.xml", share / "mime" / "packages" / "census.xml"),
            (
                HERE / "program.svg",
                share / "icons" / "hicolor" / "scalable" / "apps" / "census.svg",
            ),
            (ROOT / "LICENSE", share / "doc" / "census" / "copyright"),
        ):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
        entry = (
            (HERE / "linux" / "census.desktop")
            .read_text("utf-8")
            .replace("@PROGRAM@", "/opt/census")
        )
        (share / "applications").mkdir()
        (share / "applications" / "census.desktop").write_text(entry, "utf-8")
        commands = tree / "usr" / "bin"
        commands.mkdir()
        for name in ("census", "census-desktop"):
            (commands / name).symlink_to(f"/opt/census/{name}")
        for path in tree.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        size = sum(path.lstat().st_size for path in tree.rglob("*")) // 1024
        control = tree / "DEBIAN" / "control"
        control.parent.mkdir()
        control.write_text(
            f"Package: census\nVersion: {VERSION}\nArchitecture: {architecture}\n"
            f"Maintainer: Census <census@localhost>\nInstalled-Size: {size}\n"
            f"Depends: {', '.join(depends(frozen))}\nSection: misc\nPriority: optional\n"
            "Description: government information-resource census\n"
            " Departments list, check, sign and hand in their information systems and resources;\n"
            " coordinators verify, merge, compare, count and print them. Works without a network.\n",
            "utf-8",
        )
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zxz", "-z3", "--build", str(tree), str(target)],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(when())},
        )
    return [target]


def depends(frozen: Path) -> list[str]:
    """Return Debian's packages with the libraries that the folder needs and does not hold, and the C library."""
    here = {path.name for path in frozen.rglob("*")}
    needed: set[str] = set()
    newest = (0, 0)
    for path in frozen.rglob("*"):
        if (
            path.is_symlink()
            or not path.is_file()
            or not (".so" in path.name or path.parent == frozen)
        ):
            continue
        told = _say(["objdump", "-p", str(path)])
        needed.update(re.findall(r"NEEDED\s+(\S+)", told))
        newest = max(
            [newest, *((2, int(minor)) for minor in re.findall(r"GLIBC_2\.([0-9]+)", told))]
        )
    packages = {QT_LIBRARIES[name] for name in needed - here if name in QT_LIBRARIES}
    return [f"libc6 (>= {newest[0]}.{newest[1]})", *sorted(packages)]


def _say(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


# -- Windows -----------------------------------------------------------------------------------------------------------


def portable_zip(frozen: Path, out: Path) -> Path:
    """Write `census-VERSION-windows-x64-portable.zip`: unpack anywhere, start census-desktop.exe."""
    top = f"census-{VERSION}"
    machine = MACHINE.get(platform.machine(), platform.machine())
    target = out / f"{top}-windows-{machine}-portable.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in members(frozen):
            if path.is_file():
                name = f"{top}/{path.relative_to(frozen).as_posix()}"
                info = zipfile.ZipInfo(name, _zip_time())
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, path.read_bytes())
    return target


def _zip_time() -> tuple[int, int, int, int, int, int]:
    import datetime as dt  # noqa: PLC0415

    moment = dt.datetime.fromtimestamp(max(when(), EPOCH_OF_ZIP), dt.UTC)
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)


def windows_setup(frozen: Path, out: Path) -> list[Path]:
    """Write the set-up where makensis is at hand."""
    if shutil.which("makensis") is None:
        print("no makensis here: no set-up")
        return []
    target = out / f"census-{VERSION}-windows-x64-setup.exe"
    command = ["makensis", "-V2", f"-DVERSION={VERSION}", f"-DPROGRAM={frozen}", f"-DOUT={target}"]
    subprocess.run([*command, str(HERE / "windows" / "census.nsi")], check=True)
    return [target]


# -- hashes and the check ----------------------------------------------------------------------------------------------


def write_sums(out: Path, made: list[Path]) -> None:
    """Write the list that `sha256sum -c` and `census update` read."""
    lines = []
    for path in sorted(made):
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
    (out / SUMS).write_text("".join(lines), "utf-8")


def check(frozen: Path, out: Path, made: list[Path]) -> None:
    """Install what was made as a person would, start, update, go back, remove; raises at the first thing that fails."""
    if os.name == "nt":
        print("check: nothing is checked on Windows")
        return
    with tempfile.TemporaryDirectory() as folder:
        check_archive(frozen, made[0], Path(folder))
    debs = [path for path in made if path.suffix == ".deb"]
    if debs and os.geteuid() == 0:
        check_deb(debs[0])
    check_windows_script()


def check_archive(frozen: Path, archive: Path, home: Path) -> None:
    """The personal installation: install, start, update, back, remove."""
    environment = {
        "HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen",
        "CENSUS_DATA_DIR": str(home / "data"), "CENSUS_PASSPHRASE": "check the installer",
    }  # fmt: skip

    def run(*command: str) -> str:
        done = subprocess.run(
            command, env=environment, cwd=home, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    run("tar", "-xzf", str(archive), "-C", str(home))
    unpacked = next(home.glob("census-*-linux-*"))
    print(run("sh", str(unpacked / "install.sh")))
    census, share = str(home / ".local/bin/census"), home / ".local/share"
    run(census, "selftest")
    run("desktop-file-validate", str(share / "applications/census.desktop"))
    workspace = str(home / "office.censusdb")
    run(census, "new", workspace, "--department", "示例厅", "--code", "11320000990000017P")
    (home / "office.census").write_bytes(b"PK")
    for name, kind in (("office.censusdb", "censusdb"), ("office.census", "census-package")):
        told = run("xdg-mime", "query", "filetype", str(home / name))
        print(f"{name}: {told}, opened by {run('xdg-mime', 'query', 'default', told)}")
        if told != f"application/x-{kind}":
            raise SystemExit(f"{name} is taken for {told}")
    (home / "newer").mkdir()
    newer = tarball(frozen, home / "newer", "99.0.0")
    write_sums(newer.parent, [newer])
    print(run(census, "update", str(newer), "--look"))
    print(run(census, "update", str(newer), "--save", workspace))
    print("current:", (share / "census-program/current").readlink())
    run(census, "selftest")
    print(run(census, "update", "--back"))
    print("current:", (share / "census-program/current").readlink())
    print(run("sh", str(unpacked / "install.sh"), "--remove"))
    left = list((home / ".local").rglob("*census*"))
    if left or not Path(workspace).is_file():
        raise SystemExit(f"left behind: {left}")


def check_deb(package: Path) -> None:
    """The system's installation, here and now: install, start, remove."""
    subprocess.run(["dpkg", "-i", str(package)], check=True, stdout=subprocess.DEVNULL)
    try:
        with tempfile.TemporaryDirectory() as data:
            bare = {
                "PATH": "/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "CENSUS_DATA_DIR": data,
                "HOME": data,
            }
            bare["QT_QPA_PLATFORM"] = "offscreen"
            subprocess.run(
                ["census", "selftest"], check=True, env=bare, cwd=data, stdout=subprocess.DEVNULL
            )
        subprocess.run(
            ["desktop-file-validate", "/usr/share/applications/census.desktop"], check=True
        )
    finally:
        subprocess.run(["dpkg", "-r", "census"], check=True, stdout=subprocess.DEVNULL)
    print(
        f"{package.name}: installed, tested itself, removed; {_say(['dpkg-deb', '-f', str(package), 'Depends'])}"
    )


def check_windows_script() -> None:
    """Compile the set-up's script around a stand-in, so that it is at least correct."""
    if shutil.which("makensis") is None:
        print("no makensis here: the set-up's script was not compiled")
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program"
        program.mkdir()
        (program / "census.exe").touch()
        (program / "census-desktop.exe").touch()
        print(f"set-up's script compiled: {windows_setup(program, Path(folder))[0].name}")


if __name__ == "__main__":
    sys.exit(main())
