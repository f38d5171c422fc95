"""Stage 3 of the hand-in: put to review, approve with name and office, or return with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from census_app.domain.approval import Approval, ReviewAct
from census_app.errors import CensusError
from census_app.exchange.paper import short_groups
from census_app.services import approving
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.summarising import HandInSummary
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon, pixmap
from census_app.ui.shell.translation import Words

LOOKS: Final = {
    "draft": (Icon.DOCUMENT, "text_2"),
    "submitted": (Icon.HISTORY, "warn"),
    "returned": (Icon.UNDO, "bad"),
    "approved": (Icon.CHECK, "good"),
    "lapsed": (Icon.ALERT, "warn"),
    "handed_in": (Icon.CHECK, "good"),
}
NAME, OFFICE = "approver_name", "approver_office"
ACTS_SHOWN: Final = 5


class ApprovalStage(QWidget):
    """The state in words, what led to it, the clerk's part at the left and the head's at the right.

    Signals:
        changed: An act was written.
        next_wanted: On to the signature.
    """

    changed = Signal()
    next_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self.standing = Approval()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._state_card())
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._head_card(), 3)
        row.addWidget(self._history_card(), 2)
        column.addLayout(row)
        column.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(page.label(words("HI_APPROVAL_NOTE"), "hint", wrap=True), 1)
        self.next = page.button(words("HI_NEXT_SIGN"), self.next_wanted.emit)
        foot.addWidget(self.next)
        column.addLayout(foot)

    def start(self) -> None:
        """Take the focus, where the next thing is to be done."""
        if self.standing.state in {"approved", "handed_in"}:
            self.next.setFocus()
        elif self.standing.state in {"submitted", "lapsed"}:
            (self.remark if self.office.text() else self.name).setFocus()
        else:
            self.submit.setFocus()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _state_card(self) -> QWidget:
        card = page.Card(margin=16)
        head = QHBoxLayout()
        head.setSpacing(8)
        self._mark = QLabel()
        self._mark.setFixedSize(20, 22)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        self._title = page.label("", "section", wrap=True)
        self._told = page.label("", wrap=True, selectable=True)
        self._remark = page.label("", wrap=True, selectable=True)
        for each in (self._title, self._told, self._remark):
            texts.addWidget(each)
        head.addLayout(texts, 1)
        self.submit = page.button(
            self._words("HI_SUBMIT"), self._on_submit, symbol=Icon.ARROW_RIGHT
        )
        self.submit.setToolTip(self._words("HI_SUBMIT_TIP"))
        head.addWidget(self.submit, 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(head)
        return card

    def _head_card(self) -> QWidget:
        words = self._words
        card = page.Card(margin=16)
        card.body.addWidget(page.label(words("HI_HEAD_TITLE"), "section"))
        self._what = page.label("", "text2", wrap=True)
        card.body.addWidget(self._what)
        fields = QHBoxLayout()
        fields.setSpacing(16)
        self.name = QLineEdit(self._preferences.text(NAME))
        self.office = QLineEdit(self._preferences.text(OFFICE))
        for line, code in ((self.name, "HI_NAME"), (self.office, "HI_OFFICE")):
            line.setMaxLength(60)
            line.textChanged.connect(self._update)
            accessibility.add_row(fields, words(code), line, required=True)
        card.body.addLayout(fields)
        self.remark = QPlainTextEdit()
        self.remark.setTabChangesFocus(True)
        self.remark.setFixedHeight(72)
        self.remark.textChanged.connect(self._update)
        accessibility.add_row(
            card.body, words("HI_REMARK"), self.remark, hint=words("HI_REMARK_TIP")
        )
        self._problem = page.label("", "bad", wrap=True)
        self._problem.hide()
        card.body.addWidget(self._problem)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.send_back = page.button(words("HI_RETURN"), self._on_return, symbol=Icon.UNDO)
        self.send_back.setToolTip(words("HI_RETURN_TIP"))
        self.approve = page.button(words("HI_APPROVE"), self._on_approve, "primary", Icon.CHECK)
        row.addWidget(self.send_back)
        row.addStretch(1)
        row.addWidget(self.approve)
        card.body.addLayout(row)
        return card

    def _history_card(self) -> QWidget:
        card = page.Card(margin=16)
        card.body.addWidget(page.label(self._words("HI_ACTS_TITLE"), "section"))
        self._history = page.label("", "text2", wrap=True, selectable=True)
        self._history.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(self._history, 1)
        self._digest = page.label("", "hint", selectable=True)
        self._digest.setToolTip(self._words("HI_DIGEST_TIP"))
        card.body.addWidget(self._digest)
        return card

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_standing(self, standing: Approval, acts: tuple[ReviewAct, ...]) -> None:
        """Show how it stands and what led there, the newest act first."""
        words, self.standing = self._words, standing
        symbol, tone = LOOKS[standing.state]
        colour = str(getattr(theme.tokens(), tone))
        self._mark.setPixmap(pixmap(symbol, colour, 20, self.devicePixelRatioF()))
        self._title.setText(words(f"APPROVAL_{standing.state}"))
        self._told.setText(self._sentence(standing))
        act = standing.act
        remark = (
            act.remark if act is not None and standing.state in {"approved", "returned"} else ""
        )
        self._remark.setText(words(self._remark_code(standing), remark=remark))
        self._remark.setVisible(bool(remark))
        newest = [self._act(each) for each in reversed(acts)][:ACTS_SHOWN]
        self._history.setText("\n".join(newest) or words("HI_NO_ACTS"))
        self._digest.setText(words("CLI_APPROVE_DIGEST", digest=short_groups(standing.digest, 4)))
        again = standing.changed or standing.state in {"draft", "returned"}
        self.submit.setVisible(again)
        done = standing.state == "approved"
        theme.set_look(self.next, "primary" if done else "")
        theme.set_look(self.approve, "" if done else "primary")
        self._update()

    def show_what(self, summary: HandInSummary) -> None:
        """Say in one sentence what it is that is approved."""
        words = self._words
        total = sum(each.total for each in summary.forms if not self._is_child(each.form))
        announced = len(summary.unfinished)
        form, _field = self._session.form_set.by_role("share_type")
        ready = words(
            "HI_WHAT",
            number=summary.number,
            form=form.label.get(words.language),
            resources=words.count(sum(summary.sharing.whole.values())),
            ready=words.count(total - announced),
        )
        parts = [ready]
        if announced:
            parts.append(words("HI_WHAT_UNFINISHED", count=words.count(announced)))
        if summary.last is not None:
            parts.append(words("HI_WHAT_CHANGES", count=words.count(len(summary.changes))))
        if summary.explained:
            parts.append(words("HI_WHAT_EXPLAINED", count=words.count(len(summary.explained))))
        self._what.setText(words("HI_JOINT").join(parts) + words("HI_STOP"))

    def _is_child(self, form: str) -> bool:
        return bool(self._session.form_set.form(form).parent)

    def _remark_code(self, standing: Approval) -> str:
        return "HI_REASON_SAID" if standing.state == "returned" else "CLI_APPROVE_SAID"

    def _sentence(self, standing: Approval) -> str:
        words, act = self._words, standing.act
        if act is None:
            return words("HI_IS_DRAFT")
        at = words.moment(act.at)
        who = self._who(act)
        if standing.state == "draft":
            return words("HI_IS_DRAFT_AGAIN", at=at)
        if standing.state == "submitted" and standing.changed:
            return words("HI_IS_SUBMITTED_CHANGED", who=who, at=at)
        return words(f"HI_IS_{standing.state.upper()}", who=who, at=at)

    def _who(self, act: ReviewAct) -> str:
        if act.name:
            code = "PRINT_APPROVED_BY" if act.office else "HI_NAME_ALONE"
            return self._words(code, name=act.name, office=act.office)
        return act.actor

    def _act(self, act: ReviewAct) -> str:
        words = self._words
        told = words(
            "HI_ACT",
            at=words.moment(act.at),
            what=words(f"STEP_{act.kind.upper()}"),
            who=self._who(act),
        )
        told = told.rstrip()
        return words("HI_ACT_REMARK", act=told, remark=act.remark) if act.remark else told

    def _update(self) -> None:
        filled = bool(self.name.text().strip() and self.office.text().strip())
        self.approve.setEnabled(filled and self.standing.state != "approved")
        open_still = self.standing.state in {"draft", "submitted", "approved", "lapsed"}
        enough = len(self.remark.toPlainText().strip()) >= MINIMUM_LENGTH
        self.send_back.setEnabled(open_still and enough)

    # -- doing -----------------------------------------------------------------------------------------------------

    def _on_submit(self) -> None:
        services = self._session.services
        self._do(
            lambda store, _p: approving.submit_for_review(
                store, actor=services.actor, clock=services.clock
            )
        )

    def _on_approve(self) -> None:
        services = self._session.services
        name, office, remark = self._texts()
        self._do(
            lambda store, _p: approving.approve(
                store, name, office, remark, actor=services.actor, clock=services.clock
            )
        )

    def _on_return(self) -> None:
        services = self._session.services
        name, office, reason = self._texts()
        self._do(
            lambda store, _p: approving.return_to_clerk(
                store, reason, name, office, actor=services.actor, clock=services.clock
            )
        )

    def _texts(self) -> tuple[str, str, str]:
        name, office = self.name.text().strip(), self.office.text().strip()
        self._preferences.remember_text(NAME, name)
        self._preferences.remember_text(OFFICE, office)
        return name, office, self.remark.toPlainText()

    def _do(self, work: Callable[[WorkspaceStore, Progress], Approval]) -> None:
        self._problem.hide()
        self._session.ask(work, self, self._on_done, self._on_failed, settled=True)

    def _on_done(self, standing: Approval) -> None:
        self.remark.clear()
        self.standing = standing
        self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, CensusError):
            raise error
        told = self._words.explain(error)
        self._problem.setText(f"{told.what} {told.next_step}".strip())
        self._problem.show()
