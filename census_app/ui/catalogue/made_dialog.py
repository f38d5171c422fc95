"""Says what was made with a catalogue: the root's fingerprint, which stick goes where, what comes next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from census_app.domain.addresses import Target
from census_app.services.founding import CatalogueFounded, CatalogueJoined
from census_app.ui.catalogue.facts import FactGrid, grouped, standing_row
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.trust_cards import KEY_GROUPS
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


def _named(target: Target) -> str:
    return target.name if isinstance(target, Path) else str(target)


class MadeDialog(MessageDialog):
    """Closing it opens the catalogue."""

    def __init__(
        self, words: Words, made: CatalogueFounded | CatalogueJoined, parent: QWidget | None
    ) -> None:
        super().__init__(words("CT_MADE_TITLE"), parent, width=600)
        said = words("CT_MADE", file=_named(made.target))
        self.column.addWidget(standing_row(Standing(said, Icon.CHECK, "good", 0)))
        facts = [(words("CT_ROOT_FINGERPRINT"), grouped(made.fingerprint, KEY_GROUPS))]
        if isinstance(made, CatalogueFounded):
            places = ("CT_MADE_STICK", "CT_MADE_STANDBY")
            for code, root in zip(places, made.roots, strict=False):
                facts.append((words(code), str(root.parent)))
            next_step = "CT_MADE_NEXT"
        elif made.request is not None:
            facts.append((words("CT_MADE_REQUEST"), str(made.request.request)))
            facts.append((words("CAT_FINGERPRINT"), grouped(made.request.fingerprint, KEY_GROUPS)))
            next_step = "CT_JOINED_NEXT"
        else:
            next_step = "CT_JOINED_READ_ONLY"
        self.column.addWidget(FactGrid(facts))
        self.add_text(words(next_step))
        self.buttons.addStretch(1)
        self.open_button = page.button(words("CT_MADE_OPEN"), self.accept, "primary")
        self.open_button.setDefault(True)
        self.buttons.addWidget(self.open_button)
        self.finish()
