"""Names inside a package, and identities as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census_app.exchange import names, refusals
from census_app.exchange.paper import short_groups
from census_app.exchange.statement import PACKAGE_TYPES, package_name


@pytest.mark.parametrize(
    "path",
    ["a", "bagit.txt", "data/package.json", "data/formset/v1/a_b-c.toml", "console.txt", "com10"],
)
def test_safe_path(path: str) -> None:
    assert names.is_safe_path(path)


@given(st.text(max_size=20))
def test_safe_paths_are_ascii_and_stay_below_their_folder(path: str) -> None:
    if names.is_safe_path(path):
        assert path.isascii()
        assert not set(path) & set('\\:*?"<>| \n')
        assert not path.startswith("/")
        assert ".." not in path.split("/")


@given(st.binary(max_size=40))
def test_any_bytes_are_a_name_or_refused(raw: bytes) -> None:
    try:
        folder, path = names.split_entry_name(b"D0042-000007/" + raw)
    except refusals.UnsafeName:
        return
    assert f"{folder}/{path}".encode() == b"D0042-000007/" + raw


@pytest.mark.parametrize("kind", PACKAGE_TYPES)
def test_package_names_have_the_shape_the_reader_wants(kind: str) -> None:
    name = package_name(kind, "11430000006122549DA1", "11430000006122549D", 7)

    assert names.is_package_name(name)
    assert name.endswith("-000007")


def test_closed_list_of_paths_depends_on_the_type() -> None:
    assert names.is_known_path("data/request.csr", "enrolment")
    assert not names.is_known_path("data/request.csr", "submission")
    assert names.is_known_path("data/formset/v1/resource.toml", "trust")
    assert not names.is_known_path("data/formset/v1/../x.toml", "trust")
    assert not names.is_known_path(f"data/attachments/{'AB' * 32}.pdf", "submission")


def test_identity_is_read_in_groups_of_four() -> None:
    assert short_groups("3f9a1c07" * 8) == "3f9a 1c07 3f9a 1c07 3f9a 1c07 3f9a 1c07"
    assert short_groups("3f9a1c07" * 8, groups=2) == "3f9a 1c07"
    assert len(short_groups("3f9a1c07" * 8, groups=16).split()) == 16
    assert short_groups("3f9a 1c07 3f9a") == "3f9a 1c07 3f9a"
