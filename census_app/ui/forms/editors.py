"""Which editor each field type has; importing this module fills the registry."""

from __future__ import annotations

from census_app.ui.forms.attachment_editor import AttachmentEditor
from census_app.ui.forms.choice_editors import BooleanEditor, code_editor, codes_editor
from census_app.ui.forms.date_editors import DateEditor
from census_app.ui.forms.editor import make_editor, register, registered_types
from census_app.ui.forms.picker import PickerEditor
from census_app.ui.forms.text_editors import LineEditor, LongTextEditor, NumberEditor, ShownOnly

__all__ = ["make_editor", "registered_types"]

register(LineEditor, "text", "uscc", "phone")
register(LongTextEditor, "longtext")
register(NumberEditor, "integer", "decimal", "money")
register(DateEditor, "date", "month")
register(BooleanEditor, "boolean")
register(code_editor, "code")
register(codes_editor, "codes")
register(PickerEditor, "reference", "references")
register(AttachmentEditor, "attachment")
register(ShownOnly, "calculation", "note")
