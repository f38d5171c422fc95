from __future__ import annotations

import pytest

from census_app.errors import UserError
from census_app.formats.headers import FieldRef, HeaderMap, is_class_column, normalise_header
from census_app.formspec.model import FormSet


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("信息资源名称\n（必填项）", "信息资源名称"),
        ("信息资源代码(选填项)", "信息资源代码"),
        ("★ 系 统 名 称*", "系统名称"),
        ("数据存储总量（G）", "数据存储总量"),
        ("备份量(GB)", "备份量"),
        ("结构化信息记录总数（万）", "结构化信息记录总数"),
        ("建设金额（万元）（必填）", "建设金额"),
        ("系统数据增长情况（M/月）", "系统数据增长情况"),
        ("已付比例%", "已付比例"),
        ("共享条件 / 不予共享依据", "共享条件／不予共享依据"),
        ("服务器ＩＰ", "服务器ip"),
    ],
)
def test_headers_are_compared_without_marks_units_blanks_and_width(
    written: str, plain: str
) -> None:
    assert normalise_header(written) == normalise_header(plain)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("共享类型", "共享方式类型"),
        ("用户规模（注册用户总数）", "用户规模"),
        ("信息项", "信息项名称"),
    ],
)
def test_headers_that_say_different_things_stay_apart(one: str, other: str) -> None:
    assert normalise_header(one) != normalise_header(other)


@pytest.mark.parametrize(
    "header",
    [
        "类分类（必填项）",
        "项分类",
        "目分类",
        "细目分类",
        "细目分类1",
        "细目分类1.1",
        "分类五级",
        "分类二十六级",
        "部门类信息资源分类",
        "信息类分类",
    ],
)
def test_levels_of_the_classification_are_known(header: str) -> None:
    assert is_class_column(normalise_header(header))


@pytest.mark.parametrize(
    "header",
    ["信息资源格式分类", "关联分类", "共享方式分类", "涉密分类", "开放主题分类", "目", "项"],
)
def test_other_classes_are_no_level_of_the_classification(header: str) -> None:
    assert not is_class_column(normalise_header(header))


@pytest.mark.parametrize(
    "header", ["信息资源名称", "信息资源", "name", "NAME", "信息资源名称（必填项）"]
)
def test_a_field_is_found_by_label_alias_and_id(form_set: FormSet, header: str) -> None:
    found = HeaderMap(form_set).find("information_resource", normalise_header(header))

    assert found[0] == FieldRef("information_resource", "name")


def test_a_header_that_form_and_child_know_belongs_to_the_form_first(form_set: FormSet) -> None:
    found = HeaderMap(form_set).find("information_resource", normalise_header("share_type"))

    assert found == [
        FieldRef("information_resource", "share_type"),
        FieldRef("data_item", "share_type"),
    ]


def test_a_mapping_wins_and_can_leave_a_column_out(form_set: FormSet) -> None:
    known = HeaderMap(form_set, {"地区 ": "information_system.org", "数据来源": ""})

    assert known.find("information_system", "地区") == [FieldRef("information_system", "org")]
    assert known.is_left_out("数据来源")
    assert not known.is_left_out("地区")


def test_a_mapping_to_a_field_that_does_not_exist_is_refused(form_set: FormSet) -> None:
    with pytest.raises(UserError) as caught:
        HeaderMap(form_set, {"地区": "information_system.region"})

    assert caught.value.code == "HEADER_MAPPING"
