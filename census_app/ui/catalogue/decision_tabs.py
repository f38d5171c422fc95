"""Forks, contested matters and the ledger, as tables with what is known of the chosen row."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from census_app.domain.chain import DECISION_KINDS, Decision
from census_app.exchange.paper import short_groups
from census_app.services.forking import Fork
from census_app.services.settling import ContestedMatter
from census_app.ui.catalogue.decision_words import (
    about_text,
    choice_text,
    chosen_text,
    decision_standings,
    force_words,
    kind_text,
    matter_kind,
    matter_text,
)
from census_app.ui.catalogue.facts import FactGrid, standing_row
from census_app.ui.catalogue.fork_dialog import letter, waiting_behind
from census_app.ui.catalogue.review_tabs import TablePane
from census_app.ui.catalogue.session import CatalogueState
from census_app.ui.catalogue.standing import Standing, package_standing
from census_app.ui.catalogue.tables import Column, word_width
from census_app.ui.catalogue.writing import writes
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.text_table import Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class ForksTab(TablePane[Fork]):
    """Forks, the undecided ones first; a decided one can be decided anew.

    Signals:
        opened: The `Fork` to be laid side by side.
    """

    opened = Signal(object)

    def __init__(self, words: Words) -> None:
        self._state: CatalogueState | None = None
        empty = (words("CR_NO_FORKS"), Icon.FORK, words("CR_NO_FORKS_TIP"))
        columns: list[Column[Fork]] = [
            Column(
                Heading(words("CAT_COL_STATE"), 112),
                lambda f: fork_standing(f, words).cell(),
                lambda f: fork_standing(f, words).rank,
            ),
            Column(
                Heading(words("CAT_COL_DEPARTMENT")),
                lambda f: f.department_name,
                lambda f: f.department_name,
            ),
            Column(
                Heading(words("CAT_COL_NUMBER"), 64, right=True),
                lambda f: str(f.sequence),
                lambda f: f.sequence,
            ),
            Column(
                Heading(words("CR_COL_SIDES"), 64, right=True),
                lambda f: str(len(f.sides)),
                lambda f: len(f.sides),
            ),
            Column(
                Heading(words("CR_COL_BEHIND"), 104, right=True),
                lambda f: str(self._waiting(f)),
                self._waiting,
            ),
        ]
        super().__init__(columns, lambda f: f.subject, words("CR_FORKS_TABLE"), empty, words)
        self.table.opened.connect(self.opened)

    def show_state(self, state: CatalogueState) -> None:
        """Show the forks of the catalogue."""
        self._state = state
        self.show_rows(sorted(state.forks, key=lambda f: (bool(f.chosen), f.department)))

    def parts(self, row: Fork) -> list[QWidget]:
        """Return the sides of a fork in short."""
        words = self.words
        parts: list[QWidget] = [
            page.label(row.department_name, "strong", wrap=True, selectable=True),
            standing_row(fork_standing(row, words), ""),
        ]
        for number, side in enumerate(row.sides):
            waits = self._behind(row, number)
            behind = (
                words("CR_FORK_BEHIND_NUMBERS", numbers=words("LIST_JOINT").join(waits))
                if waits
                else ""
            )
            parts += [
                page.line(),
                page.label(words("CR_FORK_OPTION", letter=letter(number),
                                 at=words.moment(side.created)), "label"),
                standing_row(package_standing(side.state, words), ""),
                FactGrid(
                    [
                        (words("CAT_IDENTITY"), short_groups(side.identity, 4)),
                        (words("CAT_COL_RECEIVED"), words.moment(side.received_at)),
                        (words("CR_FORK_BEHIND"), behind),
                    ]
                ),
            ]  # fmt: skip
        return parts

    def deeds(self, row: Fork) -> list[QWidget]:
        """Return the way to both sides."""
        verb = self.words("CR_FORK_AGAIN" if row.chosen else "CR_FORK_COMPARE")
        look = "" if row.chosen else "primary"
        return [page.button(verb, self._on_compare, look, Icon.FORK)]

    def _behind(self, fork: Fork, number: int) -> list[str]:
        packages = self._state.packages if self._state is not None else ()
        return [str(p.sequence) for p in waiting_behind(fork.sides[number], packages)]

    def _waiting(self, fork: Fork) -> int:
        return sum(len(self._behind(fork, number)) for number in range(len(fork.sides)))

    def _on_compare(self) -> None:
        self.opened.emit(self.table.current())


class MattersTab(TablePane[ContestedMatter]):
    """What coordinators decided differently.

    Signals:
        opened: The `ContestedMatter` to be settled.
    """

    opened = Signal(object)

    def __init__(self, words: Words) -> None:
        self._state: CatalogueState | None = None
        empty = (words("CR_NO_MATTERS"), Icon.SCALES, words("CR_NO_MATTERS_TIP"))
        columns: list[Column[ContestedMatter]] = [
            Column(
                Heading(words("CR_COL_KIND"), 112),
                lambda m: matter_kind(m, words),
                lambda m: m.kind,
            ),
            Column(Heading(words("CR_COL_ABOUT")), self._about, self._about),
            Column(Heading(words("CR_COL_CHOICES")), self._choices, self._choices),
        ]
        super().__init__(
            columns, lambda m: (m.kind, m.subject), words("CR_MATTERS_TABLE"), empty, words
        )
        self.table.opened.connect(self.opened)

    def show_state(self, state: CatalogueState) -> None:
        """Show the contested matters of the catalogue."""
        self._state = state
        self.show_rows(state.contested)

    def parts(self, row: ContestedMatter) -> list[QWidget]:
        """Return the sides with who, when and why."""
        words, state = self.words, self._state
        if state is None:
            return []
        parts: list[QWidget] = [
            page.label(matter_kind(row, words), "strong"),
            page.label(self._about(row), wrap=True, selectable=True),
        ]
        for side in row.sides:
            text = chosen_text(side.kind, side.choice, state, words)
            parts += [page.line(), page.label(text, "strong", wrap=True, selectable=True)]
            for decision in side.decisions:
                who = words(
                    "CR_DECIDED_BY",
                    actor=decision.actor,
                    coordinator=decision.coordinator,
                    at=words.moment(decision.created),
                )
                parts.append(page.label(who, "hint", wrap=True, selectable=True))
                if decision.reason:
                    parts.append(page.label(decision.reason, wrap=True, selectable=True))
        return parts

    def deeds(self, row: ContestedMatter) -> list[QWidget]:
        """Return the way to settle it."""
        del row
        return [
            writes(page.button(self.words("CR_SETTLE"), self._on_settle, "primary", Icon.SCALES))
        ]

    def _about(self, matter: ContestedMatter) -> str:
        return matter_text(matter, self._state, self.words) if self._state is not None else ""

    def _choices(self, matter: ContestedMatter) -> str:
        state = self._state
        if state is None:
            return ""
        return " ≠ ".join(chosen_text(s.kind, s.choice, state, self.words) for s in matter.sides)

    def _on_settle(self) -> None:
        self.opened.emit(self.table.current())


class LedgerTab(QWidget):
    """All decisions, filtered by a text and a kind."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words
        self._decisions: tuple[Decision, ...] = ()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(words("CR_LEDGER_FILTER"))
        self.filter.setAccessibleName(words("CR_LEDGER_FILTER"))
        self.filter.setClearButtonEnabled(True)
        self.kind = QuietCombo()
        self.kind.setAccessibleName(words("CR_COL_KIND"))
        self.kind.addItem(words("CR_KIND_all"), "")
        for each in DECISION_KINDS:
            self.kind.addItem(kind_text(each, words), each)
        self.pane = _LedgerPane(words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.filter, 1)
        row.addWidget(self.kind)
        column.addLayout(row)
        column.addWidget(self.pane, 1)
        self.setFocusProxy(self.filter)
        self.filter.textChanged.connect(self._fill)
        self.kind.currentIndexChanged.connect(self._fill)

    def show_state(self, state: CatalogueState) -> None:
        """Show the ledger, the newest decision first."""
        self._decisions = tuple(
            sorted(state.decisions, key=lambda d: (d.created, d.id), reverse=True)
        )
        self.pane.state = state
        self.pane.standings = dict(decision_standings(state.decisions, self.words))
        self._fill()

    def _fill(self) -> None:
        text, kind = self.filter.text().strip().casefold(), self.kind.currentData()
        self.pane.show_rows(
            [
                d
                for d in self._decisions
                if kind in {"", d.kind} and text in self.pane.texts(d).casefold()
            ]
        )


class _LedgerPane(TablePane[Decision]):
    def __init__(self, words: Words) -> None:
        self.state: CatalogueState | None = None
        self.standings: dict[str, Standing] = {}
        empty = (words("CR_NO_DECISIONS"), Icon.HISTORY, words("CR_NO_DECISIONS_TIP"))
        columns: list[Column[Decision]] = [
            Column(
                Heading(words("CR_COL_AT"), 104),
                lambda d: words.moment(d.created),
                lambda d: d.created,
            ),
            Column(
                Heading(words("CR_COL_KIND"), 104),
                lambda d: kind_text(d.kind, words),
                lambda d: d.kind,
            ),
            Column(Heading(words("CR_COL_ABOUT")), self._about, self._about),
            Column(Heading(words("CR_COL_CHOICE")), self._choice, self._choice),
            Column(Heading(words("CR_BY"), 88), lambda d: d.actor, lambda d: d.actor),
            Column(
                Heading(words("CR_COL_FORCE"), word_width(force_words(words), 88)),
                lambda d: self._standing(d).cell(),
                lambda d: self._standing(d).rank,
            ),
        ]
        super().__init__(columns, lambda d: d.id, words("CR_LEDGER_TABLE"), empty, words)

    def texts(self, decision: Decision) -> str:
        """Return everything of a decision that the filter looks at."""
        parts = [
            self._about(decision), self._choice(decision), decision.reason, decision.actor,
            decision.coordinator, kind_text(decision.kind, self.words), decision.id,
        ]  # fmt: skip
        return "\n".join(parts)

    def parts(self, row: Decision) -> list[QWidget]:
        """Return a decision in full."""
        words = self.words
        replaced = "\n".join(short_groups(each, 4) for each in row.supersedes)
        return [
            page.label(kind_text(row.kind, words), "strong"),
            standing_row(self._standing(row), ""),
            page.label(self._about(row), wrap=True, selectable=True),
            page.label(self._choice(row), "strong", wrap=True, selectable=True),
            page.line(),
            page.label(words("UI_REASON"), "label"),
            page.label(row.reason or words("CR_NO_REASON"), wrap=True, selectable=True),
            page.line(),
            FactGrid(
                [
                    (words("CR_BY"), row.actor),
                    (words("CR_COORDINATOR"), row.coordinator),
                    (words("CR_COL_AT"), words.moment(row.created)),
                    (words("CR_DECISION_ID"), short_groups(row.id, 8)),
                    (words("CR_REPLACES"), replaced),
                ]
            ),
        ]

    def _about(self, decision: Decision) -> str:
        return about_text(decision, self.state, self.words) if self.state is not None else ""

    def _choice(self, decision: Decision) -> str:
        return choice_text(decision, self.state, self.words) if self.state is not None else ""

    def _standing(self, decision: Decision) -> Standing:
        return self.standings[decision.id]


def fork_standing(fork: Fork, words: Words) -> Standing:
    """Say whether a fork is decided."""
    if fork.chosen:
        return Standing(words("CR_FORK_DECIDED"), Icon.CHECK, "good", 1)
    return Standing(words("CR_FORK_OPEN"), Icon.FORK, "bad", 0)
