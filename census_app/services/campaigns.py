"""Does a package belong to the census of this file? Practice and another campaign are told apart."""

from __future__ import annotations

from census_app.domain.training import is_training
from census_app.errors import UserError


def census_problem(given: str, own: str) -> UserError | None:
    """Return why a package of one campaign does not belong into a file of another; None when it does.

    `TRAINING_PACKAGE`, it was made with a practice file; `TRAINING_CATALOGUE`, this file is for practice;
    `CENSUS_OTHER`.
    """
    if given == own:
        return None
    if is_training(given):
        return UserError("TRAINING_PACKAGE", given=given, own=own)
    if is_training(own):
        return UserError("TRAINING_CATALOGUE", given=given, own=own)
    return UserError("CENSUS_OTHER", given=given, own=own)


def require_same_census(given: str, own: str) -> None:
    """Refuse a package of another campaign; see `census_problem`.

    Raises:
        UserError: `TRAINING_PACKAGE`, `TRAINING_CATALOGUE`, `CENSUS_OTHER`.
    """
    problem = census_problem(given, own)
    if problem is not None:
        raise problem


def require_both_real(given: str, own: str) -> None:
    """Refuse a request of a practice file in a real catalogue, and the other way round; campaigns may differ else.

    Raises:
        UserError: `TRAINING_PACKAGE`, `TRAINING_CATALOGUE`.
    """
    if is_training(given) != is_training(own):
        require_same_census(given, own)
