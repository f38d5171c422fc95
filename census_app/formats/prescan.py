"""Look at a workbook before it is read: is it one, and is it safe to read.

Limits of security §9 (X3 to X6): file 32 MiB, unpacked 128 MiB, ratio 200, bounding box 8 million cells, one cell
32,767 characters, no DOCTYPE. What a file is, is decided by its bytes, never by its name.
"""

from __future__ import annotations

import errno
import itertools
import posixpath
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from census_app.errors import DataProblem
from census_app.formats.sheet_scan import (
    SheetScan,
    UnusualXmlError,
    refuse_long_text,
    scan_chunks,
    scan_parsed,
)

MAX_FILE: Final = 32 * 1024 * 1024
MAX_UNPACKED: Final = 128 * 1024 * 1024
MAX_RATIO: Final = 200
MAX_ENTRIES: Final = 2_000
MAX_SHARED_TEXT: Final = 256 * 1024 * 1024
"""Bytes of shared texts after every cell that points to one has got its own."""

_RATIO_APPLIES_ABOVE: Final = 2 * 1024 * 1024
_MAX_PARSED: Final = 24 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_COMPRESSIONS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_KNOWN: Final = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format 3", "SQLite"),
)
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    ParseError,
    ValueError,
)
"""What the standard library raises on a damaged archive, besides `OSError` on seeking before its beginning."""

_KNOWN_PARTS: Final = {
    "word/document.xml": "DOCX",
    "ppt/presentation.xml": "PPTX",
    "xl/workbook.bin": "XLSB",
    "content.xml": "ODS",
    "ofd.xml": "OFD",
}
_ENCODING: Final = re.compile(rb"""^<\?xml[^>]{0,200}encoding\s*=\s*["']([^"']{1,40})["']""")
_SHARED_ITEM: Final = re.compile(rb"<(?:\w+:)?si[\s>]")
_SHARED_INDEX: Final = re.compile(rb' t="s"[^<>]*><(?:\w+:)?v>([0-9]{1,9})</')


@dataclass(frozen=True, slots=True)
class WorkbookFacts:
    """What the scan found.

    Attributes:
        kind: `xlsx` (also `.xlsm`, `.xltx`) or `xls`.
        sheets: Findings by name of the sheet; empty for `xls`.
    """

    kind: Literal["xlsx", "xls"]
    sheets: dict[str, SheetScan] = field(default_factory=dict)


def check_workbook(path: Path) -> WorkbookFacts:
    """Scan a workbook; nothing is read into memory but chunks.

    Raises:
        DataProblem: `XLSX_EMPTY`, `XLSX_TYPE`, `XLSX_DAMAGED`, `XLSX_SIZE`, `XLSX_XML`, `XLSX_SHEET`.
        OSError: The file cannot be opened.
    """
    size = path.stat().st_size
    if size == 0:
        raise DataProblem("XLSX_EMPTY", file=path.name)
    if size > MAX_FILE:
        raise DataProblem("XLSX_SIZE", file=path.name, what="file", limit="32 MiB")
    with path.open("rb") as stream:
        head = stream.read(512)
    try:
        if head.startswith(b"PK\x03\x04"):
            return _check_zip(path)
    except DataProblem as problem:
        raise DataProblem(problem.code, **{"file": path.name, **problem.params}) from problem
    if head.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in path.read_bytes():
            raise DataProblem("XLSX_TYPE", file=path.name, found="Encrypted")
        return WorkbookFacts("xls")
    raise DataProblem("XLSX_TYPE", file=path.name, found=_name_content(head))


def _name_content(head: bytes) -> str:
    for magic, name in _KNOWN:
        if head.startswith(magic):
            return name
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    if text.startswith(b"<?xml"):
        return "XML"
    if head.startswith(b"PK"):
        return "ZIP"
    return "text" if b"\x00" not in head else "?"


def _check_zip(path: Path) -> WorkbookFacts:
    try:
        # The stream is ours to close: an exception would keep the archive's own open, and the file locked on Windows.
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            _check_directory(archive)
            parts = _Parts(archive)
            scans = parts.scan()
            return WorkbookFacts("xlsx", _by_sheet_name(archive, scans))
    except DefusedXmlException as error:
        raise DataProblem("XLSX_XML") from error
    except _BROKEN as error:
        raise DataProblem("XLSX_DAMAGED") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # the disk's own trouble is not the file's
            raise
        raise DataProblem("XLSX_DAMAGED") from error


def _check_directory(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = [entry.filename.replace("\\", "/").casefold() for entry in entries]
    if "xl/workbook.xml" not in names:
        found = next((kind for part, kind in _KNOWN_PARTS.items() if part in names), "ZIP")
        raise DataProblem("XLSX_TYPE", found=found)
    if len(entries) > MAX_ENTRIES:
        raise DataProblem("XLSX_SIZE", what="entries", limit=MAX_ENTRIES)
    if len(set(names)) != len(names):
        raise DataProblem("XLSX_DAMAGED")
    if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
        raise DataProblem("XLSX_DAMAGED")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise DataProblem("XLSX_TYPE", found="Encrypted")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise DataProblem("XLSX_SIZE", what="unpacked", limit="128 MiB")


class _Parts:
    """Streams every part once; the sizes the directory claims are not believed."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._unpacked = 0
        self._longest_shared = 0

    def scan(self) -> dict[str, SheetScan]:
        """Return the findings of every part that holds cells, by its name in lower case."""
        scans: dict[str, SheetScan] = {}
        for entry in self._archive.infolist():
            if entry.is_dir():
                continue
            scans[entry.filename.replace("\\", "/").casefold()] = self._scan_part(entry)
        if self._longest_shared * sum(s.shared for s in scans.values()) > MAX_SHARED_TEXT:
            self._count_shared(sum(s.shared for s in scans.values()))
        return scans

    def _scan_part(self, entry: zipfile.ZipInfo) -> SheetScan:
        before = self._unpacked
        try:
            return scan_chunks(self._chunks(entry, count=True))
        except UnusualXmlError:
            self._unpacked = before
        if not self._looks_like_sheet(entry):
            for _ in self._chunks(entry, count=True):
                pass
            return SheetScan()
        if entry.file_size > _MAX_PARSED:
            raise DataProblem("XLSX_SIZE", what="unpacked", limit="24 MiB")
        return scan_parsed(self._chunks(entry, count=True))

    def _looks_like_sheet(self, entry: zipfile.ZipInfo) -> bool:
        tail = b""
        for chunk in self._chunks(entry, count=False):
            data = tail + chunk
            if b"sheetData" in data:
                return True
            tail = data[-16:]
        return False

    def _chunks(self, entry: zipfile.ZipInfo, *, count: bool) -> Iterator[bytes]:
        size = 0
        tail = b""
        is_xml = False
        is_shared = entry.filename.casefold().endswith("sharedstrings.xml")
        with self._archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                if not size:
                    is_xml = _check_prolog(chunk)
                size += len(chunk)
                if count:
                    self._count(entry, len(chunk), size)
                if not is_xml:
                    continue
                seam = tail + chunk
                if b"<!DOCTYPE" in seam or b"<!ENTITY" in seam:
                    raise DataProblem("XLSX_XML")
                if is_shared and count:
                    self._note_longest(seam)
                tail = chunk[-16:]
                yield chunk

    def _count(self, entry: zipfile.ZipInfo, amount: int, size: int) -> None:
        self._unpacked += amount
        if self._unpacked > MAX_UNPACKED:
            raise DataProblem("XLSX_SIZE", what="unpacked", limit="128 MiB")
        if size > _RATIO_APPLIES_ABOVE and size > MAX_RATIO * max(entry.compress_size, 1):
            raise DataProblem("XLSX_SIZE", what="ratio", limit=f"{MAX_RATIO} : 1")

    def _note_longest(self, piece: bytes) -> None:
        """Take an upper bound of the longest shared text: an item torn between chunks counts as a whole chunk."""
        refuse_long_text(piece)
        starts = [0, *(match.start() for match in _SHARED_ITEM.finditer(piece)), len(piece)]
        longest = max(end - start for start, end in itertools.pairwise(starts))
        self._longest_shared = max(self._longest_shared, longest)

    def _count_shared(self, cells: int) -> None:
        """Sum the text of every cell that points to a shared one.

        Args:
            cells: How many such cells the scan saw.

        Raises:
            DataProblem: `XLSX_SIZE`: a small file that becomes huge in memory, or one written so that it cannot be
                counted.
        """
        uses: Counter[int] = Counter()
        sizes: list[int] = []
        for entry in self._archive.infolist():
            if entry.filename.casefold().endswith("sharedstrings.xml"):
                data = b"".join(self._chunks(entry, count=False))
                starts = [match.start() for match in _SHARED_ITEM.finditer(data)]
                sizes = [b - a for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
                continue
            rest = b""
            for chunk in self._chunks(entry, count=False):
                data = rest + chunk
                cut = max(data.rfind(b"<c "), 0)
                uses.update(int(index) for index in _SHARED_INDEX.findall(data[:cut]))
                rest = data[cut:]
            uses.update(int(index) for index in _SHARED_INDEX.findall(rest))
        total = sum(sizes[index] * n for index, n in uses.items() if index < len(sizes))
        if total > MAX_SHARED_TEXT or uses.total() != cells:
            raise DataProblem("XLSX_SIZE", what="unpacked", limit="256 MiB")


def _check_prolog(chunk: bytes) -> bool:
    """Say whether a part is XML; the reader knows UTF-8 only.

    Raises:
        DataProblem: `XLSX_XML` for any other encoding.
    """
    if chunk.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<", b"\x00\x00\xfe\xff")):
        raise DataProblem("XLSX_XML")
    text = chunk[3:] if chunk.startswith(b"\xef\xbb\xbf") else chunk
    text = text.lstrip()
    encoding = _ENCODING.match(text)
    if encoding and encoding[1].lower() not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}:
        raise DataProblem("XLSX_XML")
    return text.startswith(b"<")


def _by_sheet_name(archive: zipfile.ZipFile, scans: dict[str, SheetScan]) -> dict[str, SheetScan]:
    names = {e.filename.replace("\\", "/").casefold(): e.filename for e in archive.infolist()}
    workbook = _parse(archive, names["xl/workbook.xml"])
    targets: dict[str, str] = {}
    relations = names.get("xl/_rels/workbook.xml.rels")
    if relations:
        for relation in _parse(archive, relations):
            targets[relation.get("Id", "")] = relation.get("Target", "")
    found: dict[str, SheetScan] = {}
    for element in workbook.iter():
        if _local(element.tag) != "sheet":
            continue
        relation_id = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
        target = targets.get(relation_id, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        scan = scans.get(posixpath.normpath(part).casefold())
        if scan is not None:
            found[element.get("name", "")] = scan
    return found


def workbook_names(path: Path) -> dict[str, str]:
    """Return the names of a workbook that has been checked, with what each stands for; none of an `.xls` or a list.

    Raises:
        OSError: The file cannot be opened.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        parts = {e.filename.replace("\\", "/").casefold(): e.filename for e in archive.infolist()}
        if "xl/workbook.xml" not in parts:
            return {}
        root = _parse(archive, parts["xl/workbook.xml"])
    named = (each for each in root.iter() if _local(each.tag) == "definedName")
    return {each.get("name", ""): each.text or "" for each in named}


def _parse(archive: zipfile.ZipFile, name: str) -> Element:
    root: Element = ElementTree.fromstring(archive.read(name), forbid_dtd=True)
    return root


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
