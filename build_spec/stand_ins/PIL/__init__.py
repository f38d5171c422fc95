"""Stands in for Pillow in the frozen program: reportlab imports it, and no report has a picture (ADR 0009)."""
