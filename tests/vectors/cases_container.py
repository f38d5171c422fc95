"""Vectors about the container: entries, names, sizes, order, directory (rows P1-P4 and P10-P18)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from tests.vectors.anatomy import (
    CERTIFICATE,
    PACKAGE_JSON,
    RECORDS,
    SIGNATURE,
    STATEMENT,
    TAG_MANIFEST,
    Item,
    container,
    local_header,
)
from tests.vectors.case import ACCEPTED, Case
from tests.vectors.edits import (
    cut,
    edited,
    flipped,
    raw_name,
    spliced,
    with_content,
    with_directory,
    with_extra,
    with_header,
    without,
)
from tests.vectors.workshop import Workshop

UNSAFE = {
    "parent": b"../x",
    "parent-inside": b"data/../x",
    "absolute": b"/etc/passwd",
    "drive": b"C:/x",
    "backslash": b"data\\x",
    "stream": b"a.txt:s",
    "device": b"CON.txt",
    "device-lower": b"data/lpt9",
    "leading-dot": b"data/.x",
    "trailing-dot": b"data/x.",
    "leading-space": b"data/ x",
    "trailing-space": b"data/x ",
    "double-slash": b"data//x",
    "trailing-slash": b"data/x/",
    "nul": b"data/a\0.txt",
    "right-to-left": "data/a\u202etxt.exe".encode(),
    "no-ascii": "data/名.txt".encode(),
    "too-long": b"data/" + b"a" * 92,
    "empty": b"",
}


def genuine_and_changed() -> Iterator[Case]:
    yield Case("p1-genuine", ACCEPTED, "An honest submission.", lambda s: s.submission().sealed())
    for crc in ("stale", "right"):
        yield Case(
            f"p2-payload-changed-crc-{crc}",
            "HASH",
            f"One bit of the records differs from the signed list; the CRC is {crc}.",
            with_content(RECORDS, flipped, crc=crc),
        )
    yield Case(
        "p2-crc-changed",
        "HASH",
        "The records are right, but the CRC in their header is not.",
        with_header(RECORDS, crc=0),
    )
    yield Case(
        "p3a-statement-changed-crc-stale",
        "CRC",
        "One bit of the statement was changed.",
        with_content(STATEMENT, flipped, crc="stale"),
    )
    yield Case(
        "p3b-statement-changed-crc-right",
        "SIGNATURE",
        "The sequence number was changed and the CRC mended; the signature no longer fits.",
        with_content(STATEMENT, lambda raw: raw.replace(b'"sequence":7', b'"sequence":8')),
    )
    for path in (SIGNATURE, CERTIFICATE, TAG_MANIFEST):
        yield Case(
            f"p3a-{path.split('/')[-1].replace('.', '-')}-changed-crc-stale",
            "CRC",
            f"One bit of {path} was changed.",
            with_content(path, flipped, crc="stale"),
        )
    for path in (STATEMENT, SIGNATURE, CERTIFICATE, TAG_MANIFEST):
        yield Case(
            f"p4-{path.split('/')[-1].replace('.', '-')}-removed",
            "ORDER",
            f"{path} is missing, so that another entry stands in its place.",
            without(path),
        )


def missing_and_extra() -> Iterator[Case]:
    yield Case(
        "p10a-unlisted-extra",
        "UNEXPECTED",
        "An entry that the signed list does not name stands in the middle.",
        with_extra("data/extra.txt", "bagit.txt"),
    )
    yield Case(
        "p10a-unlisted-extra-at-the-end",
        "UNEXPECTED",
        "An entry that the signed list does not name stands behind the last one.",
        edited(lambda anatomy, items: [*items, anatomy.item("zz.txt", b"hello")]),
    )
    yield Case(
        "p10b-middle-missing",
        "UNEXPECTED",
        "A listed file is missing, so that the next one stands in its place.",
        without(PACKAGE_JSON),
    )
    yield Case(
        "p10c-last-missing",
        "MISSING",
        "The last listed file is missing.",
        edited(lambda _, items: items[:-1]),
    )
    yield Case(
        "p10c-all-missing",
        "MISSING",
        "Only the first four entries are there.",
        edited(lambda _, items: items[:4]),
    )
    yield Case(
        "swapped-entries",
        "UNEXPECTED",
        "Two listed files stand in the wrong order.",
        edited(lambda _, items: [*items[:4], items[5], items[4], *items[6:]]),
    )
    yield Case(
        "listed-size-differs",
        "SIZE",
        "A listed file is one byte longer than the signed list says.",
        with_content(PACKAGE_JSON, lambda body: body + b"\n"),
    )
    yield Case(
        "p12a-duplicate-unlisted",
        "UNEXPECTED",
        "An entry stands there twice and is listed once.",
        with_extra(PACKAGE_JSON, PACKAGE_JSON),
    )
    yield Case(
        "p12b-case-twin-unlisted",
        "UNEXPECTED",
        "A second entry differs from a listed one in the case of its letters.",
        with_extra("data/PACKAGE.json", PACKAGE_JSON),
    )
    yield Case(
        "p13a-symlink-unlisted",
        "UNEXPECTED",
        "A symbolic link that nobody listed.",
        with_extra("data/link.txt", PACKAGE_JSON, external=0o120777 << 16),
    )
    yield Case(
        "p13b-symlink-listed",
        "ZIP_DIRECTORY",
        "The directory calls a listed file a symbolic link.",
        with_directory(RECORDS, external=0o120777 << 16),
    )


def unsafe_names() -> Iterator[Case]:
    for word, name in UNSAFE.items():
        yield Case(
            f"p11-name-{word}",
            "NAME",
            f"The name of an entry breaks the name rule: {word.replace('-', ' ')}.",
            raw_name(name),
        )
    yield Case(
        "second-folder",
        "NAME",
        "A listed file lies in the folder of another package.",
        edited(
            lambda _, items: [
                *items[:6],
                replace(items[6], name=items[6].name.replace(b"-000007/", b"-000008/")),
                *items[7:],
            ]
        ),
    )
    yield Case(
        "folder-is-no-package-name",
        "NAME",
        "The folder is not named as a package must be.",
        lambda shop: container([Item(b"d0042-7/signature/statement.json", b"{}")]),
    )


def other_zip_programs() -> Iterator[Case]:
    yield Case(
        "p14-deflate-bomb",
        "ZIP_FEATURE",
        "The first entry is compressed and would unpack to 50 MiB of zeros.",
        _bomb,
    )
    for word, method in {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}.items():
        yield Case(
            f"p15-packed-again-{word}",
            "ZIP_FEATURE",
            "Every byte of every file is right, but another ZIP program wrote the container.",
            spliced(partial(_packed_again, method=method)),
        )
    features: dict[str, dict[str, int | bytes]] = {
        "encrypted": {"flags": 1},
        "utf8-flag": {"flags": 0x800},
        "descriptor": {"flags": 8},
        "extra-field": {"extra_length": 4, "extra": b"\xca\xfe\x00\x00"},
        "version": {"version": 45},
        "method": {"method": 8},
        "time": {"time": 1},
        "date": {"date": 0x5D77},
    }
    for word, fields in features.items():
        yield Case(
            f"p16a-{word}",
            "ZIP_FEATURE",
            f"A local header uses what this format does not: {word.replace('-', ' ')}.",
            with_header(PACKAGE_JSON, **fields),
        )
    yield Case(
        "p16b-2001-entries",
        "UNEXPECTED",
        "1,990 entries too many follow.",
        edited(lambda a, items: [*items, *(a.item(f"data/x{n}") for n in range(1990))]),
    )


def _bomb(shop: Workshop) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        name = shop.submission().item(STATEMENT).name.decode()
        target.writestr(zipfile.ZipInfo(name), bytes(50 << 20), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _packed_again(data: bytes, method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w") as target:
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, (2026, 11, 23, 8, 0, 0))
            target.writestr(info, source.read(entry), method)
    return file.getvalue()


def lying_directory() -> Iterator[Case]:
    lies: dict[str, dict[str, int | bytes]] = {
        "size": {"size": 1},
        "packed": {"packed": 1},
        "offset": {"offset": 1},
        "flag": {"flags": 8},
        "name": {"name": b"x" * 10, "name_length": 10},
        "crc": {"crc": 1},
        "comment": {"comment_length": 1},
        "made-by": {"made_by": 0x0014},
        "magic": {"magic": b"PK\x06\x06"},
    }
    for word, fields in lies.items():
        yield Case(
            f"p16c-directory-lies-{word}",
            "ZIP_DIRECTORY",
            f"The directory says something else than the entries: {word}.",
            with_directory(PACKAGE_JSON, **fields),
        )
    ends: dict[str, dict[str, int | bytes]] = {
        "count": {"total": 3},
        "offset": {"directory_offset": 0},
        "comment": {"comment_length": 7},
        "disk": {"disk": 1},
    }
    for word, fields in ends.items():
        yield Case(
            f"p16c-end-record-lies-{word}",
            "ZIP_DIRECTORY",
            f"The end record is not the computed one: {word}.",
            partial(_with_end, fields=fields),
        )
    yield Case(
        "p16c-directory-missing",
        "ZIP_DIRECTORY",
        "The end record follows the entries at once.",
        spliced(lambda data: data[: data.index(b"PK\x01\x02")] + b"PK\x01\x02" + data[-22:]),
    )


def _with_end(shop: Workshop, fields: dict[str, int | bytes]) -> bytes:
    return container(shop.submission().items(), **fields)


def sizes_and_order() -> Iterator[Case]:
    yield Case(
        "p16d-sizes-differ",
        "ZIP_HEADER",
        "A local header names two different sizes.",
        with_header(PACKAGE_JSON, packed=5),
    )
    for length in (0, 161, 65535):
        yield Case(
            f"p16d-name-length-{length}",
            "ZIP_HEADER",
            f"A local header says that its name has {length} bytes.",
            with_header(PACKAGE_JSON, name_length=length),
        )
    yield Case(
        "p16d-no-header",
        "ZIP_HEADER",
        "Something else stands where a header must be.",
        with_header(PACKAGE_JSON, magic=b"PK\x07\x08"),
    )
    for path, size in {PACKAGE_JSON: 10**9, STATEMENT: 1 << 21, SIGNATURE: 257}.items():
        yield Case(
            f"p16e-too-big-{path.split('/')[-1].replace('.', '-')}",
            "TOO_BIG",
            f"The header of {path} announces {size:,} bytes.",
            with_header(path, packed=size, size=size),
        )
    yield Case(
        "p16f-statement-renamed",
        "ORDER",
        "The first entry is not the statement.",
        edited(
            lambda _, items: [
                replace(items[0], name=items[0].name.replace(b".json", b".txt")),
                *items[1:],
            ]
        ),
    )
    yield Case(
        "p16f-two-heads-swapped",
        "ORDER",
        "Signature and statement changed places.",
        edited(lambda _, items: [items[1], items[0], *items[2:]]),
    )


def shifted_and_cut() -> Iterator[Case]:
    yield Case(
        "p17a-bytes-in-front",
        "ZIP_MAGIC",
        "One byte stands in front.",
        spliced(lambda data: b"\n" + data),
    )
    for word, behind in {"zero": b"\0", "end-record": b"PK\x05\x06" + bytes(18)}.items():
        yield Case(
            f"p17b-behind-{word}",
            "ZIP_DIRECTORY",
            "Bytes follow the end record.",
            spliced(partial(_with_bytes_behind, behind=behind)),
        )
    yield Case(
        "p17c-package-twice",
        "ZIP_DIRECTORY",
        "The whole package stands in the file twice.",
        spliced(lambda data: data + data),
    )
    cuts: dict[str, Callable[[bytes], int]] = {
        "22-bytes": lambda _: 22,
        "in-statement": lambda _: 200,
        "in-half": lambda data: len(data) // 2,
        "before-directory": lambda data: data.index(b"PK\x01\x02"),
        "in-directory": lambda data: len(data) - 100,
        "last-byte": lambda data: len(data) - 1,
    }
    for word, where in cuts.items():
        yield Case(f"p18a-cut-{word}", "TRUNCATED", "The file ends early.", cut(where))
    for size in (0, 1, 21):
        yield Case(
            f"p18b-{size}-bytes",
            "ZIP_SIZE",
            "The file is smaller than any archive.",
            cut(partial(_exactly, size=size)),
        )
    yield Case(
        "p18d-pdf-renamed",
        "ZIP_MAGIC",
        "The file is a PDF under another name.",
        lambda _: b"%PDF-1.7\n" + b"%" * 200 + b"\n%%EOF\n",
    )
    yield Case(
        "reaches-behind-the-end",
        "TRUNCATED",
        "The header of the statement announces more bytes than the file has left.",
        with_header(STATEMENT, packed=1 << 19, size=1 << 19),
    )
    yield Case(
        "only-a-header",
        "TRUNCATED",
        "The file is one header and nothing else.",
        lambda shop: local_header(shop.submission().items()[0]),
    )


def _with_bytes_behind(data: bytes, behind: bytes) -> bytes:
    return data + behind


def _exactly(_: bytes, size: int) -> int:
    return size


def container_cases() -> list[Case]:
    """Return the vectors of this module."""
    groups = (
        genuine_and_changed,
        missing_and_extra,
        unsafe_names,
        other_zip_programs,
        lying_directory,
        sizes_and_order,
        shifted_and_cut,
    )
    return [case for group in groups for case in group()]
