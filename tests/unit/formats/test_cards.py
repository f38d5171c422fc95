from __future__ import annotations

from collections.abc import Sequence

from census_app.formats.cards import Card, find_card
from census_app.formats.headers import HeaderMap
from census_app.formats.sheets import Sheet
from census_app.formspec.model import FormSet

ROWS = [
    ["江苏省某厅职能清单"],
    ["单位名称：", "江苏省某厅", "", "统一社会信用代码", "11320000980005965U"],
    ["联系人姓名", "", "", "部门职能（最新颁布）", "负责某事\n负责某某事"],
]


def card(
    form_set: FormSet, rows: Sequence[Sequence[str]], name: str = "①部门职能清单"
) -> Card | None:
    width = max(map(len, rows))
    cells = [[*row, *[""] * (width - len(row))] for row in rows]
    return find_card(Sheet(name, cells), HeaderMap(form_set), len(cells))


def test_labels_beside_values_are_one_record(form_set: FormSet) -> None:
    found = card(form_set, ROWS)

    assert found is not None
    assert (found.record.form, found.template.id) == ("department", "card")
    assert {name: (c.text, c.address) for name, c in found.record.cells.items()} == {
        "name": ("江苏省某厅", "B2"),
        "uscc": ("11320000980005965U", "E2"),
        "functions": ("负责某事\n负责某某事", "E3"),
    }
    assert found.notes == ()


def test_cells_that_are_no_label_are_noted(form_set: FormSet) -> None:
    found = card(form_set, [*ROWS, ["邮政编码", "210024"]])

    assert found is not None
    assert [(n.code, n.cell) for n in found.notes] == [
        ("CARD_CELL_NOT_READ", "A4"),
        ("CARD_CELL_NOT_READ", "B4"),
    ]


def test_a_sheet_that_explains_the_labels_is_no_form(form_set: FormSet) -> None:
    assert card(form_set, ROWS, name="填写说明") is None


def test_a_sheet_without_the_naming_field_is_no_form(form_set: FormSet) -> None:
    assert card(form_set, ROWS[2:]) is None
