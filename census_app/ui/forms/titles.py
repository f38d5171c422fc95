"""Names of records that the window knows: what references show and what their search finds.

Filled from the database thread, read in the window's thread; never asks a store itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from census_app.domain.names import fold
from census_app.ui.forms.initials import Initials


class TitleCache:
    """Form → id → name; satisfies `formspec.types.ReferenceResolver`.

    Attributes:
        initials: How names and entries of code lists are spelled, for searching.
    """

    def __init__(self) -> None:
        self.initials = Initials()
        self._titles: dict[str, dict[str, str]] = {}

    def put(self, form_id: str, titles: Mapping[str, str]) -> None:
        """Take the names of all records of a form."""
        self._titles[form_id] = dict(titles)

    def put_one(self, form_id: str, record_id: str, title: str) -> None:
        """Take the name of one record, after it was typed."""
        if form_id in self._titles:
            self._titles[form_id][record_id] = title

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return the id of the record with that name, to the letter or folded, or None."""
        titles = self._titles.get(form_id, {})
        wanted = fold(text)
        for record_id, title in titles.items():
            if title == text or (wanted and fold(title) == wanted):
                return record_id
        return None

    def title(self, form_id: str, record_id: str) -> str | None:
        """Return a record's name, or None."""
        return self._titles.get(form_id, {}).get(record_id)

    def all(self, form_id: str) -> Mapping[str, str]:
        """Return id → name of a form's records."""
        return self._titles.get(form_id, {})

    def names(self) -> list[str]:
        """Return every name that is known, of all forms."""
        return [title for titles in self._titles.values() for title in titles.values()]
