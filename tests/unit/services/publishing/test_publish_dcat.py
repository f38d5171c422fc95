"""DCAT as others read it: rdflib finds the same numbers, the shapes of DCAT-AP have nothing to say."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef

from census_app.errors import UserError
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.publish_open import Scope, write_dcat
from tests.unit.services.publishing.conftest import CLOSED, FREE, OPEN

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
"""rdflib's own reader of JSON-LD makes one."""

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace("http://purl.org/dc/terms/")
ADMS = Namespace("http://www.w3.org/ns/adms#")
CSVW = Namespace("http://www.w3.org/ns/csvw#")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
EU = "http://publications.europa.eu/resource/authority/"
SITE = "https://data.example.gov.cn/"


def _graph(path: Path) -> Graph:
    return Graph().parse(path, format="json-ld")


def _of(graph: Graph, kind: URIRef) -> set[Any]:
    return set(graph.subjects(RDF.type, kind))


def _titled(graph: Graph, title: str) -> Any:
    (found,) = set(graph.subjects(DCT.title, Literal(title, lang="zh"))) & _of(graph, DCAT.Dataset)
    return found


@lru_cache(maxsize=2)
def _shapes(name: str) -> Graph:
    return Graph().parse(Path(os.environ["CENSUS_SHAPES"]) / name)


def _verdict(graph: Graph, name: str) -> tuple[bool, str]:
    fits, _report, text = pyshacl.validate(graph, shacl_graph=_shapes(name), inference="none")
    return bool(fits), str(text)


@pytest.fixture
def open_data(catalogue: CatalogueStore, tmp_path: Path) -> Path:
    return write_dcat(catalogue, tmp_path / "open.jsonld", Scope(platform=SITE)).path


@pytest.fixture
def internal(catalogue: CatalogueStore, tmp_path: Path) -> Path:
    return write_dcat(catalogue, tmp_path / "all.jsonld", Scope(internal=True)).path


def test_open_data_has_what_is_open_and_no_more(
    catalogue: CatalogueStore, tmp_path: Path, same: Callable[[str, str], None]
) -> None:
    done = write_dcat(catalogue, tmp_path / "open.jsonld", Scope(platform=SITE))
    graph = _graph(done.path)
    datasets = _of(graph, DCAT.Dataset)
    assert len(datasets) == done.datasets == 2
    assert done.left == 1
    assert set(graph.objects(None, DCAT.dataset)) == datasets
    assert len(_of(graph, DCAT.Distribution)) == done.distributions == 2
    assert len(_of(graph, DCAT.CatalogRecord)) == len(set(graph.objects(None, DCAT.record))) == 2
    assert set(graph.objects(None, DCAT.accessURL)) == {URIRef(SITE)}
    assert len(_of(graph, SKOS.ConceptScheme)) == 3
    text = done.path.read_text(encoding="utf-8")
    for hidden in ("举报", "联系人电话", "书面申请", "许可管理系统", "许可处", "odrl:Policy"):
        assert hidden not in text, hidden
    same("open.jsonld", text)


def test_each_property_is_what_the_form_says(open_data: Path) -> None:
    graph = _graph(open_data)
    dataset = _titled(graph, '=HYPERLINK("http://x")')
    assert str(dataset) == "urn:cn:gov-res:307/000001"
    assert graph.value(dataset, DCT.accrualPeriodicity) == URIRef(f"{EU}frequency/ANNUAL")
    assert graph.value(dataset, DCT.accessRights) == URIRef(f"{EU}access-right/PUBLIC")
    assert str(graph.value(dataset, DCT.issued)) == "2026-06-30"
    publisher = graph.value(dataset, DCT.publisher)
    assert str(graph.value(publisher, FOAF.name)) == "江苏省第一样例厅"
    limited = next(d for d in _of(graph, DCAT.Dataset) if d != dataset)
    assert graph.value(limited, DCT.accessRights) == URIRef(f"{EU}access-right/RESTRICTED")
    assert {str(w) for w in graph.objects(limited, DCAT.keyword)} == {"排污", "许可证"}
    distribution = graph.value(limited, DCAT.distribution)
    assert graph.value(distribution, DCAT.accessService) is not None
    assert int(str(graph.value(distribution, DCAT.byteSize))) == 1 << 29  # half a G is open
    columns = {str(t) for t in graph.objects(None, CSVW.title)}
    assert columns == {"单位名称", "发证日期", "年度"}
    status = {str(s) for s in graph.objects(None, ADMS.status)}
    assert status == {"urn:census:state:published", "urn:census:state:accepted"}


def test_within_the_government_everything_is_told(internal: Path) -> None:
    graph = _graph(internal)
    assert len(_of(graph, DCAT.Dataset)) == 3
    assert len(_of(graph, DCAT.Distribution)) == 2  # a medium is on no platform
    assert len(_of(graph, ODRL.Policy)) == 3
    assert len(set(graph.objects(None, CSVW.title))) == 5
    text = internal.read_text(encoding="utf-8")
    for told in ("许可管理系统", "许可处", "书面申请", "第五十七条"):
        assert told in text, told
    closed = _titled(graph, "举报人信息")
    assert graph.value(closed, DCT.accessRights) == URIRef(f"{EU}access-right/NON_PUBLIC")


def test_only_what_is_published(catalogue: CatalogueStore, tmp_path: Path) -> None:
    done = write_dcat(catalogue, tmp_path / "a.jsonld", Scope(published=True))
    assert (done.datasets, done.left) == (1, 2)


def test_a_departments_own_file(workspace: WorkspaceStore, tmp_path: Path) -> None:
    done = write_dcat(workspace, tmp_path / "own.jsonld", Scope())
    graph = _graph(done.path)
    assert len(_of(graph, DCAT.Dataset)) == 2
    assert not _of(graph, DCAT.CatalogRecord)  # nothing is registered yet
    assert {d.rpartition(":")[2] for d in map(str, _of(graph, DCAT.Dataset))} == {OPEN, FREE}
    assert CLOSED not in done.path.read_text(encoding="utf-8")


def test_what_is_no_address_is_refused(catalogue: CatalogueStore, tmp_path: Path) -> None:
    for bad in ("data.example.gov.cn", "javascript:alert(1)", "http://a b"):
        with pytest.raises(UserError, match="PUBLISH_URL"):
            write_dcat(catalogue, tmp_path / "a.jsonld", Scope(platform=bad))
    assert not (tmp_path / "a.jsonld").exists()


def test_nothing_is_fetched_and_the_same_gives_the_same(
    catalogue: CatalogueStore, open_data: Path, tmp_path: Path
) -> None:
    again = write_dcat(catalogue, tmp_path / "again.jsonld", Scope(platform=SITE)).path
    assert again.read_bytes() == open_data.read_bytes()
    document = json.loads(again.read_text(encoding="utf-8"))
    assert isinstance(document["@context"], dict)  # no address of one


@pytest.mark.shapes
@pytest.mark.parametrize("shapes", ["shapes.ttl", "range.ttl"])
def test_the_shapes_of_dcat_ap_agree(open_data: Path, internal: Path, shapes: str) -> None:
    for path in (open_data, internal):
        fits, text = _verdict(_graph(path), shapes)
        assert fits, text


@pytest.mark.shapes
def test_the_shapes_would_have_found_something(open_data: Path) -> None:
    graph = _graph(open_data)
    (catalogue,) = _of(graph, DCAT.Catalog)
    graph.remove((catalogue, DCT.title, None))
    fits, text = _verdict(graph, "shapes.ttl")
    assert not fits
    assert "title" in text
    ranged = _graph(open_data)
    ranged.remove((None, RDF.type, DCT.Frequency))
    assert not _verdict(ranged, "range.ttl")[0]
