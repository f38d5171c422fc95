"""Workspaces and catalogues on SQLite: tables, journal, projection, snapshots. The only room that knows SQLAlchemy."""
