"""Record lines: fast where they are right, named where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.exchange import refusals
from census_app.exchange.canonical import canonical_bytes, parse_strict
from census_app.exchange.records import AnyValues, LineChecker, batches, encode_line

if TYPE_CHECKING:
    from collections.abc import Iterable


RECORD: dict[str, Any] = {
    "form": "information_resource",
    "id": "0" * 31 + "1",
    "op": "put",
    "unit": "D0042",
    "values": {"name": "低保家庭信息", "tags": ["a", "b"], "volume": 12, "is_open": False},
}


def check(*lines: bytes, cut: int = 0) -> LineChecker:
    """Check lines, given as one block or cut into blocks of a size."""
    body = b"".join(each + b"\n" for each in lines)
    blocks = [body[at : at + cut] for at in range(0, len(body), cut)] if cut else [body]
    checker = LineChecker(AnyValues(), lambda unit: unit.startswith("D0042"))
    checker.check(blocks)
    return checker


def raw(**changes: object) -> bytes:
    """Return a line with some keys changed; None drops a key."""
    merged = {**RECORD, **changes}
    return canonical_bytes({key: value for key, value in merged.items() if value is not None})


class OneByOne(LineChecker):
    """The checker without its short way."""

    def _only_values_may_be_wrong(self, lines: list[Any]) -> bool:
        del lines
        return False


class NoVolume13(AnyValues):
    """A schema that finds something wrong now and then."""

    def fault(self, form: str, values: Any) -> str | None:
        return "volume" if values.get("volume") == 13 else None


LINES = st.builds(
    lambda form, number, unit, op, volume: (
        raw(form=form, id=number, unit=unit, values={"volume": volume})
        if op == "put"
        else raw(form=form, id=number, unit=unit, op="delete", values=None, reason="x")
    ),
    form=st.sampled_from(["a", "a", "a", "b"]),
    number=st.sampled_from(["1".zfill(32), "2".zfill(32), "x" * 32, "1" * 31, f"{1:032x},{2:032x}"])
    | st.integers(0, 300).map(lambda number: f"{number:032x}"),
    unit=st.sampled_from(["D0042", "D0042", "D0042", "D0042A1", "E1"]),
    op=st.sampled_from(["put", "put", "put", "delete"]),
    volume=st.integers(0, 40) | st.just(13),
)


@given(st.lists(LINES, max_size=30), st.booleans(), st.integers(200, 3000))
def test_the_short_way_finds_the_same_first_fault(
    lines: list[bytes], ordered: bool, cut: int
) -> None:
    body = b"".join(each + b"\n" for each in (sorted(set(lines)) if ordered else lines))
    blocks = [body[at : at + cut] for at in range(0, len(body), cut)]
    found = []
    for kind in (LineChecker, OneByOne):
        checker = kind(NoVolume13(), lambda unit: unit.startswith("D0042"))
        try:
            checker.check(blocks)
        except refusals.Refused as refused:
            found.append((refused.code, refused.params))
        else:
            found.append(("", {"counts": checker.counts, "lines": checker.lines}))

    assert found[0] == found[1]


def test_the_short_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [raw(id=f"{number:032x}") for number in range(100)]
    seen: list[object] = []
    monkeypatch.setattr(LineChecker, "_check_line", lambda _self, line: seen.append(line))
    checker = LineChecker(AnyValues(), lambda _unit: True)
    checker._forms, checker._units = {"information_resource"}, {"D0042"}
    checker._keys = set(RECORD["values"])
    checker.counts = {"information_resource": {"put": 0, "pending": 0, "delete": 0}}
    checker.check([b"".join(line + b"\n" for line in lines)])

    assert seen == []
    assert checker.counts["information_resource"]["put"] == 100
    assert checker.lines == 100


def refusal(*lines: bytes) -> refusals.Refused:
    with pytest.raises(refusals.Refused) as caught:
        check(*lines)
    return caught.value


@pytest.mark.parametrize("cut", [0, 1, 7, 64, 1000])
def test_lines_are_counted_by_form_and_op_however_the_blocks_are_cut(cut: int) -> None:
    checker = check(
        raw(form="a_form"),
        raw(form="a_form", id="2".zfill(32), op="pending", values=None, title="拟建系统"),
        raw(form="b_form", op="delete", values=None, reason="已下线"),
        raw(form="b_form", id="2".zfill(32), values={}),
        cut=cut,
    )

    assert checker.lines == 4
    assert checker.counts == {
        "a_form": {"put": 1, "pending": 1, "delete": 0},
        "b_form": {"put": 1, "pending": 0, "delete": 1},
    }


def test_no_lines_are_legal() -> None:
    assert check().counts == {}


@pytest.mark.parametrize(
    "line",
    [
        raw(values=None),
        raw(op="pending"),
        raw(op="pending", values=None),
        raw(op="delete", values=None),
        raw(op="delete", values=None, reason=""),
        raw(op="delete", values=None, reason="长" * 501),
        raw(op="erase"),
        raw(op=None),
        raw(form=None),
        raw(id=None),
        raw(unit=None),
        raw(title="both"),
        raw(extra=1),
        raw(form="Information"),
        raw(form="1form"),
        raw(form="f" * 49),
        raw(form="f\n"),
        raw(id="0" * 31),
        raw(id="0" * 31 + "A"),
        raw(id="0" * 32 + "\n"),
        raw(id=7),
        raw(unit="d0042"),
        raw(unit="D0042\n"),
        raw(values={"Name": "x"}),
        raw(values={"name ": "x"}),
        raw(values={"a": None}),
        raw(values={"a": {"b": 1}}),
        raw(values={"a": [1]}),
        raw(values={"a": [["x"]]}),
        raw(values=[]),
        raw(values="x"),
        b"[]",
        b"1",
        b'"put"',
    ],
)
def test_line_of_another_shape_is_refused(line: bytes) -> None:
    found = refusal(line)

    assert isinstance(found, refusals.RecordInvalid), found
    assert found.params["where"] == "data/records.ndjson:1"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", refusals.JsonSyntax),
        (b"{", refusals.JsonSyntax),
        (b"\xef\xbb\xbf" + raw(), refusals.Utf8Invalid),
        (raw().replace("低".encode(), b"\xff\xff\xff"), refusals.Utf8Invalid),
        (raw() + b" ", refusals.NotCanonical),
        (raw() + b"\r", refusals.NotCanonical),
        (raw().replace(b'"op"', b'"\\u006fp"'), refusals.NotCanonical),
        (raw().replace(b'"volume":12', b'"volume":12,"volume":12'), refusals.JsonDuplicateKey),
        (raw().replace(b":12", b":12.0"), refusals.JsonNumber),
        (raw().replace(b":12", b":1e3"), refusals.JsonNumber),
        (raw().replace(b":12", b":9007199254740992"), refusals.JsonNumber),
        (raw().replace(b":12", b":99999999999999999999"), refusals.JsonNumber),
        (raw().replace(b":12", b":NaN"), refusals.JsonNumber),
        (raw().replace(b":12", b":-0"), refusals.NotCanonical),
        (raw().replace(b":12", b":" + b"[" * 40 + b"]" * 40), refusals.JsonTooDeep),
        (raw(values={"a": "x\x00"}), refusals.FieldCharacters),
        (raw(values={"a": "x\r"}), refusals.FieldCharacters),
        (raw(values={"a": "x\x7f"}), refusals.FieldCharacters),
        (raw(values={"a": "x\x85"}), refusals.FieldCharacters),
        (raw(values={"a": ["x\x1b"]}), refusals.FieldCharacters),
        (raw(op="pending", values=None, title="\x08"), refusals.FieldCharacters),
        (raw(values={"a": "X"}).replace(b"X", b"\\udead"), refusals.FieldCharacters),
        (raw(values={"a": "汉" * 20_001}), refusals.FieldTooLong),
        (raw(values={"a": ["汉" * 20_001]}), refusals.FieldTooLong),
        (raw(op="pending", values=None, title="汉" * 20_001), refusals.FieldTooLong),
    ],
)
def test_line_that_is_not_canonical_json_is_named(
    line: bytes, code: type[refusals.Refused]
) -> None:
    good = [raw(id=f"{number:032x}") for number in range(1, 4)]

    found = refusal(*good, line.replace(b"0" * 31 + b"1", b"f" * 32))

    assert type(found) is code
    assert str(found.params["where"]).startswith("data/records.ndjson:4")


@pytest.mark.parametrize("text", ["a\\b", "C:\\users\\f", "\\u0041", "¡", "tab\tand\nline", "é"])
def test_text_that_only_looks_suspicious_is_legal(text: str) -> None:
    assert check(raw(values={"a": text})).lines == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"id": "2".zfill(32)}, {"id": "1".zfill(32)}),
        ({"id": "1".zfill(32)}, {"id": "1".zfill(32)}),
        ({"form": "b"}, {"form": "a"}),
        ({"op": "put"}, {"op": "delete", "values": None, "reason": "x"}),
    ],
)
def test_lines_ascend_strictly_by_form_and_id(
    first: dict[str, object], second: dict[str, object]
) -> None:
    found = refusal(raw(**first), raw(**second))

    assert isinstance(found, refusals.RecordInvalid)
    assert found.params["where"] == "data/records.ndjson:2"


def test_forms_ascend_as_texts_not_with_their_ids() -> None:
    check(raw(form="a", id="f" * 32), raw(form="a_b", id="0" * 32), raw(form="b", id="0" * 32))


def test_unit_of_somebody_else_is_out_of_scope() -> None:
    found = refusal(raw(), raw(id="2".zfill(32), unit="D0099"))

    assert isinstance(found, refusals.ScopeViolation)
    assert found.params == {"where": "data/records.ndjson:2", "detail": "D0099", "file": ""}


def test_line_over_one_mebibyte_is_refused_wherever_it_is_cut() -> None:
    long = raw(values={f"f{number}": "x" * 20_000 for number in range(60)})
    assert len(long) > 1 << 20

    for cut in (0, 65536, 3 << 20):
        with pytest.raises(refusals.JsonTooBig) as caught:
            check(raw(), long, cut=cut)
        assert caught.value.params["where"] == "data/records.ndjson:2"


def test_last_line_ends_with_a_line_feed() -> None:
    with pytest.raises(refusals.RecordInvalid):
        list(batches([raw() + b"\n" + raw()]))


def test_many_different_field_names_cost_no_memory() -> None:
    checker = LineChecker(AnyValues(), lambda _unit: True)
    lines = [
        raw(id=f"{number:032x}", values={f"f{number}_{each}": 1 for each in range(100)})
        for number in range(200)
    ]

    checker.check([b"".join(line + b"\n" for line in lines)])

    assert len(checker._keys) < 5000


TEXT = st.text(max_size=12)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
HOSTILE = st.fixed_dictionaries(
    {},
    optional={
        "form": st.just("a") | JSON,
        "id": st.just("0" * 32) | JSON,
        "op": st.sampled_from(["put", "pending", "delete"]) | JSON,
        "unit": st.just("D0042") | JSON,
        "values": st.dictionaries(st.sampled_from(["a", "b_1", "B"]), JSON, max_size=3) | JSON,
        "title": JSON,
        "reason": JSON,
    },
)


@given(HOSTILE)
def test_hostile_line_is_refused_or_means_the_same_to_the_strict_parser(line: object) -> None:
    try:
        body = encode_line(line)  # type: ignore[arg-type]
    except (TypeError, ValueError, UnicodeEncodeError):
        return
    try:
        check(body)
    except refusals.Refused:
        return
    value = parse_strict(body, where="x")
    assert canonical_bytes(value) == body


@given(st.lists(st.binary(min_size=0, max_size=30)))
def test_any_bytes_in_any_cut_are_refused_or_parsed(blocks: Iterable[bytes]) -> None:
    checker = LineChecker(AnyValues(), lambda _unit: True)
    try:
        checker.check(blocks)
    except refusals.Refused:
        pass
    else:
        assert b"".join(blocks) == b""


@pytest.mark.parametrize("form", ["explanation", "query", "answer", "receipt", "decision"])
@pytest.mark.parametrize("said", [{"op": "delete", "reason": "x"}, {"op": "pending", "title": "x"}])
def test_words_beside_the_records_are_put_and_nothing_else(form: str, said: dict[str, str]) -> None:
    with pytest.raises(refusals.RecordInvalid) as caught:
        check(raw(form=form, values=None, **said))
    assert caught.value.params["detail"] == f"op: {said['op']}"


@pytest.mark.parametrize(
    "moment", ["2026-19-01T08:00:00Z", "2026-02-30T08:00:00Z", "2026-02-01T29:00:00Z"]
)
def test_a_moment_that_does_not_exist_is_no_decision_s(moment: str) -> None:
    decision = {
        "kind": "fork", "subject": "D0042:2", "choice": "", "reason": "", "actor": "李",
        "coordinator": "D0042", "created": moment, "supersedes": [],
    }  # fmt: skip
    with pytest.raises(refusals.RecordInvalid) as caught:
        check(raw(form="decision", values=decision))
    assert caught.value.params["detail"] == f"created: {moment}"
    check(raw(form="decision", values=decision | {"created": "2026-02-28T08:00:00Z"}))
