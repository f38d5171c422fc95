"""Canonical JSON: one spelling, and a parser that names every other one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from census_app.errors import BugError
from census_app.exchange import refusals
from census_app.exchange.canonical import (
    BAD_CHARACTER,
    MAX_INTEGER,
    MAX_TEXT,
    canonical_bytes,
    parse_strict,
)
from census_app.exchange.records import encode_line

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40).filter(
    lambda text: not BAD_CHARACTER.search(text)
)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    assert parse_strict(canonical_bytes(value), where="x") == value


@given(VALUES)
def test_canonical_form_is_json_with_sorted_keys_and_no_space(value: object) -> None:
    found = canonical_bytes(value)

    assert json.loads(found) == value
    assert canonical_bytes(json.loads(found)) == found


@given(VALUES, st.sampled_from(["indent", "ascii", "unsorted", "space"]))
def test_any_other_spelling_is_not_canonical(value: object, how: str) -> None:
    raw = {
        "indent": lambda: json.dumps(value, ensure_ascii=False, indent=1),
        "ascii": lambda: json.dumps(value, ensure_ascii=True, separators=(",", ":")),
        "unsorted": lambda: json.dumps(_reversed(value), ensure_ascii=False, separators=(",", ":")),
        "space": lambda: json.dumps(value, ensure_ascii=False, separators=(",", ":")) + " ",
    }[how]().encode()

    if raw == canonical_bytes(value):
        assert parse_strict(raw, where="x") == value
    else:
        with pytest.raises(refusals.NotCanonical):
            parse_strict(raw, where="x")


ASCII = st.text(st.characters(codec="ascii"), max_size=20).filter(
    lambda text: not BAD_CHARACTER.search(text)
)
ASCII_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTEGERS | ASCII,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ASCII, inner, max_size=4),
    max_leaves=20,
)


@given(ASCII_VALUES, st.booleans())
def test_ascii_has_the_same_one_spelling(value: object, in_order: bool) -> None:
    ordered = value if in_order else _reversed(value)
    raw = json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()

    if raw == canonical_bytes(value):
        assert parse_strict(raw, where="x") == value
    else:
        with pytest.raises(refusals.NotCanonical):
            parse_strict(raw, where="x")


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in sorted(value, reverse=True)}
    return [_reversed(each) for each in value] if isinstance(value, list) else value


@given(st.binary(max_size=200))
@example(b"\xff\xfe{\x00}\x00")
@example(b'{"a":"\\')
@example(b'"\\ud800\\udc00"')
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    try:
        value = parse_strict(raw, where="x")
    except refusals.Refused:
        return
    assert canonical_bytes(value) == raw


@given(st.text(alphabet='[]{}",:\\ntu0a1 ', max_size=60))
def test_depth_scan_agrees_with_the_parser(text: str) -> None:
    raw = text.encode()
    depth = _depth(text)

    try:
        parse_strict(raw, where="x", max_depth=2)
    except refusals.JsonTooDeep:
        assert depth is None or depth > 2
    except refusals.Refused:
        pass
    else:
        assert depth is not None
        assert depth <= 2


def _depth(text: str) -> int | None:
    def of(value: object) -> int:
        if isinstance(value, dict):
            return 1 + max(map(of, value.values()), default=0)
        if isinstance(value, list):
            return 1 + max(map(of, value), default=0)
        return 0

    try:
        return of(json.loads(text))
    except ValueError:
        return None


@pytest.mark.parametrize("depth", [32, 33])
def test_depth_limit_is_thirty_two(depth: int) -> None:
    raw = b'{"\\\\[[\\"[[\\n":' * depth + b"1" + b"}" * depth

    if depth == 32:
        parse_strict(raw, where="x")
    else:
        with pytest.raises(refusals.JsonTooDeep):
            parse_strict(raw, where="x")


def test_deep_nesting_costs_no_stack() -> None:
    for raw in (b"[" * 5_000_00, b'{"a":' * 100_000):
        with pytest.raises((refusals.JsonTooDeep, refusals.JsonTooBig)):
            parse_strict(raw, where="x")


def test_document_limit_is_asked_before_anything_else() -> None:
    with pytest.raises(refusals.JsonTooBig):
        parse_strict(b"\xff" * 11, where="x", max_size=10)


@pytest.mark.parametrize("length", [MAX_TEXT, MAX_TEXT + 1])
def test_text_limit_counts_characters(length: int) -> None:
    raw = canonical_bytes("汉" * length)

    if length == MAX_TEXT:
        assert parse_strict(raw, where="x") == "汉" * length
    else:
        with pytest.raises(refusals.FieldTooLong) as caught:
            parse_strict(raw, where="x")
        assert caught.value.params["limit"] == MAX_TEXT


def test_tab_and_line_feed_are_the_only_controls() -> None:
    assert parse_strict(b'"a\\tb\\n"', where="x") == "a\tb\n"
    for code in [*range(9), *range(11, 32), *range(0x7F, 0xA0)]:
        raw = canonical_bytes("a" + chr(code))
        with pytest.raises(refusals.FieldCharacters):
            parse_strict(raw, where="x")


def test_reason_names_the_place() -> None:
    with pytest.raises(refusals.FieldCharacters) as caught:
        parse_strict(b'{"a":{"b":["x","\\u0007"]}}', where="doc")

    assert caught.value.params["where"] == "doc/a/b/1"
    assert caught.value.params["detail"] == "U+0007"


@pytest.mark.parametrize("value", [1.5, {"a": [0.0]}, MAX_INTEGER + 1, {1: 2}, {"a": {1, 2}}, b"x"])
def test_writer_refuses_what_json_of_a_package_cannot_hold(value: object) -> None:
    with pytest.raises(BugError) as caught:
        canonical_bytes(value)

    assert caught.value.code == "NOT_JSON"


NAMES = st.from_regex(r"\A[a-z][a-z0-9_]{0,20}\Z")


@given(st.dictionaries(NAMES, TEXTS | INTEGERS | st.booleans() | st.lists(TEXTS, max_size=3)))
@example({"a": '\x00\x1f\x7f\u2028\\/"\b\f\r\n\t', "b": "😀\ufffe"})
def test_fast_encoder_of_lines_spells_as_the_canonical_one(values: dict[str, object]) -> None:
    line = {"form": "f", "id": "0", "op": "put", "unit": "D0042", "values": values}

    assert encode_line(line) == canonical_bytes(line)
