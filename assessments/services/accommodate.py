"""Standing accommodations: what a person is granted in every assessment of the organisation."""

from __future__ import annotations

from decimal import Decimal

from accounts.errors import NotPossible
from assessments.models import Candidate

MIN_FACTOR, MAX_FACTOR = Decimal(1), Decimal(10)


def set_standing(*, candidate: Candidate, time_factor: Decimal, untimed: bool) -> Candidate:
    """Grant it from now on. Attempts that are running keep the time that they were started with.

    Raises:
        NotPossible: a factor below 1 or above 10.
    """
    if not MIN_FACTOR <= time_factor <= MAX_FACTOR:
        raise NotPossible("The time factor must lie between 1 and 10.")
    candidate.time_factor, candidate.untimed = time_factor, untimed
    candidate.save(update_fields=["time_factor", "untimed"])
    return candidate
