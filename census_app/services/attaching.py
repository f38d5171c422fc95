"""Attach files to records: the content is kept beside the workspace under its hash, the record holds name and hash.

The same content is kept once. Taking a file off a record leaves the content, so that an undo finds it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from census_app.domain.changes import Origin, Put, Step, StepDone
from census_app.domain.records import Record, RecordId, Unfit
from census_app.errors import UserError
from census_app.formspec.attachments import (
    EXTENSIONS,
    MOST_BYTES,
    MOST_FILES,
    AttachedFile,
    attached_files,
    attachment_value,
    size_text,
)
from census_app.formspec.model import Form
from census_app.formspec.titles import title_of
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.settings.beside import attachments_folder
from census_app.settings.files import atomic_write, file_problem, safe_file_name

_LENT: Final = 16
_STALE_S: Final = 24 * 3600.0
_SAME_KIND: Final = {"jpeg": "jpg"}


def keep_file(workspace: Path, path: Path) -> AttachedFile:
    """Copy a file into the folder of a workspace under its hash and return what a record says of it.

    Raises:
        UserError: `ATTACHMENT_KIND`, a package cannot carry this kind; `ATTACHMENT_SIZE`, empty or above 64 MB.
        EnvironmentProblem: It cannot be read or written.
    """
    suffix = path.suffix.lower().removeprefix(".")
    ext = _SAME_KIND.get(suffix, suffix)
    if ext not in EXTENSIONS:
        raise UserError("ATTACHMENT_KIND", file=path.name, kinds="、".join(EXTENSIONS))
    try:
        size = path.stat().st_size
        if not 0 < size <= MOST_BYTES:
            raise UserError("ATTACHMENT_SIZE", file=path.name, size=size_text(size))
        content = path.read_bytes()
    except OSError as error:
        raise file_problem(error, path) from error
    name = safe_file_name(path.name)[-200:]
    kept = AttachedFile(
        size=len(content), ext=ext, name=name, sha256=hashlib.sha256(content).hexdigest()
    )
    folder = attachments_folder(workspace)
    target = folder / kept.stored_name
    try:
        folder.mkdir(exist_ok=True)
        if not target.exists() or target.stat().st_size != kept.size:
            atomic_write(target, content)
    except OSError as error:
        raise file_problem(error, target) from error
    return kept


def attach(
    store: WorkspaceStore,
    form_id: str,
    record_id: RecordId,
    field_id: str,
    kept: Iterable[AttachedFile],
    *,
    actor: str,
    clock: Clock,
) -> StepDone:
    """Add files that are kept already to a field, as one step; one that stands there is not added twice.

    Raises:
        UserError: `RECORD_GONE`; `ATTACHMENT_MANY`, more than twenty files.
    """
    form = store.form_set.form(form_id)
    record = store.record(form_id, record_id)
    if record is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    files = {f.stored_name: f for f in files_of(record, field_id)}
    for each in kept:
        files.setdefault(each.stored_name, each)
    if len(files) > MOST_FILES:
        raise UserError("ATTACHMENT_MANY", most=MOST_FILES)
    params = {
        "title": title_of(form, record.values),
        "field": form.field_by_id(field_id).label.zh,
        "count": str(len(files)),
    }
    put = Put(form_id, record_id, {field_id: attachment_value(files.values())})
    return store.write(Step("STEP_ATTACH", actor, Origin.TYPED, stamp(clock.now()), (put,), params))


def attached_content(workspace: Path, file: AttachedFile) -> bytes:
    """Return the content of an attached file, compared with its hash.

    Raises:
        UserError: `ATTACHMENT_GONE`, it is not there any more or is another one.
    """
    try:
        content = (attachments_folder(workspace) / file.stored_name).read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise UserError(
            "ATTACHMENT_GONE", file=file.name, folder=attachments_folder(workspace).name
        )
    return content


def lend_file(workspace: Path, file: AttachedFile, folder: Path) -> Path:
    """Write a copy under the file's own name, to be opened, and return its path; what is changed in it changes nothing.

    Raises:
        UserError: `ATTACHMENT_GONE`.
        EnvironmentProblem: It cannot be written.
    """
    content = attached_content(workspace, file)
    place = folder / file.sha256[:_LENT]
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise file_problem(error, place) from error
    target = place / safe_file_name(file.name)
    atomic_write(target, content)
    return target


def lent_copies(opened: Path, sha256: str) -> list[Path]:
    """Return the copies of a content that any running program wrote to be looked at.

    Args:
        opened: The folder `OPENED`.
    """
    return sorted(p for p in opened.glob(f"*/{sha256[:_LENT]}/*") if p.is_file())


def take_back(opened: Path, own: str, now_s: float) -> None:
    """Remove the copies that this program lent, and those of one that ended a day ago without doing so.

    What another program still holds open stays for the next time.

    Args:
        opened: The folder `OPENED`.
        own: Name of this program's folder in it.
        now_s: Seconds since 1970.
    """
    for folder in sorted(opened.iterdir()) if opened.is_dir() else ():
        with contextlib.suppress(OSError):
            if folder.name == own or now_s - folder.stat().st_mtime > _STALE_S:
                shutil.rmtree(folder, ignore_errors=True)


def attachments_of(form: Form, records: Iterable[Record]) -> dict[str, AttachedFile]:
    """Return the files that records refer to, by the name under which each is kept."""
    fields = [f.id for f in form.stored_fields if f.type == "attachment"]
    found: dict[str, AttachedFile] = {}
    for record in records if fields else ():
        for field in fields:
            for file in files_of(record, field):
                found.setdefault(file.stored_name, file)
    return found


def packed(workspace: Path, files: Mapping[str, AttachedFile]) -> dict[str, bytes]:
    """Return the contents of files by their path in a package.

    Raises:
        UserError: `ATTACHMENT_GONE`.
    """
    return {
        f"attachments/{name}": attached_content(workspace, file) for name, file in files.items()
    }


def files_of(record: Record, field_id: str) -> tuple[AttachedFile, ...]:
    """Return the files that a field of a record names; none for a text that names none."""
    value = record.values.get(field_id)
    return () if isinstance(value, Unfit) else attached_files(value)
