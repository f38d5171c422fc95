"""Answers pass from one form set to the next: renamed ones follow, fitting ones stay, others are kept as text."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from census_app.assets import forms_dir
from census_app.formspec.form_files import MAX_BYTES, fingerprint, read_files
from census_app.formspec.lines import FormLines
from census_app.formspec.loader import FormSetInvalid, load_form_files, load_form_set
from census_app.formspec.model import FormSet, Removal, Rename
from census_app.formspec.types import JsonValue
from census_app.formspec.upgrade import UpgradePlan, asks_the_same, effects, plan_path, plan_upgrade

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def v1() -> FormSet:
    return load_form_set(forms_dir())


@pytest.fixture(scope="module")
def v2(v2_folder: Path) -> FormSet:
    return load_form_set(v2_folder)


@pytest.fixture(scope="module")
def plan(v1: FormSet, v2: FormSet) -> UpgradePlan:
    return plan_upgrade(v1, v2)


@pytest.fixture
def folder(v2_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(v2_folder, tmp_path / "edited"))


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(v1: FormSet, folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(FormSetInvalid) as caught:
        plan_upgrade(v1, load_form_set(folder))
    return [(f.code, f.detail) for f in caught.value.faults]


def test_plan_names_every_change_that_concerns_answers(plan: UpgradePlan) -> None:
    found = {(c.kind, c.form, c.field, c.old, c.new) for c in plan.changes}
    assert found == {
        ("field_renamed", "internal_office", "tasks", "duties", "tasks"),
        ("field_added", "internal_office", "leader", "", ""),
        ("field_added", "internal_office", "staff", "", ""),
        ("field_removed", "data_item", "charset", "charset", ""),
        ("type_changed", "data_item", "seq", "integer", "text"),
        ("code_removed", "department", "org_kind", "mass", ""),
        ("code_replaced", "department", "org_kind", "enterprise", "institution"),
        ("code_removed", "information_resource", "update_cycle", "ten_days", ""),
    }
    assert [c.field for c in plan.changes if c.required] == ["leader"]
    assert plan.renamed() == [("internal_office", "duties", "tasks")]


def test_renamed_field_keeps_its_answer_and_a_removed_one_is_put_aside(plan: UpgradePlan) -> None:
    office = plan.values("internal_office", {"name": "水资源处", "duties": "管水"})
    assert office.values == {"name": "水资源处", "tasks": "管水"}
    assert (office.unfit, office.dropped) == ({}, {})
    item = plan.values(
        "data_item", {"name": "名称", "charset": "UTF-8", "parent_id": "0" * 32, "position": 1024}
    )
    assert item.values == {"name": "名称", "parent_id": "0" * 32, "position": 1024}
    assert item.dropped == {"charset": "UTF-8"}


def test_code_is_kept_replaced_understood_or_kept_as_text(plan: UpgradePlan) -> None:
    assert plan.values("department", {"org_kind": "court"}).values == {"org_kind": "court"}
    assert plan.values("department", {"org_kind": "enterprise"}).values == {
        "org_kind": "institution"
    }
    lost = plan.values("department", {"org_kind": "mass"})
    assert (lost.values, lost.unfit) == ({}, {"org_kind": "群众团体"})
    spelled = plan.values("information_resource", {"update_cycle": "ten_days"})
    assert spelled.values == {"update_cycle": "other"}
    assert spelled.understood == {"update_cycle": "每旬"}


def test_other_type_is_read_from_the_former_wording(v1: FormSet, plan: UpgradePlan) -> None:
    assert plan.values("data_item", {"seq": 7}).values == {"seq": "7"}
    back = plan_upgrade(plan.new, _renumbered(v1))
    assert back.values("data_item", {"seq": "1,200"}).values == {"seq": 1200}
    assert back.values("data_item", {"seq": "1,200"}).understood == {"seq": "1,200"}
    odd = back.values("data_item", {"seq": "七"})
    assert (odd.values, odd.unfit) == ({}, {"seq": "七"})


def _renumbered(v1: FormSet) -> FormSet:
    """A third version that is the first one again: two renames back, one field more to remove."""
    return msgspec.structs.replace(
        v1,
        version="v3",
        predecessor="v2",
        renamed=(Rename("internal_office", "duties", "tasks"),),
        removed=(Removal("internal_office", "leader"), Removal("internal_office", "staff")),
    )


def test_unfit_and_understood_texts_follow_their_field(plan: UpgradePlan) -> None:
    office = plan.values(
        "internal_office", {"duties": "管水"}, unfit={"org": "某处"}, understood={"duties": "管 水"}
    )
    assert office.unfit == {"org": "某处"}
    assert office.understood == {"tasks": "管 水"}
    assert plan.values("data_item", {}, unfit={"charset": "?"}).dropped == {"charset": "?"}


def test_two_plans_follow_one_another(v1: FormSet, v2: FormSet) -> None:
    v3 = _renumbered(v1)
    known = {s.version: s for s in (v1, v2)}
    whole = plan_path(v3, "v1", known.get)
    assert whole is not None
    assert (whole.old.version, whole.new.version) == ("v1", "v3")
    office: dict[str, JsonValue] = {"name": "处", "duties": "管水"}
    assert whole.values("internal_office", office).values == office
    assert whole.field_id("internal_office", "duties") == "duties"
    assert whole.field_id("data_item", "charset") is None
    assert whole.renamed() == []
    assert plan_path(v3, "v0", known.get) is None
    assert plan_path(v3, "v1", lambda _version: None) is None
    later = plan_path(v3, "v2", known.get)
    assert later is not None
    assert later.values("internal_office", {"leader": "王芳"}).dropped == {"leader": "王芳"}


def test_later_form_set_may_speak_of_several_versions(v1: FormSet, v2: FormSet) -> None:
    v3 = msgspec.structs.replace(
        v2,
        version="v3",
        predecessor="v2",
        earlier=("v1",),
        renamed=(Rename("internal_office", "tasks", "duties", "v1"),),
        removed=(Removal("data_item", "charset", "", "v1"),),
        replaced=(),
    )
    plan = plan_path(v3, "v1", {"v1": v1}.get)  # the version between is not known here
    assert plan is not None
    assert plan.values("internal_office", {"duties": "管水"}).values == {"tasks": "管水"}
    nearest = plan_path(v3, "v2", {"v2": v2}.get)
    assert nearest is not None
    assert nearest.changes == ()


def test_same_questions_with_other_words_are_the_same(
    v1: FormSet, v2: FormSet, folder: Path
) -> None:
    edit(folder, "internal_office.toml", "负责人", "处室负责人")
    assert asks_the_same(v2, load_form_set(folder))
    assert not asks_the_same(v1, v2)
    edit(
        folder,
        "internal_office.toml",
        'type     = "text"\nlabel    = { zh = "处室负责人"',
        'type     = "date"\nlabel    = { zh = "处室负责人"',
    )
    assert not asks_the_same(v2, load_form_set(folder))


def test_what_disappears_unsaid_is_a_fault(v1: FormSet, folder: Path) -> None:
    edit(folder, "formset.toml", 'field  = "charset"', 'field  = "nothing"')
    edit(folder, "formset.toml", 'field        = "tasks"', 'field        = "name"')
    assert sorted(faults(v1, folder)) == [
        ("DANGLING", "removed: data_item.nothing"),
        ("DISAPPEARED", "field data_item.charset"),
        ("DUPLICATE", "renamed: internal_office.name was there before"),
    ]


def test_removed_and_still_there_is_a_fault(v1: FormSet, folder: Path) -> None:
    edit(folder, "formset.toml", 'field  = "charset"', 'field  = "code_set"')
    assert sorted(faults(v1, folder)) == [
        ("BAD_VALUE", "removed, and still there: data_item.code_set"),
        ("DISAPPEARED", "field data_item.charset"),
    ]


def test_replacement_that_leads_nowhere_is_a_fault(v1: FormSet, folder: Path) -> None:
    edit(folder, "formset.toml", 'by      = "institution"', 'by      = "nothing"')
    assert faults(v1, folder) == [("DANGLING", "replaced: org_kind enterprise by nothing")]


def test_form_that_disappears_and_record_that_becomes_a_child_are_faults(
    v1: FormSet, folder: Path
) -> None:
    edit(folder, "formset.toml", '    "joint_application",\n', "")
    edit(folder, "sharing_demand.toml", "title    =", 'parent   = "department"\ntitle    =')
    with pytest.raises(FormSetInvalid) as caught:  # the roles of the form are missing
        load_form_set(folder)
    assert {f.code for f in caught.value.faults} == {"MISSING_ROLE"}
    edit(
        folder,
        "formset.toml",
        '    "sharing_demand",\n',
        '    "sharing_demand",\n    "joint_application",\n',
    )
    found = faults(v1, folder)
    assert found == [("PARENT", "sharing_demand: parent was (none), is department")]


def test_wrong_predecessor_and_renames_without_one_are_faults(v1: FormSet, folder: Path) -> None:
    edit(folder, "formset.toml", 'predecessor = "v1"', 'predecessor = "v0"')
    assert ("BAD_VALUE", "v2 says nothing of v1") in faults(v1, folder)
    edit(folder, "formset.toml", 'predecessor = "v0"', "")
    with pytest.raises(FormSetInvalid) as caught:
        load_form_set(folder)
    assert {f.detail for f in caught.value.faults} == {
        f"{table}: of which version? no predecessor" for table in ("renamed", "removed", "replaced")
    }


def test_upgraded_lines_are_legal_in_the_newer_form_set(plan: UpgradePlan, v2: FormSet) -> None:
    lines = FormLines(v2)
    cases: list[tuple[str, dict[str, JsonValue]]] = [
        ("internal_office", {"name": "处", "duties": "管水"}),
        ("data_item", {"name": "甲", "seq": 3, "charset": "x", "parent_id": "0" * 32}),
        ("department", {"name": "厅", "org_kind": "enterprise"}),
        ("department", {"name": "厅", "org_kind": "mass"}),
        ("information_resource", {"update_cycle": "ten_days", "size_total_gb": "1.5"}),
    ]
    for form, values in cases:
        assert FormLines(plan.old).fault(form, values) is None, values
        assert lines.fault(form, plan.values(form, values).values) is None, values


def test_effects_are_counted_without_doing_anything(plan: UpgradePlan) -> None:
    records: list[tuple[str, dict[str, JsonValue]]] = [
        ("department", {"name": "甲", "org_kind": "mass"}),
        ("department", {"name": "乙", "org_kind": "court"}),
        ("internal_office", {"name": "处"}),
        ("data_item", {"name": "项", "charset": "UTF-8"}),
    ]
    found = effects(plan, records)
    assert (found.records, found.unharmed, found.touched, found.put_aside) == (4, 1, 2, 1)
    assert found.reasons == {
        ("department", "org_kind", "unfit"): 1,
        ("internal_office", "leader", "required"): 1,
        ("data_item", "charset", "dropped"): 1,
    }


# -- form sets from outside ------------------------------------------------------------------------------------------


def test_form_set_loads_from_its_files_as_from_its_folder(v2_folder: Path, v2: FormSet) -> None:
    files = read_files(v2_folder)
    assert load_form_files(files) == v2
    assert v2.sha256 == fingerprint(v2_folder)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("../evil.toml", b"", "BAD_NAME"),
        ("choices/../../x.csv", b"", "BAD_NAME"),
        ("a\\b.toml", b"", "BAD_NAME"),
        ("notes.exe", b"", "BAD_NAME"),
        ("choices/big.csv", b"x" * (3 << 20), "TOO_BIG"),
        ("formset.toml", b"\xff\xfe", "UTF8"),
        ("formset.toml", b"a = " + b"[" * 5000, "TOML"),
        ("formset.toml", b"a" + b".a" * 1_000_000 + b" = 1", "TOML"),
        ("formset.toml", b'version = "v2"\nforms = 3\n', "BAD_VALUE"),
        ("formset.toml", b'version = "v2"\nforms = [1]\n', "BAD_VALUE"),
        ("campaign.toml", b"campaign = 1\nsettings = 2\nmilestone = 3\n", "BAD_VALUE"),
        ("choices/lists_systems.toml", b"phase = 1\n", "BAD_VALUE"),
        ("choices/phase.csv", b'code,zh,en,parent,spellings\n"' + b"x" * 200_000, "BAD_VALUE"),
        ("data_item.toml", b"field = 1\n", "BAD_VALUE"),
        ("data_item.toml", b"field = [1, [2]]\n", "BAD_VALUE"),
    ],
)
def test_hostile_files_are_faults_and_nothing_else(
    v2_folder: Path, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(FormSetInvalid) as caught:
        load_form_files(read_files(v2_folder) | {name: content})
    assert code in {f.code for f in caught.value.faults}


def test_too_many_bytes_are_refused_before_they_are_read(v2_folder: Path) -> None:
    big = {f"choices/c{n}.csv": bytes(1 << 20) for n in range((MAX_BYTES >> 20) + 1)}
    with pytest.raises(FormSetInvalid) as caught:
        load_form_files(read_files(v2_folder) | big)
    assert {f.code for f in caught.value.faults} == {"TOO_BIG"}
