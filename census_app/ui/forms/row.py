"""One field on the page: label above, editor, what was understood, and below it the problem in words or the hint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from census_app.domain.findings import Finding, Severity
from census_app.domain.records import Value
from census_app.formspec.sentences import says_more, sentence
from census_app.formspec.types import Context, format_value
from census_app.ui.forms.editor import EditorSetting
from census_app.ui.forms.editors import make_editor
from census_app.ui.shell import page, theme
from census_app.ui.shell.accessibility import plain_caption
from census_app.ui.shell.icons import Icon, icon, pixmap

WIDE_FROM = 300
"""Texts that may be longer than this take the whole width."""


@dataclass(frozen=True, slots=True)
class RowState:
    """What one row shows; equal states need no repaint."""

    value: Value | None
    understood: str
    required: bool
    findings: tuple[Finding, ...]


class FieldRow(QWidget):
    """A field with everything that belongs to it.

    Signals:
        offer_taken: The person takes the value a finding offers; carries the finding.
        query_wanted: The person wants to read the queries about the field.
    """

    offer_taken = Signal(object)
    query_wanted = Signal()

    def __init__(self, setting: EditorSetting) -> None:
        super().__init__()
        self.field = setting.field
        self._words = setting.words
        self._context = setting.context
        self._label_text = setting.field.label.get(setting.words.language)
        self._hint = setting.field.hint.get(setting.words.language) if setting.field.hint else ""
        self._state: RowState | None = None
        self._refused = ""
        self._taking = False
        self.editor = make_editor(setting)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._head())
        column.addWidget(self.editor)
        self._understood = page.label("", "hint", wrap=True)
        self._understood.hide()
        column.addWidget(self._understood)
        column.addLayout(self._foot())
        column.addStretch(1)
        if setting.field.owner == "centre":
            self.editor.set_read_only(setting.words("UI_BY_CENTRE"))
        self.editor.name_for_reader(self._label_text, self._hint)
        self._say("", "hint")

    @property
    def wide(self) -> bool:
        """Whether it takes the whole width of the page."""
        return self.editor.wide or self.field.type == "note" or self.field.max_length >= WIDE_FROM

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(4)
        self._star = page.label("*", "bad")
        self._star.setToolTip(self._words("UI_REQUIRED"))
        self._star.hide()
        caption = page.label(plain_caption(self._label_text), "label", wrap=True)
        caption.setBuddy(self.editor)
        if self.field.definition is not None:
            caption.setToolTip(_tip(self.field.definition.get(self._words.language)))
        head.addWidget(self._star, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(caption, 1)
        self._query = page.button("", self.query_wanted.emit, "query")
        self._query.setIcon(icon(Icon.INBOX, theme.tokens().accent, 14))
        self._query.hide()
        head.addWidget(self._query, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(4)
        self._icon = page.label("")
        self._icon.setFixedSize(14, 18)
        self._message = page.label("", "hint", wrap=True)
        self._message.setMinimumHeight(18)
        self._offer = page.button("", self.take_offer, "link")
        self._offer.setToolTip(self._words("UI_TAKE_OFFER_KEY"))
        self._offer.hide()
        top = Qt.AlignmentFlag.AlignTop
        self._message.setAlignment(top)
        foot.addWidget(self._icon, 0, top)
        foot.addWidget(self._message, 1)
        foot.addWidget(self._offer, 0, top)
        return foot

    def show_state(self, state: RowState, context: Context, *, rewrite: bool) -> bool:
        """Show a state and return whether anything had to be painted anew."""
        self._context = context
        self.editor.show_context(context)
        if state == self._state and not rewrite:
            return False
        before, self._state = self._state, state
        if before is None or rewrite or before.value != state.value:
            self._refused = ""
            # The value that was taken stands in the field at once, unless the person went on typing.
            taken, self._taking = self._taking and not self.editor.dirty, False
            self.editor.show_value(state.value, rewrite=rewrite or taken)
        self._star.setVisible(state.required)
        shown = format_value(state.value, self.field, context)
        heard = bool(state.understood) and state.understood != shown
        self._understood.setText(
            self._words("UI_UNDERSTOOD", shown=shown, given=state.understood) if heard else ""
        )
        self._understood.setVisible(heard)
        self._show_findings()
        return True

    def show_queries(self, count: int) -> None:
        """Put a mark beside the label when there are queries that wait for an answer."""
        self._query.setText(self._words("UI_FIELD_QUERIES", count=count))
        self._query.setAccessibleName(f"{self._label_text} {self._query.text()}")
        self._query.setVisible(count > 0)

    def show_refusal(self, text: str) -> None:
        """Say why what was typed was not written; the text stays in the input."""
        self._refused = text
        self.editor.set_look("bad")
        self._say(text, "bad")

    def take_offer(self) -> None:
        """Take the value that is offered, where one is."""
        findings = self._state.findings if self._state is not None else ()
        offered = next((f for f in findings if f.offer is not None), None)
        if offered is not None:
            self._taking = True
            self.offer_taken.emit(offered)

    def settle(self) -> None:
        """Show the stored value again after the person left the field, in its one spelling."""
        if self._state is not None and not self._refused:
            self.editor.show_value(self._state.value, rewrite=False)

    @property
    def worst(self) -> Severity | None:
        """The gravest open problem of the field."""
        return _worst(self._state.findings) if self._state is not None else None

    def _show_findings(self) -> None:
        if self._refused:
            return
        findings = self._state.findings if self._state is not None else ()
        worst = _worst(findings)
        look = _LOOKS.get(worst, "") if worst is not None else ""
        missing = all(f.check == "required" for f in findings)  # a new record must not shout
        self.editor.set_look("" if look == "accent" or missing else look)
        told = [sentence(f, self._context) for f in findings]
        more = [says_more(f, self._context) for f in findings]
        pairs = zip(told, more, strict=True)
        lines = [f"{t.what} {t.remedy}" if t.remedy and m else t.what for t, m in pairs]
        # A check of the field and a rule of the form may say the same.
        self._say("\n".join(dict.fromkeys(lines)), look or "hint", quiet=missing)
        offered = next((t.offer for t in told if t.offer), "")
        self._offer.setVisible(bool(offered))
        self._offer.setText(self._words("UI_TAKE_OFFER", offer=_short(offered)))

    def _say(self, text: str, look: str, *, quiet: bool = False) -> None:
        theme.set_look(self._message, "hint" if quiet else look)
        self._message.setText(text or self._hint)
        colours = theme.tokens()
        symbol = {
            "bad": (Icon.ERROR, colours.bad),
            "warn": (Icon.ALERT, colours.warn),
            "accent": (Icon.INFO, colours.accent),
        }.get(look)
        self._icon.setVisible(symbol is not None)
        if symbol is not None:
            self._icon.setPixmap(pixmap(symbol[0], symbol[1], 14, self.devicePixelRatioF()))
        self.editor.name_for_reader(self._label_text, text or self._hint)


_LOOKS = {
    Severity.REFUSAL: "bad",
    Severity.ERROR: "bad",
    Severity.WARNING: "warn",
    Severity.NOTICE: "accent",
}


def _worst(findings: Sequence[Finding]) -> Severity | None:
    order = list(Severity)
    open_ones = [f.severity for f in findings if f.explanation is None]
    return min(open_ones, key=order.index, default=None)


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"


def _tip(text: str) -> str:
    """Return plain text as a tooltip that wraps: rich text does, and the text itself is escaped."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<p style='white-space: pre-wrap'>{safe}</p>"
