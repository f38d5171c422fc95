"""Go on with a file that may have been overtaken: restored without the present one, or copied to take along.

Two files that number packages on their own make a fork. So such a file numbers none until somebody says how far the
other one went: by the last receipt, by the last package itself, or by saying that nothing was handed in (security §6).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from census_app.errors import UserError
from census_app.exchange.package import VerifiedPackage, open_package, package_name
from census_app.services import contribution_lines as texts
from census_app.services.anchoring import anchors_of
from census_app.services.applying import Applied, Desk, Store
from census_app.services.lookup import stamp
from census_app.services.ports import (
    BaseLine,
    Clock,
    SentPackage,
    WorkspaceStore,
    as_workspace,
)
from census_app.services.sent_packages import is_own, newest_submission, remembered

How = Literal["nothing", "moved"]
NOTHING: Final[How] = "nothing"
MOVED: Final[How] = "moved"


def require_known_chain(store: WorkspaceStore) -> None:
    """Refuse to number a package while it is not known how far the numbers went.

    Raises:
        UserError: `EXPORT_RESTORED`, `EXPORT_COPIED`.
    """
    state = store.keeping.standing()
    if state.state == "restored":
        raise UserError("EXPORT_RESTORED", since=_day(state.since), at=_day(state.at))
    if state.state == "copied":
        raise UserError("EXPORT_COPIED", at=_day(state.at))


def _day(at: str) -> str:
    return at[:10] or "—"


def go_on(store: WorkspaceStore, how: How, *, actor: str, clock: Clock) -> None:
    """Go on because a person says so.

    Args:
        how: `nothing`: nothing was handed in since the moment the content is from. `moved`: this copy is the file
            from now on, and nobody goes on with the other one.

    Raises:
        UserError: `GOES_ON_ALREADY`, there is nothing to say.
    """
    state = store.keeping.standing().state
    if not state:
        raise UserError("GOES_ON_ALREADY")
    # A restored file has its new id already; a copy still has that of the file it was made of.
    instance = secrets.token_hex(16) if state == "copied" else ""
    store.keeping.settle(how, instance, actor, stamp(clock.now()))


def learn_from_receipt(
    store: WorkspaceStore, identity: str, sequence: int, received_at: str, *, actor: str, at: str
) -> None:
    """Learn from a verified receipt that a package was handed in, and go on behind it.

    A receipt for an older package than the newest one known here says nothing about what came after that one.
    """
    if store.keeping.standing().state != "restored":
        return
    newest = newest_submission(store)
    if newest is None or sequence > newest.sequence:
        name = package_name("submission", store.facts().department_code, "", sequence)
        package = SentPackage(
            direction="sent", identity=identity, type="submission", name=name, sequence=sequence,
            previous="", created=received_at, at=received_at, counts={},
        )  # fmt: skip
        store.register_sent(package, ())
    elif identity != newest.identity:
        return
    store.keeping.settle("receipt", "", actor, at)


def take(store: Store, path: Path, desk: Desk) -> Applied:
    """Take an own package back, so that the file knows it was handed in; see `applying.apply_file`.

    Raises:
        Refused: The package is not sound.
        UserError: `APPLY_TYPE`, it is another's, or this file knows how far it went.
    """
    workspace = as_workspace(store)
    with open_package(path, anchors_of(store), now=desk.clock.now()) as package:
        statement = package.statement
        if workspace is None or not is_own(workspace, statement.type, statement.sender):
            raise UserError("APPLY_TYPE", file=path.name, type=statement.type)
        new = _learn(workspace, package, list(package.iter_records()))
    at = stamp(desk.clock.now())
    newest = _newest_like(workspace, package)
    if newest is not None and newest.sequence <= statement.sequence:
        workspace.keeping.settle("package", "", desk.actor, at)
    said = {"name": statement.package, "sequence": statement.sequence}
    code = "APPLIED_OWN_PACKAGE" if new else "APPLIED_OWN_KNOWN"
    return Applied(path, statement.type, code, said, new=new)


def _newest_like(store: WorkspaceStore, package: VerifiedPackage) -> SentPackage | None:
    alike = [
        p
        for p in store.packages()
        if p.direction == "sent" and p.type == package.statement.type
        and p.audience in {"", package.statement.audience}
    ]  # fmt: skip
    return max(alike, key=lambda each: each.sequence, default=None)


def _learn(
    store: WorkspaceStore, package: VerifiedPackage, lines: Iterable[Mapping[str, Any]]
) -> bool:
    """Register a package and what it carried; False when it is known."""
    statement = package.statement
    if any(p.identity == package.identity for p in store.packages()):
        return False
    sent = remembered(package, statement.created, direction="sent")
    forms = {form.id for form in store.form_set.forms}
    records = [line for line in lines if line["form"] in forms and line["op"] != "pending"]
    if statement.type == "submission":
        # What it deletes was handed in once as well, and stays deleted.
        store.register_sent(sent, [(line["form"], line["id"]) for line in records])
        return True
    sent = replace(
        sent,
        sender=statement.sender,
        audience=statement.audience,
        in_reply_to=statement.in_reply_to,
    )
    bases = [
        BaseLine(line["form"], line["id"], texts.json_text(texts.line_of(line))) for line in records
    ]
    store.register_contribution(sent, bases)
    return True
