"""What people hand in by mistake or on purpose: a sentence with its code, a next step, and nothing changed."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from census_app.__main__ import main
from census_app.assets import resource
from census_app.bootstrap import Services, open_catalogue, open_workspace

PASSPHRASE = "四只白鹭 飞过 7 条河"  # noqa: S105  # made for this test
CENTRE = "11320000014000015K"
CODE = "11320000990000033D"
NAME = "江苏省市场监督管理局（示例）"
SYSTEMS = resource("samples", "market", "systems.csv")
LISTS = resource("samples", "market", "census_list.xlsx")
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n" + b" " * 4000
LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "哈哈哈"}">'
    for n in range(10)
)  # fmt: skip
SENTENCE = re.compile(r"(?:✗ .+  )?[A-Z][A-Z0-9_]+: \S.+")
Make = Callable[[Path], Path]


@dataclass(frozen=True)
class Files:
    """One department and the centre, and a sound package that has not been received."""

    workspace: Path
    catalogue: Path
    root: Path
    package: Path

    def hashes(self) -> list[str]:
        held = (self.workspace, self.catalogue)
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in held]


@dataclass(frozen=True)
class Said:
    """What a command wrote and how it ended."""

    code: int
    lines: tuple[str, ...]


Say = Callable[..., Said]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("campaign")
    workspace, catalogue = folder / "w.censusdb", folder / "c.censusdb"
    stick, out, secret = folder / "stick", folder / "out", folder / "secret.txt"
    secret.write_text(PASSPHRASE, encoding="utf-8")

    def call(*arguments: object) -> None:
        assert main([str(argument) for argument in arguments]) == 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CENSUS_DATA_DIR", str(folder / "data"))
        by_file = ("--passphrase-file", secret)
        call("catalogue", "new", catalogue, "--root-key", stick, "--code", CENTRE, *by_file)
        daily = set((folder / "data" / "keys").glob("*.pem"))
        call("new", workspace, "--department", NAME, "--code", CODE)
        call("import", workspace, SYSTEMS, LISTS)
        call("enrol", workspace, "--to", out, *by_file)
        [request] = out.glob("*.census")
        [key] = set((folder / "data" / "keys").glob("*.pem")) - daily
        fingerprint = " ".join(re.findall("....", key.stem))
        compared = (request, "--confirm", fingerprint, "--root-key", stick, "--to", out)
        call("catalogue", "enrol", catalogue, *compared, *by_file)
        [answer] = out.glob("*.crt")
        call("apply", workspace, answer)
        call("export", workspace, "--to", out, "--announce-unfinished", *by_file)
        [package] = set(out.glob("*.census")) - {request}
    return Files(workspace, catalogue, stick / "root.crt", package)


@pytest.fixture
def files(made: Files, tmp_path: Path) -> Iterator[Files]:
    """Return copies, and hold after the test that both files have the bytes they had before."""
    copied = Files(
        Path(shutil.copy(made.workspace, tmp_path / "w.censusdb")),
        Path(shutil.copy(made.catalogue, tmp_path / "c.censusdb")),
        made.root,
        made.package,
    )
    before = copied.hashes()
    yield copied
    assert copied.hashes() == before


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command that must fail in words; return what it said."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = main(["--lang", "zh", *(str(argument) for argument in arguments)])
        written = capsys.readouterr()
        text = written.out + written.err
        assert "Traceback" not in text
        assert "{" not in text
        assert "（示例）" not in text, "an error does not repeat what a file holds"
        return Said(code, tuple(text.splitlines()))

    return run


def require_one_sentence(said: Said, code: str, exit_code: int) -> None:
    """One sentence with its code, one next step, and the exit code."""
    assert said.code == exit_code, said.lines
    what, then = said.lines
    assert SENTENCE.fullmatch(what), what
    assert f"{code}: " in what, what
    assert re.fullmatch(r" *→ \S.+", then), then


# -- workbooks ---------------------------------------------------------------------------------------------------------


def book(folder: Path) -> Path:
    path = folder / "清单.xlsx"
    made = openpyxl.Workbook()
    made.worksheets[0].append(["信息资源名称", "信息资源摘要"])
    made.worksheets[0].append(["甲", "乙"])
    made.save(path)
    return path


def with_sheet(path: Path, xml: str) -> Path:
    """Replace the sheet of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | {SHEET: xml.encode()}).items():
            archive.writestr(name, data)
    return path


def file_of(data: bytes, name: str) -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data)
        return path

    return make


def truncated_book(folder: Path) -> Path:
    path = book(folder)
    path.write_bytes(path.read_bytes()[:-200])
    return path


def far_cell(folder: Path) -> Path:
    row = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return with_sheet(
        book(folder), f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
    )


def billion_laughs(folder: Path) -> Path:
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>'
    body = f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
    return with_sheet(book(folder), f"<!DOCTYPE worksheet [{LAUGHS}]>{body}")


def a_folder(folder: Path) -> Path:
    path = folder / "清单.xlsx"
    path.mkdir()
    return path


def nothing(folder: Path) -> Path:
    return folder / "没有.xlsx"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED_BOOK = OLE + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(480)
WORKBOOKS: list[tuple[str, Make, str, int]] = [
    ("empty", file_of(b"", "清单.xlsx"), "XLSX_EMPTY", 3),
    ("empty csv", file_of(b"", "清单.csv"), "CSV_EMPTY", 3),
    ("truncated", truncated_book, "XLSX_DAMAGED", 3),
    ("PDF renamed", file_of(PDF, "清单.xlsx"), "XLSX_TYPE", 3),
    ("password", file_of(LOCKED_BOOK, "清单.xlsx"), "XLSX_TYPE", 3),
    ("broken container", file_of(OLE + bytes(3000), "清单.xls"), "XLSX_DAMAGED", 3),
    ("far cell", far_cell, "XLSX_SHEET", 3),
    ("billion laughs", billion_laughs, "XLSX_XML", 3),
    ("no table", file_of("您好，请查收附件。\n".encode(), "信.csv"), "IMPORT_NOTHING", 2),
    ("folder", a_folder, "FILE_IS_FOLDER", 4),
    ("missing", nothing, "FILE_MISSING", 2),
]


@pytest.mark.parametrize(
    ("make", "code", "exit_code"), [w[1:] for w in WORKBOOKS], ids=[w[0] for w in WORKBOOKS]
)
def test_import_refuses_a_workbook_in_words(
    make: Make, code: str, exit_code: int, files: Files, tmp_path: Path, say: Say
) -> None:
    require_one_sentence(say("import", files.workspace, make(tmp_path)), code, exit_code)


def test_one_bad_workbook_keeps_the_good_ones_out(files: Files, tmp_path: Path, say: Say) -> None:
    said = say("import", files.workspace, book(tmp_path), file_of(PDF, "b.xlsx")(tmp_path))
    require_one_sentence(said, "XLSX_TYPE", 3)


# -- packages ----------------------------------------------------------------------------------------------------------


def cut(package: Path, folder: Path) -> Path:
    return file_of(package.read_bytes()[:-500], "a.census")(folder)


def half(package: Path, folder: Path) -> Path:
    data = package.read_bytes()
    return file_of(data[: len(data) // 2], "a.census")(folder)


def flipped(package: Path, folder: Path) -> Path:
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    return file_of(bytes(data), "a.census")(folder)


def empty(package: Path, folder: Path) -> Path:
    del package
    return file_of(b"", "a.census")(folder)


def renamed_pdf(package: Path, folder: Path) -> Path:
    del package
    return file_of(PDF, "a.census")(folder)


def a_workbook(package: Path, folder: Path) -> Path:
    del package
    return book(folder).rename(folder / "a.census")


@pytest.mark.parametrize("command", ["verify", "receive"])
@pytest.mark.parametrize("spoil", [empty, cut, half, flipped, renamed_pdf, a_workbook])
def test_a_spoiled_package_is_refused_in_words(
    spoil: Callable[[Path, Path], Path], command: str, files: Files, tmp_path: Path, say: Say
) -> None:
    package = spoil(files.package, tmp_path)
    if command == "verify":
        said = say("verify", package, "--trust", files.root)
    else:
        said = say("receive", files.catalogue, package)
    [code] = re.findall(r"([A-Z][A-Z0-9_]+): ", said.lines[0])
    require_one_sentence(said, code, 3)


def test_a_flipped_byte_is_found_wherever_it_lies(files: Files, tmp_path: Path, say: Say) -> None:
    whole = files.package.read_bytes()
    for position in range(0, len(whole), len(whole) // 25):
        data = bytearray(whole)
        data[position] ^= 0x10
        path = file_of(bytes(data), "a.census")(tmp_path)
        assert say("verify", path, "--trust", files.root).code == 3, position


# -- the wrong kind of file --------------------------------------------------------------------------------------------


def wrong_kind(files: Files, kind: str, folder: Path) -> Path:
    paths = {"workspace": files.workspace, "catalogue": files.catalogue, "root": files.root}
    if kind in paths:
        return paths[kind]
    path = folder / kind
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("您好\n" * 100, encoding="utf-8")
    elif kind == "empty":
        path.touch()
    elif kind == "truncated":
        path.write_bytes(files.workspace.read_bytes()[:5000])
    return path


KINDS = [
    ("text", "DB_FOREIGN", 3),
    ("empty", "DB_FOREIGN", 3),
    ("root", "DB_FOREIGN", 3),
    ("truncated", "DB_DAMAGED", 3),
    ("folder", "FILE_MISSING", 2),
    ("missing", "FILE_MISSING", 2),
]


@pytest.mark.parametrize(("kind", "code", "exit_code"), [("catalogue", "DB_KIND", 3), *KINDS])
@pytest.mark.parametrize("command", ["check", "import"])
def test_a_workspace_is_expected(
    command: str, kind: str, code: str, exit_code: int, files: Files, tmp_path: Path, say: Say
) -> None:
    more = [SYSTEMS] if command == "import" else []
    said = say(command, wrong_kind(files, kind, tmp_path), *more)
    require_one_sentence(said, code, exit_code)


@pytest.mark.parametrize(("kind", "code", "exit_code"), [("workspace", "DB_KIND", 3), *KINDS])
@pytest.mark.parametrize("command", ["receive", "digest", "stats"])
def test_a_catalogue_is_expected(
    command: str, kind: str, code: str, exit_code: int, files: Files, tmp_path: Path, say: Say
) -> None:
    more = [files.package] if command == "receive" else []
    said = say(command, wrong_kind(files, kind, tmp_path), *more)
    require_one_sentence(said, code, exit_code)


@pytest.mark.parametrize(
    ("kind", "code", "exit_code"),
    [("text", "TRUST_FILE_INVALID", 2), ("catalogue", "TRUST_FILE_INVALID", 2),
     ("folder", "FILE_IS_FOLDER", 4), ("missing", "FILE_MISSING", 2)],
)  # fmt: skip
def test_root_certificates_are_expected(
    kind: str, code: str, exit_code: int, files: Files, tmp_path: Path, say: Say
) -> None:
    said = say("verify", files.package, "--trust", wrong_kind(files, kind, tmp_path))
    require_one_sentence(said, code, exit_code)


@pytest.mark.parametrize("kind", ["text", "catalogue", "root", "folder", "missing"])
def test_an_answer_of_the_centre_is_expected(
    kind: str, files: Files, tmp_path: Path, say: Say
) -> None:
    said = say("apply", files.workspace, wrong_kind(files, kind, tmp_path))
    require_one_sentence(said, "FILE_MISSING" if kind == "missing" else "ANSWER_INVALID", 2)


def test_a_file_in_the_place_of_a_folder_is_said(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    monkeypatch.setenv("CENSUS_PASSPHRASE", PASSPHRASE)
    said = say("enrol", files.workspace, "--to", wrong_kind(files, "text", tmp_path))
    require_one_sentence(said, "NOT_A_FOLDER", 4)


def test_a_report_needs_the_right_file_and_a_place(files: Files, tmp_path: Path, say: Say) -> None:
    target = tmp_path / "a.pdf"
    said = say("report", "catalogue", files.workspace, "--to", target)
    require_one_sentence(said, "REPORT_KIND", 2)
    said = say("report", "department", files.catalogue, "--to", target)
    require_one_sentence(said, "REPORT_KIND", 2)
    said = say("report", "department", files.workspace, "--to", tmp_path)
    require_one_sentence(said, "FILE_IS_FOLDER", 4)
    assert not target.exists()


# -- a file that is in use ---------------------------------------------------------------------------------------------


def test_a_workspace_in_use_is_left_alone(files: Files, say: Say) -> None:
    with closing(open_workspace(files.workspace)):
        for command in (("check",), ("import",)):
            more = [SYSTEMS] if command == ("import",) else []
            said = say(*command, files.workspace, *more)
            require_one_sentence(said, "DB_LOCKED", 4)
            assert Services().actor in said.lines[0] + said.lines[1]


def test_a_catalogue_in_use_is_left_alone(files: Files, say: Say) -> None:
    with closing(open_catalogue(files.catalogue)):
        said = say("receive", files.catalogue, files.package)
        require_one_sentence(said, "DB_LOCKED", 4)
