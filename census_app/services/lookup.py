"""Names of records, found both ways: what parsing and formatting references need."""

from __future__ import annotations

import datetime as dt

from census_app.domain.names import fold
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.types import Context
from census_app.services.ports import CatalogueStore, RecordReader


class RecordNames:
    """A resolver over a store's records, read once per form and kept until `forget`.

    Args:
        store: Where the records are.
    """

    def __init__(self, store: RecordReader) -> None:
        self._store = store
        self._titles: dict[str, dict[str, str]] = {}
        self._ids: dict[str, dict[str, str]] = {}

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return the id of the record whose name is the text, to the letter or after folding."""
        self._read(form_id)
        ids = self._ids[form_id]
        return ids.get(text) or ids.get("\0" + fold(text))

    def title(self, form_id: str, record_id: str) -> str | None:
        """Return a record's name, or None."""
        self._read(form_id)
        return self._titles[form_id].get(record_id)

    def add(self, form_id: str, record_id: str, title: str) -> None:
        """Make a record known that is planned but not yet written."""
        self._read(form_id)
        self._titles[form_id][record_id] = title
        self._ids[form_id].setdefault(title, record_id)
        if fold(title):
            self._ids[form_id].setdefault("\0" + fold(title), record_id)

    def alias(self, form_id: str, record_id: str, text: str) -> None:
        """Let another text mean a record as well; its name stays."""
        self._read(form_id)
        self._ids[form_id].setdefault(text.strip(), record_id)
        self._ids[form_id].setdefault("\0" + fold(text), record_id)

    def forget(self) -> None:
        """Read afresh at the next question, because records have changed."""
        self._titles.clear()
        self._ids.clear()

    def _read(self, form_id: str) -> None:
        if form_id in self._titles:
            return
        titles = self._store.titles(form_id)
        self._titles[form_id] = dict(titles)
        ids: dict[str, str] = {}
        for record_id, title in titles.items():
            ids.setdefault(title, record_id)
            if fold(title):
                ids.setdefault("\0" + fold(title), record_id)
        self._ids[form_id] = ids


def context_for(
    store: RecordReader, language: str = "zh", names: RecordNames | None = None
) -> Context:
    """Return what parsing and formatting values of a store need."""
    form_set = store.form_set
    return Context(form_set, ChoiceIndex(form_set), names or RecordNames(store), language)


def department_names(catalogue: CatalogueStore) -> dict[str, str]:
    """Return code → name of the departments that are enrolled, by their newest certificates; counts nothing."""
    issued = catalogue.certificates()  # of one department the newest comes last
    return {each.department: each.name for each in issued if each.role == "department"}


def stamp(moment: dt.datetime) -> str:
    """Return a moment as the journal and packages write it: UTC, `YYYY-MM-DDThh:mm:ssZ`."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
