"""Every error the program can raise has its sentence in both languages, with the values it needs."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FAMILIES = {"CensusError", "UserError", "DataProblem", "EnvironmentProblem", "BugError"}
TEXTS = ("zh", "en", "next_zh", "next_en")
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
TWIN = {"zh": "en", "en": "zh", "next_zh": "next_en", "next_en": "next_zh"}
PLACEHOLDER = re.compile(r"\{[^}]*\}")
FILLED_LATER = {"file"}  # a reader deep inside does not know the file's name; its caller adds it
HAN = re.compile("[\u4e00-\u9fff]")

Entries = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Raised:
    """One place that makes an error.

    Attributes:
        codes: The codes it may carry.
        params: Names of the values it supplies; None where a `**mapping` supplies them.
        where: File and line.
    """

    codes: frozenset[str]
    params: frozenset[str] | None
    where: str


@pytest.fixture(scope="module")
def entries(root: Path) -> Entries:
    merged: Entries = {}
    for path in sorted((root / "resources" / "messages").glob("*.toml")):
        merged |= tomllib.loads(path.read_text(encoding="utf-8"))
    return merged


@pytest.fixture(scope="module")
def raised(root: Path, modules: list[Path]) -> list[Raised]:
    trees = {
        str(path.relative_to(root)): ast.parse(path.read_text(encoding="utf-8")) for path in modules
    }
    return find_raised(trees)


def find_raised(trees: dict[str, ast.Module]) -> list[Raised]:
    """Return every place that makes an error of one of the families or of a class derived from them."""
    classes = _error_classes(trees.values())
    return [each for name, tree in trees.items() for each in _raised_in(name, tree, classes)]


def _error_classes(trees: Iterable[ast.Module]) -> dict[str, ast.ClassDef | None]:
    found: dict[str, ast.ClassDef | None] = dict.fromkeys(FAMILIES)
    definitions = [
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]
    grown = True
    while grown:
        grown = False
        for node in definitions:
            bases = {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
            if node.name not in found and bases & found.keys():
                found[node.name] = node
                grown = True
    return found


def _raised_in(
    name: str, tree: ast.Module, classes: dict[str, ast.ClassDef | None]
) -> Iterator[Raised]:
    tables = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    constructors: set[ast.AST] = set()
    for scope in ast.walk(tree):
        if isinstance(scope, ast.ClassDef) and scope.name in classes:
            yield from _fixed_codes(name, scope)
            constructors |= set(scope.body)
        if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for call in ast.walk(scope):
            if isinstance(call, ast.Call) and _makes_error(
                call, classes, own_init=scope in constructors
            ):
                codes = _codes(call, scope, tables)
                if codes:
                    yield Raised(codes, _params(call), f"{name}:{call.lineno}")


def _makes_error(
    call: ast.Call, classes: dict[str, ast.ClassDef | None], *, own_init: bool
) -> bool:
    """Say whether the call constructs a family, or a family's constructor from a subclass with a code."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr == "__init__":
        return own_init and bool(call.args) and not _is_own_code(call.args[0])
    called = getattr(function, "id", getattr(function, "attr", ""))
    if called not in classes:
        return False
    definition = classes[called]
    return definition is None or not _has_own_init(definition)


def _is_own_code(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr.upper() == "CODE"


def _has_own_init(definition: ast.ClassDef) -> bool:
    return any(
        isinstance(node, ast.FunctionDef) and node.name == "__init__" for node in definition.body
    )


def _fixed_codes(name: str, definition: ast.ClassDef) -> Iterator[Raised]:
    """Yield the code a class carries as `CODE = "…"`."""
    for node in definition.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        named = any(isinstance(target, ast.Name) and target.id == "CODE" for target in targets)
        value = getattr(node, "value", None)
        if named and isinstance(value, ast.Constant) and value.value:
            yield Raised(frozenset({str(value.value)}), None, f"{name}:{node.lineno}")


def _codes(call: ast.Call, scope: ast.AST, tables: dict[str, ast.expr]) -> frozenset[str]:
    """Return the codes a call may carry: its first argument, or the codes its function chooses from."""
    if not call.args:
        return frozenset()
    if isinstance(call.args[0], ast.Constant):
        return _texts(call.args[0])
    names = {node.id for node in ast.walk(scope) if isinstance(node, ast.Name)}
    chosen = _texts(scope)
    for name in names & tables.keys():
        chosen |= _texts(tables[name])
    return frozenset(code for code in chosen if "_" in code)


def _texts(tree: ast.AST) -> frozenset[str]:
    return frozenset(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value)
    )


def _params(call: ast.Call) -> frozenset[str] | None:
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    return frozenset(keyword.arg for keyword in call.keywords if keyword.arg)


def placeholders(text: str) -> set[str]:
    """Return the names a sentence expects."""
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_raised_code_has_a_sentence_and_a_next_step(
    raised: list[Raised], entries: Entries
) -> None:
    places = {code: each.where for each in raised for code in each.codes}
    lacking = [
        f"{code} ({where}): {', '.join(keys)}"
        for code, where in sorted(places.items())
        for keys in [[key for key in TEXTS if not entries.get(code, {}).get(key)]]
        if keys
    ]
    assert not lacking, "\n".join(lacking)


def test_every_sentence_gets_the_values_it_names(raised: list[Raised], entries: Entries) -> None:
    unfilled = [
        f"{code} ({each.where}): {', '.join(sorted(missing))}"
        for each in raised
        if each.params is not None
        for code in sorted(each.codes)
        for missing in [_needed(entries.get(code, {})) - each.params - FILLED_LATER]
        if missing
    ]
    assert not unfilled, "\n".join(unfilled)


def _needed(entry: dict[str, str]) -> set[str]:
    return {name for key in TEXTS for name in placeholders(entry.get(key, ""))}


def test_both_languages_name_the_same_values(entries: Entries) -> None:
    unequal = [
        f"{code}.{prefix or 'what'}"
        for code, entry in entries.items()
        for prefix in ("", "next_")
        if placeholders(entry.get(f"{prefix}zh", "")) != placeholders(entry.get(f"{prefix}en", ""))
    ]
    assert not unequal


def test_each_language_is_written_in_itself(entries: Entries) -> None:
    """English may quote a Chinese term; a text that is equal in both languages is a name."""
    mixed = [
        f"{code}.{key}"
        for code, entry in entries.items()
        for key, text in entry.items()
        if key in TEXTS
        and text != entry.get(TWIN[key])
        and re.search("[a-z]", PLACEHOLDER.sub("", text))
        if (not HAN.search(text) if key.endswith("zh") else _reads_chinese(text))
    ]
    assert not mixed


def _reads_chinese(text: str) -> bool:
    return 3 * len(HAN.findall(text)) > len(re.findall("[A-Za-z]", PLACEHOLDER.sub("", text)))


def test_a_code_stands_in_one_file_only(root: Path) -> None:
    seen: dict[str, str] = {}
    twice = []
    for path in sorted((root / "resources" / "messages").glob("*.toml")):
        for code in tomllib.loads(path.read_text(encoding="utf-8")):
            if code in seen:
                twice.append(f"{code}: {seen[code]} and {path.name}")
            seen[code] = path.name
    assert not twice


def test_every_text_that_is_asked_for_exists(
    root: Path, modules: list[Path], entries: Entries
) -> None:
    lacking = [
        f"{node.args[0].value} ({path.relative_to(root)}:{node.lineno})"
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if getattr(node.func, "attr", getattr(node.func, "id", "")).lstrip("_") in {"words", "text"}
        if isinstance(node.args[0].value, str) and CODE.fullmatch(node.args[0].value)
        if not {"zh", "en"} <= entries.get(node.args[0].value, {}).keys()
    ]
    assert not lacking


PLANTED = """
from census_app.errors import DataProblem, EnvironmentProblem
TABLE = {1: "FROM_TABLE"}
class Refused(DataProblem):
    CODE = ""
    def __init__(self, where): super().__init__(self.CODE, where=where)
class Late(Refused):
    CODE = "LATE"
class Busy(EnvironmentProblem):
    def __init__(self, path): super().__init__("BUSY_FILE", path=path)
class Odd(DataProblem): pass
def f(number, bad):
    raise DataProblem("PLAIN", path=1, row=2)
def g(number): return EnvironmentProblem(TABLE.get(number, "FALL_BACK"))
def h(bad):
    code = "ONE_WAY" if bad else "OTHER_WAY"
    raise Odd(code, **bad)
"""


def test_the_search_for_codes_finds_every_way_to_raise_one() -> None:
    found = find_raised({"planted.py": ast.parse(PLANTED)})

    by_code = {code: each.params for each in found for code in each.codes}
    assert by_code == {
        "LATE": None,
        "BUSY_FILE": frozenset({"path"}),
        "PLAIN": frozenset({"path", "row"}),
        "FROM_TABLE": frozenset(),
        "FALL_BACK": frozenset(),
        "ONE_WAY": None,
        "OTHER_WAY": None,
    }
