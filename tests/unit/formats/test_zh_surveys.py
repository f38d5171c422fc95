"""The three survey forms of systems with their full two-row headers, read from workbooks (domain §2.3)."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import openpyxl
import pytest

from census_app.assets import forms_dir
from census_app.formats.workbook import TableContent, read_workbook
from census_app.formspec.loader import load_form_set
from census_app.formspec.model import FormSet

HEADERS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("template_headers.toml").read_text(encoding="utf-8")
)
TOP_GROUPS = [("基本信息", 36), ("使用", 7), ("运维", 14), ("资金", 3), ("数据", 11)]
FIELDS = {
    "zh_built": """
        org name basis approval_dept approval_month function owner_office owner_contact owner_phone builder
        builder_contact builder_phone build_type build_mode build_start in_use category deploy_site secrecy
        desensitized mlps_level networks use_scope architecture app_os db_os middleware db_version interconnect
        interconnect_names virtualized virtualization defer_requested defer_reason upgrade_needed upgrade_detail
        is_zombie users users_detail user_count monthly_uses server_ips access_url om_unit om_contact om_phone
        om_mode om_contract_end has_backup backup_mode backup_site backup_gb backup_freq active_active active_site
        disaster_recovery tech_docs fund_source build_amount_wan om_amount_wan input_modes data_growth stock_years
        stock_validity storage_mode data_file_size encryption_mode update_mode external_report report_timeliness
        remarks""",
    "zh_building": """
        org name approval_dept approval_month function owner_office owner_contact owner_phone build_amount_wan
        fund_source category build_stage build_mode builder builder_contact builder_phone contract_sign
        contract_done warranty_end paid_wan - basis expected_goal urgency urgency_note users users_detail user_count
        planned_in_use deploy_site secrecy desensitized mlps_level networks use_scope interconnect
        interconnect_names virtualized virtualization has_backup backup_mode backup_site backup_gb
        disaster_recovery followup_plan continue_reason remarks""",
    "zh_planned": """
        org name secrecy desensitized approval_dept approval_month function build_amount_wan fund_source fund_ready
        build_mode owner_contact owner_phone category urgency required_by basis expected_goal users users_detail
        user_count remarks""",
}
"""By column; `-` is computed and never imported."""

WORDINGS: dict[str, dict[str, str]] = {
    "as_published": {},
    "short": {"单位名称": "名称", "联系电话": "电话", "备份方式": "方式"},
    "body_everywhere": {"归口科室名称": "单位名称", "联系电话": "电话"},
    "marked": {"单位名称": "单位名称\n（必填项）", "联系人": "联系人★"},
}


@pytest.fixture(scope="module")
def shipped() -> FormSet:
    return load_form_set(forms_dir())


def write_survey(path: Path, headers: list[str], wording: dict[str, str], *, top: bool) -> Path:
    """Write title, header and one row of values `值1`, `值2` …; the cells of the header merged as in print."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["政务信息系统调查表（审计统计表）"])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(headers))
    if top:
        column = 1
        for group, width in TOP_GROUPS:
            sheet.cell(2, column, group)
            sheet.merge_cells(
                start_row=2, end_row=2, start_column=column, end_column=column + width - 1
            )
            column += width
    row = 3 if top else 2
    pairs = [(name.partition("|")[0], name.partition("|")[2]) for name in headers]
    for group, cells in itertools.groupby(enumerate(pairs, 1), key=lambda each: each[1][0]):
        columns = list(cells)
        first, last = columns[0][0], columns[-1][0]
        sheet.cell(row, first, group)
        grouped = bool(columns[0][1][1])
        end_row = row if grouped else row + 1
        sheet.merge_cells(start_row=row, end_row=end_row, start_column=first, end_column=last)
        for column, (_, sub) in columns if grouped else ():
            sheet.cell(row + 1, column, wording.get(sub, sub))
    for column in range(1, len(headers) + 1):
        sheet.cell(row + 2, column, f"值{column}")
    book.save(path)
    return path


def read_survey(path: Path, form_set: FormSet) -> TableContent:
    (table,) = read_workbook(path, form_set).tables
    return table


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize(
    ("key", "columns", "template", "phase"),
    [
        ("zh_built", 71, "ZH-built", "已建"),
        ("zh_building", 47, "ZH-building", "在建"),
        ("zh_planned", 22, "ZH-planned", "拟建"),
    ],
)
def test_every_column_of_a_survey_form_is_its_field(
    shipped: FormSet,
    tmp_path: Path,
    key: str,
    columns: int,
    template: str,
    phase: str,
    wording: str,
) -> None:
    fields = FIELDS[key].split()
    path = write_survey(tmp_path / "survey.xlsx", HEADERS[key], WORDINGS[wording], top=False)
    table = read_survey(path, shipped)
    (record,) = table.records

    assert len(fields) == len(HEADERS[key]) == columns
    assert table.template.id == template
    assert {name: cell.text for name, cell in record.cells.items()} == {
        "phase": phase,
        **{name: f"值{column}" for column, name in enumerate(fields, 1) if name != "-"},
    }
    assert list(table.unmatched) == ([] if key != "zh_building" else ["已付比例%"])


def test_the_five_groups_above_the_header_change_nothing(shipped: FormSet, tmp_path: Path) -> None:
    path = write_survey(tmp_path / "survey.xlsx", HEADERS["zh_built"], {}, top=True)
    table = read_survey(path, shipped)

    assert set(table.records[0].cells) == {"phase", *FIELDS["zh_built"].split()}
    assert table.unmatched == ()
