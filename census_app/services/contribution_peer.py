"""What went between a workspace and another side of its department, and what the workspace would say to it now.

Not responsible for packages or for merging: see `contributing`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from census_app.domain.merging import Key, Lines
from census_app.exchange.package import TrustAnchors, encode_line
from census_app.formspec.titles import title_of
from census_app.services import contribution_lines as texts
from census_app.services.contribution_lines import LeftOut, LineCodec
from census_app.services.ports import BaseLine, SentPackage, WorkspaceStore

CONTRIBUTION: Final = "contribution"
EXPLANATION: Final = "explanation"


def belong_together(trust: TrustAnchors, one: str, other: str) -> bool:
    """Say whether one of two codes is a unit of the other: a section, a second PC, a subordinate body of the bundle."""
    return any(
        (unit.startswith(owner) and len(unit) == len(owner) + 2)
        or unit in trust.units.get(owner, frozenset())
        for unit, owner in ((one, other), (other, one))
    )


class Peer:
    """What went back and forth between us and another side."""

    def __init__(self, store: WorkspaceStore, code: str) -> None:
        self._store = store
        self.code = code
        undone = store.undone_contributions()
        letters = [p for p in store.packages() if p.type == CONTRIBUTION]
        sent = [p for p in letters if p.direction == "sent" and p.audience == code]
        taken = [p for p in letters if p.direction == "received" and p.sender == code]
        self._sent = {p.identity: p for p in sent}
        self._taken = {p.identity: p for p in taken if p.identity not in undone}
        self.last_sent = max(sent, key=lambda p: p.sequence, default=None)
        self.last_taken = max(self._taken.values(), key=lambda p: p.sequence, default=None)

    def has_taken(self, identity: str) -> bool:
        """Say whether a contribution is taken over at present."""
        return identity in self._taken

    def bases(self, in_reply_to: str) -> list[Lines]:
        """Return what both sides had in common when the other side wrote a contribution, one or two states.

        That is the newest contribution of ours they had taken over, or the last of theirs that we had: whichever knew
        the other; both where neither did.
        """
        answered, last = self._sent.get(in_reply_to), self.last_taken
        replied = self._sent.get(last.in_reply_to) if last is not None else None
        if answered is not None and replied is not None and answered.sequence <= replied.sequence:
            answered = None
        if answered is not None and last is not None:
            known = self._taken.get(answered.in_reply_to)
            if known is not None and known.sequence >= last.sequence:
                last = None
        return [self._state(p) for p in (answered, last) if p is not None]

    def _state(self, package: SentPackage) -> Lines:
        return texts.parsed(
            self._store.contribution_lines(self.code, package.direction, package.sequence)
        )

    def common(self) -> list[Lines]:
        """Return what the other side will count as common when it reads our next contribution."""
        mine, last = self.last_sent, self.last_taken
        newest_is_theirs = last is not None and (mine is None or mine.in_reply_to != last.identity)
        order = (last, mine) if newest_is_theirs else (mine, last)
        return [self._state(p) for p in order if p is not None]

    def known(self) -> dict[Key, str]:
        """Return the newest line of every record that one side has ever told the other of."""
        found: dict[Key, str] = {}
        for package in (self.last_taken, self.last_sent):
            if package is not None:
                found |= self._store.contribution_lines(
                    self.code, package.direction, package.sequence
                )
        return found


class State:
    """The complete state as lines of a contribution, ascending by (form, id)."""

    def __init__(self, store: WorkspaceStore, peer: Peer) -> None:
        self._store = store
        self._common = peer.common()
        self.left_out: list[LeftOut] = []
        self._lines: dict[Key, bytes] = {}
        codec = LineCodec(store, peer.code)
        records = codec.records()
        for key, record in records.items():
            title = _title(store, record.form, record.values)
            line, left_out = texts.fitting(codec.line(record), self._base(key), record, title)
            self._lines[key] = texts.put_line(key, line)
            self.left_out += left_out
        for key, text in peer.known().items():
            if key not in records:
                self._lines[key] = _delete(store, key, text)
        self._reasons = _reasons(store, {record for _form, record in records})

    def _base(self, key: Key) -> Mapping[str, object]:
        lines = (state.get(key) for state in self._common)
        return next((line.values for line in lines if line is not None), {})

    def encoded(self) -> Iterator[bytes]:
        """Yield the lines of the package."""
        whole = self._lines | self._reasons
        return (whole[key] for key in sorted(whole))

    def base_lines(self) -> Iterator[BaseLine]:
        """Yield the lines of records, to be kept."""
        return (BaseLine(*key, line.decode()) for key, line in self._lines.items())


def _delete(store: WorkspaceStore, key: Key, text: str) -> bytes:
    """Return the line that says a record is gone; where it said so before, in the same words."""
    form, record = key
    gone = [e for e in store.journal(form, record) if e.sign == "-" and not e.field]
    before = texts.as_document(text)
    reason = (gone[0].reason if gone else "") or before.get("reason") or "—"
    return texts.delete_line(key, str(before["unit"]), str(reason))


def _reasons(store: WorkspaceStore, records: set[str]) -> dict[Key, bytes]:
    unit, forms = store.facts().department_code, _forms_of(store)
    found: dict[Key, bytes] = {}
    for each in store.explanations():
        if each.record not in records:
            continue
        told = f"{each.record}:{each.rule}:{each.values_sha256}"
        identity = hashlib.sha256(told.encode()).hexdigest()[:32]
        values = {
            "form": forms[each.record],
            "record": each.record,
            "rule": each.rule,
            "values_sha256": each.values_sha256,
            "reason": each.reason,
        }
        head = {"form": EXPLANATION, "id": identity, "unit": unit, "op": "put"}
        found[EXPLANATION, identity] = encode_line({**head, "values": values})
    return found


def _forms_of(store: WorkspaceStore) -> dict[str, str]:
    return {
        record.id: form.id
        for form in store.form_set.forms
        for record in store.stream_records(form.id)
    }


def _title(store: WorkspaceStore, form_id: str, values: Mapping[str, object]) -> str:
    return title_of(store.form_set.form(form_id), values)
