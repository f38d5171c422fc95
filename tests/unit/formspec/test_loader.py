"""The loader reports every fault at once, with code, file and line; nothing bad reaches a clerk."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from census_app.assets import forms_dir
from census_app.formspec.form_files import fingerprint
from census_app.formspec.loader import Fault, FormSetInvalid, load_form_set


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(forms_dir(), tmp_path / "v1"))


def edit(folder: Path, name: str, old: str, new: str, *, append: str = "") -> int:
    """Replace the first occurrence and return its line."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) + append, encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(FormSetInvalid) as caught:
        load_form_set(folder)
    return caught.value.faults


def test_shipped_form_set_has_eight_forms_and_every_rule_speaks_both_languages() -> None:
    form_set = load_form_set(forms_dir())
    assert [f.id for f in form_set.forms] == [
        "department",
        "internal_office",
        "business_matter",
        "information_system",
        "information_resource",
        "data_item",
        "sharing_demand",
        "joint_application",
    ]
    texts = [t for f in form_set.forms for r in f.rule for t in (r.message, r.remedy)]
    texts += [f.label for form in form_set.forms for f in form.field]
    assert all(t.zh.strip() and t.en.strip() for t in texts)
    assert all(f.source for form in form_set.forms for f in form.field)


def test_unknown_key_is_reported_with_line_and_nearest_spelling(copy: Path) -> None:
    line = edit(copy, "data_item.toml", "max_length", "max_lenght")
    found = faults(copy)
    assert [(f.code, f.file, f.line) for f in found] == [("UNKNOWN_KEY", "data_item.toml", line)]
    assert "max_length" in found[0].detail


def test_all_faults_are_reported_at_once(copy: Path) -> None:
    edit(copy, "data_item.toml", "max_length", "max_lenght")
    edit(copy, "internal_office.toml", 'title = "name"', 'title = "nam"') if 'title = "name"' in (
        copy / "internal_office.toml"
    ).read_text(encoding="utf-8") else edit(copy, "internal_office.toml", '= "name"', '= "nam"')
    (copy / "choices" / "share_type.csv").write_text("code,zh\n1,x\n", encoding="utf-8")
    files = {f.file for f in faults(copy)}
    assert {"data_item.toml", "internal_office.toml", "choices/share_type.csv"} <= files


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("DELETE FROM information_resource", "not authorized"),
        ("ATTACH 'x' AS y", "not authorized"),
        ("PRAGMA writable_schema=1", "not authorized"),
        ("SELECT load_extension('x')", "not authorized"),
        (
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT n FROM r",
            "not authorized",
        ),
        ("SELECT name FROM sqlite_master", "prohibited"),
        ("SELECT id FROM information_resource; DROP TABLE data_item", "semicolons"),
        ("SELECT nothing_like_it FROM information_resource", "no such column"),
    ],
)
def test_hostile_or_wrong_query_is_refused_when_loaded(copy: Path, sql: str, word: str) -> None:
    rule = f"""
[[rule]]
id = "RES-99"
severity = "error"
fields = ["name"]
query = "{sql}"
message = {{ zh = "甲", en = "a" }}
remedy = {{ zh = "乙", en = "b" }}
example = {{ bad = {{}}, good = {{}} }}
"""
    path = copy / "information_resource.toml"
    path.write_text(path.read_text(encoding="utf-8") + rule, encoding="utf-8")
    found = faults(copy)
    assert [f.code for f in found] == ["BAD_SQL"]
    assert word in found[0].detail
    assert found[0].line > 100


def test_missing_role_is_reported(copy: Path) -> None:
    edit(
        copy, "data_item.toml", 'role = "item_name"', 'role = "item_nme"'
    ) if 'role = "item_name"' in (copy / "data_item.toml").read_text(encoding="utf-8") else edit(
        copy, "data_item.toml", '"item_name"', '"item_nme"'
    )
    assert ("MISSING_ROLE", "no field carries the role item_name") in [
        (f.code, f.detail) for f in faults(copy)
    ]


def test_circle_of_relevance_is_reported(copy: Path) -> None:
    path = copy / "internal_office.toml"
    fields = """
[[field]]
id = "left_one"
type = "text"
label = { zh = "左", en = "Left" }
relevant = "right_one = 'x'"
source = "t"

[[field]]
id = "right_one"
type = "text"
label = { zh = "右", en = "Right" }
relevant = "left_one = 'x'"
source = "t"
"""
    path.write_text(path.read_text(encoding="utf-8") + fields, encoding="utf-8")
    assert "CIRCLE" in [f.code for f in faults(copy)]


def test_fingerprint_changes_with_any_file_and_not_with_line_ends(copy: Path) -> None:
    before = fingerprint(copy)
    path = copy / "campaign.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert fingerprint(copy) == before
    path.write_bytes(path.read_bytes() + b"# one more word\n")
    assert fingerprint(copy) != before


def test_missing_folder_names_the_file(tmp_path: Path) -> None:
    assert [f.code for f in faults(tmp_path)] == ["MISSING_FILE", "MISSING_FILE"]


@pytest.mark.parametrize(
    ("file", "old", "new", "word"),
    [
        (
            "information_resource.toml",
            '{ field = "update_cycle", code = "other" }',
            '{ field = "update_cycle", code = "others" }',
            "update_cycle has no code others",
        ),
        (
            "information_resource.toml",
            '{ field = "update_cycle", code = "other" }',
            '{ field = "name", code = "other" }',
            "name has no code other",
        ),
        ("choices/lists_systems.toml", 'stopped = "Z3"', 'stopped = "Z8"', "no code Z8"),
        ("choices/lists_systems.toml", "\nZ4 = {", "\nZ9 = {", "no code Z9"),
    ],
)
def test_what_code_asks_of_a_list_is_in_it(
    copy: Path, file: str, old: str, new: str, word: str
) -> None:
    edit(copy, file, old, new)
    (found,) = faults(copy)
    assert found.code == "DANGLING"
    assert word in found.detail


def test_every_text_beside_an_entry_says_so(copy: Path) -> None:
    """A field that is asked because a list has no better entry tells which one it spells out."""
    form_set = load_form_set(copy)
    for form in form_set.forms:
        codes = {f.id for f in form.field if f.type == "code"}
        for field in form.field:
            if field.relevant.endswith("= 'other'") and field.type == "text":
                assert field.explains is not None, field.id
                assert field.explains.field in codes


def test_a_tolerance_that_is_none_is_a_fault(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(forms_dir(), tmp_path / "v1"))
    form = folder / "information_system.toml"
    text = form.read_text(encoding="utf-8")
    assert 'tolerance   = "20%"' in text
    form.write_text(text.replace('tolerance   = "20%"', 'tolerance = "ungefähr"', 1), "utf-8")
    with pytest.raises(FormSetInvalid) as raised:
        load_form_set(folder)
    (fault,) = [f for f in raised.value.faults if "tolerance" in f.detail]
    assert (fault.code, fault.file) == ("BAD_VALUE", "information_system.toml")
    assert fault.line > 0
