"""Conditions of a form, which are SQL, as XPath of XForms, where both can say the same.

SQL knows three answers, XPath two (`two_sided`). The SQL is read by sqlglot; whatever is not known here is not
translated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError
from typing_extensions import override

from census_app.formats.two_sided import TwoSided

_NUMERIC: Final = frozenset({"integer", "decimal", "money", "boolean"})


class Untranslatable(ValueError):
    """XPath of XForms cannot say this, or we do not know how; who asked writes a note instead."""


class Translator(TwoSided):
    """Translates the conditions of one form.

    Args:
        names: Field → name of its question.
        types: Field → type of the field.
    """

    def __init__(self, names: Mapping[str, str], types: Mapping[str, str]) -> None:
        self._names, self._types = names, types
        self._own = ""

    def true_where(self, sql: str, own: str = "") -> str:
        """Return XPath that is true exactly where the SQL is true.

        Args:
            own: The field whose answer is being judged and is not yet written.

        Raises:
            Untranslatable: Nothing says the same.
        """
        return self._of(sql, own, sure=True)

    def false_where(self, sql: str, own: str = "") -> str:
        """Return XPath that is true exactly where the SQL is false, not where it knows no answer; see `true_where`."""
        return self._of(sql, own, sure=False)

    def _of(self, sql: str, own: str, *, sure: bool) -> str:
        self._own = own
        try:
            return self.translated(sql, sure=sure)
        except SqlglotError as error:
            raise Untranslatable(sql) from error

    @override
    def _joined(self, parts: Sequence[str], *, both: bool) -> str:
        return f"({(' and ' if both else ' or ').join(parts)})"

    @override
    def _always(self, truth: bool) -> str:
        return "true()" if truth else "false()"

    @override
    def _empty(self, node: exp.Expr, sure: bool) -> str:
        return f"{self._column(node)} {'=' if sure else '!='} ''"

    @override
    def _compared(self, node: exp.Expr, sign: str) -> str:
        sign = "!=" if sign == "<>" else sign
        sides = (node.this, node.expression)
        dated = [s for s in sides if self._type(s) in {"date", "month"}]
        texts = [self._dated(s) if dated else self._value(s) for s in sides]
        filled = [f"{self._column(c)} != ''" for s in sides for c in _needed(s)]
        return "(" + " and ".join([*dict.fromkeys(filled), f"{texts[0]} {sign} {texts[1]}"]) + ")"

    @override
    def _among(self, node: exp.In, sure: bool) -> str:
        value = self._value(node.this)
        sign, joint = ("=", " or ") if sure else ("!=", " and ")
        found = joint.join(f"{value} {sign} {self._value(each)}" for each in node.expressions)
        filled = [f"{self._column(c)} != ''" for c in _needed(node.this)]
        return f"({' and '.join([*filled, f'({found})'])})"

    @override
    def _called(self, node: exp.Expr, sure: bool) -> str:
        name, arguments = _call_of(node)
        call = {"has": self._has, "blank": self._blank, "matches": self._matches}.get(name)
        if call is None:
            raise Untranslatable(node.sql())
        return call(arguments, sure)

    def _has(self, arguments: list[exp.Expr], sure: bool) -> str:
        field, code = arguments
        said = f"selected({self._column(field)}, {self._value(code)})"
        return said if sure else f"not({said})"

    def _blank(self, arguments: list[exp.Expr], sure: bool) -> str:
        said = f"normalize-space({self._column(arguments[0])}) = ''"
        return said if sure else f"not({said})"

    def _matches(self, arguments: list[exp.Expr], sure: bool) -> str:
        field, pattern = arguments
        if not (isinstance(pattern, exp.Literal) and pattern.is_string):
            raise Untranslatable(pattern.sql())
        said = f"regex({self._column(field)}, {_quoted(whole_pattern(pattern.this))})"
        filled = f"{self._column(field)} != ''"
        return f"({filled} and {said if sure else f'not({said})'})"

    def _value(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Paren):
            return self._value(node.this)
        if isinstance(node, exp.Literal):
            return _quoted(node.this) if node.is_string else str(node.this)
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
            return f"-{node.this.this}"
        if isinstance(node, exp.Column):
            column = self._column(node)
            return f"number({column})" if self._type(node) in _NUMERIC else column
        return self._computed(node)

    def _computed(self, node: exp.Expr) -> str:
        name, arguments = _call_of(node)
        if name == "today" and not arguments:
            return "today()"
        if name == "length":
            return f"string-length({self._column(arguments[0])})"
        if name in {"substr", "substring"} and len(arguments) == 3:
            start, length = (_whole(each) for each in arguments[1:])
            # XForms counts from 0 and names the end, SQL from 1 and names the length.
            return f"substr({self._column(arguments[0])}, {start - 1}, {start - 1 + length})"
        if name == "coalesce" and len(arguments) == 2:
            said = f"coalesce({self._column(arguments[0])}, {self._value(arguments[1])})"
            return f"number({said})" if self._type(arguments[0]) in _NUMERIC else said
        if name == "json_array_length":
            return f"count-selected({self._column(arguments[0])})"
        raise Untranslatable(node.sql())

    def _dated(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Column):
            return f"decimal-date-time({self._column(node)})"
        if _call_of(node)[0] == "today":
            return "decimal-date-time(today())"
        if isinstance(node, exp.Literal) and node.is_string:
            return f"decimal-date-time({_quoted(node.this)})"
        raise Untranslatable(node.sql())

    def _type(self, node: exp.Expr) -> str:
        return self._types.get(node.name, "") if isinstance(node, exp.Column) else ""

    def _column(self, node: exp.Expr) -> str:
        if not isinstance(node, exp.Column) or node.table or node.name not in self._names:
            raise Untranslatable(node.sql())
        return "." if node.name == self._own else f"${{{self._names[node.name]}}}"


def whole_pattern(pattern: str) -> str:
    """Return a pattern for a function that looks at the whole text, from one that looks for a place in it."""
    if pattern.startswith("(?"):
        raise Untranslatable(pattern)
    begins, ends = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith(r"\$")
    if begins and ends:
        return pattern
    inner = pattern.removeprefix("^")
    inner = inner[:-1] if ends else inner
    before, after = ("" if begins else r"[\s\S]*"), ("" if ends else r"[\s\S]*")
    return f"^{before}({inner}){after}$"


def _needed(node: exp.Expr) -> list[exp.Column]:
    """Return the columns without which an expression has no value."""
    return [] if isinstance(node, exp.Coalesce) else list(node.find_all(exp.Column))


def _call_of(node: exp.Expr) -> tuple[str, list[exp.Expr]]:
    """Return the name of a function and its arguments; an empty name for everything else."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower(), list(node.expressions)
    if isinstance(node, exp.Length):
        return "length", [node.this]
    if isinstance(node, exp.Substring):
        given = (node.this, node.args.get("start"), node.args.get("length"))
        return "substr", [each for each in given if each is not None]
    if isinstance(node, exp.Coalesce):
        return "coalesce", [node.this, *node.expressions]
    return "", []


def _whole(node: exp.Expr) -> int:
    text = str(node.this) if isinstance(node, exp.Literal) else ""
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise Untranslatable(node.sql())
    return int(text)


def _quoted(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    raise Untranslatable(text)
