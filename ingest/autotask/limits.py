"""How much we ask of Autotask: our own share of an hour, less when the tenant is busy, two requests at once.

The limit is the tenant's and shared by all its integrations: at 100 % every one of them is refused
(reference/autotask.md §4). The ``Budget``, with its ``Slots``, is therefore one for all clients of a process and may
be used from any thread. It counts what was spent before a restart: it takes its requests in small *blocks* that a
``Journal`` keeps before the first of them is sent, so that a crash makes it count too much, never too little.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, TypeAlias

from ingest.autotask.values import Threshold
from models.clock import Clock
from models.instants import HOUR, MINUTE, SECOND, Instant

WINDOW = HOUR + MINUTE
"""What was asked this long ago has left Autotask's hour, however long it was under way."""

THRESHOLD_EVERY = 5 * MINUTE
BLOCKS_PER_HOUR = 40
BLOCK_LIVES = MINUTE
AT_ONCE = 2
"""Requests at once per endpoint. Autotask refuses the fourth; the third is left to whoever else bears our id."""

_Turn: TypeAlias = "tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]"
_PACES = ((0.9, 0.1), (0.75, 0.4), (0.5, 0.75))


@dataclass(frozen=True, slots=True)
class Spent:
    """So many requests were set aside at that time."""

    at: Instant
    requests: int


class Journal(Protocol):
    """Remembers, beyond this process, what was set aside."""

    def load(self, since: Instant) -> Iterable[Spent]:
        """What was set aside at ``since`` or later."""
        ...

    def note(self, spent: Spent) -> None:
        """Remember, durably, before any of it is used; what is older than ``WINDOW`` may be forgotten."""
        ...


class Allowance(Protocol):
    """Whoever may be asked for a request."""

    def take(self) -> float:
        """0 when a request may be sent now (it is counted); else the seconds to wait before asking again."""
        ...


class Budget:
    """Our share of a rolling hour. Without a journal it holds for this process only. ``slots``: see ``Slots``."""

    def __init__(self, hourly: int, clock: Clock, journal: Journal | None = None) -> None:
        self.slots = Slots()
        self._hourly = hourly
        self._clock = clock
        self._journal = journal
        self._lock = Lock()
        self._now: Instant = clock.now()
        self._block_size = max(1, hourly // BLOCKS_PER_HOUR)
        self._block_left = 0
        self._block_until: Instant = self._now
        self._pace = 1.0
        self._told_at: Instant | None = None
        # A block may have been used until its end.
        before = () if journal is None else journal.load(self._now - WINDOW - BLOCK_LIVES)
        ended = sorted((min(one.at + BLOCK_LIVES, self._now), one.requests) for one in before)
        self._spent: deque[tuple[Instant, int]] = deque(ended)
        self._used = sum(requests for _, requests in self._spent)

    @property
    def used_ratio(self) -> float:
        """The part of our share that is used, 0 to 1."""
        with self._lock:
            self._move()
            return self._used / self._hourly

    @property
    def pace(self) -> float:
        """1, or the part of our share we keep to while the tenant has used 50, 75 or 90 % of its limit."""
        return self._pace

    def take(self) -> float:
        """See ``Allowance``."""
        return self.take_leaving(0.0)

    def take_leaving(self, left: float) -> float:
        """Like ``take``, but leave this part of our share to others."""
        with self._lock:
            self._move()
            allowed = max(1, int(self._hourly * self._pace * (1.0 - left)))
            if self._used >= allowed:
                return self._seconds_until(self._used - allowed + 1)
            self._set_aside()
            if self._spent and self._spent[-1][0] == self._now:
                self._spent[-1] = (self._now, self._spent[-1][1] + 1)
            else:
                self._spent.append((self._now, 1))
            self._used += 1
            return 0.0

    def leaving(self, left: float) -> Allowance:
        """The same budget for work that is not urgent: it stops while less than this part of the share is left."""
        return _Leaving(self, left)

    def asks_threshold(self) -> bool:
        """Whether it is time to read ``ThresholdInformation`` again; then nobody else is told so for 5 minutes."""
        with self._lock:
            self._move()
            if self._told_at is not None and self._now < self._told_at + THRESHOLD_EVERY:
                return False
            self._told_at = self._now
            return True

    def told(self, threshold: Threshold) -> None:
        """Take note of how busy the tenant is."""
        self._pace = next((pace for least, pace in _PACES if threshold.ratio >= least), 1.0)

    def _move(self) -> None:
        """Let time pass; a clock set back does not give anything back."""
        self._now = max(self._now, self._clock.now())
        while self._spent and self._spent[0][0] <= self._now - WINDOW:
            self._used -= self._spent.popleft()[1]

    def _seconds_until(self, freed: int) -> float:
        for at, requests in self._spent:
            freed -= requests
            if freed <= 0:
                return max(0.001, (at + WINDOW - self._now) / SECOND)
        return WINDOW / SECOND

    def _set_aside(self) -> None:
        if self._journal is None:
            return
        if self._block_left == 0 or self._now >= self._block_until:
            self._journal.note(Spent(self._now, self._block_size))
            self._block_left = self._block_size
            self._block_until = self._now + BLOCK_LIVES
        self._block_left -= 1


class _Leaving:
    def __init__(self, budget: Budget, left: float) -> None:
        self._budget = budget
        self._left = left

    def take(self) -> float:
        return self._budget.take_leaving(self._left)


class Slots:
    """At most ``AT_ONCE`` requests at a time to each endpoint, whatever threads and event loops they come from."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._lock = Lock()
        self._held: Counter[str] = Counter()
        self._waiting: defaultdict[str, deque[_Turn]] = defaultdict(deque)

    @asynccontextmanager
    async def of(self, endpoint: str) -> AsyncIterator[None]:
        """Wait for a slot of the endpoint and hold it."""
        await self._enter(endpoint)
        try:
            yield
        finally:
            self._leave(endpoint)

    async def _enter(self, endpoint: str) -> None:
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._held[endpoint] < self._at_once:
                self._held[endpoint] += 1
                return
            turn = (loop, loop.create_future())
            self._waiting[endpoint].append(turn)
        try:
            await turn[1]
        except asyncio.CancelledError:
            with self._lock:
                was_handed_over = turn not in self._waiting[endpoint]
                if not was_handed_over:
                    self._waiting[endpoint].remove(turn)
            if was_handed_over:  # between the hand-over and our waking up
                self._leave(endpoint)
            raise

    def _leave(self, endpoint: str) -> None:
        with self._lock:
            waiting = self._waiting[endpoint]
            while waiting:
                loop, turn = waiting.popleft()
                try:
                    loop.call_soon_threadsafe(_grant, turn)
                except RuntimeError:  # its loop is closed: nobody waits there any more
                    continue
                return  # the slot is handed over as it is
            self._held[endpoint] -= 1


def _grant(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
