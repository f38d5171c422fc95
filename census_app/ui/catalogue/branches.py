"""The branches by which a list can be narrowed: departments, the classification and themes, with their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from census_app.domain.holdings import ListQuery
from census_app.formspec.model import Choice, Field, Form, FormSet
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.shell import theme
from census_app.ui.shell.translation import Words

BRANCH_ROLE = int(Qt.ItemDataRole.UserRole) + 1


@dataclass(frozen=True, slots=True)
class Branch:
    """What a line of the tree stands for; all empty: everything.

    Attributes:
        class_prefix: Field id and beginning of its codes.
        code: Field id and code of a theme.
        name: Of the branch, in words.
    """

    department: str = ""
    class_prefix: tuple[str, str] | None = None
    code: tuple[str, str] | None = None
    name: str = field(default="", compare=False)

    def query(self, form: str) -> ListQuery:
        """Return what finds the records of the branch."""
        return ListQuery(
            form=form,
            department=self.department,
            class_prefix=self.class_prefix,
            equals=dict([self.code]) if self.code else {},
        )


def classification_of(form: Form, form_set: FormSet) -> Field | None:
    """Return the field whose hierarchical code list classifies the records of a form."""
    for each in form.stored_fields:
        choices = form_set.choice_lists.get(each.choices)
        if each.type == "code" and choices is not None and choices.hierarchical:
            return each
    return None


EVERYTHING: Final = Branch()
THEMES: Final = ("base_kind", "priority_area", "share_type")
"""Roles of the fields whose codes are branches of their own."""


def themes_of(form: Form, form_set: FormSet) -> list[Field]:
    """Return the fields of a form by whose codes the tree branches beside the classification."""
    found = []
    for role in THEMES:
        try:
            owner, theme_field = form_set.by_role(role)
        except KeyError:
            continue
        if owner.id == form.id and theme_field.choices in form_set.choice_lists:
            found.append(theme_field)
    return found


def counts_below(choices: Sequence[Choice], tally: Mapping[str, int]) -> dict[str, int]:
    """Return how many records each entry of a classification has, with those of all that begin with its code."""
    found: dict[str, int] = {}
    for code, number in tally.items():
        for length in range(1, len(code) + 1):
            found[code[:length]] = found.get(code[:length], 0) + number
    return {c.code: found[c.code] for c in choices if c.code in found}


def used_choices(choices: Sequence[Choice], counts: Mapping[str, int]) -> list[Choice]:
    """Return the entries that have records, in the order of the list; ancestors begin with the same digits."""
    return [choice for choice in choices if counts.get(choice.code)]


class BranchTree(QTreeWidget):
    """Departments and classes.

    Signals:
        branch_chosen: The `Branch` the person is on.
    """

    branch_chosen = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.setHeaderHidden(True)
        self.setColumnCount(2)
        self.setIndentation(16)
        head = self.header()
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(32)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setAccessibleName(words("CAT_BRANCHES"))
        self.setUniformRowHeights(True)
        self._everything = self._line(None, words("CAT_EVERYTHING"), 0, Branch())
        self._departments = self._line(None, words("CAT_DEPARTMENTS"), 0, None)
        self._classes = self._line(None, words("CAT_CLASSES"), 0, None)
        self._themes: list[QTreeWidgetItem] = []
        self.currentItemChanged.connect(self._on_current)

    def show_departments(self, form: Form, state: CatalogueState) -> None:
        """Show the departments that have records of a form."""
        self._title(self._everything, self._words("CAT_EVERYTHING"), state.counts.get(form.id, 0))
        counts = {e.code: e.counts.get(form.id, 0) for e in state.roster}
        wanted = self.branch()
        self._empty(self._departments)
        for entry in state.roster:
            if counts[entry.code]:
                branch = Branch(department=entry.code, name=entry.name)
                self._line(self._departments, entry.name, counts[entry.code], branch)
        self._departments.setExpanded(True)
        self._departments.setHidden(not self._departments.childCount())
        self.choose(wanted)

    def show_classes(
        self, field: Field | None, choices: Sequence[Choice], counts: Mapping[str, int]
    ) -> None:
        """Show the classes that have records; None takes them away."""
        wanted = self.branch()
        self._empty(self._classes)
        self._classes.setHidden(field is None or not counts)
        if field is None:
            self.choose(Branch())
            return
        self._classes.setText(0, field.label.get(self._words.language))
        items: dict[str, QTreeWidgetItem] = {}
        for choice in used_choices(choices, counts):
            parent = items.get(choice.parent, self._classes)
            text = choice.label(self._words.language)
            branch = Branch(class_prefix=(field.id, choice.code), name=text)
            items[choice.code] = self._line(parent, text, counts[choice.code], branch)
        self._classes.setExpanded(True)
        self.choose(wanted)

    def show_themes(
        self, themes: Sequence[tuple[Field, Sequence[Choice], Mapping[str, int]]]
    ) -> None:
        """Show the codes of some fields that have records, a group for each field."""
        wanted = self.branch()
        blocked = self.blockSignals(True)
        for item in self._themes:
            self.takeTopLevelItem(self.indexOfTopLevelItem(item))
        self._themes = []
        self.blockSignals(blocked)
        language = self._words.language
        for theme_field, choices, counts in themes:
            group = self._line(None, theme_field.label.get(language), 0, None)
            for choice in used_choices(choices, counts):
                text = choice.label(language)
                branch = Branch(code=(theme_field.id, choice.code), name=text)
                self._line(group, text, counts[choice.code], branch)
            group.setHidden(not group.childCount())
            group.setExpanded(True)
            self._themes.append(group)
        self.choose(wanted)

    def branch(self) -> Branch:
        """Return the chosen branch; everything when none is."""
        item = self.currentItem()
        found = item.data(0, BRANCH_ROLE) if item is not None else None
        return found if isinstance(found, Branch) else Branch()

    def choose(self, branch: Branch) -> None:
        """Choose a branch, or everything when it is not there."""
        found = self._find(branch) or self._everything
        for parent in _ancestors(found):
            parent.setExpanded(True)
        self.setCurrentItem(found)

    def _find(self, branch: Branch) -> QTreeWidgetItem | None:
        waiting = [self._everything, self._departments, self._classes, *self._themes]
        while waiting:
            item = waiting.pop()
            if item.data(0, BRANCH_ROLE) == branch:
                return item
            children = (item.child(n) for n in range(item.childCount()))
            waiting += [child for child in children if child is not None]
        return None

    def _empty(self, item: QTreeWidgetItem) -> None:
        blocked = self.blockSignals(True)
        item.takeChildren()
        self.blockSignals(blocked)

    def _line(
        self, parent: QTreeWidgetItem | None, text: str, count: int, branch: Branch | None
    ) -> QTreeWidgetItem:
        item = QTreeWidgetItem()
        self._title(item, text, count)
        item.setData(0, BRANCH_ROLE, branch)
        if branch is None:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        if parent is None:
            self.addTopLevelItem(item)
        else:
            parent.addChild(item)
        return item

    def _title(self, item: QTreeWidgetItem, text: str, count: int) -> None:
        item.setText(0, text)
        item.setToolTip(0, text)
        item.setText(1, self._words.count(count) if count else "")
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setForeground(1, QColor(theme.tokens().text_2))

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        branch = item.data(0, BRANCH_ROLE) if item is not None else None
        if isinstance(branch, Branch):
            self.branch_chosen.emit(branch)


def _ancestors(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = []
    parent = item.parent()
    while parent is not None:
        found.append(parent)
        parent = parent.parent()
    return found
