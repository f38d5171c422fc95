"""Changes of an honest submission: one place of its container, its statement or its payload."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.vectors.anatomy import (
    Anatomy,
    Item,
    canonical,
    container,
)
from tests.vectors.case import Build
from tests.vectors.workshop import Workshop, description

Edit = Callable[[Anatomy, list[Item]], list[Item]]
Change = Callable[[dict[str, Any]], None]


def edited(edit: Edit) -> Build:
    """Return a build that changes the entries of an honest submission."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        return container(edit(anatomy, anatomy.items()))

    return build


def cut(size: Callable[[bytes], int]) -> Build:
    """Return a build that ends an honest submission early."""

    def build(shop: Workshop) -> bytes:
        data = shop.submission().sealed()
        return data[: size(data)]

    return build


def spliced(change: Callable[[bytes], bytes]) -> Build:
    """Return a build that changes the bytes of an honest submission."""
    return lambda shop: change(shop.submission().sealed())


def index_of(items: list[Item], path: str) -> int:
    return next(n for n, item in enumerate(items) if item.name.endswith(b"/" + path.encode()))


def with_content(path: str, change: Callable[[bytes], bytes], *, crc: str = "right") -> Build:
    """Return a build that changes the content of one entry; its CRC is made right or left stale."""

    def edit(_: Anatomy, items: list[Item]) -> list[Item]:
        at = index_of(items, path)
        old = items[at]
        stale: dict[str, int | bytes] = {"crc": zlib.crc32(old.content)} if crc == "stale" else {}
        items[at] = replace(old, content=change(old.content), local=stale, central=stale)
        return items

    return edited(edit)


def with_header(path: str, **fields: int | bytes) -> Build:
    """Return a build that changes fields of one local header."""

    def edit(_: Anatomy, items: list[Item]) -> list[Item]:
        at = index_of(items, path)
        items[at] = replace(items[at], local=fields)
        return items

    return edited(edit)


def with_directory(path: str, **fields: int | bytes) -> Build:
    """Return a build whose directory lies about one entry."""

    def edit(_: Anatomy, items: list[Item]) -> list[Item]:
        at = index_of(items, path)
        items[at] = replace(items[at], central=fields)
        return items

    return edited(edit)


def without(path: str) -> Build:
    def edit(_: Anatomy, items: list[Item]) -> list[Item]:
        del items[index_of(items, path)]
        return items

    return edited(edit)


def with_extra(path: str, after: str, **central: int | bytes) -> Build:
    """Return a build with an unlisted entry behind another one."""

    def edit(anatomy: Anatomy, items: list[Item]) -> list[Item]:
        extra = replace(anatomy.item(path, b"hello"), central=central)
        items.insert(index_of(items, after) + 1, extra)
        return items

    return edited(edit)


def flipped(data: bytes) -> bytes:
    """Return the bytes with one bit changed in the middle."""
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def raw_name(name: bytes) -> Build:
    """Return a build whose fifth entry has a name no honest one has."""

    def edit(anatomy: Anatomy, items: list[Item]) -> list[Item]:
        return [*items[:4], Item(anatomy.item("").name + name, b"")]

    return edited(edit)


def with_statement(raw: bytes | Callable[[bytes], bytes]) -> Build:
    """Return a build that signs other bytes, or the honest statement changed as text."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        made = raw(anatomy.statement_bytes()) if callable(raw) else raw
        return anatomy.sealed(raw=made)

    return build


def with_value(change: Change) -> Build:
    """Return a build that signs an honest statement whose parsed value was changed."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        value = json.loads(anatomy.statement_bytes())
        change(value)
        return anatomy.sealed(raw=canonical(value))

    return build


def putting(**values: object) -> Change:
    return lambda statement: statement.update(values)


def dropping(key: str) -> Change:
    return lambda statement: statement.__delitem__(key)


def with_payload(path: str, body: bytes) -> Build:
    """Return a build of a submission with other content of one file, listed and signed."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        anatomy.payload[path] = body
        return anatomy.sealed()

    return build


def with_lines(*lines: bytes, records: int | None = None, **changes: object) -> Build:
    """Return a build of a submission with these records, counted rightly unless told otherwise."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        count = len(lines) if records is None else records
        anatomy.payload["records.ndjson"] = b"".join(lines)
        anatomy.payload["package.json"] = canonical(description(records=count, **changes))
        return anatomy.sealed()

    return build
