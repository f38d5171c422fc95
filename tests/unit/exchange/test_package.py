"""An honest package: written, read back, byte for byte the same everywhere."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.errors import EnvironmentProblem, UserError
from census_app.exchange import refusals
from census_app.exchange.certificates import Role, create_request
from census_app.exchange.package import AnyValues, open_package, write_package
from census_app.exchange.writing import RecordsFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from census_app.exchange.records import LineValue
    from tests.unit.exchange.conftest import Forge

GOLDEN = Path(__file__).parent / "golden" / "11430000006122549D-000007.census"


def test_same_draft_key_and_time_give_the_golden_bytes(forge: Forge) -> None:
    written = forge.write()

    assert written.path.read_bytes() == GOLDEN.read_bytes(), "the format changed: see docs/formats"


def test_golden_package_still_opens(forge: Forge) -> None:
    with forge.open(GOLDEN) as package:
        assert package.records == 3


def test_package_comes_back_as_it_was_written(forge: Forge) -> None:
    written = forge.write()

    with forge.open(written.path) as package:
        assert package.identity == written.identity
        assert package.identity == hashlib.sha256(package.statement_bytes).hexdigest()
        assert package.statement == written.statement
        assert package.role is Role.DEPARTMENT
        assert package.certificate.code == package.statement.sender
        assert package.certificate.serial == 77
        assert package.notices == ()
        assert package.counts == {"information_resource": {"put": 2, "pending": 0, "delete": 1}}
        assert package.package_json == forge.description(records=3)
        assert list(package.iter_lines()) == forge.draft().record_lines


def test_records_stream_as_dicts_in_order_and_more_than_once(forge: Forge) -> None:
    with forge.open(forge.write().path) as package:
        first, second = list(package.iter_records()), list(package.iter_records())

    assert first == second
    assert [record["op"] for record in first] == ["put", "put", "delete"]
    assert first[0]["values"] == {"is_open": True, "name": "低保家庭信息1", "volume": 1}


def test_whole_file_can_be_kept_from_the_open_package(forge: Forge) -> None:
    written = forge.write()

    with forge.open(written.path) as package:
        assert b"".join(package.iter_file()) == written.path.read_bytes()
        assert package.size == written.bytes


def test_lines_larger_than_a_block_and_many_lines_survive(forge: Forge) -> None:
    lines = [
        forge.line(number, values={"name": "甲" * (19_000 if number % 97 == 0 else 30)})
        for number in range(3000)
    ]
    written = forge.write(record_lines=lines)

    with forge.open(written.path) as package:
        assert list(package.iter_lines()) == lines
        assert package.records == 3000


def test_package_without_records_is_legal(forge: Forge) -> None:
    with forge.open(forge.write(record_lines=[]).path) as package:
        assert list(package.iter_lines()) == []
        assert package.records == 0


def test_writer_names_the_file_in_a_folder_and_obeys_a_path(forge: Forge) -> None:
    named = forge.write()
    given = write_package(forge.folder / "any name.census", forge.draft(), forge.department)

    assert named.path == forge.folder / "11430000006122549D-000007.census"
    assert named.name == "11430000006122549D-000007"
    assert given.path.read_bytes() == named.path.read_bytes()


def test_nothing_else_stays_in_the_folder(forge: Forge) -> None:
    forge.write()

    assert [path.name for path in forge.folder.iterdir()] == ["11430000006122549D-000007.census"]


def test_datapackage_may_name_the_hash_of_the_records(forge: Forge) -> None:
    seen: list[RecordsFacts] = []

    def make(facts: RecordsFacts) -> bytes:
        seen.append(facts)
        return b"{}"

    with forge.open(forge.write(datapackage=make).path) as package:
        body = b"".join(each + b"\n" for each in package.iter_lines())
        assert seen == [RecordsFacts(len(body), hashlib.sha256(body).hexdigest(), 3)]
        assert package.read_file("data/datapackage.json") == b"{}"


def test_attachment_travels_under_its_hash(forge: Forge) -> None:
    body = b"%PDF-1.7 stamped\n" * 9000
    digest = hashlib.sha256(body).hexdigest()
    entry = {"bytes": len(body), "ext": "pdf", "name": "盖章页.pdf", "sha256": digest}
    written = forge.write(
        files={f"attachments/{digest}.pdf": body},
        package_json=forge.description(attachments=[entry]),
    )

    with forge.open(written.path) as package:
        assert package.read_file(f"data/attachments/{digest}.pdf") == body


def test_records_nobody_would_accept_leave_no_file_and_keep_the_old_one(forge: Forge) -> None:
    old = forge.write()
    before = old.path.read_bytes()

    with pytest.raises(refusals.RecordInvalid) as caught:
        forge.write(record_lines=[forge.line(2), forge.line(1)])

    assert caught.value.params["file"] == old.path.name
    assert old.path.read_bytes() == before
    assert list(forge.folder.iterdir()) == [old.path]


def test_line_schema_is_asked_by_reader_and_writer(forge: Forge) -> None:
    class NoVolume(AnyValues):
        def fault(self, form: str, values: Mapping[str, LineValue]) -> str | None:
            return f"{form}: volume" if "volume" in values else None

    written = forge.write()

    with pytest.raises(refusals.RecordInvalid) as read:
        forge.open(written.path, line_schema=NoVolume())
    with pytest.raises(refusals.RecordInvalid):
        write_package(forge.folder, forge.draft(), forge.department, line_schema=NoVolume())
    assert read.value.params["where"] == "data/records.ndjson:1"
    assert read.value.params["detail"] == "information_resource: volume"


def test_reserved_forms_are_not_shown_to_the_schema(forge: Forge) -> None:
    class Nothing(AnyValues):
        def fault(self, form: str, values: Mapping[str, LineValue]) -> str | None:
            return "no form is admitted"

    values = {
        "form": "information_resource",
        "record": "0" * 32,
        "rule": "RES-3",
        "values_sha256": "ab" * 32,
        "reason": "已核实",
    }
    explanation = forge.line(1, form="explanation", values=values)
    written = forge.write(record_lines=[explanation])

    with forge.open(written.path, line_schema=Nothing()) as package:
        assert package.counts["explanation"]["put"] == 1

    for changed in ({**values, "text": "?"}, {**values, "record": "x"}, {"rule": "RES-3"}):
        with pytest.raises(refusals.Refused, match="RECORD"):
            forge.write(record_lines=[forge.line(1, form="explanation", values=changed)])


def test_a_form_that_the_type_does_not_carry_is_refused(forge: Forge) -> None:
    with pytest.raises(refusals.Refused, match="RECORD") as refused:
        forge.write(record_lines=[forge.line(1, form="query", values={})])
    assert "form: query" in str(refused.value)


def test_enrolment_is_signed_by_a_candidate(forge: Forge) -> None:
    request = create_request(forge.draft().sender, "某省民政厅", forge.candidate)
    written = forge.write(
        forge.candidate,
        type="enrolment",
        sequence=0,
        previous="0" * 64,
        form_version="",
        record_lines=None,
        datapackage=None,
        files={"request.csr": request},
    )

    with forge.open(written.path, allow_candidate=True) as package:
        assert package.role is Role.CANDIDATE
        assert package.read_file("data/request.csr") == request
    with pytest.raises(refusals.UnknownIssuer):
        forge.open(written.path)


@pytest.mark.parametrize("kind", ["review", "receipt", "ledger"])
def test_coordinator_answers(forge: Forge, kind: str) -> None:
    to_department = kind != "ledger"
    written = forge.write(
        forge.coordinator,
        type=kind,
        sender="11430000MB1A23456X",
        audience=forge.draft().sender if to_department else "coordinator",
        in_reply_to="ef" * 32 if to_department else "",
        form_version="v1" if kind == "review" else "",
        datapackage=None,
        record_lines=[],
    )

    with forge.open(written.path) as package:
        assert package.role is Role.COORDINATOR
        assert package.statement.type == kind


def test_contribution_of_a_section_goes_to_its_department(forge: Forge) -> None:
    department = forge.draft().sender
    section = forge.issue(forge.key(9), department + "A1", Role.DEPARTMENT)
    written = forge.write(
        section,
        type="contribution",
        sender=department + "A1",
        audience=department,
        record_lines=[forge.line(1, unit=department + "A1"), forge.line(2)],
    )

    assert written.name == f"{department}A1-{department}-000007"
    with forge.open(written.path) as package:
        assert package.records == 2


def test_root_signs_trust(forge: Forge) -> None:
    root = dataclasses.replace(forge.department, key=forge.root_key, certificate_pem=forge.root)
    written = forge.write(
        root,
        type="trust",
        sender="TRUST",
        audience="all",
        form_version="",
        record_lines=None,
        datapackage=None,
        files={"trust.json": b"{}", "formset/v1/choices.csv": b"a\n"},
    )

    with forge.open(written.path) as package:
        assert package.role is Role.ROOT


def test_clock_that_is_behind_is_noticed_and_not_believed(forge: Forge) -> None:
    written = forge.write()
    trust = dataclasses.replace(forge.trust, floor=forge.now)

    with forge.open(
        written.path, now=dt.datetime(2010, 1, 1, tzinfo=dt.UTC), trust=trust
    ) as package:
        assert package.notices == ("CLOCK",)


def test_stale_trust_bundle_is_noticed_and_blocks_nothing(forge: Forge) -> None:
    trust = dataclasses.replace(forge.trust, expires=forge.now - dt.timedelta(days=1))

    with forge.open(forge.write().path, trust=trust) as package:
        assert package.notices == ("TRUST_STALE",)


def test_package_admitted_once_never_expires(forge: Forge) -> None:
    written = forge.write()
    late = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    known = dataclasses.replace(forge.trust, admitted={written.identity})

    with pytest.raises(refusals.CertificateExpired):
        forge.open(written.path, now=late)
    with forge.open(written.path, now=late, trust=known) as package:
        assert package.identity == written.identity


@pytest.mark.parametrize("reading", ["iter_lines", "iter_file"])
def test_file_changed_under_the_open_package_is_noticed_before_it_is_used(
    forge: Forge, reading: str
) -> None:
    lines = [forge.line(number) for number in range(2000)]
    written = forge.write(record_lines=lines)
    data = written.path.read_bytes()
    seen: list[bytes] = []

    with forge.open(written.path) as package:
        with written.path.open("r+b") as same_file:
            same_file.seek(data.index("低保家庭信息1500".encode()))
            same_file.write("高保".encode())
        with pytest.raises(refusals.HashMismatch):
            seen.extend(getattr(package, reading)())

    assert "高保".encode() not in b"".join(seen)


def test_missing_file_and_folder_are_no_refusals(forge: Forge) -> None:
    with pytest.raises(UserError) as missing:
        open_package(forge.folder / "none.census", forge.trust, now=forge.now)
    with pytest.raises(EnvironmentProblem) as folder:
        open_package(forge.folder, forge.trust, now=forge.now)

    assert missing.value.code == "FILE_MISSING"
    assert folder.value.code == "FILE_IS_FOLDER"


def test_too_many_and_too_large_files_are_refused_before_signing(forge: Forge) -> None:
    many = {f"attachments/{number:064x}.txt": b"" for number in range(1995)}

    with pytest.raises(refusals.TooManyEntries):
        forge.write(files=many)
    with pytest.raises(refusals.TooBig):
        forge.write(files={f"attachments/{1:064x}.txt": bytes((64 << 20) + 1)})


def test_failure_of_the_schema_itself_closes_the_file(forge: Forge) -> None:
    class Broken(AnyValues):
        def fault(self, form: str, values: Mapping[str, LineValue]) -> str | None:
            raise ZeroDivisionError(form, values)

    written = forge.write()

    with pytest.raises(ZeroDivisionError):
        forge.open(written.path, line_schema=Broken())


def test_units_of_the_trust_bundle_are_in_scope(forge: Forge) -> None:
    sender, unit = forge.draft().sender, "12430000444877134T"
    anatomy = forge.anatomy()
    anatomy.files["data/records.ndjson"] = b"".join(
        forge.line(number, unit=unit) + b"\n" for number in range(3)
    )
    known = dataclasses.replace(forge.trust, units={sender: frozenset({unit})})

    with pytest.raises(refusals.ScopeViolation):
        forge.open_bytes(anatomy.sealed())
    forge.open_bytes(anatomy.sealed(), trust=known).close()


def test_memory_does_not_grow_with_the_package(forge: Forge) -> None:
    text = "某" * 1300
    lines = (forge.line(number, values={"name": text}) for number in range(5000))
    written = forge.write(record_lines=lines)
    assert written.bytes > 16 << 20

    tracemalloc.start()
    try:
        with forge.open(written.path) as package:
            count = sum(1 for _ in package.iter_lines())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 5000
    assert peak < 4 << 20


def test_too_many_records_are_refused(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("census_app.exchange.records.MAX_RECORDS", 2)

    with pytest.raises(refusals.TooBig) as caught:
        forge.write()

    assert caught.value.params["where"] == "data/records.ndjson:3"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_pipe_is_refused_without_waiting(forge: Forge) -> None:
    path = forge.folder / "pipe.census"
    os.mkfifo(path)

    with pytest.raises(refusals.PackageSize):
        forge.open(path)
