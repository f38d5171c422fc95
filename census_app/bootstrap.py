"""Composition root: brings the use cases and the storage together.

Imports stand inside the factory functions, so that a command loads only what it uses (`census verify` loads neither
Qt nor SQLAlchemy).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import getpass
import os
import secrets
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from census_app import __version__
from census_app.errors import BugError, DataProblem, EnvironmentProblem, UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from census_app.domain.addresses import ServerAddress, Target
    from census_app.domain.records import RecordId
    from census_app.domain.schemas import FoundSchema, SchemaRequest
    from census_app.formspec.model import FormSet
    from census_app.services.demonstrating import DemoOutcome, Tell
    from census_app.services.file_ports import Vault
    from census_app.services.ports import CatalogueStore, Clock, WorkspaceStore
    from census_app.services.preparing import Ground, Helper
    from census_app.services.progress import Progress
    from census_app.storage.catalogue import Catalogue
    from census_app.storage.made_with import MadeWith

WORKSPACE_SUFFIX = ".censusdb"


class SystemClock:
    """The computer's clock."""

    def now(self) -> dt.datetime:
        """Return the present moment, in UTC."""
        return dt.datetime.now(dt.UTC)


def shipped_form_set() -> FormSet:
    """Load the form set that ships with the program, once."""
    from census_app.services.form_versions import SHIPPED, shipped

    form_set = shipped(SHIPPED)
    if form_set is None:
        raise BugError("ASSETS_MISSING", searched=SHIPPED)
    return form_set


def form_set_of(made: MadeWith) -> FormSet:
    """Return the form set a file was made with: the shipped one, or the one that was delivered into the file.

    Files that were delivered but not taken over (other questions under the same version) are not used.

    Raises:
        DataProblem: `FORM_SET_MISSING`, of a version that neither ships nor lies in the file; `FORMSET_INVALID`.
    """
    from census_app.formspec.form_files import fingerprint_of
    from census_app.services.form_versions import shipped

    ships = shipped(made.version)
    if ships is not None and (not made.files or ships.sha256 == made.sha256):
        return ships
    if made.files and (ships is None or fingerprint_of(made.files) == made.sha256):
        return _delivered(frozenset(made.files.items()))
    if ships is None:
        raise DataProblem("FORM_SET_MISSING", version=made.version)
    return ships


@lru_cache(maxsize=4)
def _delivered(files: frozenset[tuple[str, bytes]]) -> FormSet:
    """Load a delivered form set; the files of one campaign are opened again and again."""
    from census_app.formspec.loader import load_form_files

    return load_form_files(dict(files))


@lru_cache(maxsize=2)
def _practice_forms(today: dt.date) -> tuple[FormSet, Mapping[str, bytes]]:
    """Return the shipped form set with dates as if the campaign had just begun, and its files."""
    from census_app.assets import forms_dir
    from census_app.formspec.campaign_dates import as_if_it_began
    from census_app.formspec.form_files import read_files
    from census_app.services.form_versions import SHIPPED

    files = as_if_it_began(read_files(forms_dir(SHIPPED)), today)
    return _delivered(frozenset(files.items())), files


def account_name() -> str:
    """Return the name the journal shows for this person."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "—"


def create_workspace(
    path: Path,
    *,
    department: str,
    code: str,
    clock: Clock | None = None,
    form_set: FormSet | None = None,
    training: bool = False,
    own: RecordId | None = None,
) -> WorkspaceStore:
    """Make a workspace with the department's own record in it.

    Args:
        own: Id of that record, which goes from round to round; None makes a new one.
        training: A practice file: it prints 训练数据 across every page, and no real catalogue takes its packages.

    Raises:
        UserError: `DEPARTMENT_CODE`, not a unified social credit code (plus two characters for a section);
            `NAME_EMPTY`; `FILE_EXISTS`.
    """
    from census_app.domain.records import Record, new_id
    from census_app.domain.uscc import is_uscc
    from census_app.formspec.choices import ChoiceIndex
    from census_app.formspec.types import Context, NoRecords
    from census_app.services.defaults import default_values
    from census_app.services.lookup import stamp
    from census_app.services.ports import WorkspaceFacts
    from census_app.storage import workspace

    code = code.strip().upper()
    if not is_uscc(code[:18]) or len(code) not in {18, 20} or not code.isalnum():
        raise UserError("DEPARTMENT_CODE", given=code)
    if not department.strip():
        raise UserError("NAME_EMPTY")
    if path.exists():
        raise UserError("FILE_EXISTS", path=str(path))
    form_set = form_set or shipped_form_set()
    moment = (clock or SystemClock()).now()
    form, name = form_set.by_role("department_name")
    _form, uscc = form_set.by_role("department_uscc")
    facts = WorkspaceFacts(
        department_code=code,
        department_name=department.strip(),
        census_id=_census_id(form_set, training=training),
        round=form_set.campaign.round,
        form_version=form_set.version,
        instance=secrets.token_hex(16),
        created_at=stamp(moment),
        training=training,
    )
    context = Context(form_set, ChoiceIndex(form_set), NoRecords())
    values = {**default_values(form, context), name.id: facts.department_name, uscc.id: code[:18]}
    record = Record(form.id, own or new_id(), values, unit=code)
    path.parent.mkdir(parents=True, exist_ok=True)
    return workspace.create(path, form_set, facts, record)


def discard_practice(path: Path) -> None:
    """Delete a practice file with all that lies beside it; a real one is never deleted.

    Raises:
        UserError: `NOT_PRACTICE`.
        EnvironmentProblem: `DB_LOCKED`, when it is open; the file cannot be deleted.
    """
    from census_app.settings.beside import remove_beside
    from census_app.settings.files import file_problem

    store = open_workspace(path)
    training = store.facts().training
    store.close()
    if not training:
        raise UserError("NOT_PRACTICE", path=str(path))
    remove_beside(path)
    try:
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        path.unlink()
    except OSError as error:
        raise file_problem(error, path) from error


def _census_id(form_set: FormSet, *, training: bool) -> str:
    from census_app.domain.training import training_census

    own = form_set.campaign.id
    return training_census(own) if training else own


def open_workspace(path: Path) -> WorkspaceStore:
    """Open a department's file.

    Raises:
        UserError: `FILE_MISSING`.
        DataProblem: `DB_FOREIGN`, `DB_NEWER`, `DB_DAMAGED`, `DB_SCHEMA`; `FORM_SET_MISSING`, `FORMSET_INVALID`.
        EnvironmentProblem: `DB_LOCKED`, `DB_LOCATION`, …
    """
    from census_app.storage import workspace

    if not path.is_file():
        raise UserError("FILE_MISSING", path=str(path))
    return workspace.open_(path, form_set_of)


def create_catalogue(
    target: Target,
    *,
    name: str,
    roots_pem: str,
    level: str = "province",
    clock: Clock | None = None,
    form_set: FormSet | None = None,
    training: bool = False,
) -> CatalogueStore:
    """Make a catalogue that believes the given roots; `training` takes packages of practice files, and no others.

    Args:
        form_set: None is the shipped one.
        target: A file, or a database on a server.

    Raises:
        UserError: `FILE_EXISTS`; `SERVER_TAKEN`.
        EnvironmentProblem: Of a server `SERVER_DRIVER`, `SERVER_UNREACHABLE`, `SERVER_PERMISSION`, `SERVER_ENCODING`.
    """
    from census_app.services.lookup import stamp
    from census_app.services.ports import CatalogueFacts

    if isinstance(target, Path) and target.exists():
        raise UserError("FILE_EXISTS", path=str(target))
    form_set = form_set or shipped_form_set()
    facts = CatalogueFacts(
        name=name,
        level="city" if level == "city" else "province",
        census_id=_census_id(form_set, training=training),
        round=form_set.campaign.round,
        form_version=form_set.version,
        roots_pem=roots_pem,
        created_at=stamp((clock or SystemClock()).now()),
        digest="",
        instance=secrets.token_hex(16),
    )
    if isinstance(target, Path):
        from census_app.storage import catalogue

        target.parent.mkdir(parents=True, exist_ok=True)
        return _seated(catalogue.create(target, form_set, facts))
    from census_app.storage import server_catalogue

    return _seated(server_catalogue.create(target, form_set, facts))


def _seated(store: Catalogue) -> Catalogue:
    """Tell a catalogue which keys lie on this computer: who of several coordinators sits here."""
    from census_app.settings.paths import holds_key

    store.sit_at(holds_key)
    return store


def copy_catalogue(store: CatalogueStore, target: Target) -> CatalogueStore:
    """Make a catalogue with everything another one has; errors as `create_catalogue`."""
    from census_app.storage.catalogue import Catalogue
    from census_app.storage.copying import copy_catalogue

    if not isinstance(store, Catalogue):
        raise BugError("SCRATCH_FOREIGN", kind=type(store).__name__)
    if isinstance(target, Path):
        if target.exists():
            raise UserError("FILE_EXISTS", path=str(target))
        target.parent.mkdir(parents=True, exist_ok=True)
    return _seated(copy_catalogue(store, target))


def discard_catalogue(target: Target) -> None:
    """Remove a catalogue that was only half made."""
    if isinstance(target, Path):
        target.unlink(missing_ok=True)
        return
    from census_app.storage import server_catalogue

    server_catalogue.discard(target)


def open_catalogue(target: Target) -> CatalogueStore:
    """Open a catalogue; errors of a file as `open_workspace`, of a server as `storage.server_catalogue.open_`."""
    if not isinstance(target, Path):
        from census_app.storage import server_catalogue

        return _seated(server_catalogue.open_(target, form_set_of))
    from census_app.storage import catalogue

    if not target.is_file():
        raise UserError("FILE_MISSING", path=str(target))
    return _seated(catalogue.open_(target, form_set_of))


def place_kind(path: Path) -> str:
    """Say what speaks against making a file there: `share`, `removable`, `sync`, `denied`, or nothing.

    A path on a share is never touched: asking a server that does not answer would take minutes.
    """
    from census_app.storage import location

    try:
        location.require_fixed_disk(path)
    except EnvironmentProblem as problem:
        return str(problem.params["kind"])
    if location.sync_service(path):
        return "sync"
    folder = next((f for f in path.absolute().parents if f.exists()), None)
    return "" if folder is not None and os.access(folder, os.W_OK) else "denied"


def open_any(path: Target) -> WorkspaceStore | CatalogueStore:
    """Open a file as what it is: workspaces and catalogues share a suffix; on a server there are catalogues only.

    Raises:
        DataProblem: `DB_FOREIGN` when it is neither.
    """
    if not isinstance(path, Path):
        return open_catalogue(path)
    try:
        return open_workspace(path)
    except DataProblem as error:
        if error.code != "DB_KIND":
            raise
    return open_catalogue(path)


@dataclass(frozen=True)
class Services:
    """What a window gets from outside: the clock, the person, the places, and how files are opened."""

    clock: Clock = field(default_factory=SystemClock)
    actor: str = field(default_factory=account_name)
    software: str = __version__

    def data_dir(self) -> Path:
        """Return the folder for keys, snapshots and settings."""
        from census_app.settings.paths import data_dir

        return data_dir()

    def keys_dir(self) -> Path:
        """Return the folder for private keys."""
        from census_app.settings.paths import keys_dir

        return keys_dir()

    def acting_as(self, actor: str) -> Self:
        """Return the same for another person."""
        return dataclasses.replace(self, actor=actor)

    def place_kind(self, path: Path) -> str:
        """Say what speaks against making a file there: `share`, `removable`, `sync`, `denied`, or nothing."""
        return place_kind(path)

    @property
    def vault(self) -> Vault:
        """Files that nobody has open."""
        from census_app.storage.vault import Vault

        return Vault(form_set_of)

    def form_set(self) -> FormSet:
        """Return the shipped form set."""
        return shipped_form_set()

    def create_workspace(
        self, path: Path, department: str, code: str, own: RecordId | None = None
    ) -> WorkspaceStore:
        """Make a workspace; errors as `bootstrap.create_workspace`."""
        return create_workspace(path, department=department, code=code, clock=self.clock, own=own)

    def make_practice(self, path: Path, progress: Progress) -> WorkspaceStore:
        """Make a practice file with planted mistakes; errors as `services.planting.make_practice`."""
        from census_app.services.planting import make_practice

        workshop = PracticeServices(clock=self.clock, actor=self.actor, software=self.software)
        return make_practice(path, workshop, progress=progress)

    def discard_practice(self, path: Path) -> None:
        """Delete a practice file, to begin again; errors as `bootstrap.discard_practice`."""
        discard_practice(path)

    def open_workspace(self, path: Path) -> WorkspaceStore:
        """Open a workspace."""
        return open_workspace(path)

    def create_catalogue(
        self, path: Target, name: str, roots_pem: str, level: str = "province"
    ) -> CatalogueStore:
        """Make a catalogue; errors as `bootstrap.create_catalogue`."""
        return create_catalogue(path, name=name, roots_pem=roots_pem, level=level, clock=self.clock)

    def copy_catalogue(self, store: CatalogueStore, target: Target) -> CatalogueStore:
        """Make a catalogue with everything another one has."""
        return copy_catalogue(store, target)

    def make_roles(self, address: ServerAddress, prefix: str) -> tuple[str, ...]:
        """Make the roles on a server; errors as `storage.server_roles.create`."""
        from census_app.storage import server_roles

        return server_roles.create(address, prefix)

    def role_script(self, prefix: str) -> str:
        """Return the SQL that `make_roles` runs."""
        from census_app.storage import server_roles

        return server_roles.script(prefix)

    def discard_catalogue(self, target: Target) -> None:
        """Remove a catalogue that was only half made."""
        discard_catalogue(target)

    def open_catalogue(self, path: Target) -> CatalogueStore:
        """Open a catalogue."""
        return open_catalogue(path)

    def read_schema(self, request: SchemaRequest, progress: Progress) -> FoundSchema:
        """Read the schema of a database, a script or a dictionary; errors as `schema_sources.read_schema`."""
        from census_app.storage.schema_sources import read_schema

        return read_schema(request, progress)

    def open_any(self, path: Target) -> WorkspaceStore | CatalogueStore:
        """Open a file as what it is."""
        return open_any(path)


def open_window(file: Path | None, language: str) -> int:
    """Open the window and return the exit code when it is closed.

    Raises:
        EnvironmentProblem: `WINDOW_MISSING`, when Qt cannot be loaded here.
    """
    try:
        from census_app.ui import run_desktop
    except ImportError as error:
        raise EnvironmentProblem("WINDOW_MISSING", reason=str(error)) from error
    return run_desktop(Services(), file, language)


@dataclass(frozen=True)
class CommandServices(Services):
    """What the command line gets beside: the window and the demonstration."""

    def open_window(self, file: Path | None, language: str) -> int:
        """Open the window; errors as `bootstrap.open_window`."""
        return open_window(file, language)

    def helped(self, ground: Ground, paths: Sequence[Path]) -> Helper:
        """Start the processes that prepare packages beside; as `preparing_helper`."""
        return preparing_helper(ground, paths, self.clock)

    def practice(self) -> Services:
        """Return the same for files of a practice census, which no real catalogue takes."""
        return PracticeServices(clock=self.clock, actor=self.actor, software=self.software)

    def run_demo(self, into: Path, language: str, tell: Tell, progress: Progress) -> DemoOutcome:
        """Play the demonstration; errors as `bootstrap.run_demo`."""
        return run_demo(into, language, tell, progress)


PREPARE_FLAG = "--prepare-packages"
"""First argument by which the program is asked to be a process beside a receiver."""


WORTH_A_PROCESS = 8 << 20
"""Bytes of packages from which on a process beside saves more time than it takes to start."""


def preparing_helper(
    ground: Ground, paths: Sequence[Path], clock: Clock, *, processes: int | None = None
) -> Helper:
    """Start the processes that prepare packages for a receiver; see `services.preparing`.

    Args:
        processes: None for as many as are worth it, which may be none.
    """
    from census_app.services.preparing import Helper

    command = [sys.executable, PREPARE_FLAG]
    if not getattr(sys, "frozen", False):
        command[1:1] = ["-m", "census_app"]
    root = str(Path(__file__).resolve().parents[1])
    paths_of_python = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths_of_python)}
    if processes is None:
        # Merging waits for the disk most of the time, so two beside it keep two cores busy.
        size = sum(path.stat().st_size for path in paths if path.is_file())
        processes = min(2, os.cpu_count() or 1, size // WORTH_A_PROCESS)
    return Helper(command, ground, paths, clock=clock, environment=environment, processes=processes)


def prepare_packages() -> int:
    """Be a process beside a receiver: packages to prepare come in line by line; see `services.preparing`."""
    from census_app.assets import forms_dir
    from census_app.formspec.form_files import read_files
    from census_app.services.form_versions import SHIPPED
    from census_app.services.preparing import serve
    from census_app.storage.scratch import Scratch

    form_set, files = shipped_form_set(), read_files(forms_dir(SHIPPED))
    serve(sys.stdin.buffer, sys.stdout.buffer, form_set, files, lambda: Scratch(form_set))
    return 0


def run(arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    from census_app.cli import entry

    return entry.run(arguments, CommandServices())


class PracticeServices(Services):
    """Makes practice files: their campaign is always about to begin, whatever its real dates."""

    def create_workspace(
        self, path: Path, department: str, code: str, own: RecordId | None = None
    ) -> WorkspaceStore:
        """Make a workspace that is watermarked in print."""
        form_set, files = self._forms()
        store = create_workspace(
            path, department=department, code=code, clock=self.clock, form_set=form_set,
            training=True, own=own,
        )  # fmt: skip
        store.store_form_files(form_set.version, files)
        return store

    def create_catalogue(
        self, path: Target, name: str, roots_pem: str, level: str = "province"
    ) -> CatalogueStore:
        """Make a catalogue that takes only packages of practice files."""
        form_set, files = self._forms()
        store = create_catalogue(
            path, name=name, roots_pem=roots_pem, level=level, clock=self.clock,
            form_set=form_set, training=True,
        )  # fmt: skip
        store.store_form_files(form_set.version, files)
        return store

    def _forms(self) -> tuple[FormSet, Mapping[str, bytes]]:
        from census_app.domain.dates import CHINA

        return _practice_forms(self.clock.now().astimezone(CHINA).date())


def run_demo(
    into: Path, language: str, tell: Tell, progress: Progress | None = None
) -> DemoOutcome:
    """Play the demonstration campaign into a folder; see `services.demonstrating`.

    Raises:
        UserError: `DEMO_EXISTS`.
    """
    from census_app.services import demonstrating

    return demonstrating.run_demo(
        into, PracticeServices(), language=language, tell=tell, progress=progress
    )
