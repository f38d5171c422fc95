"""Save what can be read of a damaged file into a new one, and write down what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from census_app.diagnostics import wording
from census_app.domain.safekeeping import Lost, Salvaged
from census_app.services.file_ports import Vault
from census_app.services.lookup import stamp
from census_app.services.ports import Clock
from census_app.settings.files import atomic_write, free_name


@dataclass(frozen=True, slots=True)
class SalvageDone:
    """A saved file and, when something is missing or doubtful, the list of it beside."""

    saved: Salvaged
    note: Path | None = None

    @property
    def missing(self) -> tuple[Lost, ...]:
        """What is not in the new file."""
        return tuple(each for each in self.saved.lost if each.reason != "changed")

    @property
    def doubtful(self) -> tuple[Lost, ...]:
        """What is there, but not as it was written: to be looked at."""
        return tuple(each for each in self.saved.lost if each.reason == "changed")


def salvage_file(
    vault: Vault, path: Path, to: Path, *, actor: str, clock: Clock, language: str
) -> SalvageDone:
    """Save what can be read; the damaged file is not touched.

    Raises:
        UserError: `FILE_EXISTS`, `FILE_MISSING`.
        DataProblem: `SALVAGE_NOTHING`.
        EnvironmentProblem: `DB_LOCATION`; disk codes.
    """
    saved = vault.salvage(path, to, actor=actor, at=stamp(clock.now()))
    if not saved.lost:
        return SalvageDone(saved)
    note = free_name(to.with_name(f"{to.name}.txt"))
    lines = [wording.text("SALVAGE_NOTE", language, file=path.name, saved=to.name), ""]
    lines += [lost_line(each, language) for each in saved.lost]
    atomic_write(note, b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode())
    return SalvageDone(saved, note)


def lost_line(each: Lost, language: str) -> str:
    """Return one missing or doubtful row in words."""
    code = f"SALVAGE_{each.reason.upper()}"
    name = each.title or (str(each.row) if each.row else "—")
    return wording.text(code, language, table=each.table, name=name)
