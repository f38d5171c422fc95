"""Save what can be read of a damaged file into a new one, and write down what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from census_app.diagnostics import wording
from census_app.domain.safekeeping import Lost, Salvaged
from census_app.services.backing_up import carry_attachments
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
    carry_attachments(path, to)
    if not saved.lost:
        return SalvageDone(saved)
    note = free_name(to.with_name(f"{to.name}.txt"))
    lines = [wording.text("SALVAGE_NOTE", language, file=path.name, saved=to.name), ""]
    lines += lost_lines(saved, language)
    atomic_write(note, b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode())
    return SalvageDone(saved, note)


def lost_lines(saved: Salvaged, language: str) -> list[str]:
    """Return what is missing or doubtful in words; rows without a name that follow each other are one line."""
    lines = []
    for (table, reason, title, _run), group in groupby(_runs(saved.lost), key=lambda pair: pair[0]):
        rows = [each.row for _key, each in group]
        span = "—" if not rows[0] else str(rows[0]) if len(rows) == 1 else f"{rows[0]}–{rows[-1]}"
        label = saved.labels.get(table, (table, table))[language == "en"]
        code = f"SALVAGE_{reason.upper()}" + (
            "_ROWS" if not title and reason == "unreadable" else ""
        )
        lines.append(wording.text(code, language, table=label, name=title or span, count=len(rows)))
    return lines


_Key = tuple[str, str, str, int]


def _runs(lost: Sequence[Lost]) -> Iterator[tuple[_Key, Lost]]:
    """Yield what is lost with a key that is equal for nameless rows that follow each other."""
    before, run = Lost(""), 0
    for each in lost:
        follows = each.row == before.row + 1 and (each.table, each.reason) == (
            before.table,
            before.reason,
        )
        if each.title or before.title or not follows:
            run += 1
        yield (each.table, each.reason, each.title, run), each
        before = each
