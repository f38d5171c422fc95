"""One legal byte string per content: whatever another program does to the container is refused with its reason."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from census_app.exchange import refusals
from census_app.exchange.container import ForwardReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.exchange.conftest import Forge

NAME = "11430000006122549D-000007"
LOCAL = b"PK\x03\x04"
CENTRAL = b"PK\x01\x02"


def _entry_at(data: bytes, path: str) -> int:
    """Return the offset of the local header of an entry."""
    return data.index(f"{NAME}/{path}".encode()) - 30


def _patched(data: bytes, offset: int, replacement: bytes) -> bytes:
    return data[:offset] + replacement + data[offset + len(replacement) :]


@pytest.fixture
def genuine(forge: Forge) -> bytes:
    return forge.write().path.read_bytes()


def test_container_is_what_zip_programs_expect(genuine: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(genuine)) as found:
        assert found.testzip() is None
        infos = found.infolist()

    assert [info.filename.removeprefix(f"{NAME}/") for info in infos[:4]] == [
        "signature/statement.json",
        "signature/statement.sig",
        "signature/signer.crt",
        "tagmanifest-sha256.txt",
    ]
    assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}
    assert {info.external_attr >> 16 for info in infos} == {0o100644}
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("size", [0, 1, 21])
def test_file_smaller_than_any_archive_is_refused(forge: Forge, genuine: bytes, size: int) -> None:
    with pytest.raises(refusals.PackageSize):
        forge.open_bytes(genuine[:size])


def test_file_larger_than_the_limit_is_refused_without_reading_it(forge: Forge) -> None:
    path = forge.folder / "huge.census"
    with path.open("wb") as file:
        file.truncate((3 << 29) + 1)

    with pytest.raises(refusals.PackageSize):
        forge.open(path)


@pytest.mark.parametrize("data", [b"%PDF-1.7" + bytes(100), bytes(22), b"\n" + LOCAL + bytes(90)])
def test_other_file_is_no_package(forge: Forge, data: bytes) -> None:
    with pytest.raises(refusals.NotAPackage):
        forge.open_bytes(data)


def test_bytes_in_front_are_refused(forge: Forge, genuine: bytes) -> None:
    with pytest.raises(refusals.NotAPackage):
        forge.open_bytes(b"x" + genuine)


@pytest.mark.parametrize("behind", [b"\0", b"PK\x05\x06", bytes(30)])
def test_bytes_behind_are_refused(forge: Forge, genuine: bytes, behind: bytes) -> None:
    with pytest.raises(refusals.DirectoryMismatch):
        forge.open_bytes(genuine + behind)


def test_two_packages_in_one_file_are_refused(forge: Forge, genuine: bytes) -> None:
    with pytest.raises(refusals.DirectoryMismatch):
        forge.open_bytes(genuine + genuine)


@pytest.mark.parametrize("at", [4, 6, 8, 10, 12, 28])
def test_header_field_of_another_zip_program_is_refused(
    forge: Forge, genuine: bytes, at: int
) -> None:
    offset = _entry_at(genuine, "data/package.json") + at
    (value,) = struct.unpack_from("<H", genuine, offset)

    with pytest.raises(refusals.Repacked):
        forge.open_bytes(_patched(genuine, offset, struct.pack("<H", value ^ 8)))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_package_packed_again_is_refused(forge: Forge, genuine: bytes, method: int) -> None:
    again = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(genuine)) as source,
        zipfile.ZipFile(again, "w", method) as target,
    ):
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))

    with pytest.raises(refusals.Repacked):
        forge.open_bytes(again.getvalue())


def test_deflate_bomb_is_refused_unopened(forge: Forge) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(f"{NAME}/signature/statement.json", bytes(50 << 20))

    with pytest.raises(refusals.Repacked):
        forge.open_bytes(bomb.getvalue())


@pytest.mark.parametrize("at", [18, 22])
def test_two_different_sizes_in_a_header_are_refused(forge: Forge, genuine: bytes, at: int) -> None:
    with pytest.raises(refusals.HeaderInvalid):
        forge.open_bytes(_patched(genuine, at, b"\xff"))


@pytest.mark.parametrize("length", [0, 161, 65535])
def test_name_length_outside_the_rule_is_refused(forge: Forge, genuine: bytes, length: int) -> None:
    with pytest.raises(refusals.HeaderInvalid):
        forge.open_bytes(_patched(genuine, 26, struct.pack("<H", length)))


def test_something_else_where_a_header_belongs_is_refused(forge: Forge, genuine: bytes) -> None:
    offset = _entry_at(genuine, "bagit.txt")

    with pytest.raises(refusals.HeaderInvalid):
        forge.open_bytes(_patched(genuine, offset, b"PK\x03\x05"))


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../x",
        "./x",
        "/etc/passwd",
        "C:/x",
        "a\\b",
        "a.txt:s",
        "CON.txt",
        "data/nul",
        "data/Com1.x.y",
        "lpt9",
        ".hidden",
        "data/dot.",
        "data/ x",
        "data/x ",
        "data//x",
        "data/x/",
        "data/a\x00.txt",
        "data/a\u202ecod",
        "data/" + "a" * 92,
        "data/名.txt",
        "",
    ],
)
def test_unsafe_name_is_refused(forge: Forge, path: str) -> None:
    anatomy = forge.anatomy()
    first = anatomy.entries()[:4]

    with pytest.raises(refusals.UnsafeName):
        forge.open_bytes(_zip_raw([*first, (f"{NAME}/{path}", b"")]))


@pytest.mark.parametrize("folder", ["d0042-000007", "D0042-7", "D0042", "..", "D0042-000007 "])
def test_folder_that_is_no_package_name_is_refused(forge: Forge, folder: str) -> None:
    with pytest.raises(refusals.UnsafeName):
        forge.open_bytes(forge.zipped([(f"{folder}/signature/statement.json", b"{}")]))


@pytest.mark.parametrize("number", [1, 4])
def test_second_folder_is_refused(forge: Forge, number: int) -> None:
    entries = forge.anatomy().entries()
    name, content = entries[number]
    entries[number] = (name.replace("000007", "000008"), content)

    with pytest.raises(refusals.UnsafeName):
        forge.open_bytes(forge.zipped(entries))


def test_first_entry_renamed_is_refused(forge: Forge) -> None:
    entries = forge.anatomy().entries()
    entries[0] = (f"{NAME}/signature/statement.txt", entries[0][1])

    with pytest.raises(refusals.WrongOrder):
        forge.open_bytes(forge.zipped(entries))


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_missing_signature_part_is_refused(forge: Forge, number: int) -> None:
    entries = forge.anatomy().entries()
    del entries[number]

    with pytest.raises(refusals.WrongOrder):
        forge.open_bytes(forge.zipped(entries))


def test_nothing_but_the_first_entries_is_refused_as_missing(forge: Forge) -> None:
    with pytest.raises(refusals.Missing):
        forge.open_bytes(forge.zipped(forge.anatomy().entries()[:4]))


@pytest.mark.parametrize("count", [1, 3])
def test_directory_instead_of_signature_is_refused(forge: Forge, count: int) -> None:
    with pytest.raises(refusals.WrongOrder):
        forge.open_bytes(forge.zipped(forge.anatomy().entries()[:count]))


def test_unlisted_file_is_unexpected_wherever_it_stands(forge: Forge) -> None:
    entries = forge.anatomy().entries()
    extra = (f"{NAME}/data/extra.txt", b"hello")

    for at in range(4, len(entries) + 1):
        with pytest.raises(refusals.Unexpected):
            forge.open_bytes(forge.zipped([*entries[:at], extra, *entries[at:]]))


def test_two_thousand_and_one_entries_are_unexpected(forge: Forge) -> None:
    entries = forge.anatomy().entries()
    extra = [(f"{NAME}/data/x{number}", b"") for number in range(2001 - len(entries))]

    with pytest.raises(refusals.Unexpected):
        forge.open_bytes(forge.zipped([*entries, *extra]))


@pytest.mark.parametrize("twin", ["data/package.json", "data/PACKAGE.json"])
def test_duplicate_and_case_twin_are_unexpected(forge: Forge, twin: str) -> None:
    entries = forge.anatomy().entries()
    at = [name for name, _ in entries].index(f"{NAME}/data/package.json")
    entries.insert(at + 1, (f"{NAME}/{twin}", entries[at][1]))

    with pytest.raises(refusals.Unexpected):
        forge.open_bytes(forge.zipped(entries))


def test_file_missing_in_the_middle_is_unexpected_and_at_the_end_missing(forge: Forge) -> None:
    entries = forge.anatomy().entries()

    with pytest.raises(refusals.Unexpected):
        forge.open_bytes(forge.zipped([*entries[:6], *entries[7:]]))
    with pytest.raises(refusals.Missing):
        forge.open_bytes(forge.zipped(entries[:-1]))


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_changed_signature_part_with_stale_checksum_is_refused(
    forge: Forge, genuine: bytes, number: int
) -> None:
    name, content = forge.anatomy().entries()[number]
    at = genuine.index(name.encode()) + len(name) + len(content) // 2

    with pytest.raises(refusals.ChecksumMismatch):
        forge.open_bytes(_patched(genuine, at, bytes([genuine[at] ^ 1])))


def test_changed_statement_with_right_checksum_has_no_signature(forge: Forge) -> None:
    entries = forge.anatomy().entries()
    name, content = entries[0]
    entries[0] = (name, content.replace(b'"sequence":7', b'"sequence":8'))

    with pytest.raises(refusals.SignatureInvalid):
        forge.open_bytes(forge.zipped(entries))


def test_changed_payload_is_refused(forge: Forge, genuine: bytes) -> None:
    for changed in (
        genuine.replace("低保".encode(), "高保".encode(), 1),
        _with_right_checksum(genuine, "data/records.ndjson", "低保".encode(), "高保".encode()),
    ):
        with pytest.raises(refusals.HashMismatch):
            forge.open_bytes(changed)


def test_wrong_checksum_of_right_payload_is_refused(forge: Forge, genuine: bytes) -> None:
    at = _entry_at(genuine, "data/package.json") + 14

    with pytest.raises(refusals.HashMismatch) as caught:
        forge.open_bytes(_patched(genuine, at, bytes(4)))

    assert caught.value.params["detail"] == "CRC"


def test_file_of_another_size_than_listed_is_refused(forge: Forge) -> None:
    entries = forge.anatomy().entries()
    name, content = entries[-2]
    entries[-2] = (name, content + b"\n")

    with pytest.raises(refusals.SizeMismatch):
        forge.open_bytes(forge.zipped(entries))


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("signature/statement.json", (1 << 20) + 1),
        ("signature/statement.sig", 257),
        ("signature/signer.crt", (16 << 10) + 1),
        ("tagmanifest-sha256.txt", (64 << 10) + 1),
        ("data/package.json", 10**9),
    ],
)
def test_size_beyond_the_place_is_refused_before_reading(
    forge: Forge, genuine: bytes, path: str, size: int
) -> None:
    at = _entry_at(genuine, path) + 18

    with pytest.raises(refusals.TooBig):
        forge.open_bytes(_patched(genuine, at, struct.pack("<II", size, size)))


def test_entry_that_reaches_behind_the_end_is_refused(forge: Forge, genuine: bytes) -> None:
    at = _entry_at(genuine, "signature/statement.json") + 18
    size = len(genuine)

    with pytest.raises(refusals.Truncated):
        forge.open_bytes(_patched(genuine, at, struct.pack("<II", size, size)))


def test_every_truncation_is_refused_as_such(forge: Forge, genuine: bytes) -> None:
    path = forge.folder / "cut.census"
    path.write_bytes(genuine)

    for size in range(len(genuine) - 1, 21, -1):
        with path.open("r+b") as file:
            file.truncate(size)
        with pytest.raises(refusals.Truncated):
            forge.open(path)


def test_every_changed_byte_is_refused(forge: Forge, genuine: bytes) -> None:
    path = forge.folder / "flipped.census"
    path.write_bytes(genuine)
    accepted = []

    with path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(genuine):
            file.seek(at)
            file.write(bytes([byte ^ (1 << at % 8)]))
            try:
                forge.open(path).close()
            except refusals.Refused:
                pass
            else:
                accepted.append(at)
            file.seek(at)
            file.write(bytes([byte]))

    assert accepted == []
    forge.open(path).close()


def _change_central(field: int, value: bytes) -> Callable[[bytes], bytes]:
    return lambda data: _patched(data, data.index(CENTRAL) + field, value)


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(_change_central(20, b"\x01"), id="size"),
        pytest.param(_change_central(42, b"\x01"), id="offset"),
        pytest.param(_change_central(8, b"\x08"), id="flag"),
        pytest.param(_change_central(47, b"X"), id="name"),
        pytest.param(_change_central(38, struct.pack("<I", 0o120777 << 16)), id="symlink"),
        pytest.param(_change_central(0, b"PK\x06\x06"), id="magic"),
        pytest.param(lambda data: _patched(data, len(data) - 2, b"\x01"), id="comment"),
        pytest.param(lambda data: _patched(data, len(data) - 12, b"\x09"), id="count"),
    ],
)
def test_directory_that_lies_is_refused(
    forge: Forge, genuine: bytes, lie: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(refusals.DirectoryMismatch):
        forge.open_bytes(lie(genuine))


def _with_right_checksum(data: bytes, path: str, old: bytes, new: bytes) -> bytes:
    """Replace text of one entry and mend its CRC in the local header."""
    start = _entry_at(data, path)
    (size,) = struct.unpack_from("<I", data, start + 18)
    (length,) = struct.unpack_from("<H", data, start + 26)
    begin = start + 30 + length
    content = data[begin : begin + size].replace(old, new, 1)
    return _patched(
        _patched(data, begin, content), start + 14, struct.pack("<I", zlib.crc32(content))
    )


def _zip_raw(entries: list[tuple[str, bytes]]) -> bytes:
    """Return local entries whose names may be anything; nothing reads further than the bad name."""
    parts = []
    for name, content in entries:
        raw = name.encode()
        header = struct.pack(
            "<4sHHHHHIIIHH",
            LOCAL,
            20,
            0,
            0,
            0,
            0x21,
            zlib.crc32(content),
            len(content),
            len(content),
            len(raw),
            0,
        )
        parts.append(header + raw + content)
    return b"".join(parts) + bytes(22)


def test_file_that_shrinks_while_it_is_read_is_truncated(genuine: bytes) -> None:
    reader = ForwardReader(io.BytesIO(genuine[:100]), len(genuine))
    head = reader.next_entry()
    assert head is not None

    with pytest.raises(refusals.Truncated):
        list(reader.blocks(head))
