"""Whether saves go through, as one web process sees it. In memory: what it knows is written with its sign of life.

A database that is away stops the signs of life, and that is an outage by itself. But saves can also fail while
the signs go on: no connection is free, one of several hosts is cut off, the code has a fault.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

QUIET_SECONDS = 60.0
"""After so long without another failure a span of failures is over, also where nobody has saved since."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time without a save that went through, by this process's monotonic clock in seconds."""

    began: float
    ended: float


class SaveHealth:
    """Spans in which every save failed. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._failing: Span | None = None
        self._over: list[Span] = []

    def noted(self, *, saved: bool) -> None:
        """A save was answered: with an answer that counts (also a refusal), or because of our own fault not."""
        if saved and self._failing is None:
            return  # nearly always: saves must not wait for each other here
        with self._lock:
            now = self._clock()
            if saved:
                self.end()
            else:
                self._end_if_quiet(now)
                self._failing = Span(self._failing.began if self._failing else now, now)

    def over(self, at_least: float) -> list[Span]:
        """Spans of so many seconds or more that are over. Shorter ones are forgotten: pages try again by themselves."""
        with self._lock:
            self._end_if_quiet(self._clock())
            self._over = [span for span in self._over if span.ended - span.began >= at_least]
            return list(self._over)

    def ago(self, moment: float) -> float:
        return self._clock() - moment

    def written(self, spans: Sequence[Span]) -> None:
        """Forget what is in the database now."""
        with self._lock:
            self._over = [span for span in self._over if span not in spans]

    def end(self) -> None:
        """What fails is over with its last failure: since then nobody has tried, or somebody got through."""
        with self._lock:
            if self._failing is not None:
                self._over.append(self._failing)
                self._failing = None

    def _end_if_quiet(self, now: float) -> None:
        if self._failing is not None and now - self._failing.ended > QUIET_SECONDS:
            self.end()


here = SaveHealth()
"""This process's."""
