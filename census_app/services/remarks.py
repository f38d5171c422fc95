"""What people write to each other: questions, answers, notes. Short, clean, and nothing secret (SEC-1, SEC-2)."""

from __future__ import annotations

from typing import Final

from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.field_type import CONTROLS
from census_app.formspec.model import FormSet
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, RecordReader
from census_app.services.refusing import refuse

MAXIMUM_LENGTH: Final = 2000
"""Characters a remark has at most; what a package's line admits."""

_TEXTS: Final = frozenset({"text", "longtext"})


def remark(
    store: RecordReader, text: str, *, clock: Clock, form_id: str = "", optional: bool = False
) -> str:
    """Return a text as it may be kept and sent: without outer blanks and control characters, line ends as LF.

    Args:
        form_id: The form it speaks about; its refusing rules look at the text as if it stood in its fields. Empty: all.
        optional: Whether it may be empty.

    Raises:
        UserError: `REASON_TOO_SHORT`, `REMARK_TOO_LONG`; `REFUSED_VALUE`, it holds what must not be here at all.
    """
    clean = CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not clean and optional:
        return ""
    if len(clean) < MINIMUM_LENGTH and not optional:
        raise UserError("REASON_TOO_SHORT", minimum=MINIMUM_LENGTH)
    if len(clean) > MAXIMUM_LENGTH:
        raise UserError("REMARK_TOO_LONG", limit=MAXIMUM_LENGTH, length=len(clean))
    _refuse_secrets(store, store.form_set, form_id, clean, clock)
    return clean


def _refuse_secrets(
    store: RecordReader, form_set: FormSet, form_id: str, text: str, clock: Clock
) -> None:
    today = clock.now().date().isoformat()
    context = context_for(store)
    for form in form_set.forms:
        if form_id in {"", form.id}:
            values = {f.id: text for f in form.stored_fields if f.type in _TEXTS}
            refuse(RecordEvaluator(form, form_set, today), form, values, context)
