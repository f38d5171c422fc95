"""Dialogs that both windows open."""
