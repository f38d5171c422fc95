"""Walk an SQL condition and say it in a language that knows two answers where SQL knows three.

An empty answer makes a comparison neither true nor false. So a condition is said twice: what is true where it is surely
true, and what is true where it is surely false. How NOT, AND and OR turn one into the other stands here once; what a
comparison, a list or a function is called is the language's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Final

from sqlglot import exp, parse_one

_SIGNS: Final[Mapping[type[exp.Expr], tuple[str, str]]] = {
    exp.EQ: ("=", "<>"),
    exp.NEQ: ("<>", "="),
    exp.GT: (">", "<="),
    exp.GTE: (">=", "<"),
    exp.LT: ("<", ">="),
    exp.LTE: ("<=", ">"),
}
"""A comparison's sign where it is to be true, and where it is to be false."""


class TwoSided(ABC):
    """One language; a subclass raises its own error for what it cannot say."""

    def translated(self, condition: str, *, sure: bool) -> str:
        """Return what is true exactly where an SQL condition is true (`sure`), or exactly where it is false.

        Raises:
            SqlglotError: It is no SQL.
        """
        return self._said(parse_one(condition, dialect="sqlite"), sure)

    def _said(self, node: exp.Expr, sure: bool) -> str:  # noqa: PLR0911  # one return per kind of node
        if isinstance(node, (exp.Paren, exp.Not)):
            return self._said(node.this, sure != isinstance(node, exp.Not))
        if isinstance(node, (exp.And, exp.Or)):
            parts = [self._said(part, sure) for part in node.flatten()]
            return self._joined(parts, both=isinstance(node, exp.And) == sure)
        if isinstance(node, exp.Literal) and not node.is_string:
            return self._always((float(node.this) != 0) == sure)
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            return self._empty(node.this, sure)
        if isinstance(node, exp.In) and node.expressions:
            return self._among(node, sure)
        if type(node) in _SIGNS:
            return self._compared(node, _SIGNS[type(node)][0 if sure else 1])
        return self._called(node, sure)

    @abstractmethod
    def _joined(self, parts: Sequence[str], *, both: bool) -> str:
        """Say that all of the parts hold, or that one does."""

    @abstractmethod
    def _always(self, truth: bool) -> str:
        """Say what holds always, or never."""

    @abstractmethod
    def _empty(self, node: exp.Expr, sure: bool) -> str:
        """Say that a column is empty, or that it is not."""

    @abstractmethod
    def _among(self, node: exp.In, sure: bool) -> str:
        """Say that a value is one of a list, or that it is there and none of them."""

    @abstractmethod
    def _compared(self, node: exp.Expr, sign: str) -> str:
        """Say that both sides are there and compare so; `sign` is one of `= <> < <= > >=`."""

    @abstractmethod
    def _called(self, node: exp.Expr, sure: bool) -> str:
        """Say what a function says, or its opposite; everything else that is unknown comes here too."""
