"""How a backfill goes, in a sentence: how much of how much, how fast, until when."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ingest.backfill.patience import Say
from models.instants import SECOND, Instant, to_datetime

SAY_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows read of those expected; ``since`` and ``rows_before``: where this session began, for its rate."""

    part: str
    rows_read: int
    rows_expected: int
    rows_before: int
    since: Instant
    now: Instant

    @property
    def rows_per_second(self) -> float:
        """The rate of this session, waiting for the budget included; 0 before it can be told."""
        return (self.rows_read - self.rows_before) * SECOND / max(self.now - self.since, 1)

    @property
    def ends_at(self) -> Instant | None:
        """When it will have read everything at this rate, or ``None`` while that cannot be told."""
        left = max(self.rows_expected - self.rows_read, 0)
        if self.now == self.since or self.rows_per_second <= 0:
            return None
        return self.now + round(left / self.rows_per_second * SECOND)

    def __str__(self) -> str:
        read = f"{self.part}: {self.rows_read} of {max(self.rows_expected, self.rows_read)} rows"
        if self.ends_at is None:
            return read
        minutes = -(-(self.ends_at - self.now) // (60 * SECOND))
        return f"{read}, {self.rows_per_second:.0f} rows/s, {minutes} min left ({to_datetime(self.ends_at):%H:%M} UTC)"


def seldom(say: Say, every_seconds: float = SAY_EVERY_SECONDS, tick: Callable[[], float] = time.monotonic) -> Say:
    """``say``, at most so often: a page takes a second, and nobody reads that fast."""
    last: list[float] = []

    def now_and_then(text: str) -> None:
        if not last or tick() - last[0] >= every_seconds:
            last[:] = [tick()]
            say(text)

    return now_and_then
