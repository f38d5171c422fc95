"""Begin a round from the last one: asks for last year's file or package, and where the new file shall be."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from census_app.errors import CensusError
from census_app.services import carrying
from census_app.services.carrying import RoundBegun
from census_app.services.ports import Workshop
from census_app.services.verifying import judge_from
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import TaskRunner
from census_app.ui.shell.translation import Words

SUFFIX = ".censusdb"


class BeginRoundDialog(MessageDialog):
    """Makes the new file itself, in the background.

    Args:
        workshop: How files are made and opened.

    Signals:
        begun: `RoundBegun`, when the new file is there and closed.
    """

    begun = Signal(object)

    def __init__(self, workshop: Workshop, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(words("DL_BEGIN_TITLE"), parent, width=600)
        self._workshop, self._words = workshop, words
        self._runner = TaskRunner(self._on_error, None, self)
        self.outcome: RoundBegun | None = None
        self.add_heading(words("DL_BEGIN_TITLE"), Icon.HISTORY, theme.tokens().accent)
        self.add_text(words("DL_BEGIN_LEAD"), "text2")
        kinds = f"Census (*{SUFFIX} *.census)"
        self.source = PathField(words, words("DL_SOURCE"), kinds)
        self.trust = PathField(words, words("DL_TRUST"), "root.crt, TRUST (*.crt *.pem *.census)")
        self.target = PathField(words, words("DL_TARGET"), f"Census (*{SUFFIX})", new=True)
        self.source.add_to(self.column, words("DL_SOURCE_TIP"), required=True)
        self._with_trust = QWidget()
        self.trust.add_to(_column_in(self._with_trust), words("DL_TRUST_TIP"), required=True)
        self.column.addWidget(self._with_trust)
        self.target.add_to(self.column, required=True)
        self.problem = page.label("", "bad", wrap=True)
        self.problem.hide()
        self.column.addWidget(self.problem)
        self.buttons.addStretch(1)
        self.buttons.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.begin = page.button(words("DL_BEGIN"), self._on_begin, "primary")
        self.begin.setDefault(True)
        self.buttons.addWidget(self.begin)
        self.finish()
        for field in (self.source, self.trust, self.target):
            field.changed.connect(self._on_changed)
        self._on_changed()
        self.source.setFocus()

    def fill(self, source: Path, target: Path, trust: Path | None = None) -> None:
        """Put answers into the fields."""
        self.source.edit.setText(str(source))
        self.target.edit.setText(str(target))
        self.trust.edit.setText(str(trust) if trust is not None else "")

    @property
    def _is_package(self) -> bool:
        source = self.source.path
        try:
            return source is not None and carrying.is_package(source)
        except (CensusError, OSError):
            return False

    def _on_changed(self) -> None:
        package = self._is_package
        self._with_trust.setVisible(package)
        self.problem.hide()
        given = self.source.path is not None and self.target.path is not None
        self.begin.setEnabled(given and (not package or self.trust.path is not None))

    def _on_begin(self) -> None:
        source, target = self.source.path, self.target.path
        if source is None or target is None or self._runner.busy:
            return
        if target.suffix != SUFFIX:
            target = target.with_name(target.name + SUFFIX)
        trust = self.trust.path if self._is_package else None
        workshop, path = self._workshop, target

        def work(_progress: object) -> RoundBegun:
            judge = None if trust is None else judge_from(trust, clock=workshop.clock).anchors
            return carrying.begin_round(workshop, path, source, trust=judge)

        self.begin.setEnabled(False)
        self._runner.on_database(work, self, self._on_begun, title=self._words("DL_BEGIN_TITLE"))

    def _on_begun(self, outcome: RoundBegun) -> None:
        self.outcome = outcome
        self.accept()
        self.begun.emit(outcome)

    def _on_error(self, error: CensusError) -> None:
        told = self._words.explain(error)
        self.problem.setText(f"{told.what} {told.next_step}")
        self.problem.show()
        self.begin.setEnabled(True)

    @override
    def done(self, result: int) -> None:
        """Close once nothing is being written any more."""
        self._runner.close()
        super().done(result)


def _column_in(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    return column
