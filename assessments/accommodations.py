"""Which accommodations hold for a sitting. Pure Python over an invitation's and a person's terms."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


class _Terms(Protocol):
    time_factor: Decimal
    untimed: bool


@dataclass(frozen=True, slots=True)
class Accommodation:
    """``time_factor`` 1..10 on every limit; ``untimed`` lifts them; ``pause_minutes`` in all, in blocks."""

    time_factor: Decimal = Decimal(1)
    untimed: bool = False
    pause_minutes: int = 0

    @property
    def any(self) -> bool:
        return self.untimed or self.time_factor != 1 or bool(self.pause_minutes)


def accommodation_of(candidate: _Terms | None, invitation: _Terms | None) -> Accommodation:
    """The more generous of what the person and what the invitation is granted."""
    terms = [term for term in (candidate, invitation) if term is not None]
    if not terms:
        return Accommodation()
    return Accommodation(
        time_factor=max(Decimal(term.time_factor) for term in terms),
        untimed=any(term.untimed for term in terms),
        pause_minutes=getattr(invitation, "pause_minutes", 0),
    )
