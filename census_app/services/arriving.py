"""Take whatever is dropped into a catalogue's inbox: packages are received, what the tier above sends is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from census_app.errors import CensusError
from census_app.exchange.refusals import Refused
from census_app.services.applying import Applied, Desk, apply_file
from census_app.services.ports import CatalogueStore
from census_app.services.receiving import Outcome, Received, receive

_LETTERS: Final = frozenset({"receipt", "review"})


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of one file.

    Attributes:
        said: What a letter of the tier above says, as (code of a message, its values); empty for all others.
    """

    received: Received
    said: tuple[tuple[str, Mapping[str, object]], ...] = field(default=())


def arrive(catalogue: CatalogueStore, path: Path, desk: Desk) -> Arrived:
    """Receive a file; a receipt or review of the tier above is kept, when this catalogue hands up.

    A refusal is an outcome, not an exception.

    Raises:
        EnvironmentProblem: As `receiving.receive`.
        Cancelled: The person stopped it.
    """
    received = receive(catalogue, path, clock=desk.clock, progress=desk.progress)
    if received.outcome != "refused" or not catalogue.upper().roots_pem:
        return Arrived(received)
    try:
        applied = apply_file(catalogue, path, desk)
    except Refused as refused:
        # Signed by the tier above and yet refused: that is the reason to be told, not that it is none of ours.
        ours = refused.code in {"AUDIENCE", "REPLY", "REPLY_CHAIN"}
        return Arrived(Received(path, "refused", refused.code, refused) if ours else received)
    except CensusError:
        return Arrived(received)
    return _kept(catalogue, path, applied) if applied.kind in _LETTERS else Arrived(received)


def _kept(catalogue: CatalogueStore, path: Path, applied: Applied) -> Arrived:
    outcome: Outcome = "applied" if applied.new else "pending" if applied.early else "duplicate"
    name = str(applied.params.get("name", path.stem))
    kept = next((p for p in catalogue.letters(type_=applied.kind) if p.name == name), None)
    received = Received(
        path=path,
        outcome=outcome,
        code=applied.code,
        identity=kept.identity if kept is not None else "",
        name=name,
        sequence=kept.sequence if kept is not None else 0,
    )
    return Arrived(received, ((applied.code, applied.params), *applied.further))
