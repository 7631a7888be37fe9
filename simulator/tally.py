"""What the make-believe Autotask sent and what was answered, in numbers.

Counted on the HTTP client of the dispatcher, at the wire: every attempt, and what the door said to it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import httpx

NUDGES_PATH = "/callout"


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers at one moment. ``position``: the greatest inbox position acknowledged."""

    changes: int = 0
    events: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    acknowledged: int = 0
    nudges: int = 0
    waiting: int = 0
    logged: int = 0
    requests: int = 0
    position: int = 0
    last_refusal: str = ""

    @property
    def sent(self) -> int:
        """Events of all entities."""
        return self.events.total()

    @property
    def retries(self) -> int:
        """Attempts beyond the first of each event."""
        return max(0, self.attempts - self.sent)

    @property
    def lost(self) -> int:
        """Events given up; while some still wait, those that Autotask has in its error log."""
        return max(self.logged, 0 if self.waiting else self.sent - self.acknowledged)

    def sentence(self) -> str:
        """The numbers in one line, for people."""
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.events.items()))
        text = (
            f"{self.changes} changes in Autotask; {self.sent} webhook events sent{f' ({kinds})' if kinds else ''}, "
            f"{self.acknowledged} acknowledged, {self.retries} retries, {self.lost} lost; {self.nudges} callouts; "
            f"{self.requests} requests answered"
        )
        return f"{text} (last refusal: {self.last_refusal})" if self.lost else text


class Wire:
    """Counts what goes over a client. ``client`` is to be closed by whoever asked for it."""

    def __init__(self) -> None:
        self.attempts = 0
        self.acknowledged = 0
        self.nudges = 0
        self.position = 0
        self.last_refusal = ""

    def client(self) -> httpx.AsyncClient:
        """A client every attempt and answer of which is counted."""
        return httpx.AsyncClient(trust_env=False, event_hooks={"request": [self._asked], "response": [self._answered]})

    async def _asked(self, request: httpx.Request) -> None:
        self.attempts += not _is_nudge(request)

    async def _answered(self, response: httpx.Response) -> None:
        if _is_nudge(response.request):
            self.nudges += response.is_success
        elif response.is_success:
            await response.aread()
            self.acknowledged += 1
            self.position = max(self.position, int(response.json()["position"]))
        else:
            await response.aread()
            self.last_refusal = f"HTTP {response.status_code} {response.text[:200]}"


def _is_nudge(request: httpx.Request) -> bool:
    return request.url.path.endswith(NUDGES_PATH)
