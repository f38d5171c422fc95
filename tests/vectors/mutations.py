"""Changes a package can suffer: one random number generator in, one changed package out.

Two kinds. `unsigned` changes never sign anything: what comes out must be refused, unless it is one of the originals
again. `signed` changes are signed by the rightful key with every hash made right: what comes out may be accepted, if it
is what an honest writer would have made of that content.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.vectors.anatomy import (
    Anatomy,
    Item,
    canonical,
    container,
)
from tests.vectors.workshop import Workshop

_LOCAL_FIELDS: Final = (
    "version",
    "flags",
    "method",
    "time",
    "date",
    "crc",
    "packed",
    "size",
    "name_length",
    "extra_length",
)
_CENTRAL_FIELDS: Final = (
    *_LOCAL_FIELDS,
    "made_by",
    "comment_length",
    "disk",
    "internal",
    "external",
    "offset",
)
_END_FIELDS: Final = (
    "disk",
    "start_disk",
    "here",
    "total",
    "directory_size",
    "directory_offset",
    "comment_length",
)
_WIDE: Final = frozenset(
    {"crc", "packed", "size", "external", "offset", "directory_size", "directory_offset"}
)

TOKENS: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    7,
    999_999,
    1_000_000,
    2**53 - 1,
    2**53,
    10**30,
    "",
    "0",
    "a",
    "A1",
    "00" * 32,
    "TRUST",
    "coordinator",
    "all",
    "../x",
    "\x00",
    "\ud800",
    "\u202e",
    "某",
    "x" * 20_001,
    [],
    {},
    [[]],
    {"": ""},
    [1, "a", None],
)
RAW_TOKENS: Final = (b"1.0", b"1e5", b"NaN", b"-0", b"00", b'"\\u0041"', b" ", b"", b"\xff", b"{")


@dataclass(frozen=True)
class Stock:
    """Honest packages to start from.

    Attributes:
        shop: Their makers.
        anatomies: The packages in parts.
        entries: Their entries, sealed once.
        wholes: Their bytes.
    """

    shop: Workshop
    anatomies: Sequence[Anatomy]
    entries: Sequence[list[Item]]
    wholes: Sequence[bytes]


def make_stock(shop: Workshop) -> Stock:
    """Return small honest packages of several types; two of them are neighbours in one chain."""
    anatomies = [
        shop.package("submission"),
        shop.package("submission", sequence=8, previous="ab" * 32),
        shop.package("contribution"),
        shop.package("review"),
        shop.package("trust"),
    ]
    entries = [anatomy.items() for anatomy in anatomies]
    return Stock(shop, anatomies, entries, [container(each) for each in entries])


def unsigned(stock: Stock, chance: random.Random) -> bytes:
    """Return a package changed without signing."""
    which = chance.randrange(len(stock.entries))
    if chance.random() < 0.25:
        data = stock.wholes[which]
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = chance.choice(_BYTES)(stock, data, chance)
        return data
    items, end = list(stock.entries[which]), dict[str, int | bytes]()
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if chance.random() < 0.08:
            key = chance.choice(_END_FIELDS)
            end[key] = _number(key, chance)
        elif items:
            items = chance.choice(_ENTRIES)(stock, items, chance)
    return container(items, **end)


def signed(stock: Stock, chance: random.Random) -> bytes:
    """Return a package changed and signed by its rightful key."""
    anatomy = chance.choice(stock.anatomies).clone()
    return chance.choice(_SIGNED)(anatomy, chance)


# --- bytes ----------------------------------------------------------------------------------------


def _overwrite(_: Stock, data: bytes, chance: random.Random) -> bytes:
    at, size = _span(data, chance)
    return data[:at] + chance.randbytes(size) + data[at + size :]


def _insert(_: Stock, data: bytes, chance: random.Random) -> bytes:
    at, size = _span(data, chance)
    return data[:at] + chance.randbytes(size) + data[at:]


def _delete(_: Stock, data: bytes, chance: random.Random) -> bytes:
    at, size = _span(data, chance)
    return data[:at] + data[at + size :]


def _repeat(_: Stock, data: bytes, chance: random.Random) -> bytes:
    at, size = _span(data, chance)
    return data[: at + size] + data[at:]


def _splice(stock: Stock, data: bytes, chance: random.Random) -> bytes:
    other = chance.choice(stock.wholes)
    at = chance.randrange(len(data) + 1)
    return data[:at] + other[at if chance.random() < 0.5 else chance.randrange(len(other)) :]


def _length(_: Stock, data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(max(len(data) - 4, 1))
    value = chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, len(data), chance.getrandbits(32)))
    return data[:at] + value.to_bytes(4, "little") + data[at + 4 :]


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    return chance.randrange(len(data) + 1), chance.choice((1, 1, 2, 4, 30, 100))


# --- entries --------------------------------------------------------------------------------------

Edit = Callable[[Stock, list[Item], random.Random], list[Item]]


def _swapped(_: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    left, right = chance.randrange(len(items)), chance.randrange(len(items))
    items[left], items[right] = items[right], items[left]
    return items


def _removed(_: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    del items[chance.randrange(len(items))]
    return items


def _doubled(_: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    items.insert(chance.randrange(len(items) + 1), chance.choice(items))
    return items


def _foreign(stock: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    """Take an entry of another package, in its own folder or in this one."""
    entry = chance.choice(chance.choice(stock.entries))
    at = chance.randrange(len(items))
    if chance.random() < 0.7:
        folder = items[at].name.split(b"/")[0]
        entry = replace(entry, name=folder + b"/" + entry.name.split(b"/", 1)[-1])
    if chance.random() < 0.5:
        items[at] = entry
    else:
        items.insert(at, entry)
    return items


def _same_entry_of_another(stock: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    """Give an entry the content that the same entry of another package has."""
    at = chance.randrange(len(items))
    path = items[at].name.split(b"/", 1)[-1]
    for other in chance.choice(stock.entries):
        if other.name.endswith(b"/" + path):
            items[at] = replace(items[at], content=other.content)
    return items


def _renamed(_: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    at = chance.randrange(len(items))
    name = bytearray(items[at].name)
    if not name:
        return items
    name[chance.randrange(len(name))] = chance.choice(b"aA0-./\\:\x00 \xff")
    items[at] = replace(items[at], name=bytes(name))
    return items


def _refilled(_: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    """Change a content and make its CRC right."""
    at = chance.randrange(len(items))
    content = bytearray(items[at].content)
    for _time in range(chance.choice((1, 1, 3))):
        place = chance.randrange(len(content) + 1)
        if chance.random() < 0.5 or place == len(content):
            content[place:place] = chance.randbytes(1)
        else:
            content[place] ^= 1 << chance.randrange(8)
    items[at] = replace(items[at], content=bytes(content))
    return items


def _unsigned_token(_: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    """Change one value of the statement or of another JSON file."""
    at = chance.choice([n for n, item in enumerate(items) if item.name.endswith(b".json")] or [0])
    try:
        value = json.loads(items[at].content)
    except ValueError:
        return items
    items[at] = replace(items[at], content=canonical(changed_value(value, chance)))
    return items


def _local_field(_: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    at, key = chance.randrange(len(items)), chance.choice(_LOCAL_FIELDS)
    fields = {**items[at].local, key: _number(key, chance)}
    if key == "extra_length":
        fields["extra"] = bytes(int(fields[key])) if int(fields[key]) < 100 else b""
    items[at] = replace(items[at], local=fields)
    if chance.random() < 0.3 and key != "extra_length":
        items[at] = replace(items[at], central={**items[at].central, key: fields[key]})
    return items


def _central_field(_: Stock, items: list[Item], chance: random.Random) -> list[Item]:
    at, key = chance.randrange(len(items)), chance.choice(_CENTRAL_FIELDS)
    items[at] = replace(items[at], central={**items[at].central, key: _number(key, chance)})
    return items


def _number(key: str, chance: random.Random) -> int:
    bits = 32 if key in _WIDE else 16
    special = (0, 1, 20, 45, 0x0021, 0x0314, (1 << bits) - 1, 1 << (bits - 1))
    return chance.choice((*special, chance.getrandbits(bits), chance.getrandbits(8)))


_BYTES: Final = (_overwrite, _insert, _delete, _repeat, _splice, _length)
_ENTRIES: Final[tuple[Edit, ...]] = (
    _swapped,
    _removed,
    _doubled,
    _foreign,
    _same_entry_of_another,
    _renamed,
    _refilled,
    _unsigned_token,
    _local_field,
    _central_field,
)


# --- JSON, signed again -----------------------------------------------------------------------------


def changed_value(value: Any, chance: random.Random) -> Any:
    """Return the value with one place changed."""
    places = _places(value) if isinstance(value, dict | list) else []
    parent, key = chance.choice(places) if places else (None, None)
    if parent is None:
        return chance.choice(TOKENS)
    action = chance.random()
    if action < 0.6:
        parent[key] = _token(parent[key], chance)
    elif action < 0.8:
        del parent[key]
    elif isinstance(parent, dict):
        parent[chance.choice(("", "x", "format", "sm3", "某", "\x01"))] = chance.choice(TOKENS)
    else:
        parent.insert(key, copy.deepcopy(parent[key]))
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += _places(value[key])
    return found


def _token(old: Any, chance: random.Random) -> Any:
    if isinstance(old, str) and old and chance.random() < 0.5:
        at = chance.randrange(len(old))
        return old[:at] + chance.choice(("", "0", "a", "Z", "\n", "\x7f", "é")) + old[at + 1 :]
    if isinstance(old, int) and chance.random() < 0.5:
        return old + chance.choice((-1, 1, 2**31, 2**53))
    return chance.choice(TOKENS)


def _raw_change(raw: bytes, chance: random.Random) -> bytes:
    """Return JSON text with a token's spelling changed."""
    at = chance.randrange(len(raw) + 1)
    if chance.random() < 0.5:
        return raw[:at] + chance.choice(RAW_TOKENS) + raw[at + chance.randrange(2) :]
    colon = raw.find(b":", at)
    end = raw.find(b",", colon)
    return raw[: colon + 1] + chance.choice(RAW_TOKENS) + raw[end:]


def _statement_value(anatomy: Anatomy, chance: random.Random) -> bytes:
    value = changed_value(json.loads(anatomy.statement_bytes()), chance)
    return anatomy.sealed(raw=canonical(value))


def _statement_text(anatomy: Anatomy, chance: random.Random) -> bytes:
    return anatomy.sealed(raw=_raw_change(anatomy.statement_bytes(), chance))


def _document_value(anatomy: Anatomy, chance: random.Random) -> bytes:
    value = json.loads(anatomy.payload["package.json"])
    anatomy.payload["package.json"] = canonical(changed_value(value, chance))
    return anatomy.sealed()


def _document_text(anatomy: Anatomy, chance: random.Random) -> bytes:
    anatomy.payload["package.json"] = _raw_change(anatomy.payload["package.json"], chance)
    return anatomy.sealed()


def _record_value(anatomy: Anatomy, chance: random.Random) -> bytes:
    lines = _lines(anatomy)
    at = chance.randrange(len(lines))
    lines[at] = canonical(changed_value(json.loads(lines[at]), chance)) + b"\n"
    return _with_lines(anatomy, lines)


def _record_text(anatomy: Anatomy, chance: random.Random) -> bytes:
    lines = _lines(anatomy)
    at = chance.randrange(len(lines))
    lines[at] = _raw_change(lines[at], chance)
    return _with_lines(anatomy, lines)


def _record_order(anatomy: Anatomy, chance: random.Random) -> bytes:
    lines = _lines(anatomy)
    action = chance.randrange(3)
    if action == 0:
        chance.shuffle(lines)
    elif action == 1:
        lines.append(chance.choice(lines))
    else:
        del lines[chance.randrange(len(lines))]
    return _with_lines(anatomy, lines)


def _lines(anatomy: Anatomy) -> list[bytes]:
    found = anatomy.payload.get("records.ndjson", b"").splitlines(keepends=True)
    return found or [canonical({"form": "a", "id": "0" * 32, "op": "put", "values": {}}) + b"\n"]


def _with_lines(anatomy: Anatomy, lines: list[bytes]) -> bytes:
    anatomy.payload["records.ndjson"] = b"".join(lines)
    return anatomy.sealed()


def _file_taken_or_given(anatomy: Anatomy, chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        del anatomy.payload[chance.choice(list(anatomy.payload))]
    else:
        path = chance.choice(("x.txt", "trust.json", "request.csr", "records.ndjson", "A.JSON"))
        anatomy.payload[path] = chance.choice((b"", b"{}", b"x"))
    return anatomy.sealed()


def _tag_changed(anatomy: Anatomy, chance: random.Random) -> bytes:
    path = chance.choice(("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sm3.txt"))
    old = anatomy.files().get(path, b"")
    at = chance.randrange(len(old) + 1)
    anatomy.tags[path] = old[:at] + chance.choice((b"", b"\n", b"x", b"\r")) + old[at + 1 :]
    return anatomy.sealed()


_SIGNED: Final = (
    _statement_value,
    _statement_value,
    _statement_text,
    _document_value,
    _document_text,
    _record_value,
    _record_value,
    _record_text,
    _record_order,
    _file_taken_or_given,
    _tag_changed,
)
