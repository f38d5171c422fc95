"""A synthetic province: its departments, what each holds, and how that changes from round to round.

Everything follows from the seed: the same seed gives the same departments, ids and answers. A department is a stream
of holdings, made one after the other; nothing of it is kept. Not responsible for mistakes, nor for packages.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from census_app.domain.uscc import body_check_holds, check_character
from census_app.formspec.lines import PARENT, POSITION
from census_app.formspec.model import Form, FormSet
from census_app.services.synthetic_shapes import (
    Answers,
    Shape,
    ShapeMaker,
    body_nodes,
    chance_of,
    pick,
    spread,
)
from census_app.services.synthetic_words import ItemWords, vocabulary

_SMALL, _LARGE = 20, 2000
_FEW_ITEMS, _MANY_ITEMS = 5, 60
_MANY_SYSTEMS: Final = 80
_SHARED: Final = 0.05
"""How many of a department's resources others keep as well."""
_GONE, _REVISED, _ADDED = 0.02, 0.08, 0.03
"""Of what a later round deletes, changes and adds."""
_PLACE: Final = 1024
_SHAPES: Final[Mapping[str, int]] = {"resource_name": 240, "system_name": 160, "item_name": 80}
_ANCHORS: Final = 3
"""Systems that others are merged into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How large the province shall be.

    Attributes:
        rounds: How often each department hands in; a later round changes, adds and deletes some.
        mistakes: Share of records with a mistake of the kinds that clerks make.
        day: On which everything is filled in; what dates say depends on it.
    """

    departments: int = 100
    resources: int = 50_000
    items: int = 500_000
    systems: int = 3_000
    rounds: int = 1
    mistakes: float = 0.03
    seed: int = 1
    day: dt.date


@dataclass(frozen=True, slots=True)
class Body:
    """A department.

    Attributes:
        plain: Its name without the mark that it is synthetic.
        node: Its place in the classification, empty when it has none.
        objects: What it keeps records about.
    """

    number: int
    name: str
    plain: str
    code: str
    division: str
    node: str
    objects: tuple[str, ...]
    resources: int
    items: int
    systems: int


@dataclass(slots=True)
class Holding:
    """A record and its children.

    Attributes:
        values: As a package line carries them; what does not fit its field is an `Unfit`.
        deleted: Why the department has it no more, empty for what it has.
    """

    form: str
    id: str
    values: dict[str, object]
    children: list[Holding] = field(default_factory=list)
    deleted: str = ""


class Province:
    """A province of a form set.

    Args:
        form_set: What is asked.
        wanted: How much of it.
    """

    def __init__(self, form_set: FormSet, wanted: Wanted) -> None:
        self.form_set = form_set
        self.wanted = wanted
        self.words = vocabulary()

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The departments: those of the province, then those of its cities."""
        wanted, chance = self.wanted, chance_of(f"{self.wanted.seed}/bodies")
        count = wanted.departments
        resources = spread(wanted.resources, count, _SMALL, _LARGE, chance, 1.0)
        systems = spread(wanted.systems, count, 1, _MANY_SYSTEMS, chance, 0.7)
        exact = [wanted.items * n / max(wanted.resources, 1) for n in resources]
        items = [math.floor(sum(exact[: n + 1]) + 0.5) for n in range(count)]
        items = [each - before for each, before in zip(items, [0, *items], strict=False)]
        return tuple(self._body(n, resources[n], items[n], systems[n]) for n in range(count))

    def _body(self, number: int, resources: int, items: int, systems: int) -> Body:
        texts, spheres = self.words.texts, self.words.spheres
        sphere = spheres[number % len(spheres)]
        place, division = texts.province, texts.province_code
        turn = number // len(spheres)
        if turn:
            at = (turn - 1) % len(texts.cities)
            place, division = texts.cities[at], texts.city_codes[at]
        plain = place + sphere.body
        if turn > len(texts.cities):
            plain += f"第{turn - len(texts.cities)}分局"
        return Body(
            number=number,
            name=plain + texts.mark,
            plain=plain,
            code=body_code(division, number),
            division=division,
            node=self._nodes.get(plain, ""),
            objects=sphere.objects,
            resources=resources,
            items=items,
            systems=systems,
        )

    @cached_property
    def _nodes(self) -> dict[str, str]:
        return body_nodes(self.form_set)

    def form_of(self, role: str) -> Form:
        """Return the form whose field has a role."""
        return self.form_set.by_role(role)[0]

    @cached_property
    def shapes(self) -> dict[str, list[Shape]]:
        """Role of a form's title → shapes of its records, but for the departments', which are made one by one."""
        least = max(20, self.wanted.resources // 200)
        found = {}
        for role in _SHAPED:
            form = self.form_of(role)
            count = min(least, _SHAPES.get(role, 40))
            fixed = self.item_answers("C", 20) if form.parent else None
            found[role] = self.maker(form).shapes(count, fixed)
        return found

    def maker(self, form: Form) -> ShapeMaker:
        """Return what draws shapes of a form."""
        chance = chance_of(f"{self.wanted.seed}/{form.id}")
        return ShapeMaker(form, self.form_set, self.words, self.wanted.day, chance)

    def item_answers(self, type_: str, length: int) -> Answers:
        """Return what a data item says of its type and length."""
        type_field = self.form_set.by_role("item_type")[1].id
        return {type_field: type_, self.form_set.by_role("item_length")[1].id: length}

    def holdings(self, body: Body, round_: int = 1) -> Iterator[Holding]:
        """Yield what a department holds in a round and what it held before and deleted, form by form."""
        yield from _Holder(self, body, round_).holdings()


class _Holder:
    """Makes what one department holds in one round."""

    def __init__(self, province: Province, body: Body, round_: int) -> None:
        self._province = province
        self._body = body
        self._round = round_
        self._texts = province.words.texts
        seed = f"{province.wanted.seed}/{body.code}"
        self._chance = chance_of(seed)
        counts = _counts(body)
        self._base = counts["resource_name"]
        self._forms = {role: province.form_of(role) for role in ("department_name", *_SHAPED)}
        ids = chance_of(f"{seed}/ids")
        self._ids = {
            self._forms[role].id: [_hex(ids) for _ in range(count)]
            for role, count in counts.items()
        }
        for later in range(2, round_ + 1):
            more = chance_of(f"{seed}/added/{later}")
            added = math.ceil(self._base * _ADDED)
            self._ids[self._forms["resource_name"].id] += [_hex(more) for _ in range(added)]
        resource = self._forms["resource_name"]
        by_role = {f.role: f.id for f in resource.field if f.role}
        self._class, self._share, self._open = (
            by_role[role] for role in ("class_code", "share_type", "is_open")
        )
        item = self._forms["item_name"]
        self._item_form, self._item_title = item.id, item.title
        self._item_type = province.form_set.by_role("item_type")[1].id
        self._item_length = province.form_set.by_role("item_length")[1].id

    def holdings(self) -> Iterator[Holding]:
        yield self._department()
        for role in _TITLES:
            yield from self._plain(role)
        yield from self._resources()

    # -- records -----------------------------------------------------------------------------------------------------

    def _department(self) -> Holding:
        province, body = self._province, self._body
        form = self._forms["department_name"]
        fixed: Answers = {form.title: body.name}
        for role, answer in (("department_uscc", body.code), ("division", body.division)):
            fixed[province.form_set.by_role(role)[1].id] = answer
        nodes = set(province._nodes.values())  # noqa: SLF001  # one module
        for each in form.stored_fields:
            if each.type == "code" and body.node:
                codes = {c.code for c in province.form_set.choice_lists[each.choices].choices}
                if codes == nodes:
                    fixed[each.id] = body.node
        shapes = province.maker(form).shapes(1, fixed)
        values = self._values(shapes[0], form, 0, {}) if shapes else {}
        return Holding(form.id, self._ids[form.id][0], {**values, **fixed})

    def _plain(self, role: str) -> Iterator[Holding]:
        form, shapes = self._forms[role], self._province.shapes[role]
        anchors = [s for s in shapes if form.id not in s.targets] or shapes
        kept = [s for s in anchors if "retain" in s.values.values()] or anchors
        for number, record in enumerate(self._ids[form.id]):
            shape = self._chance.choice(kept if number < _ANCHORS else shapes)
            words = _TITLES[role](self._province, self._body, number)
            holding = Holding(form.id, record, self._values(shape, form, number, words))
            yield self._revised(holding, form)

    def _resources(self) -> Iterator[Holding]:
        body, chance = self._body, self._chance
        form = self._forms["resource_name"]
        ids = self._ids[form.id]
        items = spread(body.items, self._base, _FEW_ITEMS, _MANY_ITEMS, chance, 0.7)
        items += [10] * (len(ids) - self._base)
        shapes = self._province.shapes["resource_name"]
        if not body.node:
            shapes = [s for s in shapes if not s.own_node] or shapes
        own = _order(len(body.objects) * len(self._texts.aspects) * len(self._texts.scopes))
        common = _order(len(self._texts.common_objects) * len(self._texts.aspects))
        shared = 0
        for number, record in enumerate(ids):
            shape = chance.choice(shapes)
            if chance.random() < _SHARED and shared < len(self._texts.common_objects) * 30:
                scope, name, aspect = self._shared(common(body.number * 7 + shared))
                shared += 1
            else:
                scope, name, aspect = self._own(own(number - shared), number - shared)
            open_to_persons = shape.values.get(self._share) == "2" and not shape.values.get(
                self._open
            )
            items_of = self._items(name, aspect, items[number], personal=open_to_persons)
            words = {"object": name, "title": scope + name + aspect, "abstract": ""}
            words["abstract"] = self._abstract(number, scope, name, aspect, items_of)
            values = self._values(shape, form, number, words)
            if shape.own_node and body.node:
                values[self._class] = body.node
            holding = Holding(form.id, record, values, [])
            self._add_items(holding, items_of)
            yield self._revised(holding, form)

    def _own(self, at: int, number: int) -> tuple[str, str, str]:
        texts, objects = self._texts, self._body.objects
        scope, rest = at % len(texts.scopes), at // len(texts.scopes)
        aspect, which = rest % len(texts.aspects), rest // len(texts.aspects)
        turn = number // (len(objects) * len(texts.aspects) * len(texts.scopes))
        return texts.scopes[scope], objects[which] + "续" * turn, texts.aspects[aspect]

    def _shared(self, at: int) -> tuple[str, str, str]:
        texts = self._texts
        return "", pick(texts.common_objects, at // len(texts.aspects)), pick(texts.aspects, at)

    def _abstract(
        self, number: int, scope: str, name: str, aspect: str, items: list[ItemWords]
    ) -> str:
        named = [item.name for item in items[:3]] or [name]
        return pick(self._texts.abstracts, number).format(
            scope=scope,
            object=name,
            aspect=aspect,
            body=self._body.plain,
            first=named[0],
            second=named[min(1, len(named) - 1)],
            third=named[-1],
        )

    # -- items -------------------------------------------------------------------------------------------------------

    def _items(self, name: str, aspect: str, count: int, *, personal: bool) -> list[ItemWords]:
        """Return the items of a resource; whoever keeps the same resource has nearly the same ones."""
        words = self._province.words
        local = chance_of(name + aspect)
        own = [
            ItemWords(name + text, type_, length) for text, type_, length in words.texts.attributes
        ]
        pool = [*own, *(item for item in words.items if personal or not item.personal)]
        return local.sample(pool, min(count, len(pool)))

    def _add_items(self, holding: Holding, items: list[ItemWords]) -> None:
        shapes, chance = self._province.shapes["item_name"], self._chance
        for number, item in enumerate(items, 1):
            shape = shapes[int(chance.random() * len(shapes))] if shapes else None
            values: dict[str, object] = dict(shape.values) if shape is not None else {}
            values[self._item_title] = item.name
            values[self._item_type] = item.type
            # The same item is not everywhere as long.
            longer = item.type == "C" and item.length > 30 and chance.random() < 0.08
            values[self._item_length] = item.length * 2 if longer else item.length
            values[PARENT] = holding.id
            values[POSITION] = number * _PLACE
            holding.children.append(Holding(self._item_form, _hex(chance), values))

    # -- values ------------------------------------------------------------------------------------------------------

    def _values(
        self, shape: Shape, form: Form, number: int, words: Mapping[str, str]
    ) -> dict[str, object]:
        values: dict[str, object] = dict(shape.values)
        said = {**self._said(number), **words}
        limits = {f.id: f.max_length for f in form.stored_fields if f.max_length}
        for name, phrase in shape.phrases:
            values[name] = phrase.format_map(said)[: limits.get(name, 20_000)]
        for name, target, count in shape.references:
            found = self._referred(form.id, target, number, max(count, 1))
            if found:
                values[name] = found if count else found[0]
        return values

    def _said(self, number: int) -> dict[str, str]:
        body, texts = self._body, self._texts
        others = self._province.bodies
        thing = pick(body.objects, number)
        return {
            "body": body.name,
            "other": others[(body.number + 1 + number) % len(others)].name,
            "uscc": body.code,
            "province": texts.province,
            "object": thing,
            "function": pick(texts.functions, number).format(
                object=thing, aspect=pick(texts.aspects, number)
            ),
        }

    def _referred(self, form: str, target: str, number: int, count: int) -> list[str]:
        ids = self._ids.get(target, [])
        if form == target:
            ids = ids[:_ANCHORS] if number >= _ANCHORS else []
        found = dict.fromkeys(ids[(number + step) % len(ids)] for step in range(count) if ids)
        return [record for record in found if not self._is_gone(target, record)]

    # -- later rounds --------------------------------------------------------------------------------------------------

    def _is_gone(self, form: str, record: str) -> bool:
        if self._round == 1 or form not in {self._forms[role].id for role in _CHANGING}:
            return False
        return any(lot(record, each) < _GONE for each in range(2, self._round + 1))

    def _revised(self, holding: Holding, form: Form) -> Holding:
        if self._is_gone(form.id, holding.id):
            holding.deleted = pick(self._texts.deletions, len(holding.children))
        for each in range(2, self._round + 1):
            if _GONE <= lot(holding.id, each) < _GONE + _REVISED:
                _revise(holding, form, each, self._item_title, self._item_length)
        return holding


def _revise(holding: Holding, form: Form, round_: int, item_title: str, item_length: str) -> None:
    """Change what a department changes when it looks again: a text, an item's length, one item less."""
    for field_ in form.stored_fields:
        text = holding.values.get(field_.id)
        if field_.type == "longtext" and isinstance(text, str) and field_.id != form.title:
            room = field_.max_length or 20_000
            if text.endswith("。") and len(text) + 12 < room:
                holding.values[field_.id] = f"{text}第{round_}轮核对后修订。"
                break
    if holding.children:
        first = holding.children[0].values
        length = first.get(item_length)
        if isinstance(length, int) and length > 30:
            first[item_length] = length + round_
        last = holding.children[-1].values
        last[item_title] = f"{last[item_title]}（核定）"


def lot(record: str, salt: object) -> float:
    """Return a number from 0 to 1 that is a record's own for a purpose, wherever it is asked for."""
    return zlib.crc32(f"{record}/{salt}".encode()) / 2**32


def body_code(division: str, number: int) -> str:
    """Return a well-formed unified social credit code that belongs to nobody."""
    stem = f"11{division}99{100_000 + number:06d}"
    for check in "0123456789X":
        code = stem + check
        if body_check_holds(code + "0"):
            return code + check_character(code)
    raise ValueError(stem)


def _hex(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def _order(count: int) -> Callable[[int], int]:
    """Return a permutation of the first numbers that jumps about, the same however many of them are asked for."""
    step = next(n for n in range(int(count * 0.618) | 1, count * 2 + 3) if math.gcd(n, count) == 1)
    return lambda number: number * step % count


# -- what a department holds, by the role of the field that names a record ---------------------------------------------

_CHANGING: Final = ("matter_name", "system_name", "resource_name")


def _counts(body: Body) -> dict[str, int]:
    return {
        "department_name": 1,
        "office_name": min(16, 5 + body.resources // 100),
        "matter_name": max(3, min(60, body.resources // 10)),
        "system_name": body.systems,
        "resource_name": body.resources,
        "demand_name": 1 + body.number % 6,
        "joint_name": body.number % 4,
    }


def _office(province: Province, body: Body, number: int) -> dict[str, str]:
    del body
    return {"title": pick(province.words.texts.offices, number)}


def _named(patterns: list[str], body: Body, number: int, province: str = "") -> dict[str, str]:
    """Name the things of a kind: each object by one pattern after the other."""
    turn, at = divmod(number, len(body.objects) * len(patterns))
    thing = body.objects[at % len(body.objects)]
    title = patterns[at // len(body.objects)].format(object=thing, province=province)
    return {"object": thing, "title": title + "（续）" * turn}


def _matter(province: Province, body: Body, number: int) -> dict[str, str]:
    return _named(province.words.texts.matters, body, number)


def _system(province: Province, body: Body, number: int) -> dict[str, str]:
    texts = province.words.texts
    if lot(f"{body.code}/{number}", "alias") < _SHARED:
        # A neighbour's system, entered by its users under the name they know it by.
        other = province.bodies[(body.number + 1) % len(province.bodies)]
        thing = pick(other.objects, number)
        title = pick(texts.system_aliases, number // len(other.objects)).format(object=thing)
        return {"object": thing, "title": f"{title}（{number + 1}）"}
    return _named(texts.system_names, body, number, texts.province)


def _demand(province: Province, body: Body, number: int) -> dict[str, str]:
    texts = province.words.texts
    other = province.bodies[(body.number + 1 + number) % len(province.bodies)]
    thing = pick(other.objects, number)
    return {"object": thing, "other": other.name, "title": thing + pick(texts.aspects, number)}


def _joint(province: Province, body: Body, number: int) -> dict[str, str]:
    return _named(province.words.texts.joints, body, number)


_TITLES: Final[Mapping[str, Callable[[Province, Body, int], dict[str, str]]]] = {
    "office_name": _office,
    "matter_name": _matter,
    "system_name": _system,
    "demand_name": _demand,
    "joint_name": _joint,
}
"""Role → what a record of the form is called, and the words its texts are about."""

_SHAPED: Final = (*_TITLES, "resource_name", "item_name")
