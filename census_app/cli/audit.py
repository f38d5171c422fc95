"""`census audit`: read a list of the audit office, compare it with the catalogue, say what the differences are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import click

from census_app.cli.audit_words import (
    comparison_document,
    comparison_lines,
    coverage_lines,
    proposal_document,
    proposal_lines,
)
from census_app.cli.speech import JSON_OPTION, Speech, path_option, replace_option
from census_app.cli.targets import target_argument
from census_app.cli.tools import Tools
from census_app.domain.addresses import Target
from census_app.domain.audit import GROUPS, Group, Outcome
from census_app.errors import UserError
from census_app.services.audit_acts import (
    confirm_matches,
    name_units,
    settle_differences,
    withdraw_said,
)
from census_app.services.audit_columns import Proposal, book_of, look, read_map, write_map
from census_app.services.audit_lists import ListTaken, take_list, withdraw_list
from census_app.services.audit_results import Comparison
from census_app.services.audit_sheets import write_comparison
from census_app.services.auditing import compare
from census_app.services.meanwhile import known_to
from census_app.services.ports import CatalogueStore

_NOBODY, _UNDO = "none", "undo"


@dataclass(frozen=True)
class _Call:
    """What the person asked for."""

    workbook: Path | None
    form: str
    sheet: str
    map_file: Path | None
    columns: tuple[str, ...]
    save_map: Path | None
    department: str
    dry_run: bool
    listed: str
    group: str | None
    coverage: bool
    units: tuple[str, ...]
    matches: tuple[str, ...]
    outcomes: tuple[str, ...]
    reason: str
    ask: bool
    withdraw: bool
    replace: bool
    to: Path | None
    as_json: bool


def build(speech: Speech, tools: Tools) -> click.Command:
    """Return the command."""

    def run(target: Target, **given: Any) -> int:
        store = tools.open_catalogue(target)
        try:
            return _Run(store, _Call(**given), speech, tools).done()
        finally:
            store.close()

    return click.Command(
        "audit", callback=run, help=speech.text("CLI_AUDIT"), params=_parameters(speech)
    )


def _parameters(speech: Speech) -> list[click.Parameter]:
    def option(*names: str, **more: Any) -> click.Option:
        return click.Option(list(names), **more)

    text = speech.text
    return [
        target_argument("target"),
        click.Argument(["workbook"], type=click.Path(path_type=Path), required=False),
        option("--form", default="", metavar="FORM", help=text("CLI_AUDIT_FORM")),
        option("--sheet", default="", metavar="SHEET", help=text("CLI_AUDIT_SHEET")),
        path_option("--map", "map_file", help_text=text("CLI_AUDIT_MAP")),
        option(
            "--column", "columns", multiple=True, metavar="HEAD=FIELD",
            help=text("CLI_AUDIT_COLUMN"),
        ),
        path_option("--save-map", help_text=text("CLI_AUDIT_SAVE_MAP")),
        option("--department", default="", metavar="CODE", help=text("CLI_AUDIT_DEPARTMENT")),
        option("--dry-run", is_flag=True, help=text("CLI_AUDIT_DRY")),
        option("--list", "listed", default="", metavar="ID", help=text("CLI_AUDIT_LIST")),
        option("--group", type=click.Choice(GROUPS), help=text("CLI_AUDIT_GROUP")),
        option("--coverage", is_flag=True, help=text("CLI_AUDIT_COVERAGE")),
        option(
            "--unit", "units", multiple=True, metavar="NAME=CODE", help=text("CLI_AUDIT_UNIT")
        ),
        option(
            "--match", "matches", multiple=True, metavar="ROW=RECORD", help=text("CLI_AUDIT_MATCH")
        ),
        option(
            "--outcome", "outcomes", multiple=True, metavar="PLACE=OUTCOME",
            help=text("CLI_AUDIT_OUTCOME"),
        ),
        option("--reason", default="", help=text("CLI_AUDIT_REASON")),
        option("--ask", is_flag=True, help=text("CLI_AUDIT_ASK")),
        option("--withdraw", is_flag=True, help=text("CLI_AUDIT_WITHDRAW")),
        replace_option(speech),
        path_option("--to", help_text=text("CLI_AUDIT_TO")),
        JSON_OPTION,
    ]  # fmt: skip


class _Run:
    """One call of the command over an open catalogue."""

    def __init__(self, store: CatalogueStore, call: _Call, speech: Speech, tools: Tools) -> None:
        self._store = store
        self._call = call
        self._speech = speech
        self._tools = tools
        self._said: list[str] = []
        self._document: dict[str, Any] = {}

    def done(self) -> int:
        call = self._call
        listed = call.listed
        if call.workbook is not None:
            taken = self._read(call.workbook)
            if call.dry_run or taken is None:
                self._answer()
                return 0
            listed = taken.list.id
        if call.withdraw:
            withdraw_list(self._store, listed, call.reason, actor=self._tools.actor,
                          clock=self._tools.clock)  # fmt: skip
            self._said.append(self._speech.text("CLI_AUDIT_WITHDRAWN"))
            self._answer()
            return 0
        if call.units:
            self._name()
        if call.matches:
            self._match(listed)
        for given in call.outcomes:
            self._settle(listed, given)
        return self._compare(listed)

    # -- reading a list --------------------------------------------------------------------------------------------

    def _read(self, workbook: Path) -> ListTaken | None:
        call, speech = self._call, self._speech
        given = read_map(call.map_file) if call.map_file is not None else None
        proposals = look(self._store, workbook, form=call.form, given=given)
        chosen = _corrected(_chosen(proposals, call.sheet), call.columns)
        self._document["columns"] = proposal_document(chosen)
        self._said += proposal_lines(chosen, self._store.form_set, speech)
        if call.save_map is not None:
            write_map(call.save_map, chosen.map)
            self._said.append(speech.text("CLI_AUDIT_WRITTEN", path=call.save_map))
        if call.dry_run:
            return None
        taken = take_list(
            self._store,
            workbook,
            chosen.number,
            chosen.map,
            department=call.department.upper(),
            actor=self._tools.actor,
            clock=self._tools.clock,
        )
        code = "CLI_AUDIT_AGAIN" if taken.again else "CLI_AUDIT_TAKEN"
        self._said.append(speech.text(code, rows=len(taken.list.rows), id=taken.list.id[:12]))
        told = [speech.text(note.code, **note.params) for note in taken.notes]
        self._said += [f"  {line}" for line in told]
        self._document |= {"list": taken.list.id, "again": taken.again, "notes": told}
        return taken

    # -- acts ------------------------------------------------------------------------------------------------------

    def _name(self) -> None:
        units: dict[str, str] = {}
        for given in self._call.units:
            name, _, code = (part.strip() for part in given.rpartition("="))
            if not name or not code:
                raise UserError("AUDIT_ARGUMENT", given=given)
            units[name] = code.upper()
        name_units(self._store, units, actor=self._tools.actor, clock=self._tools.clock)
        self._said += [self._speech.text("CLI_AUDIT_NAMED", name=name) for name in units]

    def _match(self, listed: str) -> None:
        matches: dict[int, tuple[str, str] | None] = {}
        taken_back: list[str] = []
        comparison = compare(self._store, listed)
        for given in self._call.matches:
            row, _, record = (part.strip().lower() for part in given.partition("="))
            if not row.isdecimal() or not record:
                raise UserError("AUDIT_ARGUMENT", given=given)
            if record == _UNDO:
                taken_back.append(f"match:{int(row)}")
            else:
                matches[int(row)] = None if record == _NOBODY else _record(comparison, record)
        if taken_back:
            self._take_back(listed, taken_back)
        if not matches:
            return
        confirm_matches(
            self._store,
            listed,
            matches,
            self._call.reason,
            actor=self._tools.actor,
            clock=self._tools.clock,
            known=known_to(self._store, replace=self._call.replace),
        )
        self._said += [self._speech.text("CLI_AUDIT_MATCHED", row=row) for row in matches]

    def _settle(self, listed: str, given: str) -> None:
        place, _, outcome = given.partition("=")
        if not place.strip() or not outcome.strip():
            raise UserError("AUDIT_ARGUMENT", given=given)
        if outcome.strip() == _UNDO:
            self._take_back(listed, [place.strip()])
            return
        said = settle_differences(
            self._store,
            listed,
            [place.strip()],
            cast("Outcome", outcome.strip()),
            self._call.reason,
            ask=self._call.ask,
            actor=self._tools.actor,
            clock=self._tools.clock,
            known=known_to(self._store, replace=self._call.replace),
        )
        told = self._speech.text(f"AUDIT_OUTCOME_{outcome.strip()}")
        self._said.append(self._speech.text("CLI_AUDIT_SETTLED", outcome=told))
        for query in said.queries:
            self._document.setdefault("queries", []).append(query.id)
            self._said.append(self._speech.text("CLI_AUDIT_ASKED", query=query.id[:12]))

    def _take_back(self, listed: str, places: list[str]) -> None:
        withdraw_said(
            self._store, listed, places, self._call.reason, actor=self._tools.actor,
            clock=self._tools.clock,
        )  # fmt: skip
        told = self._speech.text("LIST_JOINT").join(places)
        self._said.append(self._speech.text("CLI_AUDIT_TAKEN_BACK", places=told))

    # -- the comparison --------------------------------------------------------------------------------------------

    def _compare(self, listed: str) -> int:
        call, speech = self._call, self._speech
        book = book_of(self._store)
        comparison = compare(self._store, listed, language=speech.language, book=book)
        group = cast("Group | None", call.group)
        names = {entry.code: entry.name for entry in self._store.roster()}
        self._document["lists"] = [
            {"id": each.id, "name": each.name, "form": each.form, "rows": len(each.rows)}
            for each in book.lists
        ]
        self._document["incomplete"] = list(book.incomplete)
        self._document |= comparison_document(comparison, group)
        if book.incomplete:
            told = speech.text("CLI_AUDIT_INCOMPLETE", count=len(book.incomplete))
            self._said.append(told)
        if call.coverage:
            self._said += coverage_lines(comparison, speech)
        else:
            self._said += comparison_lines(comparison, group, names, speech)
        if call.to is not None:
            write_comparison(comparison, call.to, speech.language)
            self._said.append(speech.text("CLI_AUDIT_WRITTEN", path=call.to))
        self._answer()
        return 1 if comparison.open else 0

    def _answer(self) -> None:
        self._speech.answer(self._document, self._said, as_json=self._call.as_json)


def _chosen(proposals: list[Proposal], sheet: str) -> Proposal:
    found = next((each for each in proposals if sheet in {"", each.sheet}), None)
    if found is None:
        raise UserError("AUDIT_NO_TABLE", file=f"{proposals[0].file} · {sheet}")
    return found


def _corrected(proposal: Proposal, corrections: tuple[str, ...]) -> Proposal:
    columns = list(proposal.columns)
    for given in corrections:
        head, equals, target = given.rpartition("=")
        if not equals or not head.strip():
            raise UserError("AUDIT_ARGUMENT", given=given)
        places = [n for n, column in enumerate(columns) if column.head == head.strip()]
        if not places:
            raise UserError("AUDIT_HEAD", head=head.strip())
        wanted = target.strip()
        # A field has one column: who names it for another one takes it away from the first.
        columns = [
            replace(c, target="", sureness="") if wanted and c.target == wanted else c
            for c in columns
        ]
        columns[places[0]] = replace(columns[places[0]], target=wanted, sureness="given")
    return replace(proposal, columns=tuple(columns))


def _record(comparison: Comparison, beginning: str) -> tuple[str, str]:
    paired = (entry.kept for entry in comparison.entries)
    found = {
        kept.key
        for kept in (*paired, *comparison.free)
        if kept is not None and kept.record.startswith(beginning)
    }
    if len(found) != 1:
        raise UserError("AUDIT_RECORD", record=beginning)
    return found.pop()
