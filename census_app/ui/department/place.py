"""Where a person is in a window, kept as they go, so that the next start leads back there.

Written a moment after something changes and not when the window closes: a power cut or a killed process must not cost
the place. Kept per file in the preferences, never in the file itself, which belongs to whoever opens it next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QByteArray

from census_app.domain.records import RecordId
from census_app.ui.department.records_page import RecordsPage
from census_app.ui.forms.view import FormView
from census_app.ui.shell.application import Preferences

PLACES_KEPT: Final = 30
_INDEX: Final = "places"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is.

    Attributes:
        page: Id of the guide's entry.
        form: Of the page that is shown; its `record` is chosen in the list.
        section: Number of the tab of the form.
        cursor: Form, record and field the cursor is in, of a child record in the grid; empty in the list.
        lists: Page and form → how its list is narrowed, sorted and scrolled.
        at: UTC time.
    """

    page: str = ""
    form: str = ""
    record: str = ""
    section: int = -1
    cursor: tuple[str, str, str] = ("", "", "")
    alone: bool = False
    panel_tab: int = 0
    panel_open: bool = True
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    at: str = ""

    def same_as(self, other: Place) -> bool:
        """Say whether two places differ in nothing but the time."""
        return {**asdict(self), "at": ""} == {**asdict(other), "at": ""}


class Places:
    """The places of the files opened last, in the preferences.

    Args:
        path: The file.
    """

    def __init__(self, preferences: Preferences, path: Path) -> None:
        self._preferences = preferences
        self._key = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]

    def read(self) -> Place | None:
        """Return where the person was in this file; None when nothing legible is known."""
        try:
            stored = json.loads(self._preferences.text(f"place/{self._key}"))
            stored["cursor"] = tuple(map(str, stored["cursor"]))
            place = Place(**stored)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        sound = len(place.cursor) == 3 and isinstance(place.section, int)
        sound = sound and isinstance(place.panel_tab, int) and isinstance(place.lists, dict)
        return place if sound else None

    def write(self, place: Place, geometry: bytes) -> None:
        """Keep where the person is, at once on the disk; the places of files long not opened are forgotten."""
        preferences, known = self._preferences, self._preferences.text(_INDEX).split()
        kept = [self._key, *(k for k in known if k != self._key)]
        for old in kept[PLACES_KEPT:]:
            preferences.remember_text(f"place/{old}", "")
            preferences.remember_state(f"place/{old}", b"")
        preferences.remember_text(_INDEX, " ".join(kept[:PLACES_KEPT]))
        text = json.dumps(asdict(place), ensure_ascii=False, separators=(",", ":"))
        preferences.remember_text(f"place/{self._key}", text)
        preferences.remember_state(f"place/{self._key}", geometry)
        preferences.save()

    def geometry(self) -> QByteArray:
        """Return place and size of the window, or nothing."""
        return QByteArray(self._preferences.state(f"place/{self._key}"))


def section_of(records: RecordsPage) -> int:
    """Return the number of the tab the form shows, or -1 while there is no form."""
    view = records.findChild(FormView)
    return view.tabs.currentIndex() if view is not None else -1


def lead_to(records: RecordsPage, place: Place) -> None:
    """Bring a page to its record, section and field; what is no longer there is left out."""
    form, record, name = place.cursor if place.cursor[1] else (place.form, place.record, "")
    if record:
        records.show_record(form, RecordId(record), name, place.section)
