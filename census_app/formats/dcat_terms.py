"""The terms of a DCAT file: its context, and the IRIs of what it describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

PLATFORM: Final = "urn:cn:gov-res:platform"
"""What stands for the platform where nobody has said its address."""

CONTEXT: Final[Mapping[str, object]] = {
    "adms": "http://www.w3.org/ns/adms#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{
        name: {"@id": term, "@container": "@language"}
        for name, term in (
            ("title", "dct:title"), ("description", "dct:description"), ("keyword", "dcat:keyword"),
            ("name", "foaf:name"), ("label", "rdfs:label"), ("prefLabel", "skos:prefLabel"),
            ("columnTitle", "csvw:title"), ("fn", "vcard:fn"), ("unit", "vcard:organization-unit"),
        )
    },
    **{
        name: {"@id": term, "@type": "@id"}
        for name, term in (
            ("publisher", "dct:publisher"), ("language", "dct:language"), ("theme", "dcat:theme"),
            ("themeTaxonomy", "dcat:themeTaxonomy"), ("broader", "skos:broader"), ("inScheme", "skos:inScheme"),
            ("accessURL", "dcat:accessURL"), ("endpointURL", "dcat:endpointURL"), ("relation", "dct:relation"),
            ("accessService", "dcat:accessService"), ("frequency", "dct:accrualPeriodicity"),
            ("accessRights", "dct:accessRights"), ("mediaType", "dcat:mediaType"), ("policy", "odrl:hasPolicy"),
            ("primaryTopic", "foaf:primaryTopic"), ("status", "adms:status"), ("conformsTo", "dct:conformsTo"),
        )
    },
    "inCatalog": {"@reverse": "dcat:dataset", "@type": "@id"},
    "recordOf": {"@reverse": "dcat:record", "@type": "@id"},
    "issued": {"@id": "dct:issued", "@type": "xsd:date"},
    "modified": {"@id": "dct:modified", "@type": "xsd:dateTime"},
    "byteSize": {"@id": "dcat:byteSize", "@type": "xsd:nonNegativeInteger"},
    "entities": {"@id": "void:entities", "@type": "xsd:integer"},
    "column": {"@id": "csvw:column", "@container": "@list"},
}  # fmt: skip

STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "received": {"zh": "待统筹审核", "en": "received"},
    "returned": {"zh": "退回修改", "en": "returned"},
    "accepted": {"zh": "审核通过", "en": "accepted"},
    "published": {"zh": "已发布", "en": "published"},
    "changing": {"zh": "变更中", "en": "changing"},
    "withdrawn": {"zh": "已下架", "en": "withdrawn"},
}


def resource_iri(code: str) -> str:
    """Return the IRI of the resource with a code."""
    return f"urn:cn:gov-res:{quote(code, safe='/')}"


def agent_iri(code: str) -> str:
    """Return the IRI of a body by its unified social credit code."""
    return f"urn:cn:uscc:{quote(code, safe='')}" if code else "urn:census:coordinator"


def theme_iri(code: str) -> str:
    """Return the IRI of a class of the catalogue."""
    return f"urn:census:class:{quote(code, safe='')}"


def scheme_iri(code: str) -> str:
    """Return the IRI of a top of the classification, which is a scheme of its own."""
    return f"urn:census:classes:{quote(code, safe='')}"


def statement(text: str) -> dict[str, object]:
    """Return a condition or basis in words."""
    return {"@type": "dct:RightsStatement", "label": {"zh": text}}
