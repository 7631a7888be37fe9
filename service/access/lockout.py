"""Lock-out for bad tokens: whoever shows too many is not listened to for a while, then for longer.

256 random bits are not found by trying; what this stops is the load and the noise of trying, and a script that
goes on with a revoked token. A *culprit* is a token's prefix with a peer, so that others behind the same
address are not locked out with it. Memory is bounded: past ``MAX_CULPRITS`` the one that failed longest ago
is forgotten.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

LIMIT = 10
WINDOW_SECONDS = 300.0
FIRST_LOCK_SECONDS = 60.0
LONGEST_LOCK_SECONDS = 3600.0
FORGIVEN_AFTER_SECONDS = 7200.0
MAX_CULPRITS = 10_000

Culprit = tuple[str, str]


@dataclass(slots=True)
class _Record:
    since: float
    failures: int = 0
    locks: int = 0
    locked_until: float = -math.inf


class Lockout:
    """Counts failures. ``tick``: seconds of a clock that only goes forwards."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._records: OrderedDict[Culprit, _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def remaining_seconds(self, culprit: Culprit) -> int:
        """For how long they are still locked out, in whole seconds; 0 if they are not."""
        record = self._records.get(culprit)
        return 0 if record is None else math.ceil(max(0.0, record.locked_until - self._tick()))

    def failed(self, culprit: Culprit) -> None:
        """Count a bad token; the tenth within five minutes locks, for twice as long each time."""
        now = self._tick()
        record = self._records.get(culprit)
        if record is None or now - max(record.since, record.locked_until) > FORGIVEN_AFTER_SECONDS:
            record = self._records[culprit] = _Record(now)
        self._records.move_to_end(culprit)
        if now - record.since > WINDOW_SECONDS:
            record.since, record.failures = now, 0
        record.failures += 1
        if record.failures >= LIMIT:
            lock = min(FIRST_LOCK_SECONDS * 2.0 ** min(record.locks, 16), LONGEST_LOCK_SECONDS)
            record.locked_until, record.locks, record.failures = now + lock, record.locks + 1, 0
        while len(self._records) > MAX_CULPRITS:
            self._records.popitem(last=False)

    def succeeded(self, culprit: Culprit) -> None:
        """A good token: what failed before was a mistake."""
        record = self._records.get(culprit)
        if record is not None:
            record.failures = 0
