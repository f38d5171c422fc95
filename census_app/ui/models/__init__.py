"""Item models over keys and pages of rows."""
