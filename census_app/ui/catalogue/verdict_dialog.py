"""The dialogs in which a person says what things that look alike are, chooses a source, or takes that back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.overlaps import Member, MemberKey
from census_app.services.deciding import MINIMUM_REASON
from census_app.ui.catalogue.act_dialog import ActDialog, text_row
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Failed
from census_app.ui.shell.translation import Words

Act = Callable[[str, ActDialog, Callable[[object], None], Failed], None]
"""Does it: with the reason, for which dialog, what follows, and what is done with an error."""
_LIST_HEIGHT: Final = 180


class ReasonDialog(ActDialog):
    """Asks for a reason and does one thing; what goes wrong is told in it.

    Args:
        facts: Sentences that say what it is about.

    Signals:
        decided: It was done.
    """

    decided = Signal()

    def __init__(
        self,
        words: Words,
        title: str,
        facts: Sequence[str],
        verb: str,
        act: Act,
        parent: QWidget | None,
        *,
        width: int = 560,
    ) -> None:
        super().__init__(words, title, parent, width)
        self._act = act
        for fact in facts:
            self.column.addWidget(page.label(fact, wrap=True, selectable=True))
        self.fill()
        self.reason = text_row(
            self.column, words("UI_REASON"), hint=words("CR_REASON_HINT"), required=True, lines=3
        )
        self.reason.textChanged.connect(self.update_ready)
        self.column.addStretch(1)
        self.finish(verb, Icon.SCALES)
        self.reason.setFocus()

    def fill(self) -> None:
        """Add what stands between the facts and the reason."""

    @override
    def ready(self) -> bool:
        return len(self.reason.toPlainText().strip()) >= MINIMUM_REASON

    @override
    def act(self) -> None:
        self._act(self.reason.toPlainText(), self, self._on_done, self.fail)

    def _on_done(self, _result: object) -> None:
        self.decided.emit()
        self.accept()


class SourceDialog(ReasonDialog):
    """Chooses the source of a data item; the other departments that keep it can be told."""

    @override
    def fill(self) -> None:
        self.tell = QCheckBox(self.words("DU_SOURCE_TELL"))
        self.column.addWidget(self.tell)
        self.column.addWidget(page.label(self.words("DU_SOURCE_TELL_HINT"), "hint", wrap=True))


class VerdictDialog(ReasonDialog):
    """Says what the members of a group are to each other; some of them can be left out.

    Args:
        lines: What each member is called.
    """

    def __init__(
        self,
        words: Words,
        title: str,
        facts: Sequence[str],
        verb: str,
        members: Sequence[Member],
        lines: Sequence[str],
        act: Callable[[dict[MemberKey, str]], Act],
        parent: QWidget | None,
    ) -> None:
        self._members, self._lines, self._act_on = tuple(members), tuple(lines), act
        self.boxes: list[QCheckBox] = []
        super().__init__(words, title, facts, verb, self._judge, parent, width=680)

    @override
    def fill(self) -> None:
        if len(self._members) < 3:
            return
        self.column.addWidget(page.label(self.words("DU_TICK"), "label", wrap=True))
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(8, 8, 8, 8)
        rows.setSpacing(4)
        for line in self._lines:
            box = QCheckBox(line)
            box.setChecked(True)
            box.toggled.connect(self.update_ready)
            rows.addWidget(box)
            self.boxes.append(box)
        rows.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setMinimumHeight(min(_LIST_HEIGHT, 30 * len(self._lines) + 20))
        area.setMaximumHeight(_LIST_HEIGHT)
        self.column.addWidget(area)

    @property
    def chosen(self) -> dict[MemberKey, str]:
        """The records that are meant, each with what it was when it was seen."""
        ticked = [box.isChecked() for box in self.boxes] or [True] * len(self._members)
        return {m.at: m.sha for m, yes in zip(self._members, ticked, strict=True) if yes}

    @override
    def ready(self) -> bool:
        return super().ready() and len(self.chosen) > 1

    def _judge(
        self, reason: str, owner: ActDialog, done: Callable[[object], None], failed: Failed
    ) -> None:
        self._act_on(self.chosen)(reason, owner, done, failed)
