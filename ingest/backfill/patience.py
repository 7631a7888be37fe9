"""Waiting for what waiting cures: the budget, a tenant that is busy, an API or a database that does not answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from models.errors import StorageUnavailable, Throttled, Unreachable

SHORTEST_SECONDS = 5.0
LONGEST_SECONDS = 300.0

_Answer = TypeVar("_Answer")
Say = Callable[[str], None]
Sleep = Callable[[float], Awaitable[None]]


class Patience:
    """Asks again, later each time. ``say`` is told what it waits for."""

    def __init__(self, say: Say, sleep: Sleep) -> None:
        self._say = say
        self._sleep = sleep

    async def until_answered(self, what: str, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Ask until it is answered, or fails for a reason that waiting does not cure."""
        failures = 0
        while True:
            try:
                return await ask()
            except (Throttled, Unreachable, StorageUnavailable) as error:
                wait = _wait(error, failures)
                failures += 1
                self._say(f"{what}: waits {wait:.0f} s: {error}")
                await self._sleep(wait)


def _wait(error: Exception, failures: int) -> float:
    if isinstance(error, Throttled) and error.retry_after_seconds is not None:
        return error.retry_after_seconds
    return float(min(SHORTEST_SECONDS * 2**failures, LONGEST_SECONDS))
