"""CKAN: the real `ckanapi` loads what was written into a site that refuses what CKAN would refuse."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckanapi
from ckanapi.cli.load import load_things_worker

from census_app.services.ports import CatalogueStore
from census_app.services.publish_open import Scope, write_ckan
from tests.unit.services.conftest import CODES
from tests.unit.services.publishing.ckan_site import NAME, Site, serving
from tests.unit.services.publishing.conftest import CLOSED, FREE, OPEN

SITE = "https://data.example.gov.cn/"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _load(folder: Path, thing: str, address: str) -> str:
    """Run ckanapi as a person would, and return what it says."""
    bin_ = Path(sys.executable).parent
    done = subprocess.run(
        [str(bin_ / "ckanapi"), "load", thing, "-I", str(folder / f"{thing}.jsonl"), "-r", address, "-a", "key"],
        env={**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    return f"{done.returncode} {done.stderr}"


def _work(folder: Path, thing: str, address: str) -> list[list[Any]]:
    """Let ckanapi's worker load in this process, which is what its command starts; return its replies."""
    names = ("create-only", "update-only", "insecure", "upload-resources", "upload-logo")
    options = {f"--{name}": False for name in names}
    lines = (folder / f"{thing}.jsonl").read_bytes()
    said = io.BytesIO()
    with ckanapi.RemoteCKAN(address, apikey="key") as site:
        load_things_worker(site, thing, options, stdin=io.BytesIO(lines), stdout=said)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def test_ckanapi_loads_everything_and_again(catalogue: CatalogueStore, tmp_path: Path) -> None:
    scope = Scope(internal=True, platform=SITE)
    folder = write_ckan(catalogue, tmp_path / "ckan", scope, "zh").path
    with serving() as (address, site):
        for thing in ("organizations", "groups"):
            assert {(act, error) for _at, act, error, _r in _work(folder, thing, address)} == {
                ("create", None)
            }
        said = _load(folder, "datasets", address)
        assert said.startswith("0 "), said
        assert said.count("create") == 3
        again = _work(folder, "datasets", address)
        assert {(act, error) for _at, act, error, _r in again} == {("update", None)}
        assert not site.refused
        names = {f"{CODES[0].lower()}-{record}" for record in (OPEN, FREE, CLOSED)}
        assert set(site.kept["package"]) == names
        assert set(site.kept["organization"]) == {f"org-{CODES[0].lower()}"}


def test_the_site_would_have_refused() -> None:
    site = Site()
    good: dict[str, Any] = {"name": "a-b", "owner_org": "org", "extras": []}
    bad = [
        {**good, "name": "江苏"}, {**good, "tags": [{"name": "a/b"}]}, {**good, "owner_org": "none"},
        {**good, "extras": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, {**good, "stray": 1},
        {**good, "resources": [{"url": ""}]}, {**good, "groups": [{"name": "none"}]},
    ]  # fmt: skip
    site.act("organization_create", {"name": "org"})
    for given in bad:
        assert site.act("package_create", given)[0] == 409, given
    assert site.act("package_create", good)[0] == 200


def test_names_are_stable_and_nothing_closed_goes_out(
    catalogue: CatalogueStore, tmp_path: Path, same: Callable[[str, str], None]
) -> None:
    done = write_ckan(catalogue, tmp_path / "ckan", Scope(platform=SITE), "zh")
    assert (done.datasets, done.left, done.distributions) == (2, 1, 2)
    text = (done.path / "datasets.jsonl").read_text(encoding="utf-8")
    for hidden in ("举报", "联系人电话", "书面申请", "许可管理系统", "许可处"):
        assert hidden not in text, hidden
    entries = _lines(done.path / "datasets.jsonl")
    assert all(NAME.fullmatch(entry["name"]) for entry in entries)
    limited = entries[0]
    assert [tag["name"] for tag in limited["tags"]] == ["排污", "许可证"]
    assert limited["groups"] == [{"name": "class-211"}]
    assert limited["resources"][0]["size"] == 1 << 29
    same("datasets.jsonl", text)
    same("organizations.jsonl", (done.path / "organizations.jsonl").read_text(encoding="utf-8"))


def test_without_an_address_no_dataset_has_a_resource(
    catalogue: CatalogueStore, tmp_path: Path
) -> None:
    done = write_ckan(catalogue, tmp_path / "ckan", Scope(), "en")
    assert [e["resources"] for e in _lines(done.path / "datasets.jsonl")] == [[], []]
    assert done.distributions == 0
