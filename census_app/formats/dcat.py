"""A catalogue as DCAT 3 in JSON-LD, following DCAT-AP 3.0.1 where that asks for something.

The context stands in the file, so that nothing is fetched. Nodes are written one a line; what a dataset belongs to is
said at the dataset, in reverse, so that nobody has to hold a list of all. Which field is which property the form set
says (`dcat`); which code is called what, `resources/vocabulary/dcat.toml`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from census_app.domain.records import Record
from census_app.formats import vocabularies
from census_app.formats.dcat_terms import (
    CONTEXT,
    PLATFORM,
    STATES,
    agent_iri,
    resource_iri,
    scheme_iri,
    statement,
    theme_iri,
)
from census_app.formats.open_records import OpenRecord, Provider, ResourceFields, ids_of, known
from census_app.formspec.list_types import parts_of
from census_app.formspec.model import Choice, Field
from census_app.formspec.types import Context, format_value

Node = dict[str, object]

_EU: Final = "http://publications.europa.eu/resource/authority/"
_LANGUAGES: Final = {"zh": f"{_EU}language/ZHO", "en": f"{_EU}language/ENG"}
_RIGHTS: Final = f"{_EU}access-right/"
_IANA: Final = "http://www.iana.org/assignments/media-types/"


@dataclass(frozen=True, slots=True)
class DcatFacts:
    """What is said of the catalogue.

    Attributes:
        iri: Of the catalogue.
        digest: Identifies its content; empty for a department's file.
        platform: Address of the website that shares or opens the data; empty where it is not known.
        internal: For those within the government: everything is told; else what everyone may know.
    """

    iri: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    publisher: Provider
    digest: str
    platform: str
    internal: bool


class DcatWriter:
    """Makes the nodes of one catalogue.

    Attributes:
        datasets: How many were made, `distributions` likewise.
    """

    def __init__(self, facts: DcatFacts, fields: ResourceFields, context: Context) -> None:
        self._facts, self._fields, self._context = facts, fields, context
        self._themes: set[str] = set()
        self._named: dict[str, Node] = {}
        self._agents: set[str] = set()
        self.datasets = self.distributions = 0

    def parts(self, records: Iterable[OpenRecord]) -> Iterator[bytes]:
        """Yield the file."""
        yield f'{{"@context": {_json(CONTEXT)},\n"@graph": [\n{_json(self._catalogue())}'.encode()
        for node in self._nodes(records):
            yield f",\n{_json(node)}".encode()
        yield b"\n]}\n"

    def _nodes(self, records: Iterable[OpenRecord]) -> Iterator[Node]:
        yield from self._agent(self._facts.publisher)
        yield self._platform()
        for each in records:
            yield from self._agent(each.provider)
            yield self._dataset(each)
            if each.modified:
                yield self._record(each)
        yield from self._concepts()
        yield from (self._named[iri] for iri in sorted(self._named))

    # -- what everything hangs on --------------------------------------------------------------------------------------

    def _catalogue(self) -> Node:
        found: Node = {
            "@id": self._facts.iri,
            "@type": "dcat:Catalog",
            "title": dict(self._facts.title),
            "description": dict(self._facts.description),
            "publisher": agent_iri(self._facts.publisher.code),
            "language": self._name(_LANGUAGES["zh"], "dct:LinguisticSystem"),
            "themeTaxonomy": [scheme_iri(c.code) for c in self._classes() if not c.parent],
        }
        if self._facts.digest:
            found["dct:identifier"] = self._facts.digest
        return found

    def _agent(self, agent: Provider) -> Iterator[Node]:
        iri = agent_iri(agent.code)
        if iri in self._agents:
            return
        self._agents.add(iri)
        found: Node = {
            "@id": iri,
            "@type": ["foaf:Agent", "org:Organization"],
            "name": {"zh": agent.name},
        }
        if agent.code:
            found["org:identifier"] = agent.code
        yield found

    def _platform(self) -> Node:
        return {
            "@id": PLATFORM,
            "@type": "dcat:DataService",
            "title": {"zh": "共享交换平台接口服务", "en": "Interfaces of the sharing platform"},
            "endpointURL": self._facts.platform or PLATFORM,
        }

    def _name(self, iri: str, kind: str, **more: object) -> str:
        """Remember that a term of a vocabulary is used, to be described once at the end."""
        self._named.setdefault(iri, {"@id": iri, "@type": kind, **more})
        return iri

    # -- datasets ------------------------------------------------------------------------------------------------------

    def _dataset(self, each: OpenRecord) -> Node:
        self.datasets += 1
        record, fields = each.record, self._fields
        iri = self.iri_of(each)
        node: Node = {
            "@id": iri,
            "@type": "dcat:Dataset",
            "inCatalog": self._facts.iri,
            "title": self._titles(record),
            "description": {"zh": self._text(record, "dct:description") or fields.title(record)},
            "publisher": agent_iri(each.provider.code),
            "accessRights": self._access(record),
        }
        code = fields.answer(record, "resource_code")
        identifier = str(code or record.id)
        node["dct:identifier"] = identifier
        if code:
            node["adms:identifier"] = {"@type": "adms:Identifier", "skos:notation": identifier}
        self._put_described(node, record)
        if self._facts.internal:
            self._put_internal(node, record)
        columns = [self._column(item) for item in self._items(each)]
        if columns:
            schema = {"@id": f"{iri}#schema", "@type": ["dct:Standard", "csvw:TableSchema"]}
            node["dct:conformsTo"] = {**schema, "column": columns}
        if vocabularies.on_platform(fields.answer(record, "share_mode_class")):
            node["dcat:distribution"] = self._distribution(record, iri)
        return node

    def _put_described(self, node: Node, record: Record) -> None:
        """Add what everybody may know."""
        fields = self._fields
        theme = fields.answer(record, "class_code")
        if isinstance(theme, str) and self._is_theme(theme):
            self._themes.add(theme)
            node["theme"] = theme_iri(theme)
        words = parts_of(self._text(record, "dcat:keyword"))
        if words:
            node["keyword"] = {"zh": list(dict.fromkeys(words))}
        cycle = vocabularies.said_as("update_cycle", fields.answer(record, "update_cycle"))
        if cycle:
            node["frequency"] = self._name(f"{_EU}frequency/{cycle}", "dct:Frequency")
        issued = fields.answer(record, "published_on")
        if issued:
            node["issued"] = issued
        role = "records_total" if self._facts.internal else "records_open"
        entities = fields.times(record, role, 10_000)
        if entities is not None:
            node["entities"] = entities
        related = parts_of(self._text(record, "dct:relation").replace(" ", "\n"))
        if related:
            node["relation"] = [resource_iri(code) for code in related]
        condition = self._text(record, "dct:license")
        if condition:
            node["dct:rights"] = statement(condition)

    def _put_internal(self, node: Node, record: Record) -> None:
        """Add what departments tell each other."""
        fields = self._fields
        share = fields.role("share_type")
        code = fields.answer(record, "share_type")
        if isinstance(code, str):
            labels = {
                lang: self._context.choices.label(share.choices, code, lang)
                for lang in ("zh", "en")
            }
            kinds = ["odrl:Policy", "skos:Concept"]
            iri = f"urn:census:share:{code}"
            self._named.setdefault(iri, {"@id": iri, "@type": kinds, "prefLabel": labels})
            node["policy"] = iri
        rights = [
            statement(text)
            for name in ("dct:license", "dct:rights")
            if (text := self._text(record, name))
        ]
        if rights:
            node["dct:rights"] = rights
        for field in fields.fields(fields.form, "dcat:contactPoint"):
            unit = self._shown(record, field)
            if unit:
                kinds = ["vcard:Kind", "vcard:Organization"]
                node["dcat:contactPoint"] = {
                    "@type": kinds,
                    "fn": {"zh": unit},
                    "unit": {"zh": unit},
                }
        made_by = [
            {"@type": "prov:Activity", "label": {"zh": name}}
            for field in fields.fields(fields.form, "prov:wasGeneratedBy")
            for each in ids_of(record.values.get(field.id))
            if (name := self._context.records.title(field.target, each))
        ]
        if made_by:
            node["prov:wasGeneratedBy"] = made_by

    def _distribution(self, record: Record, iri: str) -> Node:
        self.distributions += 1
        fields = self._fields
        node: Node = {
            "@id": f"{iri}#distribution",
            "@type": "dcat:Distribution",
            "title": self._titles(record),
            "accessURL": self._facts.platform or PLATFORM,
        }
        if vocabularies.is_service(fields.answer(record, "share_mode_type")):
            node["accessService"] = PLATFORM
        kinds = [
            *fields.fields(fields.form, "dct:format"),
            *fields.fields(fields.form, "dcat:mediaType"),
        ]
        words = [text for field in kinds if (text := self._shown(record, field))]
        if words:
            node["dct:format"] = {
                "@type": "dct:MediaTypeOrExtent",
                "label": {"zh": " / ".join(words)},
            }
        media = vocabularies.said_as("format_type", fields.answer(record, "format_type"))
        if media:
            node["mediaType"] = self._name(_IANA + media, "dct:MediaType")
        role = "size_total" if self._facts.internal else "size_open"
        size = fields.times(record, role, 1 << 30)
        if size is not None:
            node["byteSize"] = str(size)
        condition = self._text(record, "dct:license")
        if condition:
            node["dct:rights"] = statement(condition)
        return node

    def _column(self, item: Record) -> Node:
        fields = self._fields
        node: Node = {
            "@type": "csvw:Column",
            "columnTitle": {"zh": str(fields.answer(item, "item_name") or "")},
        }
        for field in fields.fields(fields.item, "csvw:name"):
            name = known(item.values.get(field.id))
            if name:
                node["csvw:name"] = quote(str(name), safe="")
        kind = vocabularies.said_as("data_type", fields.answer(item, "item_type"))
        if kind:
            datatype: Node = {"@type": "csvw:Datatype", "csvw:base": kind}
            length = fields.answer(item, "item_length")
            if isinstance(length, int) and kind == "string":
                datatype["csvw:maxLength"] = length
            node["csvw:datatype"] = datatype
        return node

    def _items(self, each: OpenRecord) -> Iterable[Record]:
        return each.items if self._facts.internal else self._fields.open_items(each.items)

    def _record(self, each: OpenRecord) -> Node:
        iri = self.iri_of(each)
        node: Node = {
            "@id": f"{iri}#record",
            "@type": "dcat:CatalogRecord",
            "recordOf": self._facts.iri,
            "primaryTopic": iri,
            "modified": each.modified,
            "dct:identifier": each.package,
        }
        if each.state:
            labels = dict(STATES[each.state])
            node["status"] = self._name(
                f"urn:census:state:{each.state}", "skos:Concept", prefLabel=labels
            )
        return node

    # -- words ---------------------------------------------------------------------------------------------------------

    def iri_of(self, each: OpenRecord) -> str:
        """Return the IRI of a resource: by its code, which it has for good, or before it has one by its id."""
        code = self._fields.answer(each.record, "resource_code")
        if code:
            return resource_iri(str(code))
        return f"urn:census:resource:{quote(each.department, safe='')}:{each.record.id}"

    def _titles(self, record: Record) -> Node:
        """Return the names: that of the form's title field in Chinese, any other in English."""
        form = self._fields.form
        named = {
            f.id: known(record.values.get(f.id)) for f in self._fields.fields(form, "dct:title")
        }
        found: Node = {}
        for field, text in named.items():
            if text:
                found["zh" if field == form.title else "en"] = str(text)
        return found

    def _access(self, record: Record) -> str:
        right = "NON_PUBLIC"
        if self._fields.is_open(record):
            condition = self._fields.answer(record, "open_condition")
            free = condition is None or vocabularies.is_unconditional(condition)
            right = "PUBLIC" if free else "RESTRICTED"
        return self._name(_RIGHTS + right, "dct:RightsStatement")

    def _text(self, record: Record, name: str) -> str:
        """Return the text of the first filled field that names a property."""
        found = (
            known(record.values.get(f.id)) for f in self._fields.fields(self._fields.form, name)
        )
        return next((str(each) for each in found if each), "")

    def _shown(self, record: Record, field: Field) -> str:
        value = known(record.values.get(field.id))
        return "" if value is None else format_value(value, field, self._context)

    # -- classes -------------------------------------------------------------------------------------------------------

    def _classes(self) -> Sequence[Choice]:
        name = self._fields.role("class_code").choices
        return self._context.form_set.choice_lists[name].choices

    def _is_theme(self, code: str) -> bool:
        return any(c.code == code and c.parent for c in self._classes())

    def _concepts(self) -> Iterator[Node]:
        """Yield the classes that are used, with those above them, and the three schemes."""
        entries = {c.code: c for c in self._classes()}
        wanted: set[str] = set()
        for theme in self._themes:
            code = theme
            while code and code not in wanted:
                wanted.add(code)
                code = entries[code].parent
        for choice in entries.values():
            labels = {"zh": choice.zh, "en": choice.en or choice.zh}
            if not choice.parent:
                yield {
                    "@id": scheme_iri(choice.code),
                    "@type": "skos:ConceptScheme",
                    "title": labels,
                }
            elif choice.code in wanted:
                top = choice.code
                while entries[top].parent:
                    top = entries[top].parent
                node: Node = {
                    "@id": theme_iri(choice.code),
                    "@type": "skos:Concept",
                    "prefLabel": labels,
                    "skos:notation": choice.code,
                    "inScheme": scheme_iri(top),
                }
                if entries[choice.parent].parent:
                    node["broader"] = theme_iri(choice.parent)
                else:
                    node["skos:topConceptOf"] = {"@id": scheme_iri(top)}
                yield node


def _json(node: object) -> str:
    return json.dumps(node, ensure_ascii=False, separators=(",", ":"))
