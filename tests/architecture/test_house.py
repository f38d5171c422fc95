"""Rules of the house that no linter knows: names, sizes, documentation, what may lie in git."""

from __future__ import annotations

import ast
import hashlib
import os
import re
from pathlib import Path

import pytest

ATTICS = {"utils", "util", "helpers", "helper", "common", "misc", "core", "managers", "manager"}
MODULE_LINES = 600
FUNCTION_LINES = 80

GENERATED = re.compile(
    r"""(^|/)(build|dist|__pycache__|\.venv|demo)/
      | \.(qm|pyc|pyo|whl|egg-info|censusdb|censusdb\.lock|log|coverage)$
      | (^|/)(ui|rc)_[^/]*\.py$ | _(rc|ui)\.py$""",
    re.VERBOSE,
)
KEEP_OUT = {
    "address of a package registry": r"pypi\.org|pythonhosted|index-url|find-links|//mirrors\.",
    "path of one machine": r"(?<![\w.])/(work|root|tmp/brief|opt/(pypi|wheels))/",
    "private key": r"-----BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{60}",
}
BINARY = {".ttf", ".otf", ".xlsx", ".xls", ".png", ".jpg", ".pdf", ".ico", ".icns", ".zip"}
MAY_SPEAK_OF_IT = {Path("tests/architecture/test_house.py")}


def test_no_module_is_an_attic(root: Path, modules: list[Path]) -> None:
    names = [part for path in modules for part in path.relative_to(root).with_suffix("").parts]
    assert not ATTICS & set(names)


def test_every_module_says_what_it_is(root: Path, modules: list[Path]) -> None:
    silent = [
        str(path.relative_to(root))
        for path in modules
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_every_public_function_and_class_says_what_it_does(root: Path, modules: list[Path]) -> None:
    silent = [
        f"{path.relative_to(root)}: {node.name}"
        for path in modules
        if "migrations" not in path.parts
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent


def test_modules_and_functions_stay_small(root: Path, modules: list[Path]) -> None:
    large = []
    for path in modules:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > MODULE_LINES:
            large.append(f"{path.relative_to(root)}: {text.count(chr(10))} lines")
        large += [
            f"{path.relative_to(root)}: {node.name} has {(node.end_lineno or 0) - node.lineno} lines"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            if (node.end_lineno or 0) - node.lineno > FUNCTION_LINES
        ]
    assert not large


def test_nothing_generated_lies_in_the_project(project_files: list[Path]) -> None:
    assert not [path for path in project_files if GENERATED.search(path.as_posix())]


@pytest.mark.parametrize("what", KEEP_OUT)
def test_files_keep_out(what: str, root: Path, project_files: list[Path]) -> None:
    unwanted = re.compile(KEEP_OUT[what])
    found = [
        f"{path}: {match[0][:60]!r}"
        for path in project_files
        if path.suffix not in BINARY and path not in MAY_SPEAK_OF_IT
        for match in [unwanted.search((root / path).read_text(encoding="utf-8", errors="replace"))]
        if match
    ]
    assert not found


def test_workbooks_of_other_people_stay_outside(root: Path, project_files: list[Path]) -> None:
    folder = os.environ.get("CENSUS_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("CENSUS_REAL_DATA is not set")
    theirs = {_sha256(path) for path in Path(folder).rglob("*") if path.is_file()}
    assert not [path for path in project_files if _sha256(root / path) in theirs]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_only_pytest_qt_makes_the_application_of_a_test(root: Path) -> None:
    """A process has one application; a test that makes its own decides over all that follow."""
    own = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in (root / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        if getattr(node.func, "id", "") in {"QApplication", "QGuiApplication", "QCoreApplication"}
    ]
    assert not own
