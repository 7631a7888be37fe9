"""Log lines that anybody can cause: so many a minute of each kind, then only their number.

The metrics count every one; the log need not. Kinds are made of our own words, so there are few.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MINUTE_SECONDS = 60.0
LINES_A_MINUTE = 30


@dataclass(slots=True)
class _Kind:
    since: float
    lines: int = 0
    suppressed: int = 0


class Throttle:
    """Decides which lines are written. ``tick``: seconds of a clock that only goes forwards."""

    def __init__(self, lines_a_minute: int = LINES_A_MINUTE, tick: Callable[[], float] = time.monotonic) -> None:
        self._limit = lines_a_minute
        self._tick = tick
        self._kinds: dict[Hashable, _Kind] = {}

    def admit(self, kind: Hashable) -> int | None:
        """``None`` if the line is to be left out, else how many of its kind were since the last one written."""
        now = self._tick()
        seen = self._kinds.get(kind)
        if seen is None:
            seen = self._kinds[kind] = _Kind(now)
        if now - seen.since >= MINUTE_SECONDS:
            seen.since, seen.lines = now, 0
        if seen.lines >= self._limit:
            seen.suppressed += 1
            return None
        seen.lines += 1
        left_out, seen.suppressed = seen.suppressed, 0
        return left_out
