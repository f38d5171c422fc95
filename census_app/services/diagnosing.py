"""Diagnose: is this computer fit for the work, is a file sound, does the installation work from end to end?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.assets import resource
from census_app.diagnostics import wording
from census_app.errors import BugError, CensusError
from census_app.exchange.package import TrustAnchors
from census_app.exchange.statement import SM2
from census_app.exchange.trust import BUILD_DATE
from census_app.services.catalogue_sheet import print_catalogue
from census_app.services.editing import create_record
from census_app.services.enrolling import (
    accept_answer,
    confirm,
    make_root,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.exporting import export_package
from census_app.services.keys import signing_modes
from census_app.services.ports import CatalogueStore, Workshop, WorkspaceStore
from census_app.services.receiving import receive
from census_app.services.verifying import verify

_ROOM: Final = 500 << 20
_PASSPHRASE: Final = "selftest, kept nowhere"  # noqa: S105  # opens nothing that outlives the test
_SAMPLE_CODE: Final = "11320000990000017P"


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing looked at.

    Attributes:
        name: The second half of the message code `DOCTOR_<name>`.
        ok: Whether it is as it should be.
        detail: What was found.
        needed: Whether the program works only with it; the GM mode is a choice.
    """

    name: str
    ok: bool
    detail: str = ""
    needed: bool = True

    @property
    def passed(self) -> bool:
        """Say whether the program can do its work as far as this goes."""
        return self.ok or not self.needed

    @property
    def mark(self) -> str:
        """Return the sign before the line."""
        return "✓" if self.ok else "✗" if self.needed else "–"


def examine(workshop: Workshop, file: Path | None = None) -> list[Examined]:
    """Look at this computer, and at a file if one is named.

    Returns:
        One result for each check; none of them raises.
    """
    checks: list[tuple[str, Callable[[], str]]] = [
        ("forms", lambda: _forms(workshop)),
        ("messages", _messages),
        ("fonts", _fonts),
        ("data_dir", lambda: _writable(workshop)),
        ("space", lambda: _space(workshop)),
        ("clock", lambda: _clock(workshop)),
    ]
    if file is not None:
        checks.append(("file", lambda: _file(workshop, file)))
    return [*(_examined(name, check) for name, check in checks), _gm()]


def selftest(workshop: Workshop, folder: Path) -> list[Examined]:
    """Play a campaign of one record in an empty folder and say at which step it stopped, if it did."""
    results = examine(workshop)
    play = _Play(workshop, folder)
    for name, check in (
        ("workspace", play.workspace),
        ("package", play.package),
        ("catalogue", play.catalogue),
        ("pdf", play.pdf),
    ):
        if all(r.passed for r in results):
            results.append(_examined(name, check))
    play.close()
    return results


def _examined(name: str, check: Callable[[], str]) -> Examined:
    try:
        return Examined(name, True, check())
    except CensusError as error:
        told = wording.explain_error(error, wording.default_language())
        return Examined(name, False, f"{told.code}: {told.what}")
    except OSError as error:
        return Examined(name, False, str(error))


def _forms(workshop: Workshop) -> str:
    form_set = workshop.form_set()
    return f"{form_set.version}, {len(form_set.forms)}, {sum(len(f.rule) for f in form_set.forms)}"


def _messages() -> str:
    return str(len(wording.catalogue()))


def _fonts() -> str:
    fonts = [
        resource("fonts", name)
        for name in ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf", "OFL.txt")
    ]
    missing = [f.name for f in fonts if not f.is_file()]
    if missing:
        raise BugError("ASSETS_MISSING", searched=", ".join(missing))
    return f"{sum(f.stat().st_size for f in fonts) >> 20} MB"


def _writable(workshop: Workshop) -> str:
    folder = workshop.keys_dir()
    probe = folder / ".probe"
    probe.write_bytes(b"")
    probe.unlink()
    return str(folder.parent)


def _space(workshop: Workshop) -> str:
    free = shutil.disk_usage(workshop.keys_dir()).free
    if free < _ROOM:
        raise OSError(f"{free >> 20} MB")
    return f"{free >> 20} MB"


def _clock(workshop: Workshop) -> str:
    now = workshop.clock.now()
    if now < BUILD_DATE:
        raise OSError(now.isoformat())
    return now.date().isoformat()


def _gm() -> Examined:
    """Say whether SM2 works, by known answers; which library computes it, or why none does."""
    (mode,) = (each for each in signing_modes() if each.algorithm == SM2)
    codes = [each for each in (mode.reason, mode.advice) if each]
    told = [mode.library, *(wording.text(each, wording.default_language()) for each in codes)]
    return Examined("gm", mode.available, " ".join(filter(None, told)), needed=False)


def _file(workshop: Workshop, path: Path) -> str:
    """Open a file, which checks it, and read every record of it once."""
    store = workshop.open_any(path)
    try:
        records = [sum(1 for _ in store.stream_records(form.id)) for form in store.form_set.forms]
    finally:
        store.close()
    return str(sum(records))


class _Play:
    def __init__(self, workshop: Workshop, folder: Path) -> None:
        self._workshop = workshop
        self._folder = folder
        self._store: WorkspaceStore | None = None
        self._package = folder
        self._root = folder / "stick" / "root.crt"

    def workspace(self) -> str:
        """Make a file, write a record, open the file again."""
        path = self._folder / "selftest.censusdb"
        store = self._workshop.create_workspace(path, "江苏省自检厅", _SAMPLE_CODE)
        form, field = store.form_set.by_role("resource_name")
        values = {field.id: "自检资源"}
        create_record(store, form.id, values, actor="selftest", clock=self._workshop.clock)
        store.close()
        self._store = self._workshop.open_workspace(path)
        return path.name

    def package(self) -> str:
        """Enrol, export, verify."""
        store, clock, software = self._open(), self._workshop.clock, self._workshop.software
        keys = self._folder / "keys"
        keys.mkdir()
        make_root("selftest", self._root.parent, _PASSPHRASE, clock=clock)
        made = request_certificate(
            store, self._folder, keys, _PASSPHRASE, clock=clock, software=software
        )
        catalogue = self._catalogue(create=True)
        root = self._root.parent
        issued = confirm(catalogue, made.request, made.fingerprint, root, _PASSPHRASE, clock=clock)
        answer = write_answer(issued, catalogue.facts().roots_pem, self._folder)
        catalogue.close()
        accept_answer(store, answer, keys, clock=clock)
        signer = signer_of(store, keys)
        signer.unlock(_PASSPHRASE)
        done = export_package(
            store, signer, self._folder, clock=clock, software=software, announce_unfinished=True
        )
        self._package = done.package.path
        outcome = verify(self._package, TrustAnchors.from_file(self._root), clock=clock)
        if outcome.refused is not None:
            raise outcome.refused
        return self._package.name

    def catalogue(self) -> str:
        """Receive the package."""
        catalogue = self._catalogue()
        outcome = receive(catalogue, self._package, clock=self._workshop.clock)
        digest = catalogue.digest()
        catalogue.close()
        if outcome.error is not None:
            raise outcome.error
        return digest[:16]

    def pdf(self) -> str:
        """Print the catalogue."""
        catalogue = self._catalogue()
        printed = print_catalogue(catalogue, "zh")
        catalogue.close()
        return f"{printed.pages}"

    def close(self) -> None:
        """Close what is open."""
        if self._store is not None:
            self._store.close()

    def _open(self) -> WorkspaceStore:
        if self._store is None:
            raise BugError("ASSETS_MISSING", searched="workspace")
        return self._store

    def _catalogue(self, *, create: bool = False) -> CatalogueStore:
        path = self._folder / "catalogue.censusdb"
        if create:
            roots = self._root.read_text(encoding="ascii")
            return self._workshop.create_catalogue(path, "selftest", roots)
        return self._workshop.open_catalogue(path)
