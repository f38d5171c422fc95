"""What a technician needs to help, as texts a person can read before they are sent: no answers, no names, no keys.

Figures and codes only; where a text could hold more, as in a log, everything that could be an answer is taken out.
"""

from __future__ import annotations

import contextlib
import getpass
import io
import locale
import os
import platform
import re
import socket
import ssl
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.diagnostics.redaction import bare, redact
from census_app.domain.records import Unfit
from census_app.errors import CensusError
from census_app.services.checking import check_workspace
from census_app.services.diagnosing import Examined
from census_app.services.ports import Workshop, WorkspaceStore
from census_app.services.progress import Progress
from census_app.settings.files import atomic_write
from census_app.settings.paths import data_dir, log_file

LOG_LINES: Final = 400
_LIBRARIES: Final = (
    "PySide6_Essentials", "SQLAlchemy", "alembic", "msgspec", "cryptography", "argon2-cffi",
    "reportlab", "pypdfium2", "openpyxl", "python-calamine", "click",
)  # fmt: skip
_SETTINGS: Final = re.compile(r"(language|theme)=([a-z]{2,10})")
_WORTH_HIDING: Final = 4


@dataclass(frozen=True, slots=True)
class Bundle:
    """The texts of a support bundle by file name, in the order they are shown."""

    parts: Mapping[str, str]

    @property
    def bytes(self) -> int:
        """Size of all texts together."""
        return sum(len(text.encode()) for text in self.parts.values())


def gather(
    workshop: Workshop,
    examined: Iterable[Examined],
    *,
    store: WorkspaceStore | None = None,
    path: Path | None = None,
    error: CensusError | None = None,
    extra: Mapping[str, str] | None = None,
    language: str = "zh",
    progress: Progress | None = None,
) -> Bundle:
    """Gather what a technician needs.

    Args:
        examined: Of `diagnosing.examine`.
        store: The open file, if there is one.
        path: The file, also when it cannot be opened; then `error` says why.
        extra: More facts, of the window say: name → value without answers.
    """
    names, known = _names(store, path), _places(path)
    answers = set(_answers(store)) if store is not None else set()
    parts = {
        "readme.txt": wording.text("SUPPORT_README", language),
        "program.txt": _lines(_program(workshop, extra or {})),
        "computer.txt": _lines(_computer(workshop, path)),
        "doctor.txt": "".join(
            f"{'ok' if r.ok else 'FAILS'} {r.name}  {r.detail}\n" for r in examined
        ),
        "file.txt": _lines(_file(workshop, store, path, error)),
        "rules.txt": _lines(_rules(store, workshop, progress)),
        "log.txt": _tail(log_file()),
        "crash.txt": _tail(data_dir() / "crash.log"),
    }
    for name, text in parts.items():
        if name in {"log.txt", "crash.txt"}:
            # Without the file nobody knows which words in a message are answers.
            parts[name] = redact(text if store is not None else bare(text), names | answers, known)
        elif name != "readme.txt":
            parts[name] = redact(text, names, known)
    return Bundle(parts)


def write_bundle(bundle: Bundle, path: Path) -> Path:
    """Write a bundle as a zip of text files.

    Raises:
        EnvironmentProblem: The file cannot be written.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in bundle.parts.items():
            archive.writestr(name, text.replace("\n", "\r\n").encode())
    atomic_write(path, content.getvalue())
    return path


def _lines(facts: Iterable[tuple[str, object]]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in facts)


# -- program and computer ----------------------------------------------------------------------------------------------


def _program(workshop: Workshop, extra: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    yield "census", workshop.software
    yield "python", platform.python_version()
    yield "frozen", bool(getattr(sys, "frozen", False))
    yield "sqlite", workshop.vault.engine()
    yield "openssl", ssl.OPENSSL_VERSION
    for name in _LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield name, metadata.version(name)
    form_set = workshop.form_set()
    yield "shipped forms", f"{form_set.version} {form_set.sha256[:8]}"
    yield from extra.items()
    with contextlib.suppress(OSError):
        settings = (data_dir() / "window.ini").read_text(encoding="utf-8", errors="replace")
        yield from ((name, value) for name, value in _SETTINGS.findall(settings))
    yield "variables set", " ".join(sorted(n for n in os.environ if n.startswith("CENSUS_")))


def _computer(workshop: Workshop, path: Path | None) -> Iterator[tuple[str, object]]:
    yield "system", platform.system()
    yield "release", platform.release()
    yield "machine", platform.machine()
    yield "processors", os.cpu_count()
    yield "locale", locale.getlocale()[0]
    yield "encoding", f"{sys.getfilesystemencoding()} {locale.getpreferredencoding(False)}"
    for name, place in (("data folder", data_dir()), ("file", path)):
        if place is not None:
            found = workshop.vault.place(place)
            yield f"{name} lies on", found.kind or "fixed disk"
            yield f"{name} free MiB", found.free >> 20


# -- the file ----------------------------------------------------------------------------------------------------------


def _file(
    workshop: Workshop, store: WorkspaceStore | None, path: Path | None, error: CensusError | None
) -> Iterator[tuple[str, object]]:
    if path is None:
        yield "file", "none"
        return
    with contextlib.suppress(OSError):
        yield "bytes", path.stat().st_size
        with path.open("rb") as file:
            head = file.read(100)
        yield "application id", head[68:72].hex()
        yield "structure", int.from_bytes(head[60:64], "big")
    journal = path.with_name(path.name + "-journal")
    yield "journal beside it", journal.stat().st_size if journal.is_file() else "none"
    if error is not None:
        yield "not opened", error.code
    if store is not None:
        facts = store.facts()
        yield "forms", f"{store.form_set.version} {store.form_set.sha256[:8]}"
        yield "round", facts.round
        yield "practice file", facts.training
        yield "made", facts.created_at
        yield "read only", store.keeping.read_only
        yield "standing", store.keeping.standing().state or "goes on"
        yield from store.keeping.inspect().items()
    for each in workshop.vault.snapshots(path):
        yield "snapshot", f"{each.at:%Y-%m-%dT%H:%MZ} {each.reason} {each.bytes}"


def _rules(
    store: WorkspaceStore | None, workshop: Workshop, progress: Progress | None
) -> Iterator[tuple[str, object]]:
    if store is None:
        return
    report = check_workspace(store, clock=workshop.clock, progress=progress)
    yield "records", report.records
    yield "errors", report.errors
    yield "warnings without a reason", report.unexplained
    yield "warnings with a reason", report.explained
    for rule, findings in report.by_rule():
        fields = sorted({f"{each.form}.{each.fields[0]}" for each in findings})
        yield f"rule {rule}", f"{len(findings)} in {' '.join(fields)}"


# -- what must not be in it --------------------------------------------------------------------------------------------


def _places(path: Path | None) -> dict[str, str]:
    """Return paths of this computer and what stands for them."""
    found = {str(data_dir()): "<data>", str(Path.home()): "<home>"}
    if path is not None:
        found[str(path.absolute())] = "<file>"
        found[str(path.absolute().parent)] = "<folder>"
    return {place: shown for place, shown in found.items() if len(place) > 1}


def _names(store: WorkspaceStore | None, path: Path | None) -> set[str]:
    """Return names of this person, computer, file and department."""
    found = {socket.gethostname(), Path.home().name}
    with contextlib.suppress(OSError, KeyError):
        found.add(getpass.getuser())
    if path is not None:
        found |= {path.name, path.stem}
    if store is not None:
        facts = store.facts()
        found |= {facts.department_code, facts.department_name, facts.instance}
        found |= set(store.history_people())
    usual = {
        "root",
        "user",
        "localhost",
        "census",
    }  # hides nothing and would make traces unreadable
    return {text for text in found if len(text) >= _WORTH_HIDING and text.lower() not in usual}


def _answers(store: WorkspaceStore) -> Iterator[str]:
    """Yield the texts that answers hold; what is not ASCII is taken out anyway."""
    for form in store.form_set.forms:
        for record in store.stream_records(form.id):
            for value in record.values.values():
                text = value.text if isinstance(value, Unfit) else value
                if not isinstance(text, str):
                    continue
                for run in re.findall(r"[!-~]{4,}", text):
                    if not (run.isdigit() and len(run) < 8):
                        yield run


def _tail(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "".join(f"{line}\n" for line in text.splitlines()[-LOG_LINES:])
