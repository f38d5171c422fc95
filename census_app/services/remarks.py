"""What people write to each other: questions, answers, notes. Short, clean, and nothing secret (SEC-1, SEC-2)."""

from __future__ import annotations

import re
from typing import Final

from census_app.errors import UserError
from census_app.formspec.evaluator import RecordEvaluator
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, RecordReader
from census_app.services.refusing import refuse

MAXIMUM_LENGTH: Final = 2000
"""Characters a remark has at most; what a package's line admits."""

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|[\ud800-\udfff]")
"""What a package does not carry."""

_PROSE: Final = "longtext"
"""Type of the fields whose refusing rules are made for sentences; those of an address would suspect too many."""


def remark(store: RecordReader, text: str, *, clock: Clock, optional: bool = False) -> str:
    """Return a text as it may be kept and sent: without outer blanks and control characters, line ends as LF.

    Args:
        store: Its form set's refusing rules look at the text as if it stood in the long texts of each form.
        optional: Whether it may be empty.

    Raises:
        UserError: `REASON_TOO_SHORT`, `REMARK_TOO_LONG`; `REFUSED_VALUE`, it holds what must not be here at all.
    """
    clean = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not clean and optional:
        return ""
    if len(clean) < MINIMUM_LENGTH and not optional:
        raise UserError("REASON_TOO_SHORT", minimum=MINIMUM_LENGTH)
    if len(clean) > MAXIMUM_LENGTH:
        raise UserError("REMARK_TOO_LONG", limit=MAXIMUM_LENGTH, length=len(clean))
    _refuse_secrets(store, clean, clock.now().date().isoformat())
    return clean


def _refuse_secrets(store: RecordReader, text: str, today: str) -> None:
    context = context_for(store)
    for form in store.form_set.forms:
        if any(rule.severity == "refusal" for rule in form.rule):
            values = {f.id: text for f in form.stored_fields if f.type == _PROSE}
            refuse(RecordEvaluator(form, store.form_set, today), form, values, context)
