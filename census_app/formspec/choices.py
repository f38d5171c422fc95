"""Look entries of code lists up: by code, by label, by the spellings that real workbooks use, and the nearest one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from census_app.domain.names import fold
from census_app.formspec.model import Choice, FormSet


class ChoiceIndex:
    """All code lists of a form set, indexed once."""

    def __init__(self, form_set: FormSet) -> None:
        self._lists = form_set.choice_lists
        self._by_code = {
            name: {c.code: c for c in choice_list.choices}
            for name, choice_list in self._lists.items()
        }
        self._by_text = {
            name: _texts(choice_list.choices, choice_list.hierarchical)
            for name, choice_list in self._lists.items()
        }
        self._order = {
            name: {c.code: n for n, c in enumerate(choice_list.choices)}
            for name, choice_list in self._lists.items()
        }

    def entry(self, list_id: str, code: str) -> Choice | None:
        """Return an entry, or None."""
        return self._by_code[list_id].get(code)

    def label(self, list_id: str, code: str, language: str) -> str:
        """Return an entry's label, or the code when the list has no such entry."""
        choice = self.entry(list_id, code)
        return choice.label(language) if choice else code

    def find(self, list_id: str, text: str, parent: str = "") -> str | None:
        """Return the code whose label, spelling, or (unless it is a bare number) code is the text.

        Args:
            parent: The entry of a dependent list's leading list; entries under it are looked at first.
        """
        if parent:
            wanted = _key(text)
            for choice in self.options(list_id, parent):
                if wanted in {_key(choice.zh), _key(choice.en), *map(_key, choice.spellings)}:
                    return choice.code
        return self._by_text[list_id].get(_key(text))

    def find_path(self, list_id: str, path: Sequence[str]) -> str | None:
        """Return the code of a hierarchical list that names, from the top level down, lead to.

        Empty names are skipped. A name that no child carries ends the walk with None.
        """
        parent = ""
        for name in (n for n in path if n.strip()):
            wanted = _key(name)
            parent = next(
                (
                    c.code
                    for c in self._lists[list_id].choices
                    if c.parent == parent
                    and wanted in {_key(c.zh), _key(c.code), *map(_key, c.spellings)}
                ),
                "",
            )
            if not parent:
                return None
        return parent or None

    def path(self, list_id: str, code: str) -> tuple[Choice, ...]:
        """Return an entry with its ancestors, from the top down; empty for an unknown code."""
        found: list[Choice] = []
        choice = self.entry(list_id, code)
        while choice is not None and choice not in found:
            found.insert(0, choice)
            choice = self.entry(list_id, choice.parent) if choice.parent else None
        return tuple(found)

    def in_list_order(self, list_id: str, codes: Iterable[str]) -> tuple[str, ...]:
        """Return the codes without repetition, in the order of the list."""
        order = self._order[list_id]
        return tuple(sorted(dict.fromkeys(codes), key=lambda c: order.get(c, len(order))))

    def options(self, list_id: str, parent: str | None = None) -> tuple[Choice, ...]:
        """Return the entries to choose from; with `parent`, those of the dependent list under it."""
        choices = self._lists[list_id].choices
        return choices if parent is None else tuple(c for c in choices if c.parent == parent)

    def nearest(self, list_id: str, text: str) -> str | None:
        """Return the code of the entry whose label is most like the text, or None when none is near.

        Near means at least half of the text's folded character pairs stand in the label, or one contains the other.
        """
        wanted = fold(text)
        if not wanted:
            return None
        best: tuple[float, str] | None = None
        for choice in self._lists[list_id].choices:
            for label in (choice.zh, choice.en, *choice.spellings):
                score = _likeness(wanted, fold(label))
                if score >= 0.5 and (best is None or score > best[0]):
                    best = (score, choice.code)
        return best[1] if best else None


def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


@lru_cache(maxsize=256)
def _texts(choices: tuple[Choice, ...], hierarchical: bool) -> Mapping[str, str]:
    """Return codes by folded text; computed once for a list, however many indexes are made of its form set."""
    found: dict[str, str] = {}
    for choice in choices:
        if hierarchical or not choice.code.isdigit():
            found.setdefault(_key(choice.code), choice.code)
    for choice in choices:
        for spelling in (choice.en, *choice.spellings):
            if spelling:
                found.setdefault(_key(spelling), choice.code)
    labels: dict[str, str] = {}
    for choice in choices:
        labels.setdefault(_key(choice.zh), choice.code)
    return found | labels


def _likeness(left: str, right: str) -> float:
    if not right:
        return 0.0
    if left == right:
        return 1.0
    if left in right or right in left:
        return 0.5 + 0.5 * min(len(left), len(right)) / max(len(left), len(right))
    pairs_left = {left[i : i + 2] for i in range(len(left) - 1)} or {left}
    pairs_right = {right[i : i + 2] for i in range(len(right) - 1)} or {right}
    return 2 * len(pairs_left & pairs_right) / (len(pairs_left) + len(pairs_right))
