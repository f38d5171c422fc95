"""Which reviews and receipts a workspace takes, and which it refuses or lets wait (security §6, §9 P5, P20)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from census_app import bootstrap
from census_app.domain.chain import Decision
from census_app.errors import UserError
from census_app.exchange import writing
from census_app.exchange.ledger import decision_line, with_id
from census_app.exchange.package import PackageDraft, encode_line, write_package
from census_app.exchange.refusals import (
    CertificateExpired,
    RecordInvalid,
    Refused,
    ReplyChain,
    RoleMismatch,
    UnknownIssuer,
    UnknownReply,
    WrongAudience,
)
from census_app.services.answering import answer_query, open_queries
from census_app.services.enrolling import (
    coordinator_signer_of,
    make_coordinator,
    make_root,
    signer_of,
)
from census_app.services.letters import take_letter
from census_app.storage import reviews

if TYPE_CHECKING:
    from census_app.domain.holdings import SentPackage
    from census_app.exchange.package import WrittenPackage
    from tests.unit.services.conftest import Desk, StandingClock

CODE = "11320000990000017P"
COORDINATOR = "11320000990000041Y"
OTHER = "11320000990000025J"
PASSPHRASE = "a long passphrase for tests"  # noqa: S105
QUERY = {
    "form": "internal_office",
    "record": "0" * 32,
    "field": "duties",
    "value_sha256": "0" * 64,
    "text": "请核对职责",
    "suggestion": "",
    "rule": "",
    "must": True,
    "state": "open",
    "round": 1,
}


def line(form: str, values: dict[str, Any], identity: str = "a" * 32, **more: Any) -> bytes:
    return encode_line(
        {"form": form, "id": identity, "unit": CODE, "op": "put", "values": values} | more
    )


def receipt_line(package: str, identity: str = "b" * 32) -> bytes:
    values = {
        "package": package,
        "sequence": 1,
        "status": "accepted",
        "note": "",
        "received_at": "2026-12-01T08:00:00Z",
        "round": 1,
        "errors": 0,
        "warnings": 0,
        "codes": [],
    }
    return line("receipt", values, identity)


def letter(desk: Desk, file: str = "letter.census", **changes: Any) -> WrittenPackage:
    """Write a review as the centre's program would not; a change replaces one part of the draft."""
    form_set = desk.catalogue.form_set
    draft = PackageDraft(
        type="review",
        sender=COORDINATOR,
        audience=CODE,
        sequence=1,
        instance="5e" * 16,
        created=desk.centre.clock.now(),
        in_reply_to=desk.packages[0].package.identity,
        form_version=form_set.version,
        package_json={
            "attachments": [],
            "census": {"id": desk.store.facts().census_id, "round": 1},
            "department": {"code": CODE, "name": "", "uscc": CODE},
            "form_set": {"version": form_set.version, "sha256": form_set.sha256},
            "records": 0,
            "software": {"name": "x", "version": "1"},
        },
        record_lines=[line("query", QUERY)],
    )
    signer = changes.pop("signer", desk.signer)
    return write_package(desk.centre.folder / file, replace(draft, **changes), signer)


def state(desk: Desk) -> tuple[list[SentPackage], int, int]:
    return desk.store.packages(), len(desk.store.queries()), len(desk.store.verdicts())


def refusal(desk: Desk, written: WrittenPackage) -> Refused:
    """Offer a letter that must be refused, and see that nothing of it stays."""
    before = state(desk)
    with pytest.raises(Refused) as told:
        desk.take(written)
    assert state(desk) == before
    assert told.value.params["file"] == written.path.name
    return told.value


def test_a_sound_letter_is_taken(desk: Desk) -> None:
    taken = desk.take(letter(desk))
    assert (taken.outcome, taken.open, taken.sequence) == ("taken", 1, 1)
    assert len(desk.store.queries()) == 1


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let packages be written that no reader would take: a forger does not check his own."""
    monkeypatch.setattr(writing, "_verify_own", lambda *_: {})


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize("kind", ["review", "receipt"])
def test_a_department_signs_no_review_and_no_receipt(desk: Desk, kind: Any) -> None:
    signer = signer_of(desk.store, desk.centre.keys)
    signer.unlock(PASSPHRASE)
    receipt: dict[str, Any] = {
        "form_version": "",
        "record_lines": [receipt_line(desk.packages[0].package.identity)],
    }
    forged = letter(
        desk, type=kind, signer=signer, sender=CODE, **(receipt if kind == "receipt" else {})
    )
    assert isinstance(refusal(desk, forged), RoleMismatch)


def test_a_coordinator_of_another_root_is_not_believed(desk: Desk) -> None:
    elsewhere, clock = desk.centre.folder / "elsewhere", desk.centre.clock
    make_root("他省", elsewhere, PASSPHRASE, clock=clock)
    roots = (elsewhere / "root.crt").read_text(encoding="ascii")
    path = desk.centre.folder / "elsewhere.censusdb"
    stranger = bootstrap.create_catalogue(path, name="他省", roots_pem=roots, clock=clock)
    desk.centre.opened.append(stranger)
    keys = desk.centre.keys
    make_coordinator(
        stranger, COORDINATOR, "他省", elsewhere, PASSPHRASE, keys, PASSPHRASE, clock=clock
    )
    signer = coordinator_signer_of(stranger, keys)
    signer.unlock(PASSPHRASE)
    assert isinstance(refusal(desk, letter(desk, signer=signer)), UnknownIssuer)


def test_a_letter_for_another_department_is_refused(desk: Desk) -> None:
    assert isinstance(refusal(desk, letter(desk, audience=OTHER)), WrongAudience)


def test_a_letter_must_answer_a_package_of_this_workspace(desk: Desk) -> None:
    assert isinstance(refusal(desk, letter(desk, in_reply_to="1" * 64)), UnknownReply)
    desk.take(letter(desk))
    received = desk.store.packages()[-1].identity
    second = letter(desk, sequence=2, previous=received, in_reply_to=received)
    assert isinstance(refusal(desk, second), UnknownReply)


def test_the_same_letter_twice_changes_nothing(desk: Desk) -> None:
    written = letter(desk)
    desk.take(written)
    before = state(desk)
    taken = desk.take(written)
    assert (taken.outcome, taken.sequence) == ("duplicate", 1)
    assert state(desk) == before


def test_a_letter_that_comes_too_early_waits_for_the_missing_number(desk: Desk) -> None:
    first = letter(desk)
    second = letter(desk, "second.census", sequence=2, previous=first.identity)
    third = letter(desk, "third.census", sequence=3, previous=second.identity)
    before = state(desk)
    taken = desk.take(third)
    assert (taken.outcome, taken.missing) == ("pending", 1)
    assert state(desk) == before
    assert desk.take(first).outcome == "taken"
    assert (desk.take(third).outcome, desk.take(third).missing) == ("pending", 2)
    assert [desk.take(each).outcome for each in (second, third)] == ["taken", "taken"]


def test_a_number_is_used_once_and_the_chain_must_fit(desk: Desk) -> None:
    first = letter(desk)
    desk.take(first)
    again = letter(desk, "again.census", record_lines=[line("query", QUERY | {"text": "另一问"})])
    assert again.identity != first.identity
    assert isinstance(refusal(desk, again), ReplyChain)
    loose = letter(desk, "loose.census", sequence=2, previous="2" * 64)
    assert isinstance(refusal(desk, loose), ReplyChain)


def test_a_first_letter_has_nothing_before_it(desk: Desk) -> None:
    assert isinstance(refusal(desk, letter(desk, previous="2" * 64)), ReplyChain)


def test_a_letter_of_another_census_is_refused(desk: Desk) -> None:
    description = {
        "attachments": [],
        "census": {"id": "other", "round": 1},
        "department": {"code": CODE, "name": "", "uscc": CODE},
        "form_set": {
            "version": desk.catalogue.form_set.version,
            "sha256": desk.catalogue.form_set.sha256,
        },
        "records": 0,
        "software": {"name": "x", "version": "1"},
    }
    with pytest.raises(UserError, match="CENSUS_OTHER"):
        desk.take(letter(desk, package_json=description))
    assert desk.store.queries() == []


def test_an_expired_certificate_is_refused_unless_the_letter_was_taken_before(
    desk: Desk, clock: StandingClock
) -> None:
    written = letter(desk)
    now = desk.centre.clock.now()
    clock.moment = now.replace(year=2031)
    with pytest.raises(CertificateExpired):
        desk.take(written)
    clock.moment = now
    desk.take(written)
    clock.moment = now.replace(year=2031)
    assert desk.take(written).outcome == "duplicate"


def test_a_package_of_another_type_is_no_letter(desk: Desk) -> None:
    with pytest.raises(UserError, match="NOT_LETTER"):
        take_letter(desk.store, desk.packages[0].package.path, clock=desk.centre.clock)


def test_a_workspace_that_believes_nobody_takes_no_letter(desk: Desk, make_workspace: Any) -> None:
    with pytest.raises(UserError, match="NOT_ENROLLED"):
        take_letter(make_workspace(2), letter(desk).path, clock=desk.centre.clock)


# -- what a letter says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 2])
def test_a_receipt_is_about_exactly_one_package(desk: Desk, count: int) -> None:
    identity = desk.packages[0].package.identity
    found = [receipt_line(identity, f"{n:032x}") for n in range(count)]
    written = letter(desk, type="receipt", form_version="", record_lines=found)
    assert isinstance(refusal(desk, written), RecordInvalid)


def test_a_receipt_is_about_the_package_it_answers(desk: Desk) -> None:
    written = letter(desk, type="receipt", form_version="", record_lines=[receipt_line("3" * 64)])
    assert isinstance(refusal(desk, written), RecordInvalid)


def test_a_receipt_is_taken_with_its_status(desk: Desk) -> None:
    found = [receipt_line(desk.packages[0].package.identity)]
    taken = desk.take(letter(desk, type="receipt", form_version="", record_lines=found))
    assert (taken.type, taken.status, taken.round) == ("receipt", "accepted", 1)


@pytest.mark.usefixtures("careless")
@pytest.mark.parametrize("form", ["receipt", "answer", "explanation", "internal_office"])
def test_a_review_says_nothing_but_queries_and_decisions(desk: Desk, form: str) -> None:
    written = letter(desk, record_lines=[line(form, QUERY)])
    assert isinstance(refusal(desk, written), RecordInvalid)


@pytest.mark.usefixtures("careless")
def test_a_query_line_only_puts(desk: Desk) -> None:
    bad = encode_line(
        {"form": "query", "id": "a" * 32, "unit": CODE, "op": "pending", "title": "?"}
    )
    assert isinstance(refusal(desk, letter(desk, record_lines=[bad])), RecordInvalid)


def test_decisions_that_are_no_verdicts_are_passed_over(desk: Desk) -> None:
    def decision(kind: Any, subject: str, choice: str) -> Decision:
        return with_id(
            Decision("", kind, subject, choice, "r", "李", COORDINATOR, "2026-12-01T08:00:00Z")
        )

    about = f"{CODE}:{'0' * 32}:ORG-2b:{'1' * 64}"
    good = decision("explanation", about, "refused")
    others = [
        decision("fork", f"{CODE}:1", "0" * 64),
        decision("explanation", about, "perhaps"),
        decision("explanation", "nonsense", "refused"),
        decision("explanation", about.replace(CODE, OTHER), "refused"),
    ]
    found = sorted(map(decision_line, [good, *others]))
    taken = desk.take(letter(desk, record_lines=found))
    assert (taken.refused, taken.accepted) == (1, 0)
    assert [v.decision for v in desk.store.verdicts()] == [good.id]


def test_a_letter_that_fails_on_the_way_in_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise UserError("RECORD_GONE", form="x")

    monkeypatch.setattr(reviews, "_take_query", fail)
    before = state(desk)
    written = letter(desk)
    with pytest.raises(UserError, match="RECORD_GONE"):
        desk.take(written)
    assert state(desk) == before
    monkeypatch.undo()
    assert desk.take(written).outcome == "taken"


def test_queries_of_an_unknown_form_are_shown_and_can_be_answered(desk: Desk) -> None:
    desk.take(letter(desk, record_lines=[line("query", QUERY | {"form": "form_of_tomorrow"})]))
    (item,) = open_queries(desk.store, clock=desk.centre.clock)
    assert (item.form_label, item.gone, item.waits) == (None, True, True)
    answer_query(desk.store, item.query.id, "没有这个表", actor="王", clock=desk.centre.clock)
    desk.hand_in()
