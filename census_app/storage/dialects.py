"""The few constructs of lists that SQLite and PostgreSQL spell differently.

The functions that have only SQLite's names (`instr`, `json_each`, `name_order`) stand under the same names on a server
(`server_schema`); here is what a function cannot bridge.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class each_of_numbers(FunctionElement[Any]):  # noqa: N801  # it is called like one of `func`
    """The whole numbers of a JSON array, as rows."""

    name = "json_each"
    inherit_cache = True


@compiles(each_of_numbers)
def _numbers(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(each_of_numbers, "postgresql")
def _numbers_on_a_server(element: Any, compiler: Any, **options: Any) -> str:
    return f"json_numbers({compiler.process(element.clauses, **options)})"


class Fits(FunctionElement[bool]):
    """Whether a text has a pattern in it; both spellings of the pattern travel along.

    Args: The text, the pattern for GLOB, the same as a regular expression.
    """

    name = "fits"
    type = Boolean()
    inherit_cache = True


@compiles(Fits)
def _glob(element: Any, compiler: Any, **options: Any) -> str:
    text, pattern, _ = element.clauses
    return f"({compiler.process(text, **options)} GLOB {compiler.process(pattern, **options)})"


@compiles(Fits, "postgresql")
def _expression(element: Any, compiler: Any, **options: Any) -> str:
    text, _, pattern = element.clauses
    return f"({compiler.process(text, **options)} ~ {compiler.process(pattern, **options)})"
