"""The clock as a value one can hand in: the wall, a frozen one (``TECHSCORE_NOW``), one moved by hand."""

from __future__ import annotations

import time
from typing import Protocol

from models.instants import Instant


class Clock(Protocol):
    """Anything that can say what time it is."""

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still on purpose (shown on every surface, part of the generation)."""
        ...

    def now(self) -> Instant:
        """Microseconds since the epoch, UTC."""
        ...


class WallClock:
    """The machine's clock."""

    frozen = False

    def now(self) -> Instant:
        return time.time_ns() // 1_000


class FrozenClock:
    """A clock that stands still at one instant, for replays and reports."""

    frozen = True

    def __init__(self, instant: Instant) -> None:
        self._instant = instant

    def now(self) -> Instant:
        return self._instant


class ManualClock:
    """A clock moved by hand; the double that tests use in place of the wall."""

    frozen = False

    def __init__(self, instant: Instant) -> None:
        self._instant = instant

    def now(self) -> Instant:
        return self._instant

    def set(self, instant: Instant) -> None:
        """Jump, also backwards (as a machine's clock may)."""
        self._instant = instant

    def advance(self, micros: Instant) -> None:
        """Move by so many microseconds."""
        self._instant += micros
