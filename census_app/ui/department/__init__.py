"""The department window: guide, list and form, problems, import, export."""
