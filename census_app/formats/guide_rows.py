"""Know the rows between a header and the records that only show how to fill the list in: an example, explanations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from census_app.formats.cells import Cell, is_blank

_EXAMPLE_WORD: Final = r"(?:填写|填报|填表)?(?:示例|样例|范例|举例|例)[一二三四五0-9]*行?"
_EXAMPLE: Final = re.compile(
    rf"\s*(?:{_EXAMPLE_WORD}\s*$|{_EXAMPLE_WORD}\s*[:：]|例如\s*[:：]?|[(（【\[]\s*{_EXAMPLE_WORD}\s*[)）】\]])"
)
_EXPLANATION: Final = re.compile(
    r"\s*[(（【\[]?(?:填表|填写|填报|字段|指标|栏目|各列)?(?:说明|要求|须知|注意事项|规范)[)）】\]]?\s*(?:[:：]|$)"
)
_INSTRUCTION: Final = re.compile(
    r"\s*[(（]?(?:请|必填|选填|必选|可选|填写|填报|格式|例如|例[:：]|如[:：“]|示例|下拉|单选|多选|可多选|选择|不超过|限填)"
)
_LEAST_INSTRUCTIONS: Final = 3
_SHARE_OF_INSTRUCTIONS: Final = 0.6


def is_example(row: Sequence[Cell]) -> bool:
    """Say whether the first filled cell of a row calls it an example, as 示例, 例： or （样例） do."""
    return _EXAMPLE.match(_first(row)) is not None


def is_explanation(row: Sequence[Cell]) -> bool:
    """Say whether a row explains the columns: its first cell says 填表说明, or most cells tell what to enter."""
    if _EXPLANATION.match(_first(row)) is not None:
        return True
    filled = [cell for cell in row if not is_blank(cell)]
    telling = sum(_INSTRUCTION.match(cell) is not None for cell in filled)
    return telling >= _LEAST_INSTRUCTIONS and telling >= _SHARE_OF_INSTRUCTIONS * len(filled)


def _first(row: Sequence[Cell]) -> str:
    return next((cell for cell in row if not is_blank(cell)), "")
