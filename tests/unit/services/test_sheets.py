"""Every kind of report of one small campaign, as text: what stood there when somebody last looked at the print.

After a change that is meant: `CENSUS_GOLDEN_UPDATE=1 pytest tests/unit/services/test_sheets.py`, then look at the
difference and at the pages. Digests and fingerprints differ from run to run and stand as `####`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pypdfium2 as pdfium
import pytest

from census_app import bootstrap
from census_app.domain.corrections import Owner
from census_app.domain.records import RecordId
from census_app.errors import UserError
from census_app.reports.content import Language, Printed
from census_app.reports.glyphs import Ink
from census_app.services.correcting import correct
from census_app.services.department_sheet import print_department
from census_app.services.editing import create_record
from census_app.services.letter_sheet import print_letter
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Cancelled, Progress
from census_app.services.querying import raise_query
from census_app.services.record_sheet import (
    own_record,
    print_own_record,
    print_received_record,
    received_record,
)
from census_app.services.reporting import About, report
from tests.unit.services.conftest import (
    CODES,
    GOOD_RESOURCE,
    Centre,
    Desk,
    StandingClock,
    coordinator_key,
)

GOLDEN: Final = Path(__file__).parents[2] / "golden" / "reports"
RESOURCE, SYSTEM, OFFICE = "information_resource", "information_system", "internal_office"
NAME = str(GOOD_RESOURCE["name"])
SYSTEMS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "排污许可管理系统", "phase": "built", "function": "排污许可的受理、审核和发证", "must_connect": True,
        "connect_plan_on": "2027-06-30", "disposition": "keep", "om_amount_wan": Decimal(36), "is_zombie": False,
    },
    {
        "name": "档案登记系统", "phase": "built", "is_zombie": True, "zombie_reasons": ("Z4",),
        "zombie_measure": "迁移数据后关停", "disposition": "clear", "must_connect": True,
    },
    {"name": "监测数据平台", "phase": "planned"},
)  # fmt: skip
_BLANKS = re.compile("[ \u3000\u00a0]+")
_GROUPS = re.compile(r"\b[0-9a-f]{4}(?:\s+[0-9a-f]{4})+\b")


@pytest.fixture(scope="module")
def desk(enrolled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A department that has handed in twice, and a coordinator who asks and corrects."""
    folder = Path(shutil.copytree(enrolled, tmp_path_factory.mktemp("sheets") / "centre"))
    clock = StandingClock()
    centre = Centre(folder, clock, bootstrap.open_catalogue(folder / "catalogue.censusdb"))
    signer = coordinator_key(centre, centre.catalogue)
    store = centre.department()
    first, second = centre.add_office(store, "办公室"), centre.add_office(store, "信息处")
    made = Desk(centre, signer, store, first, second, [])
    for values in SYSTEMS:
        create_record(store, SYSTEM, values, actor="王", clock=clock)
    made.add_resource(GOOD_RESOURCE)
    other = {
        "name": "空气质量监测数据",
        "class_code": "社会信用基础信息",
        "share_type": "无条件共享",
    }
    made.add_resource({**GOOD_RESOURCE, **other, "share_condition": "无条件"})
    _hand_in(made)
    resource = next(r.id for r in store.stream_records(RESOURCE))
    centre.put(store, RESOURCE, resource, update_cycle="daily")
    _hand_in(made)
    made.ask(text="请写明办公室的职责。")
    raise_query(
        centre.catalogue, CODES[0], RESOURCE, resource, "abstract", "请写明覆盖的范围。",
        suggestion="全省排污许可证的持证单位，覆盖省、市、县三级。", must=False, actor="李", clock=clock,
    )  # fmt: skip
    correct(
        centre.catalogue, CODES[0], OFFICE, second, "duties", "信息化规划、建设和管理", "按三定方案更正",
        actor="李", clock=clock,
    )  # fmt: skip
    yield made
    for opened in (*centre.opened, centre.catalogue):
        opened.close()


def _hand_in(desk: Desk) -> None:
    desk.explain_all()
    done = desk.centre.export(desk.store, announce=True)
    assert desk.centre.receive(done).outcome == "merged"
    desk.packages.append(done)


def pages(printed: Printed) -> list[str]:
    with pdfium.PdfDocument(printed.pdf) as document:
        found = []
        for page in document:
            text = page.get_textpage()
            # PDFium takes a hyphen at the end of a line for one that was not typed.
            said = str(text.get_text_range()).replace("\ufffe", "-")
            found.append(said.replace("\r\n", "\n").strip())
            text.close()
            page.close()
        return found


def whole(printed: Printed) -> str:
    return "".join("".join(pages(printed)).split())


def made(desk: Desk, kind: str, of: str, language: Language) -> Printed:
    store = desk.store if of == "own" else desk.catalogue
    about = About(NAME if kind == "record" else "", CODES[0] if kind == "letter" else "")
    return report(kind, store, language, clock=desk.centre.clock, about=about)


KINDS: Final = (
    ("cover", "own", "zh"), ("cover", "own", "en"), ("summary", "own", "zh"), ("summary", "own", "en"),
    ("department", "own", "zh"), ("department", "own", "en"), ("zombies", "own", "zh"),
    ("connections", "own", "zh"), ("funding", "own", "zh"), ("record", "own", "zh"), ("record", "own", "en"),
    ("indicators", "received", "zh"), ("indicators", "received", "en"), ("zombies", "received", "zh"),
    ("zombies", "received", "en"), ("connections", "received", "zh"), ("funding", "received", "zh"),
    ("trust-notice", "received", "zh"), ("record", "received", "zh"), ("record", "received", "en"),
    ("letter", "received", "zh"), ("letter", "received", "en"),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "of", "language"), KINDS)
def test_each_kind_says_what_it_said(desk: Desk, kind: str, of: str, language: Language) -> None:
    printed = made(desk, kind, of, language)
    assert not printed.missing_characters
    text = "".join(f"---- {n}\n{page}\n" for n, page in enumerate(pages(printed), 1))
    # Which of the blanks a reader finds depends on the fonts a page shares.
    text = _BLANKS.sub(" ", _GROUPS.sub("####", text))
    path = GOLDEN / f"{of}-{kind}.{language}.txt"
    if os.environ.get("CENSUS_GOLDEN_UPDATE"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "of"), [("record", "own"), ("record", "received"), ("letter", "received")]
)
def test_the_same_content_gives_the_same_bytes(desk: Desk, kind: str, of: str) -> None:
    assert made(desk, kind, of, "zh").pdf == made(desk, kind, of, "zh").pdf


# -- the letter --------------------------------------------------------------------------------------------------------


def test_a_letter_is_one_page_with_its_list(desk: Desk) -> None:
    printed = made(desk, "letter", "received", "zh")
    text = whole(printed)
    assert printed.pages == 1
    assert "有3条意见需要贵单位办理，涉及3条记录，其中1条须在下一次报送前答复" in text
    for said in (
        "请写明办公室的职责。",
        "请写明覆盖的范围。",
        "按三定方案更正",
        "信息化规划、建设和管理",
    ):
        assert said in text, said
    assert "（盖章）" in text


def test_a_long_letter_has_an_overview_for_the_head_and_an_annex(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "many.censusdb"
    shutil.copy(desk.centre.folder / "catalogue.censusdb", path)
    catalogue = bootstrap.open_catalogue(path)
    try:
        for number in range(30):
            raise_query(
                catalogue, CODES[0], OFFICE, desk.first, "duties", f"第 {number} 个问题：请核对职责。",
                actor="李", clock=desk.centre.clock,
            )  # fmt: skip
        printed = print_letter(catalogue, CODES[0], "zh", clock=desk.centre.clock)
    finally:
        catalogue.close()
    first, *annex = ("".join(page.split()) for page in pages(printed))
    assert "附：审核意见清单（33条）" in first
    assert "（盖章）" in first
    assert "第7个问题" not in first
    for number in range(30):
        assert any(f"第{number}个问题：" in page for page in annex), number


def test_no_letter_is_printed_where_nothing_is_asked(desk: Desk) -> None:
    for department, code in (
        ("", "REPORT_WHICH_DEPARTMENT"),
        ("113200009900000999", "DEPARTMENT_UNKNOWN"),
        (CODES[1], "REVIEW_NO_PACKAGE"),
    ):
        with pytest.raises(UserError, match=code):
            print_letter(desk.catalogue, department, "zh", clock=desk.centre.clock)


# -- one record --------------------------------------------------------------------------------------------------------


def test_a_received_record_names_the_package_of_every_answer_and_what_the_centre_put_there(
    desk: Desk,
) -> None:
    clock = desk.centre.clock
    owner = received_record(desk.catalogue, NAME)
    text = whole(print_received_record(desk.catalogue, owner, "zh", clock=clock))
    first, second = (done.package.path.stem for done in desk.packages)
    assert f"首次报送{first}" in text
    assert f"现内容来自{second}" in text
    table = text[text.index("各项内容的来源") :]
    assert table.index(first) < table.index("其余各项") < table.index(second)
    assert "更新周期" in table[table.index(second) :]
    office = Owner(CODES[0], OFFICE, str(desk.second))
    text = whole(print_received_record(desk.catalogue, office, "zh", clock=clock))
    assert "按三定方案更正" in text
    assert "信息化规划、建设和管理" in text


def test_an_own_record_says_when_it_was_made_and_changed_and_shows_its_items(desk: Desk) -> None:
    named = own_record(desk.store, NAME)
    text = whole(print_own_record(desk.store, named, "zh", clock=desk.centre.clock))
    assert "登记2026-12-0116:00t" in text
    assert "修改次数" in text
    assert "1编号字符型C18" in text


def test_which_record_is_meant_is_said_or_asked(desk: Desk) -> None:
    record = own_record(desk.store, NAME)
    assert own_record(desk.store, record.record[:8]) == record
    assert received_record(desk.catalogue, record.record[:8], CODES[0]).record == record.record
    for given, code in (("", "REPORT_WHICH_RECORD"), ("没有这条", "RECORD_UNKNOWN")):
        with pytest.raises(UserError, match=code):
            own_record(desk.store, given)
        with pytest.raises(UserError, match=code):
            received_record(desk.catalogue, given)
    with pytest.raises(UserError, match="DEPARTMENT_UNKNOWN"):
        received_record(desk.catalogue, NAME, "113200009900000999")


# -- the department's catalogue ----------------------------------------------------------------------------------------


def test_records_stand_under_their_groups_and_short_forms_in_a_table(desk: Desk) -> None:
    printed = print_department(desk.store, "zh", clock=desk.centre.clock)
    contents = "".join(pages(printed)[1].split())
    for line in (
        "2内设机构",
        "3.1已建",
        "3.2拟建",
        "4.1政务基础信息资源目录",
        "4.2政务主题信息资源目录",
    ):
        assert line in contents, line
    assert contents.index("4.1") < contents.index("空气质量监测数据") < contents.index("4.2")
    with pdfium.PdfDocument(printed.pdf) as document:
        levels = {bookmark.level for bookmark in document.get_toc()}
    assert levels == {0, 1, 2}
    index = pages(printed)[-1]
    assert index.index("档案登记系统") < index.index("空气质量监测数据") < index.index(NAME)


def test_a_department_s_catalogue_can_be_stopped_between_pages(desk: Desk) -> None:
    seen: list[str] = []

    def stop() -> bool:
        return any("2" in text for text in seen)

    progress = Progress(lambda _done, _total, text: seen.append(text), stop)
    with pytest.raises(Cancelled):
        print_department(desk.store, "zh", clock=desk.centre.clock, progress=progress)
    assert any("页" in text for text in seen)


# -- any text in any field ---------------------------------------------------------------------------------------------

HOSTILE: Final = (
    "A<B & R&D; </b> <img src='/etc/passwd'/>",
    "<para>" * 300,
    "𠮷野家\u202e倒\u202c العربية é à̤ 한국어 ｆｕｌｌ",
    "(\\)( %PDF-1.7 ]]> \u0007",
    "资源" * 2500,
)


@pytest.fixture
def hostile(store: WorkspaceStore, clock: StandingClock) -> dict[str, dict[str, str]]:
    """A file whose every text is hostile: form → field → text. Each text names its field, so that none stands in."""
    given: dict[str, dict[str, str]] = {}
    owner: RecordId | None = None
    number = 0
    for form in store.form_set.forms:
        texts = {}
        for field in form.stored_fields:
            if field.type in {"text", "longtext"}:
                texts[field.id] = f"〔{form.id}·{field.id}〕{HOSTILE[number % len(HOSTILE)]}"
                number += 1
        if form.id in {RESOURCE, SYSTEM, OFFICE} or form.parent == RESOURCE:
            parent = owner if form.parent else None
            made = create_record(store, form.id, {**texts}, actor="t", clock=clock, parent=parent)
            owner = made if form.id == RESOURCE else owner
            given[form.id] = texts
    return given


def test_hostile_text_in_every_field_is_printed_as_it_stands(
    store: WorkspaceStore, clock: StandingClock, hostile: dict[str, dict[str, str]]
) -> None:
    printed = print_department(store, "zh", clock=clock)
    text, ink = whole(printed), Ink()
    missed = []
    for texts in hostile.values():
        for field, given in texts.items():
            begin = "".join(ink.clean(given)[:60].split())
            if begin not in text:
                missed.append(field)
    # What does not matter for these answers is not printed; that is decided by the form, not by the text.
    printable = sum(map(len, hostile.values())) - len(missed)
    assert printable > 25, missed
    assert {m.char for m in printed.missing_characters} >= {"𠮷", "\u202e", "\u0007"}
    named = own_record(store, hostile[RESOURCE]["name"])
    sheet = whole(print_own_record(store, named, "en", clock=clock))
    for field in ("name", "abstract"):
        assert "".join(ink.clean(hostile[RESOURCE][field])[:60].split()) in sheet
    for kind in ("zombies", "connections", "funding", "summary"):
        assert report(kind, store, "zh", clock=clock).pages >= 1
