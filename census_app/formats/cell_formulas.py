"""Say a form's SQL conditions in the formulas of a spreadsheet, as far as a spreadsheet can (ADR 0060).

A cell shows labels where a column of the database holds codes, and an empty cell is NULL. SQL knows three answers, a
formula two (`two_sided`): `true` gives a formula that is TRUE exactly where the condition is true, `false` one that is
TRUE exactly where it is false. What a spreadsheet cannot say (`fold`, `matches`, other records) gives None, and is left
to the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError
from typing_extensions import override

from census_app.formats.two_sided import TwoSided
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context, format_value

_NUMBERS: Final = frozenset({"integer", "decimal", "money"})
_TEXTS: Final = frozenset({"text", "longtext", "uscc", "phone", "month"})
_DAY: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TRUE: Final = "TRUE"
_FALSE: Final = "FALSE"


def quoted_text(value: str) -> str:
    """Return a text as formulas write it."""
    return '"' + value.replace('"', '""') + '"'


class _UnsayableError(Exception):
    """A spreadsheet cannot say it."""


class CellFormulas(TwoSided):
    """The conditions of one form about one row.

    Args:
        context: Form set, code lists and the language of the labels in the cells.
        cell: Field id → address of its cell, such as `$F7`; None for a field without a column.
    """

    def __init__(self, form: Form, context: Context, cell: Callable[[str], str | None]) -> None:
        self._fields = {field.id: field for field in form.stored_fields}
        self._context = context
        self._cell = cell

    def true(self, condition: str) -> str | None:
        """Return a formula that is TRUE where an SQL condition is true; None when it cannot be said."""
        return self._formula(condition, wanted=True)

    def false(self, condition: str) -> str | None:
        """Return a formula that is TRUE where an SQL condition is false, not where it is NULL."""
        return self._formula(condition, wanted=False)

    def _formula(self, condition: str, *, wanted: bool) -> str | None:
        try:
            return self.translated(condition, sure=wanted)
        except (_UnsayableError, SqlglotError):
            return None

    # -- conditions --------------------------------------------------------------------------------------------------

    @override
    def _joined(self, parts: Sequence[str], *, both: bool) -> str:
        return _all(parts) if both else _any(parts)

    @override
    def _always(self, truth: bool) -> str:
        return _TRUE if truth else _FALSE

    @override
    def _empty(self, node: exp.Expr, sure: bool) -> str:
        cell = self._column(node)[1]
        return f'{cell}=""' if sure else f'{cell}<>""'

    @override
    def _among(self, node: exp.In, sure: bool) -> str:
        field, cell = self._column(node.this)
        if field.type not in {"code", "text", "uscc"}:
            raise _UnsayableError
        entries = [f"{cell}={self._entry(field, each)}" for each in node.expressions]
        if sure:
            return _any(entries)
        return _all([f'{cell}<>""', *(entry.replace("=", "<>", 1) for entry in entries)])

    @override
    def _called(self, node: exp.Expr, sure: bool) -> str:
        if not isinstance(node, exp.Anonymous):
            raise _UnsayableError
        name, given = str(node.this).lower(), node.expressions
        if name == "blank" and len(given) == 1:
            cell = self._column(given[0])[1]
            return f'TRIM({cell})=""' if sure else f'TRIM({cell})<>""'
        if name == "has" and len(given) == 2:
            field, cell = self._column(given[0])
            if field.type != "codes":
                raise _UnsayableError
            label = self._label(field, given[1])
            joint = ", " if self._context.language == "en" else "、"
            whole = f"{quoted_text(joint)}&{cell}&{quoted_text(joint)}"
            found = f"ISNUMBER(SEARCH({quoted_text(joint + label + joint)},{whole}))"
            return found if sure else f"NOT({found})"
        raise _UnsayableError

    @override
    def _compared(self, node: exp.Expr, sign: str) -> str:
        left, right = node.this, node.expression
        kind = self._kind(left) or self._kind(right)
        if not kind:
            raise _UnsayableError
        guards: list[str] = []
        sides = [self._value(side, kind, other, guards) for side, other in
                 ((left, right), (right, left))]  # fmt: skip
        return _all([*dict.fromkeys(guards), f"{sides[0]}{sign}{sides[1]}"])

    # -- values ------------------------------------------------------------------------------------------------------

    def _kind(self, node: exp.Expr) -> str:
        """Return the type of the first field in a value: what the other side is to be read as."""
        if isinstance(node, exp.Length):
            return "integer"
        column = node if isinstance(node, exp.Column) else node.find(exp.Column)
        return self._column(column)[0].type if isinstance(column, exp.Column) else ""

    def _value(  # noqa: PLR0911  # one return per kind of node
        self, node: exp.Expr, kind: str, other: exp.Expr, guards: list[str]
    ) -> str:
        if isinstance(node, exp.Paren):
            return f"({self._value(node.this, kind, other, guards)})"
        if isinstance(node, exp.Column):
            field, cell = self._column(node)
            if field.type in _NUMBERS | {"date"}:
                guards.append(f"ISNUMBER({cell})")
            elif field.type in _TEXTS | {"code", "boolean"}:
                guards.append(f'{cell}<>""')
            else:
                raise _UnsayableError
            return cell
        if isinstance(node, exp.Coalesce):
            return self._instead(node)
        if isinstance(node, exp.Greatest):
            values = [node.this, *node.expressions]
            return f"MAX({','.join(self._value(v, kind, other, guards) for v in values)})"
        if isinstance(node, exp.Length):
            field, cell = self._column(node.this)
            if field.type not in _TEXTS:
                raise _UnsayableError
            guards.append(f'{cell}<>""')
            return f"LEN({cell})"
        if isinstance(node, (exp.CurrentDate, exp.Anonymous)):
            return self._from_outside(node)
        return self._constant(node, kind, other)

    def _instead(self, node: exp.Coalesce) -> str:
        field, cell = self._column(node.this)
        default = node.expressions[0]
        if field.type in _NUMBERS:
            return f"IF(ISNUMBER({cell}),{cell},{self._constant(default, field.type, node.this)})"
        if field.type in {"code", "boolean", *_TEXTS}:
            return f'IF({cell}="",{self._constant(default, field.type, node.this)},{cell})'
        raise _UnsayableError

    def _from_outside(self, node: exp.Expr) -> str:
        name = "today" if isinstance(node, exp.CurrentDate) else str(node.this).lower()
        if name == "today":
            return "TODAY()"
        if name == "setting" and len(node.expressions) == 1:
            value = self._context.form_set.settings.get(str(node.expressions[0].this))
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return str(value)
        raise _UnsayableError

    def _constant(self, node: exp.Expr, kind: str, other: exp.Expr) -> str:
        if not isinstance(node, exp.Literal):
            raise _UnsayableError
        if kind in _NUMBERS and not node.is_string:
            return str(node.this)
        if kind == "boolean" and not node.is_string:
            answered = next(f for f in self._fields.values() if f.type == "boolean")
            return quoted_text(format_value(node.this != "0", answered, self._context))
        if kind == "date":
            day = _DAY.fullmatch(str(node.this))
            if day:
                return f"DATE({int(day[1])},{int(day[2])},{int(day[3])})"
        if kind == "code" and isinstance(other, (exp.Column, exp.Coalesce)):
            column = other if isinstance(other, exp.Column) else other.this
            return self._entry(self._column(column)[0], node)
        if kind in _TEXTS and node.is_string:
            return quoted_text(str(node.this))
        raise _UnsayableError

    def _entry(self, field: Field, node: exp.Expr) -> str:
        if field.type == "code":
            return quoted_text(self._label(field, node))
        return quoted_text(str(node.this))

    def _label(self, field: Field, node: exp.Expr) -> str:
        code = str(node.this) if isinstance(node, exp.Literal) else ""
        if self._context.choices.entry(field.choices, code) is None:
            raise _UnsayableError
        return self._context.choices.label(field.choices, code, self._context.language)

    def _column(self, node: exp.Expr) -> tuple[Field, str]:
        if isinstance(node, exp.Column) and not node.table:
            field = self._fields.get(node.name)
            cell = self._cell(node.name)
            if field is not None and cell is not None:
                return field, cell
        raise _UnsayableError


def _all(parts: Sequence[str]) -> str:
    needed = [part for part in dict.fromkeys(parts) if part != _TRUE]
    if _FALSE in needed:
        return _FALSE
    return _TRUE if not needed else needed[0] if len(needed) == 1 else f"AND({','.join(needed)})"


def _any(parts: Sequence[str]) -> str:
    needed = [part for part in dict.fromkeys(parts) if part != _FALSE]
    if _TRUE in needed:
        return _TRUE
    return _FALSE if not needed else needed[0] if len(needed) == 1 else f"OR({','.join(needed)})"
