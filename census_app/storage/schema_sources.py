"""Where a schema is read from: a database's file, a server, a script or a dictionary, as the request says."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from census_app.domain.schemas import sifted
from census_app.errors import BugError, UserError
from census_app.formats.ddl import read_ddl
from census_app.formats.dictionary import read_dictionary
from census_app.settings.files import file_problem
from census_app.storage.inspection import inspect_file
from census_app.storage.server_inspection import inspect_server

if TYPE_CHECKING:
    from census_app.domain.schemas import FoundSchema, SchemaRequest
    from census_app.services.progress import Progress


def read_schema(request: SchemaRequest, progress: Progress) -> FoundSchema:
    """Read a schema without what nobody would report; tables and columns only, never a row.

    Raises:
        UserError, DataProblem, EnvironmentProblem: Of `storage.inspection`, `storage.server_inspection`, `formats.ddl`,
            `formats.dictionary`; `FILE_MISSING`.
    """
    path = request.script or request.dictionary
    try:
        found = _schema_in(request, progress)
    except FileNotFoundError:
        raise UserError("FILE_MISSING", path=str(path)) from None
    except OSError as error:
        raise file_problem(error, path or Path()) from error
    if request.source:
        found = dataclasses.replace(found, source=request.source)
    return sifted(found, request.patterns)


def _schema_in(request: SchemaRequest, progress: Progress) -> FoundSchema:
    if request.script is not None:
        return read_ddl(request.script, dialect=request.dialect)
    if request.dictionary is not None:
        return read_dictionary(request.dictionary)
    if isinstance(request.place, Path):
        return inspect_file(request.place, count=request.count, tell=progress.step)
    if request.place is None:
        raise BugError("DISCOVER_PLACE")
    return inspect_server(
        request.place, count=request.count, views=request.views, tell=progress.step
    )
