"""The mistakes that clerks make, planted into synthetic records.

Each kind is one from the checklist of people who reviewed departments' workbooks; fields are asked for by role. What is
wrong afterwards, the rules say: nobody here knows them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Final

from census_app.domain.records import Unfit
from census_app.formspec.model import FormSet
from census_app.services.synthetic_province import Holding, lot
from census_app.services.synthetic_shapes import chance_of, pick
from census_app.services.synthetic_words import vocabulary

Kind = Callable[[Holding, random.Random], bool]
"""Plants one mistake; False when the record has nothing it could be about."""

_IN_ITEMS: Final = 0.1
"""An item has a mistake that much more seldom than a record: there are ten times as many."""


class Planter:
    """Plants mistakes into the holdings of one department, in their order.

    Args:
        form_set: Its roles say which fields may be wrong.
        share: Of the records that get one.
        salt: Makes each round's mistakes different ones.
    """

    def __init__(self, form_set: FormSet, share: float, salt: str) -> None:
        self._form_set = form_set
        self._share = share
        self._salt = salt
        self._texts = vocabulary().texts
        self._names: list[str] = []
        self._systems: list[str] = []
        self._run: tuple[str, int] | None = None
        self._kinds: Mapping[str, tuple[Kind, ...]] = {
            self._form("resource_name"): (
                self._named_as_system,
                self._begins_run,
                self._duplicate,
                self._provider_code,
                self._abstract_is_name,
                self._no_abstract,
                self._dependent_list,
                self._unit_typed,
                self._zero_for_unknown,
                self._condition,
                self._refused_and_open,
                self._long_ago,
                self._cycle,
                self._too_much_shared,
            ),
            self._form("system_name"): (
                self._zombie_hint,
                self._not_connected,
                self._no_function,
            ),
            self._form("item_name"): (
                self._type_off_list,
                self._date_length,
                self._wide_letters,
                self._person,
            ),
        }

    def plant(self, holding: Holding) -> None:
        """Give a record the mistake that its lot says, or none."""
        name = self._title_of(holding)
        if holding.form == self._form("system_name"):
            self._systems.append(name)
        self._fill_down(holding)
        self._spoil(holding, self._share)
        for child in holding.children:
            self._spoil(child, self._share * _IN_ITEMS)
        if holding.form == self._form("resource_name"):
            self._names.append(name)

    def _spoil(self, holding: Holding, share: float) -> None:
        kinds = self._kinds.get(holding.form)
        if not kinds or lot(holding.id, self._salt) >= share:
            return
        chance = chance_of(f"{holding.id}/{self._salt}")
        for kind in chance.sample(kinds, len(kinds)):
            if kind(holding, chance):
                return

    # -- what mistakes ask for ---------------------------------------------------------------------------------------

    def _form(self, role: str) -> str:
        return self._form_set.by_role(role)[0].id

    def _id(self, role: str) -> str:
        return self._form_set.by_role(role)[1].id

    def _title_of(self, holding: Holding) -> str:
        return str(holding.values.get(self._form_set.form(holding.form).title, ""))

    def _set(self, holding: Holding, role: str, value: object, *, filled: bool = True) -> bool:
        """Answer a field; False when it should have been answered before and was not."""
        name = self._id(role)
        if filled and name not in holding.values:
            return False
        holding.values[name] = value
        return True

    # -- of resources ------------------------------------------------------------------------------------------------

    def _fill_down(self, holding: Holding) -> None:
        """Go on with a name that was dragged down in a worksheet (M2)."""
        if self._run is not None and holding.form == self._form("resource_name"):
            name, number = self._run
            holding.values[self._id("resource_name")] = f"{name}{number}"
            self._run = (name, number + 1) if number < 3 else None

    def _begins_run(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        if self._run is not None:
            return False
        name = self._title_of(holding)
        self._run = name, 2
        return self._set(holding, "resource_name", f"{name}1")

    def _named_as_system(self, holding: Holding, chance: random.Random) -> bool:
        if not self._systems:
            return False
        return self._set(holding, "resource_name", chance.choice(self._systems))

    def _duplicate(self, holding: Holding, chance: random.Random) -> bool:
        if not self._names:
            return False
        name = chance.choice(self._names)
        half = len(name) // 2
        spoilt = chance.choice(
            (f"{name[:half]} {name[half:]}", f"{name}。", f"{name[:half]}（{name[half:]}）")
        )
        return self._set(holding, "resource_name", spoilt)

    def _provider_code(self, holding: Holding, chance: random.Random) -> bool:
        name = self._id("provider_uscc")
        code = str(holding.values.get(name, ""))
        if not code:
            return False
        if chance.random() < 0.5:
            holding.values[name] = Unfit(code[:-2])
        else:
            holding.values[name] = code[:-1] + ("A" if code[-1] != "A" else "B")
        return True

    def _abstract_is_name(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        return self._set(holding, "abstract", self._title_of(holding))

    def _no_abstract(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        return holding.values.pop(self._id("abstract"), None) is not None

    def _dependent_list(self, holding: Holding, chance: random.Random) -> bool:
        field = self._form_set.by_role("format_class")[1]
        codes = [c.code for c in self._form_set.choice_lists[field.choices].choices]
        others = [code for code in codes if code != holding.values.get(field.id)]
        return self._set(holding, "format_class", chance.choice(others))

    def _unit_typed(self, holding: Holding, chance: random.Random) -> bool:
        role, unit = chance.choice((("size_total", "G"), ("records_total", "条")))
        number = holding.values.get(self._id(role))
        if number in {None, "unknown"}:
            return False
        return self._set(holding, role, Unfit(f"{number}{unit}"))

    def _zero_for_unknown(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        for role in ("records_total", "records_shared", "records_open"):
            self._set(holding, role, "0")
        return True

    def _condition(self, holding: Holding, chance: random.Random) -> bool:
        if holding.values.get(self._id("share_type")) == "1":
            return self._set(holding, "share_condition", "无条件共享")
        return self._set(holding, "share_condition", chance.choice(self._texts.empty_conditions))

    def _refused_and_open(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        self._set(holding, "is_open", value=True)
        self._set(holding, "open_condition", pick(("无条件开放",), 0), filled=False)
        return self._set(holding, "share_type", "3")

    def _long_ago(self, holding: Holding, chance: random.Random) -> bool:
        year = chance.choice((2009, 2012, 2015))
        return self._set(holding, "published_on", f"{year}-06-30")

    def _cycle(self, holding: Holding, chance: random.Random) -> bool:
        return self._set(holding, "update_cycle", Unfit(chance.choice(("不更新", "每 121 日"))))

    def _too_much_shared(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        return self._set(holding, "size_shared", "88888.5")

    # -- of systems --------------------------------------------------------------------------------------------------

    def _zombie_hint(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        return self._set(holding, "system_uses", 0)

    def _not_connected(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        holding.values.pop(self._id("connected_on"), None)
        self._set(holding, "must_connect", value=True)
        return self._set(holding, "connect_plan_on", "2017-12-31", filled=False)

    def _no_function(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        return holding.values.pop(self._id("system_function"), None) is not None

    # -- of items ----------------------------------------------------------------------------------------------------

    def _type_off_list(self, holding: Holding, chance: random.Random) -> bool:
        return self._set(holding, "item_type", Unfit(chance.choice(("文本型", "clob", "整型数字"))))

    def _date_length(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        if holding.values.get(self._id("item_type")) not in {"D", "T"}:
            return False
        return self._set(holding, "item_length", 20)

    def _wide_letters(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        return self._set(holding, "item_name", f" {self._title_of(holding)}　ＩＤ")

    def _person(self, holding: Holding, chance: random.Random) -> bool:
        del chance
        return self._set(holding, "item_name", "经办人姓名")
