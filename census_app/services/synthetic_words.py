"""The words of the synthetic province: `resources/vocabulary`, read once into frozen structs.

Fields are found by role, type and label; no form's fields are named here or there.
"""

from __future__ import annotations

import csv
import functools
import re
from typing import Final

import msgspec

from census_app.assets import resource
from census_app.formspec.model import Field

FOLDER: Final = "vocabulary"


class TextWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What text fields answer whose label a pattern is found in."""

    label: str
    words: list[str]


class Sphere(msgspec.Struct, frozen=True):
    """A field of government: what its department is called, and what it keeps records about."""

    name: str
    body: str
    objects: tuple[str, ...]


class ItemWords(msgspec.Struct, frozen=True):
    """A data item that occurs everywhere.

    Attributes:
        type, length: Answers of the roles `item_type` and `item_length`.
        personal: Whether it speaks of a person, and so is not for open resources.
    """

    name: str
    type: str
    length: int
    personal: bool = False


class _Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mark: str
    province: str
    province_code: str
    centre: str
    centre_code: str
    root: str
    root_passphrase: str
    centre_passphrase: str
    cities: list[str]
    city_codes: list[str]
    common_objects: list[str]
    aspects: list[str]
    scopes: list[str]
    attributes: list[tuple[str, str, int]]
    abstracts: list[str]
    system_names: list[str]
    system_aliases: list[str]
    functions: list[str]
    offices: list[str]
    matters: list[str]
    joints: list[str]
    reasons: list[str]
    deletions: list[str]
    empty_conditions: list[str]
    conditions: list[str]
    legal_basis: list[str]
    text: list[TextWords]
    weights: dict[str, dict[str, int]]


class Words(msgspec.Struct, frozen=True):
    """Everything there is to say.

    Attributes:
        texts: `province.toml`.
        spheres: `departments.csv`, in the order departments are made.
        items: `items.csv`.
    """

    texts: _Texts
    spheres: tuple[Sphere, ...]
    items: tuple[ItemWords, ...]

    def answers(self, field: Field) -> list[str]:
        """Return what a text field may answer; phrases in braces are filled in for each record."""
        for entry in self.texts.text:
            if re.search(entry.label, field.label.zh):
                return entry.words
        return [field.example] if field.example else ["{object}相关情况"]


@functools.cache
def vocabulary() -> Words:
    """Return the shipped words."""
    texts = msgspec.toml.decode(resource(FOLDER, "province.toml").read_bytes(), type=_Texts)
    spheres = tuple(
        Sphere(row["field"], row["name"], tuple(row["objects"].split("|")))
        for row in _rows("departments.csv")
    )
    items = tuple(
        ItemWords(row["name"], row["type"], int(row["length"]), bool(row["personal"]))
        for row in _rows("items.csv")
    )
    return Words(texts, spheres, items)


def _rows(name: str) -> list[dict[str, str]]:
    with resource(FOLDER, name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
