"""After signing: what was written and where, whether the stick may be taken out, the cover sheet, what happens next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from census_app.errors import CensusError
from census_app.formspec.model import Milestone
from census_app.services.delivering import Delivered
from census_app.ui.department.handin_work import HandedIn
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.translation import Words


class HandoverView(QScrollArea):
    """Three lines that are ticked off, the digest, the cover sheet, and the way on.

    Signals:
        cover_wanted: The cover sheet shall be looked at and printed.
        again_wanted: The same package shall be written once more, to another place perhaps.
        back_wanted: Back to the stages.
    """

    cover_wanted = Signal()
    again_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words, *, upwards: bool) -> None:
        super().__init__()
        self._session, self._words, self._upwards = session, words, upwards
        self.result: HandedIn | None = None
        self.delivered: Delivered | None = None
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        holder = QWidget()
        holder.setProperty("look", "page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(12)
        card = page.Card(margin=16)
        self._lines = [self._line(card) for _ in range(3)]
        card.body.addWidget(page.line())
        figures = QHBoxLayout()
        left = QVBoxLayout()
        left.addWidget(page.label(words("UI_DIGEST"), "label"))
        self.digest = page.label("", "figure", selectable=True)
        left.addWidget(self.digest)
        self._counts = page.label("", "text2", wrap=True)
        left.addWidget(self._counts)
        figures.addLayout(left, 1)
        card.body.addLayout(figures)
        column.addWidget(card)
        column.addWidget(self._next_card())
        column.addLayout(self._buttons())
        column.addStretch(1)
        self.setWidget(holder)

    def start(self) -> None:
        """Take the focus."""
        (
            self.cover if self.cover.isEnabled() and not self.cover.isHidden() else self.again
        ).setFocus()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _line(self, card: page.Card) -> tuple[QLabel, QLabel, QLabel]:
        row = QHBoxLayout()
        row.setSpacing(8)
        mark = QLabel()
        mark.setFixedSize(16, 22)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        head = page.label("", "strong", wrap=True, selectable=True)
        below = page.label("", "hint", wrap=True, selectable=True)
        texts.addWidget(head)
        texts.addWidget(below)
        row.addLayout(texts, 1)
        card.body.addLayout(row)
        return mark, head, below

    def _next_card(self) -> QWidget:
        words = self._words
        card = page.Card(margin=16)
        card.body.addWidget(page.label(words("UI_NEXT_STEPS"), "strong"))
        self._next = page.label("", wrap=True)
        card.body.addWidget(self._next)
        coming = _coming(self._session)
        if coming is not None and not self._upwards:
            label = coming.label.get(words.language)
            told = words("HI_MILESTONE", due=coming.due, what=label)
            card.body.addWidget(page.label(told, "text2", wrap=True))
        return card

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        self.back = page.button(words("HI_BACK"), self.back_wanted.emit, symbol=Icon.ARROW_LEFT)
        self.copy = page.button(words("UI_COPY_DIGEST"), self._on_copy, symbol=Icon.COPY)
        self.open = page.button(words("UI_OPEN_FOLDER"), self._on_open_folder, symbol=Icon.FOLDER)
        self.again = page.button(
            words("HI_WRITE_AGAIN"), self.again_wanted.emit, symbol=Icon.EXPORT
        )
        self.cover = page.button(
            words("HI_PRINT_COVER"), self.cover_wanted.emit, "primary", Icon.PRINT
        )
        row.addWidget(self.back)
        row.addStretch(1)
        for button in (self.copy, self.open, self.again, self.cover):
            row.addWidget(button)
        return row

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_result(self, result: HandedIn, *, waits: bool) -> None:
        """Show what was signed, before it lies where it shall go."""
        words, self.result, self.delivered = self._words, result, None
        kept = words("HI_KEPT", path=str(result.path.parent))
        self._tick(0, words("HI_SIGNED", number=result.number), kept, good=True)
        self._tick(1, words("HI_WRITING"), "", good=None)
        self._tick(2, "", "", good=None)
        self.digest.setText(result.digest)
        self._counts.setText("  ·  ".join(self._counted(result)))
        told = "UI_HAND_OVER_WAITING" if waits else "HI_HAND_OVER"
        self._next.setText(words("UI_HAND_UP_NEXT" if self._upwards else told))
        self.cover.setVisible(result.cover is not None)
        self.again.setEnabled(False)

    def show_kept(self) -> None:
        """Say that the package lies in the outbox, and can be written again."""
        self._tick(1, self._words("HI_KEPT_ONLY"), "", good=None)
        self.again.setEnabled(True)

    def show_delivered(self, delivered: Delivered) -> None:
        """Say that it lies there, was read back, and that the stick may be taken out."""
        words, self.delivered = self._words, delivered
        names = words("UI_JOINT").join(p.name for p in delivered.files)
        self._tick(1, words("HI_WRITTEN", folder=str(delivered.folder)), names, good=True)
        if delivered.stick:
            self._tick(2, words("HI_SAFE"), words("HI_SAFE_TIP"), good=True)
        self.again.setEnabled(True)

    def show_problem(self, error: CensusError) -> None:
        """Say why it does not lie there; nothing half is left behind."""
        told = self._words.explain(error)
        self._tick(1, told.what, told.next_step, good=False)
        self._tick(2, "", "", good=None)
        self.again.setEnabled(True)

    def _tick(self, number: int, text: str, below: str, *, good: bool | None) -> None:
        mark, head, hint = self._lines[number]
        symbol, tone = Icon.HISTORY, "text_2"
        if good is not None:
            symbol, tone = (Icon.CHECK, "good") if good else (Icon.ERROR, "bad")
        colour = str(getattr(theme.tokens(), tone))
        mark.setPixmap(pixmap(symbol, colour, 16, self.devicePixelRatioF()))
        head.setText(text)
        hint.setText(below)
        for each in (mark, head):
            each.setVisible(bool(text))
        hint.setVisible(bool(below))

    def line_texts(self) -> Sequence[str]:
        """Return what the lines say, for those that are shown."""
        return [head.text() for _mark, head, _hint in self._lines if head.text()]

    def _counted(self, result: HandedIn) -> list[str]:
        words, parts = self._words, []
        for form in self._session.form_set.forms:
            put = (result.counts or {}).get(form.id, 0)
            if put:
                parts.append(
                    f"{(form.plural or form.label).get(words.language)} {words.count(put)}"
                )
        if result.announced:
            parts.append(words("UI_ANNOUNCED_N", count=result.announced))
        if result.left_out:
            parts.append(words("UI_LEFT_OUT_N", count=result.left_out))
        return parts

    def _on_copy(self) -> None:
        if self.result is not None:
            QGuiApplication.clipboard().setText(self.result.identity)

    def _on_open_folder(self) -> None:
        folder = self.delivered.folder if self.delivered is not None else None
        if folder is None and self.result is not None:
            folder = self.result.path.parent
        if folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _coming(session: WorkspaceSession) -> Milestone | None:
    """Return the next milestone of the campaign."""
    today = session.services.clock.now().date().isoformat()
    coming = [m for m in session.form_set.campaign.milestones if m.due >= today]
    return min(coming, key=lambda m: m.due, default=None)
