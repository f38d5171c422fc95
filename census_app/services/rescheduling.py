"""Move the dates of a campaign: the form set's files with other days in `campaign.toml`, to be signed and handed out.

Dates are part of the form set, since departments' windows show them; so they reach everybody the way forms do, in a
trust bundle. What the departments fill in stays the same, and no record is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from census_app.errors import UserError
from census_app.formspec.campaign_dates import CAMPAIGN, with_dates
from census_app.formspec.loader import load_form_set
from census_app.services.folders import make_folder
from census_app.services.issuing import form_files
from census_app.services.ports import CatalogueStore
from census_app.settings.files import atomic_write


def write_form_set(catalogue: CatalogueStore, dates: Mapping[str, str], folder: Path) -> Path:
    """Write the catalogue's form set with other dates into a folder, to be handed out in the next trust bundle.

    Raises:
        UserError: `MILESTONE_DAY`, `MILESTONE_UNKNOWN`; `FOLDER_NOT_EMPTY`; `FORM_FILES_OTHER`.
        EnvironmentProblem: The folder cannot be written.
    """
    files, _entry = form_files(catalogue, None)
    changed = dict(files)
    changed[CAMPAIGN] = with_dates(files[CAMPAIGN].decode("utf-8"), dates).encode()
    make_folder(folder)
    if any(folder.iterdir()):
        raise UserError("FOLDER_NOT_EMPTY", path=str(folder))
    for name, content in changed.items():
        path = folder / name
        make_folder(path.parent)
        atomic_write(path, content)
    load_form_set(folder)  # it is whole, and means what was asked for
    return folder
