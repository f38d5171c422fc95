"""Workbooks and CSV: a file becomes sheets, tables and records of plain text. Knows nothing of storage.

What a text means (a date, a code, a number) is decided by the caller with the field types of `formspec`.
"""
