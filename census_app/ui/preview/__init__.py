"""Preview and printing of PDF documents: the bytes that are shown are the bytes that are saved and printed."""

from census_app.ui.preview.dialog import show_preview

__all__ = ["show_preview"]
