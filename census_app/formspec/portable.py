"""Conditions of a form in the SQL that SQLite and PostgreSQL understand alike.

Rules run in SQLite, authorised (DESIGN §4). What a catalogue counts in its own tables cannot go there, and what a form
set brings from outside must not run on a server as it stands. So a condition is read here and written anew: comparisons
of this form's fields with constants, `has`, `coalesce`, `substr`, NULL, NOT, AND, OR. Everything else is not portable,
and said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from census_app.formspec.model import Form
from census_app.formspec.schema import quoted

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><>|!=|<=|>=|[=<>(),]))"
)
_NUMBERS: Final = frozenset({"integer", "decimal", "money", "boolean"})
_TEXTS: Final = frozenset(
    {"text", "longtext", "code", "date", "month", "uscc", "phone", "reference", "note"}
)
_LISTS: Final = frozenset({"codes", "references"})
_COMPARISONS: Final = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
_MEANING: Final = frozenset(":%\\")
"""What means something to a driver inside a constant."""
_DEEP: Final = 40
"""Brackets and negations within each other; a condition of a census has two or three."""


def portable(condition: str, form: Form, table: str) -> str | None:
    """Return a condition about one record in SQL that both databases understand; None when there is none.

    It is true, false or NULL exactly where the original is.

    Args:
        condition: As `required` or `relevant` of a field; empty is no condition.
        table: What the record's columns are of, as it stands in the statement.
    """
    try:
        tokens = list(_tokens(condition))
        reader = _Reader(tokens, form, table)
        found = reader.whole()
    except _NotPortableError:
        return None
    return found


class _NotPortableError(Exception):
    """Something in a condition has no counterpart."""


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise _NotPortableError
        assert found.lastgroup is not None  # noqa: S101  # every alternative has a name
        yield found.lastgroup, found.group(found.lastgroup)
        at = found.end()


class _Reader:
    """Reads tokens from the left, one level of precedence after the other."""

    def __init__(self, tokens: Sequence[tuple[str, str]], form: Form, table: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._deep = 0
        self._fields = {field.id: field for field in form.stored_fields}
        self._table = table

    def whole(self) -> str:
        """Return the whole condition."""
        found = self._either()
        if self._at < len(self._tokens):
            raise _NotPortableError
        return found

    def _either(self) -> str:
        parts = [self._both()]
        while self._word("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def _both(self) -> str:
        parts = [self._negated()]
        while self._word("AND"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})"

    def _negated(self) -> str:
        self._deep += 1
        if self._deep > _DEEP:
            raise _NotPortableError
        found = f"(NOT {self._negated()})" if self._word("NOT") else self._single()
        self._deep -= 1
        return found

    def _single(self) -> str:
        kind, token = self._next()
        if kind == "sign" and token == "(":  # noqa: S105  # a bracket
            found = self._either()
            self._sign(")")
            return found
        if kind == "number":
            return "FALSE" if float(token) == 0 else "TRUE"
        if kind == "word" and token.lower() == "has":
            return self._has()
        if kind == "word" and token.lower() in {"coalesce", "substr"}:
            return self._about(*self._computed(token.lower()))
        if kind == "word":
            return self._about(token, self._column(token))
        raise _NotPortableError

    def _computed(self, function: str) -> tuple[str, str]:
        """Return field and value of a column with a constant in the place of NULL, or of a part of a text."""
        self._sign("(")
        _, name = self._next()
        column = self._column(name)
        self._sign(",")
        if function == "coalesce":
            value = f"coalesce({column}, {self._constant(name)})"
        else:
            first = self._whole_number()
            self._sign(",")
            value = f"substr({column}, {first}, {self._whole_number()})"
            if self._fields[name].type not in _TEXTS:
                raise _NotPortableError
        self._sign(")")
        return name, value

    def _whole_number(self) -> int:
        kind, token = self._next()
        if kind != "number" or not token.isdecimal() or int(token) == 0:
            raise _NotPortableError
        return int(token)

    def _has(self) -> str:
        self._sign("(")
        _, name = self._next()
        self._sign(",")
        kind, code = self._next()
        self._sign(")")
        plain = code[1:-1]
        column = self._column(name)
        if kind != "text" or re.fullmatch(r"[\w.-]+", plain) is None:
            raise _NotPortableError
        if self._fields[name].type not in _LISTS:
            raise _NotPortableError
        return f"(coalesce(instr({column}, '\"{plain}\"'), 0) > 0)"

    def _about(self, name: str, column: str) -> str:
        """Return what is said of a column of a field, or of that with a constant in the place of NULL."""
        if self._word("IS"):
            without = "NOT " if self._word("NOT") else ""
            if not self._word("NULL"):
                raise _NotPortableError
            return f"({column} IS {without}NULL)"
        without = "NOT " if self._word("NOT") else ""
        if self._word("IN"):
            self._sign("(")
            listed = [self._constant(name)]
            while self._is_sign(","):
                listed.append(self._constant(name))
            self._sign(")")
            return f"({column} {without}IN ({', '.join(listed)}))"
        _, sign = self._next()
        if without or sign not in _COMPARISONS:
            raise _NotPortableError
        return f"({column} {'<>' if sign == '!=' else sign} {self._constant(name)})"

    def _constant(self, name: str) -> str:
        kind, token = self._next()
        type_ = self._fields[name].type
        # A server compares numbers with numbers and texts with texts; SQLite would take anything.
        if kind == "number" and type_ in _NUMBERS:
            return token
        if kind == "text" and type_ in _TEXTS and not _MEANING.intersection(token):
            return token
        raise _NotPortableError

    def _column(self, name: str) -> str:
        if name not in self._fields:
            raise _NotPortableError
        return f"{self._table}.{quoted(name)}"

    # -- tokens ----------------------------------------------------------------------------------------------------

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise _NotPortableError
        self._at += 1
        return self._tokens[self._at - 1]

    def _word(self, word: str) -> bool:
        """Pass a keyword when it comes next."""
        return self._pass("word", word)

    def _is_sign(self, sign: str) -> bool:
        return self._pass("sign", sign)

    def _pass(self, kind: str, text: str) -> bool:
        here = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        found = here[0] == kind and here[1].upper() == text
        self._at += found
        return found

    def _sign(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise _NotPortableError
