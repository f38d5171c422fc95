"""The canonical ZIP: one byte string per content, STORED, written and read in one forward pass (security §1, §2).

The reader is its own because `zipfile` accepts what must be refused: trailing bytes, names cut at NUL, a directory that
contradicts the entries. Not responsible for what the entries mean.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from census_app.exchange.names import MAX_NAME
from census_app.exchange.refusals import (
    DirectoryMismatch,
    HeaderInvalid,
    NotAPackage,
    PackageSize,
    Repacked,
    Truncated,
    Unexpected,
)

BLOCK: Final = 64 << 10
MIN_SIZE: Final = 22
MAX_SIZE: Final = 3 << 29
MAX_ENTRIES: Final = 2000

_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<4sHHHHIIH")
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_CENTRAL_MAGIC: Final = b"PK\x01\x02"
_VERSION: Final = 20
_DATE: Final = 0x0021
_MADE_BY: Final = 0x0314
_EXTERNAL: Final = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class EntryHead:
    """What the header of an entry says.

    Attributes:
        name: The raw name, folder included.
        size: Bytes of content.
        crc: CRC-32 of the content.
    """

    name: bytes
    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry to write: its header and a way to get its content."""

    head: EntryHead
    content: Callable[[], Iterable[bytes]]


def entry_of(name: str, content: bytes) -> Entry:
    """Make an entry of bytes in memory."""
    head = EntryHead(name.encode("ascii"), len(content), zlib.crc32(content))
    return Entry(head, lambda: (content,))


def local_header(head: EntryHead) -> bytes:
    """Return the one legal local header."""
    fixed = _LOCAL.pack(
        _LOCAL_MAGIC, _VERSION, 0, 0, 0, _DATE, head.crc, head.size, head.size, len(head.name), 0
    )
    return fixed + head.name


def directory(heads: Sequence[EntryHead]) -> bytes:
    """Return the one legal central directory and end record behind these entries."""
    parts, offset = [], 0
    for head in heads:
        parts.append(_central_header(head, offset))
        offset += _LOCAL.size + len(head.name) + head.size
    central = b"".join(parts)
    count = len(heads)
    return central + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(central), offset, 0)


def _central_header(head: EntryHead, offset: int) -> bytes:
    fixed = _CENTRAL.pack(
        _CENTRAL_MAGIC,
        _MADE_BY,
        _VERSION,
        0,
        0,
        0,
        _DATE,
        head.crc,
        head.size,
        head.size,
        len(head.name),
        0,
        0,
        0,
        0,
        _EXTERNAL,
        offset,
    )
    return fixed + head.name


def stream(entries: Sequence[Entry]) -> Iterator[bytes]:
    """Yield the bytes of the whole container."""
    for entry in entries:
        yield local_header(entry.head)
        yield from entry.content()
    yield directory([entry.head for entry in entries])


class ForwardReader:
    """Read a container once, from the first byte to the last.

    The caller takes one entry after the other with `next_entry` and its content with `blocks`, and ends with `finish`;
    between header and content it decides whether it wants the entry.

    Args:
        file: Positioned at its first byte.
        size: Size of the file, taken from the open file.

    Raises:
        PackageSize: The size is impossible.
        NotAPackage: The first four bytes are wrong.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        if not MIN_SIZE <= size <= MAX_SIZE:
            raise PackageSize(detail=str(size))
        self._file = file
        self._left = size
        self._heads: list[EntryHead] = []
        self._peeked = self._take(4)
        if self._peeked != _LOCAL_MAGIC:
            raise NotAPackage(detail=self._peeked.hex(" "))

    def next_entry(self) -> EntryHead | None:
        """Return the next header, or None where the directory begins.

        Raises:
            Truncated: The file ends here.
            HeaderInvalid: Neither a header nor the directory stands here, or sizes and name length are wrong.
            Repacked: A field shows another ZIP program.
        """
        magic = self._peek()
        if magic == _CENTRAL_MAGIC:
            return None
        if magic != _LOCAL_MAGIC:
            raise HeaderInvalid(where=f"#{len(self._heads) + 1}", detail=magic.hex(" "))
        self._peeked = b""
        head = self._parse_header(magic + self._take(_LOCAL.size - 4))
        self._heads.append(head)
        return head

    def _parse_header(self, raw: bytes) -> EntryHead:
        where = f"#{len(self._heads) + 1}"
        _, version, flags, method, time, date, crc, packed, size, name_length, extra = (
            _LOCAL.unpack(raw)
        )
        if (version, flags, method, time, date, extra) != (_VERSION, 0, 0, 0, _DATE, 0):
            detail = f"{version}/{flags:#x}/{method}/{time:#x}/{date:#x}/{extra}"
            raise Repacked(where=where, detail=detail)
        if packed != size or not 0 < name_length <= MAX_NAME:
            raise HeaderInvalid(where=where, detail=f"{packed}/{size}/{name_length}")
        return EntryHead(self._take(name_length), size, crc)

    def require_room(self, head: EntryHead) -> None:
        """Refuse an entry that reaches behind the end of the file."""
        if head.size > self._left:
            raise Truncated(where=head.name.decode("latin-1"), detail=f"{self._left}/{head.size}")

    def blocks(self, head: EntryHead) -> Iterator[bytes]:
        """Yield the content of an entry in blocks of 64 KiB."""
        self.require_room(head)
        left = head.size
        while left:
            block = self._take(min(BLOCK, left))
            left -= len(block)
            yield block

    def position(self) -> int:
        """Return the offset of the next unread byte."""
        return self._file.tell() - len(self._peeked)

    def finish(self) -> None:
        """Compare everything behind the last entry with what must stand there, byte for byte.

        Raises:
            Unexpected: Another entry follows.
            Truncated: What stands there is right and ends early.
            DirectoryMismatch: Anything else.
        """
        if self._peek() == _LOCAL_MAGIC:
            raise Unexpected(where=f"#{len(self._heads) + 1}")
        expected = directory(self._heads)
        found = self._peek() + self._take(min(self._left, len(expected) - 4))
        if found != expected:
            if expected.startswith(found):
                raise Truncated(detail=f"{len(found)}/{len(expected)}")
            raise DirectoryMismatch
        if self._left:
            raise DirectoryMismatch(detail=f"+{self._left}")

    def _peek(self) -> bytes:
        if not self._peeked:
            self._peeked = self._take(4)
        return self._peeked

    def _take(self, count: int) -> bytes:
        if count > self._left:
            raise Truncated(detail=f"{self._left}/{count}")
        data = self._file.read(count)
        if len(data) != count:
            raise Truncated(detail=f"{len(data)}/{count}")
        self._left -= count
        return data
