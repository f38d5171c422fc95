"""A catalogue as JSON lines that `ckanapi load` puts into CKAN: organizations, groups, datasets.

Names are made of ids, never of titles or codes, so that a dataset keeps its address when it is renamed or gets its
code, and loading again updates what is there. Keys are those of CKAN's own `package_create`; what it has no key for
becomes an `extra`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from census_app.formats import vocabularies
from census_app.formats.open_records import OpenRecord, Provider, ResourceFields, ids_of, known
from census_app.formspec.list_types import parts_of
from census_app.formspec.model import Field
from census_app.formspec.types import Context, format_value

Entry = dict[str, object]

_NOT_NAME: Final = re.compile(r"[^a-z0-9_-]+")
_NOT_TAG: Final = re.compile(r"[^\w \-.]+")
_TAG: Final = range(2, 101)


def organization_name(code: str) -> str:
    """Return the name of a body's organization."""
    return f"org-{_plain(code)}"


def group_name(code: str) -> str:
    """Return the name of the group of a class."""
    return f"class-{_plain(code)}"


def dataset_name(department: str, record: str) -> str:
    """Return the name of a resource's dataset: at most 60 of the 100 characters CKAN takes."""
    return f"{_plain(department)}-{record}"


def _plain(code: str) -> str:
    return _NOT_NAME.sub("-", code.lower())


class CkanWriter:
    """Makes the lines of one catalogue.

    Args:
        platform: Address of the website that shares or opens the data; without it no dataset has a resource, since
            CKAN asks for its address.
        internal: For those within the government: everything is told.
    """

    def __init__(
        self, fields: ResourceFields, context: Context, *, platform: str, internal: bool
    ) -> None:
        self._fields, self._context = fields, context
        self._platform, self._internal = platform, internal
        self._groups: set[str] = set()

    def organization(self, body: Provider) -> Entry:
        """Return a body as an organization."""
        extras = [{"key": "uscc", "value": body.code}] if body.code else []
        return {"name": organization_name(body.code), "title": body.name, "extras": extras}

    def groups(self) -> Iterator[Entry]:
        """Yield the groups that the datasets made so far belong to."""
        name = self._fields.role("class_code").choices
        for choice in self._context.form_set.choice_lists[name].choices:
            if choice.code in self._groups:
                yield {
                    "name": group_name(choice.code),
                    "title": choice.label(self._context.language),
                }

    def dataset(self, each: OpenRecord) -> Entry:
        """Return a resource as a dataset."""
        record, fields = each.record, self._fields
        entry: Entry = {
            "name": dataset_name(each.department, record.id),
            "title": fields.title(record),
            "notes": str(fields.answer(record, "abstract") or ""),
            "author": each.provider.name,
            "owner_org": organization_name(each.department),
            "private": False,
            "tags": [{"name": tag} for tag in self._tags(each)],
            "extras": [{"key": key, "value": value} for key, value in self._extras(each).items()],
        }
        group = self._group(each)
        if group:
            entry["groups"] = [{"name": group_name(group)}]
        on_platform = vocabularies.on_platform(fields.answer(record, "share_mode_class"))
        entry["resources"] = [self._resource(each)] if on_platform and self._platform else []
        return entry

    def _resource(self, each: OpenRecord) -> Entry:
        record, fields = each.record, self._fields
        entry: Entry = {
            "url": self._platform,
            "name": fields.title(record),
            "description": self._property(each, "dct:license"),
            "format": self._property(each, "dcat:mediaType") or self._property(each, "dct:format"),
        }
        media = vocabularies.said_as("format_type", fields.answer(record, "format_type"))
        if media:
            entry["mimetype"] = media
        size = fields.times(record, "size_total" if self._internal else "size_open", 1 << 30)
        if size is not None:
            entry["size"] = size
        return entry

    def _group(self, each: OpenRecord) -> str:
        """Return the class right below the top that a resource belongs to, empty for none."""
        code = self._fields.answer(each.record, "class_code")
        if not isinstance(code, str):
            return ""
        path = self._context.choices.path(self._fields.role("class_code").choices, code)
        if len(path) < 2:
            return ""
        self._groups.add(path[1].code)
        return path[1].code

    def _tags(self, each: OpenRecord) -> list[str]:
        words = parts_of(self._property(each, "dcat:keyword"))
        tags = [" ".join(_NOT_TAG.sub(" ", word).split()) for word in words]
        return [tag for tag in dict.fromkeys(tags) if len(tag) in _TAG]

    def _extras(self, each: OpenRecord) -> dict[str, str]:
        """Return key → text of what CKAN has no key for, in the words of the form."""
        fields, record = self._fields, each.record
        form = fields.form
        found = {"identifier": str(fields.answer(record, "resource_code") or record.id)}
        found["provider_uscc"] = each.provider.code
        if each.state:
            found["state"] = each.state
        roles = [
            "update_cycle",
            "published_on",
            "is_open",
            "open_condition",
            "records_open",
            "size_open",
        ]
        if self._internal:
            roles += ["share_type", "share_condition", "records_total", "size_total"]
        shown = [fields.role(role) for role in roles]
        if self._internal:
            shown += [f for name in _INTERNAL for f in fields.fields(form, name) if f not in shown]
        for field in shown:
            text = self._shown(each, field)
            if text:
                found[field.id] = text
        items = each.items if self._internal else fields.open_items(each.items)
        names = [str(fields.answer(item, "item_name") or "") for item in items]
        if any(names):
            found["items"] = json.dumps([n for n in names if n], ensure_ascii=False)
        return {key: value for key, value in found.items() if value}

    def _property(self, each: OpenRecord, name: str) -> str:
        texts = (self._shown(each, f) for f in self._fields.fields(self._fields.form, name))
        return next((text for text in texts if text), "")

    def _shown(self, each: OpenRecord, field: Field) -> str:
        value = known(each.record.values.get(field.id))
        if value is None:
            return ""
        if field.target:
            titles = (self._context.records.title(field.target, one) for one in ids_of(value))
            return "、".join(title for title in titles if title)
        return format_value(value, field, self._context)


_INTERNAL: Final = ("dcat:contactPoint", "prov:wasGeneratedBy", "dct:relation")


def line(entry: Mapping[str, object]) -> bytes:
    """Return an entry as a line."""
    return (json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
