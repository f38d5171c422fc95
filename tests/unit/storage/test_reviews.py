"""What is said beside the records: queries and answers in a workspace, reasons and answers in a catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from census_app.domain.chain import BEGINNING
from census_app.domain.holdings import CatalogueFacts, Explanation, PackageFacts, SentPackage
from census_app.domain.records import RecordId
from census_app.domain.review import Answer, Query, Verdict
from census_app.errors import BugError
from census_app.formspec.model import FormSet
from census_app.storage import catalogue
from census_app.storage.catalogue import Catalogue
from census_app.storage.workspace import Workspace

NOW = "2018-01-05T08:00:00Z"
HASH = "e" * 64
RECORD = RecordId("1" * 32)

LETTER = SentPackage(
    "received", "a" * 64, "review", "C-D0042-000001", 1, BEGINNING, NOW, NOW, {"query": 1}, "C", "D0042"
)  # fmt: skip
QUERY = Query("2" * 32, "information_resource", RECORD, "name", HASH, "请核对名称", must=False)
REFUSED = Verdict(RECORD, "RES-3", HASH, "refused", "不成立", "d" * 64)


def reason(text: str) -> Explanation:
    return Explanation(RECORD, "RES-3", HASH, text, "王芳", NOW)


# -- a workspace -------------------------------------------------------------------------------------------------------


def test_a_letter_is_kept_with_its_queries_as_they_were_asked(store: Workspace) -> None:
    asked = [
        QUERY,
        replace(
            QUERY,
            id="3" * 32,
            record="",
            field="",
            suggestion='"x"',
            rule="RES-3",
            must=True,
            round=2,
        ),
    ]
    store.take_letter(LETTER, asked, [])
    assert store.queries() == asked
    assert store.packages() == [LETTER]


def test_the_newest_review_says_how_a_query_stands_and_the_answer_stays(store: Workspace) -> None:
    store.take_letter(LETTER, [QUERY], [])
    answer = Answer(QUERY.id, "answered", "已核对", HASH, "王芳", NOW)
    store.store_answer(answer)
    second = replace(LETTER, identity="b" * 64, sequence=2)
    store.take_letter(second, [replace(QUERY, state="closed", rule="RES-3")], [])
    assert store.queries() == [replace(QUERY, state="closed", rule="RES-3")]
    assert store.answers() == [answer]


def test_a_query_in_other_words_loses_its_answer(store: Workspace) -> None:
    store.take_letter(LETTER, [QUERY], [])
    store.store_answer(Answer(QUERY.id, "answered", "已核对", HASH, "王芳", NOW))
    again = replace(QUERY, text="请附依据")
    store.take_letter(replace(LETTER, identity="b" * 64), [again], [])
    assert (store.queries(), store.answers()) == ([again], [])
    void = store.void_answer(QUERY.id)
    assert void is not None
    assert (void.kind, void.text) == ("answered", "已核对")
    store.withdraw_answer(QUERY.id)  # there is none that counts
    assert store.void_answer(QUERY.id) == void
    store.store_answer(Answer(QUERY.id, "answered", "见附件", HASH, "王芳", NOW))
    assert store.void_answer(QUERY.id) is None


def test_a_closed_query_nobody_saw_is_left_out(store: Workspace) -> None:
    store.take_letter(LETTER, [replace(QUERY, state="closed")], [])
    assert store.queries() == []


def test_a_newer_answer_takes_the_place_of_the_older_and_can_be_withdrawn(store: Workspace) -> None:
    store.store_answer(Answer(QUERY.id, "answered", "已核对", HASH, "王芳", NOW))
    newer = Answer(QUERY.id, "disagreed", "名称无误", HASH, "李强", NOW)
    store.store_answer(newer)
    assert store.answers() == [newer]
    store.withdraw_answer(QUERY.id)
    assert store.answers() == []


def test_a_verdict_is_about_the_reason_that_stood_when_it_arrived(store: Workspace) -> None:
    store.explain([reason("历史原因")])
    store.take_letter(LETTER, [], [REFUSED])
    assert store.verdicts() == [replace(REFUSED, explanation="历史原因")]
    store.explain([reason("主管部门批准")])
    store.take_letter(replace(LETTER, identity="b" * 64), [], [REFUSED])
    assert store.verdicts() == [replace(REFUSED, explanation="历史原因")]
    again = replace(REFUSED, decision="c" * 64)
    store.take_letter(replace(LETTER, identity="c" * 64), [], [again])
    assert store.verdicts() == [replace(again, explanation="主管部门批准")]


def test_a_verdict_without_a_reason_here_is_kept_for_its_values(store: Workspace) -> None:
    store.take_letter(LETTER, [], [REFUSED])
    assert store.verdicts() == [REFUSED]


def test_an_answer_makes_a_snapshot_worth_taking(store: Workspace) -> None:
    assert store.snapshot_if_changed("test") is not None
    assert store.snapshot_if_changed("test") is None
    store.store_answer(Answer(QUERY.id, "answered", "已核对", HASH, "王芳", NOW))
    assert store.snapshot_if_changed("test") is not None


def test_a_letter_with_an_impossible_query_leaves_nothing(store: Workspace) -> None:
    broken = replace(QUERY, id="4" * 32, text=None)  # type: ignore[arg-type]
    with pytest.raises(BugError, match="DB_CONSTRAINT"):
        store.take_letter(LETTER, [QUERY, broken], [REFUSED])
    assert (store.packages(), store.queries(), store.verdicts()) == ([], [], [])


# -- a catalogue -------------------------------------------------------------------------------------------------------

FACTS = CatalogueFacts("江苏省", "province", "js-2018", 1, "small-1", "ROOTS", NOW, "")
Line = dict[str, object]


def explained(number: int, text: str, rule: str = "RES-3", **more: object) -> Line:
    values = {
        "form": "information_resource",
        "record": RECORD,
        "rule": rule,
        "values_sha256": HASH,
        "reason": text,
    }
    head = {"form": "explanation", "id": f"{number:032x}", "unit": "D1", "op": "put"}
    return {**head, "values": values, **more}


def answered(number: int, text: str) -> Line:
    values = {"kind": "answered", "text": text, "value_sha256": HASH, "actor": "王芳", "at": NOW}
    return {
        "form": "answer",
        "id": f"{number:032x}",
        "unit": "D1",
        "op": "put",
        "values": values,
    }


@pytest.fixture
def centre(tmp_path: Path, form_set: FormSet) -> Iterator[Catalogue]:
    made = catalogue.create(tmp_path / "c.censusdb", form_set, FACTS)
    yield made
    made.close()


def receive(store: Catalogue, number: int, *lines: Line, department: str = "D1") -> None:
    identity = f"{department}{number}".encode().hex().ljust(64, "0")
    before = f"{department}{number - 1}".encode().hex().ljust(64, "0")
    facts = PackageFacts(
        identity=identity,
        name=f"{department}-{number:06}",
        type="submission",
        department=department,
        sequence=number,
        previous=before if number > 1 else BEGINNING,
        created=NOW,
        received_at=NOW,
        form_version="small-1",
        bytes=1,
        counts={},
        state="pending",
    )
    store.append_package(facts, [b"x"])
    scratch = store.scratch()
    try:
        scratch.load(lines)
        store.merge(facts, scratch)
    finally:
        scratch.close()


def words(store: Catalogue, department: str = "D1") -> tuple[list[str], list[str]]:
    return (
        [e.reason for e in store.explained(department)],
        [a.text for a in store.answers(department)],
    )


def test_reasons_and_answers_are_those_of_the_newest_package_of_each_department(
    centre: Catalogue,
) -> None:
    receive(centre, 1, answered(1, "一"), answered(2, "二"), explained(1, "历史原因"))
    receive(centre, 1, answered(1, "别家"), department="D2")
    assert words(centre) == (["历史原因"], ["一", "二"])
    assert words(centre, "D2") == ([], ["别家"])
    assert centre.explained("D1") == [
        Explanation(RECORD, "RES-3", HASH, "历史原因", "", "", form="information_resource")
    ]
    assert centre.answers("D1")[0] == Answer(f"{1:032x}", "answered", "一", HASH)

    receive(centre, 2, answered(2, "改口"), explained(2, "批准", "RES-4"))
    assert words(centre) == (["批准"], ["改口"])
    assert words(centre, "D2") == ([], ["别家"])


def test_forgetting_the_projection_forgets_them_too(centre: Catalogue) -> None:
    receive(centre, 1, answered(1, "一"), explained(1, "历史原因"))
    centre.forget_projection()
    assert words(centre) == ([], [])


def test_of_two_reasons_for_the_same_values_the_first_line_counts(centre: Catalogue) -> None:
    receive(centre, 1, explained(1, "先"), explained(2, "后"))
    assert words(centre) == (["先"], [])


def test_a_reserved_line_that_is_no_put_says_nothing(centre: Catalogue) -> None:
    receive(
        centre,
        1,
        {"form": "answer", "id": f"{1:032x}", "unit": "D1", "op": "pending", "title": "x"},
        {"form": "explanation", "id": f"{1:032x}", "unit": "D1", "op": "delete", "reason": "x"},
    )
    assert words(centre) == ([], [])
