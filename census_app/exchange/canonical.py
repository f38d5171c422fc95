"""Canonical JSON (RFC 8785) and the strict parser that names every deviation (security §1 "Payload", §2, §9 J).

Only the JSON the package admits: objects, arrays, texts, integers, booleans. Depth and size are scanned before anything
is parsed, so that no input costs more than it weighs.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Final, NoReturn, TypeAlias

import msgspec
import rfc8785

from census_app.errors import BugError
from census_app.exchange.refusals import (
    FieldCharacters,
    FieldTooLong,
    JsonDuplicateKey,
    JsonNumber,
    JsonSyntax,
    JsonTooBig,
    JsonTooDeep,
    NotCanonical,
    Refused,
    Utf8Invalid,
)

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_INTEGER: Final = 2**53 - 1
MAX_TEXT: Final = 20_000
MAX_DEPTH: Final = 32
MAX_DOCUMENT: Final = 32 << 20
MAX_PARTS: Final = 500_000
"""Commas and opening brackets of one document: a bound on what parsing may take in memory."""

BAD_CHARACTER: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Controls other than TAB and LF, and lone surrogates."""

_SUSPECT: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\\[urbf]|\xc2[\x80-\x9f]")
"""What a bad character of a text must come from: itself, or an escape."""

_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b'[]{}"'))
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def canonical_bytes(value: object) -> bytes:
    """Return the one spelling of a JSON value.

    Raises:
        BugError: `NOT_JSON`, when the value holds a float, a big integer or something JSON does not know.
    """
    _require_no_floats(value)
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except rfc8785.CanonicalizationError as error:
        raise BugError("NOT_JSON", detail=str(error)) from error


def _require_no_floats(value: object) -> None:
    if isinstance(value, float):
        raise BugError("NOT_JSON", detail="float")
    if isinstance(value, dict):
        for each in value.values():
            _require_no_floats(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _require_no_floats(each)


def parse_strict(
    raw: bytes, *, where: str, max_size: int = MAX_DOCUMENT, max_depth: int = MAX_DEPTH
) -> JsonValue:
    """Return the value of a canonical JSON document.

    Args:
        raw: The whole document.
        where: Entry or line, for the message.
        max_size: Limit in bytes.
        max_depth: Limit of nesting; the outermost object has depth 1.

    Raises:
        Refused: The subclass that says what is wrong.
    """
    if len(raw) > max_size:
        raise JsonTooBig(where, str(len(raw)))
    text = _decode(raw, where)
    _scan(raw, where, max_depth)
    value = _parse(text, where)
    if len(raw) > MAX_TEXT or _SUSPECT.search(raw):
        check_texts(value, where)
    if not _is_canonical(value, raw):
        raise NotCanonical(where)
    return value


def _is_canonical(value: JsonValue, raw: bytes) -> bool:
    """Say whether a value just parsed is spelled as RFC 8785 spells it.

    For ASCII, sorted keys are all there is to it, and that is compared at C speed; the order of other keys is that of
    their UTF-16 units.
    """
    if raw.isascii():
        return _ENCODER.encode(value) == raw
    return rfc8785.dumps(value) == raw


def _decode(raw: bytes, where: str) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        raise Utf8Invalid(where, "BOM")
    if b"\x00" in raw[:4]:
        raise Utf8Invalid(where, "UTF-16/32")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Utf8Invalid(where, f"@{error.start}") from None


def _scan(raw: bytes, where: str, max_depth: int) -> None:
    """Bound depth and number of parts without parsing: drop texts, then run over the brackets that are left."""
    opening = raw.count(b"[") + raw.count(b"{")
    if opening + raw.count(b",") > MAX_PARTS:
        raise JsonTooBig(where, f">{MAX_PARTS}")
    if opening <= max_depth:
        return
    plain = raw.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NOT_BRACKETS)
    outside = b"".join(plain.split(b'"')[::2])
    deepest = max(accumulate(map(_STEP.__getitem__, outside)), default=0)
    if deepest > max_depth:
        raise JsonTooDeep(where, f"{deepest}")


def _parse(text: str, where: str) -> JsonValue:
    def pairs(items: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        found = dict(items)
        if len(found) != len(items):
            raise JsonDuplicateKey(where, _twice([key for key, _ in items]))
        return found

    def integer(digits: str) -> int:
        if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
            raise JsonNumber(where, digits[:24])
        return int(digits)

    def refuse(digits: str) -> NoReturn:
        raise JsonNumber(where, digits[:24])

    decoder = json.JSONDecoder(
        object_pairs_hook=pairs,
        parse_int=integer,
        parse_float=refuse,
        parse_constant=refuse,
        strict=False,
    )
    try:
        value: JsonValue = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise JsonSyntax(where, f"@{error.pos}") from None
    return value


def _twice(keys: list[str]) -> str:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return ascii(key)[1:41]
        seen.add(key)
    return ""


def check_texts(value: JsonValue, where: str) -> None:
    """Refuse texts that are too long or hold characters no package may carry.

    Raises:
        FieldTooLong: More than 20,000 characters.
        FieldCharacters: A control other than TAB and LF, or a lone surrogate.
    """
    if isinstance(value, str):
        refused = text_fault(value, where)
        if refused:
            raise refused
    elif isinstance(value, list):
        for number, each in enumerate(value):
            check_texts(each, f"{where}/{number}" if len(where) < 200 else where)
    elif isinstance(value, dict):
        for key, each in value.items():
            check_texts(key, where)
            check_texts(each, f"{where}/{key}" if len(where) + len(key) < 200 else where)


def text_fault(text: str, where: str) -> Refused | None:
    """Return what is wrong with one text, or None."""
    if len(text) > MAX_TEXT:
        return FieldTooLong(where, str(len(text)))
    bad = BAD_CHARACTER.search(text)
    if bad:
        return FieldCharacters(where, f"U+{ord(bad[0]):04X}")
    return None
