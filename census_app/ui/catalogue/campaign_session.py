"""Where the campaign page calls services; everything runs on the database thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from census_app.domain.chain import Decision
from census_app.services import expecting, rescheduling
from census_app.services.expecting import Expected, ListRead
from census_app.ui.catalogue.session import CatalogueSession
from census_app.ui.shell.tasks import Failed


class CampaignDesk:
    """What can be done about a campaign.

    Args:
        session: The open catalogue.
    """

    def __init__(self, session: CatalogueSession) -> None:
        self.session = session

    def read_list(
        self, path: Path, owner: QObject, done: Callable[[ListRead], None], failed: Failed
    ) -> None:
        """Read a list of departments."""
        self.session.runner.on_reading(lambda _p: expecting.read_list(path), owner, done, failed)

    def expect(
        self,
        bodies: Sequence[Expected],
        reason: str,
        owner: QObject,
        done: Callable[[tuple[Decision, ...]], None],
        failed: Failed | None = None,
    ) -> None:
        """Put bodies on the list, or say anew what is to be said of them."""
        services = self.session.services
        self.session.change(
            lambda store, _p: expecting.expect(
                store, bodies, reason, actor=services.actor, clock=services.clock
            ),
            owner,
            done,
            failed,
        )

    def write_form_set(
        self,
        dates: Mapping[str, str],
        folder: Path,
        owner: QObject,
        done: Callable[[Path], None],
        failed: Failed | None = None,
    ) -> None:
        """Write the form set with other dates into a folder, to be signed."""
        self.session.ask(
            lambda store, _p: rescheduling.write_form_set(store, dates, folder), owner, done, failed
        )
