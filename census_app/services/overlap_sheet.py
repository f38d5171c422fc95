"""The lists of what departments hold alike as tables of texts: for a workbook, a CSV, and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.item_overlaps import ItemOverlap
from census_app.domain.verdicts import GroupStanding
from census_app.errors import UserError
from census_app.formats.table_files import write_table
from census_app.formspec.model import FormSet
from census_app.services.likening import JudgedGroup, JudgedItem
from census_app.services.overlapping import OverlapKind

_GROUPS: Final[Mapping[str, int]] = {
    "GROUP": 6, "SCORE": 8, "BASIS": 14, "NAMES": 12, "TRAITS": 12, "STATE": 12, "CODE": 24,
    "DEPARTMENT": 30, "NAME": 42, "SIZE": 8, "REASON": 40, "RECORD": 36,
}  # fmt: skip
_ITEMS: Final[Mapping[str, int]] = {
    "GROUP": 6, "ITEM": 28, "TYPE": 12, "LENGTH": 12, "RESOURCES": 10, "DEPARTMENTS": 10,
    "DIFFERS": 10, "STATE": 12, "SOURCE": 30, "REASON": 40,
}  # fmt: skip
"""Columns of the lists, with their widths in characters."""


class OverlapTable:
    """Words the lists in one language.

    Args:
        departments: Code → name.
    """

    def __init__(self, form_set: FormSet, departments: Mapping[str, str], language: str) -> None:
        self._departments = departments
        self._language = language
        _form, type_field = form_set.by_role("item_type")
        self._types = {
            c.code: c.label(language) for c in form_set.choice_lists[type_field.choices].choices
        }

    def text(self, code: str, /, **params: object) -> str:
        """Return a sentence or word."""
        return wording.text(code, self._language, **params)

    def department(self, code: str) -> str:
        """Return a department's name, or its code where it has none."""
        return self._departments.get(code, code)

    def definition(self, type_: str, length: int | None) -> str:
        """Return how an item is defined, in words."""
        name = self._types.get(type_, type_) or self.text("DUP_NO_TYPE")
        return name if length is None else self.text("DUP_DEFINITION", type=name, length=length)

    def state(self, standing: GroupStanding) -> str:
        """Return how a group stands."""
        return self.text(f"DUP_STATE_{standing.state.value}")

    def share(self, part: float | None) -> str:
        """Return a likeness in per cent; a dash where there was nothing to compare."""
        return "—" if part is None else f"{round(part * 100)}%"

    def source(self, judged: JudgedItem) -> str:
        """Return the source of an item, and whether it still is one."""
        if judged.source is None:
            return ""
        name = self.department(judged.source.department)
        if judged.source_state == "chosen":
            return name
        return self.text(f"DUP_SOURCE_{judged.source_state}", department=name)

    # -- tables ----------------------------------------------------------------------------------------------------

    def write(
        self, path: Path, kind: OverlapKind, found: Sequence[JudgedGroup] | Sequence[JudgedItem]
    ) -> int:
        """Write a list by the suffix of the path, `.xlsx` or `.csv`; return the number of rows.

        Raises:
            UserError: `DUP_SUFFIX`.
            EnvironmentProblem: Codes of `settings.files.atomic_write`.
        """
        if path.suffix.lower() not in {".xlsx", ".csv"}:
            raise UserError("DUP_SUFFIX", name=path.name)
        if kind == "items":
            items = [each for each in found if isinstance(each, JudgedItem)]
            return self._write(path, kind, _ITEMS, list(self._item_rows(items)))
        groups = [each for each in found if isinstance(each, JudgedGroup)]
        return self._write(path, kind, _GROUPS, list(self._group_rows(groups)))

    def _write(
        self,
        path: Path,
        kind: OverlapKind,
        columns: Mapping[str, int],
        rows: Sequence[tuple[str, ...]],
    ) -> int:
        head = [self.text(f"DUP_HEAD_{name}") for name in columns]
        write_table(path, self.text(f"DUP_KIND_{kind}"), head, rows, list(columns.values()))
        return len(rows)

    def named(self, item: ItemOverlap) -> str:
        """Return the name of a data item, with the other names it goes by."""
        name = " ".join(item.name.split())
        also = self.text("LIST_JOINT").join(" ".join(each.split()) for each in item.also)
        return self.text("DUP_ALSO", name=name, also=also) if also else name

    def _group_rows(self, groups: Sequence[JudgedGroup]) -> Iterator[tuple[str, ...]]:
        for number, judged in enumerate(groups, 1):
            overlap, standing = judged.overlap, judged.standing
            reason = standing.verdicts[-1].reason if standing.verdicts else ""
            for member in overlap.members:
                yield (
                    str(number), str(overlap.score), self.text(f"DUP_BASIS_{overlap.basis.value}"),
                    self.share(overlap.names), self.share(overlap.traits), self.state(standing),
                    member.department, self.department(member.department), member.name,
                    str(len(member.traits)), reason, member.record,
                )  # fmt: skip

    def _item_rows(self, items: Sequence[JudgedItem]) -> Iterator[tuple[str, ...]]:
        for number, judged in enumerate(items, 1):
            standing = judged.standing
            reason = standing.verdicts[-1].reason if standing.verdicts else ""
            for variant in judged.item.variants:
                yield (
                    str(number), self.named(judged.item), self._types.get(variant.type, variant.type),
                    "" if variant.length is None else str(variant.length),
                    str(variant.resources), str(variant.departments),
                    self.text("DUP_DIFFERS" if judged.item.differs else "DUP_AGREES"),
                    self.state(standing), self.source(judged), reason,
                )  # fmt: skip
