"""A model of power cuts: what SQLite asked of the disk is logged, and the disk is rebuilt as a cut may leave it.

Writes before a file's last sync are durable; later ones are kept, dropped, kept in part or torn in sectors, with
garbage too. Names appear and vanish in order, durable up to the folder's last sync, then a random prefix of them
(security §11).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import apsw

SECTOR: Final = 512
VFS_NAME: Final = "logged"
_JOURNAL_FLAGS: Final = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL

Event = tuple[Any, ...]
"""`create name inode`, `delete name synced`, `write inode offset bytes`, `truncate inode size`, `sync inode`,
`sync_folder`, `ack number`."""


class Recorder(apsw.VFS):
    """Passes everything on to the operating system and keeps a log of it."""

    def __init__(self) -> None:
        super().__init__(VFS_NAME, "")
        self.events: list[Event] = []
        self.inodes: dict[str, int] = {}
        self._made = 0

    def inode(self, name: str, *, new: bool) -> int:
        if new or name not in self.inodes:
            self._made += 1
            self.inodes[name] = self._made
            if new:
                self.events.append(("create", name, self._made))
        return self.inodes[name]

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        new = path is not None and not Path(path).exists()
        return _LoggedFile(self, name, str(path), flags, new=new)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self.inodes.pop(filename, None)
        self.events.append(("delete", filename, bool(syncdir)))


class _LoggedFile(apsw.VFSFile):
    def __init__(
        self, recorder: Recorder, name: Any, path: str, flags: list[int], *, new: bool
    ) -> None:
        super().__init__("", name, flags)
        self._events = recorder.events
        self._inode = recorder.inode(path, new=new)
        self._folder_due = new and bool(flags[0] & _JOURNAL_FLAGS)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._events.append(("write", self._inode, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self._events.append(("truncate", self._inode, size))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._events.append(("sync", self._inode))
        if self._folder_due:  # the first sync of a new journal syncs its folder as well
            self._events.append(("sync_folder",))
            self._folder_due = False


@dataclass
class Disk:
    """The disk at a moment of the log: what is durable, and what is on its way."""

    names: dict[str, int]
    files: dict[int, bytes]
    waiting_names: list[Event] = field(default_factory=list)
    waiting: dict[int, list[Event]] = field(default_factory=dict)
    acknowledged: int = 0

    def happen(self, event: Event) -> None:
        """Take one event of the log in."""
        kind = event[0]
        if kind in {"write", "truncate"}:
            self.waiting.setdefault(event[1], []).append(event)
        elif kind == "sync":
            self._make_durable(event[1])
        elif kind == "ack":
            self.acknowledged = event[1]
        elif kind == "sync_folder":
            self._make_names_durable()
        else:
            self.waiting_names.append(event)
            if kind == "delete" and event[2]:
                self._make_names_durable()

    def _make_durable(self, inode: int) -> None:
        content = bytearray(self.files.get(inode, b""))
        for event in self.waiting.pop(inode, ()):
            _apply(content, event)
        self.files[inode] = bytes(content)

    def _make_names_durable(self) -> None:
        for event in self.waiting_names:
            _rename(self.names, event)
        self.waiting_names.clear()

    def after_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Return name → content as one power cut may leave them."""
        names = dict(self.names)
        for event in self.waiting_names[: chance.randint(0, len(self.waiting_names))]:
            _rename(names, event)
        return {name: self._survivor(inode, chance) for name, inode in names.items()}

    def _survivor(self, inode: int, chance: random.Random) -> bytes:
        content = bytearray(self.files.get(inode, b""))
        waiting = self.waiting.get(inode, [])
        fate = chance.choice(("none", "all", "prefix", "some", "torn", "garbage"))
        kept = chance.randint(0, len(waiting))
        for number, event in enumerate(waiting):
            if (
                fate == "all"
                or (fate == "prefix" and number < kept)
                or (fate == "some" and chance.random() < 0.5)
            ):
                _apply(content, event)
            elif fate in {"torn", "garbage"}:
                _apply_torn(content, event, chance, garbage=fate == "garbage")
        return bytes(content)


def _rename(names: dict[str, int], event: Event) -> None:
    if event[0] == "create":
        names[event[1]] = event[2]
    else:
        names.pop(event[1], None)


def _apply(content: bytearray, event: Event) -> None:
    if event[0] == "truncate":
        del content[event[2] :]
        return
    offset, data = event[2], event[3]
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _apply_torn(content: bytearray, event: Event, chance: random.Random, *, garbage: bool) -> None:
    if event[0] == "truncate":
        if chance.random() < 0.5:
            _apply(content, event)
        return
    offset, data = event[2], event[3]
    for start in range(0, len(data), SECTOR):
        piece = data[start : start + SECTOR]
        if chance.random() < 0.5:
            _apply(content, ("write", event[1], offset + start, piece))
        elif garbage and chance.random() < 0.2:
            noise = chance.randbytes(len(piece))
            _apply(content, ("write", event[1], offset + start, noise))


def cuts(
    events: list[Event], start: Mapping[str, tuple[int, bytes]], count: int, chance: random.Random
) -> Iterator[tuple[int, dict[str, bytes]]]:
    """Yield (acknowledged, files after the cut) for a number of random cuts, in the order of the log.

    Args:
        start: Name → inode and content that were durable before the log begins.
    """
    disk = Disk({n: i for n, (i, _) in start.items()}, dict(start.values()))
    points = sorted(chance.randint(0, len(events)) for _ in range(count))
    done = 0
    for point in points:
        for event in events[done:point]:
            disk.happen(event)
        done = max(done, point)
        yield disk.acknowledged, disk.after_cut(chance)
