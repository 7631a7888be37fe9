"""A stand-in of Autotask behind the client's one seam, the transport: it answers from a script and keeps what came.

Nothing sleeps: waiting moves the clock that answers, budget and client go by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from email.utils import format_datetime
from random import Random
from typing import Any

import httpx

from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import Credentials
from ingest.autotask.limits import Budget
from models.clock import ManualClock
from models.instants import SECOND, Instant, parse_instant, to_datetime

START: Instant = parse_instant("2026-09-15T15:00:00Z")
CREDENTIALS = Credentials("api@example.com", "top-secret-value", "TRACKINGCODE")
ZONE = "https://webservices5.autotask.net/atservicesrest"
THRESHOLD = {"externalRequestThreshold": 10_000, "requestThresholdTimeframe": 60, "currentTimeframeRequestCount": 10}

Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Stand:
    """Answers the requests of one client, in order, with ``replies``; the last one again and again."""

    def __init__(self, *replies: Reply, zone_url: str | None = ZONE, hourly: int = 2_000, used: int = 10) -> None:
        self.replies = list(replies)
        self.zone_urls: list[str | None] = []
        self.clock = ManualClock(START)
        self.requests: list[httpx.Request] = []
        self.thresholds = 0
        self.discoveries: list[httpx.Request] = []
        self.waits: list[float] = []
        self.counted: list[tuple[str, str]] = []
        self.ratios: list[float] = []
        self.used = used
        self.budget = Budget(hourly, self.clock)
        self.client = AutotaskClient(
            CREDENTIALS,
            zone_url=zone_url,
            budget=self.budget,
            transport=httpx.MockTransport(self.answer),
            clock=self.clock,
            sleep=self.sleep,
            rng=Random(1),
            observer=self,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The transport."""
        if request.url.path.endswith("/zoneInformation"):
            self.discoveries.append(request)
            urls = self.zone_urls
            url = urls[min(len(self.discoveries), len(urls)) - 1]
            return httpx.Response(200, json={"zoneName": "x", "url": url, "webUrl": "", "ci": 1})
        if request.url.path.endswith("/ThresholdInformation"):
            self.thresholds += 1
            return self.dated(httpx.Response(200, json=THRESHOLD | {"currentTimeframeRequestCount": self.used}))
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return self.dated(reply if isinstance(reply, httpx.Response) else reply(request))

    def dated(self, response: httpx.Response) -> httpx.Response:
        """The response with a ``Date``, as every server sends it."""
        if "date" not in response.headers:
            response.headers["date"] = format_datetime(to_datetime(self.clock.now()), usegmt=True)
        return response

    async def sleep(self, seconds: float) -> None:
        """Wait by moving the clock."""
        self.waits.append(seconds)
        self.clock.advance(int(seconds * SECOND))

    def requested(self, endpoint: str, outcome: str) -> None:
        """The observer."""
        self.counted.append((endpoint, outcome))

    def budget_used(self, ratio: float) -> None:
        """The observer."""
        self.ratios.append(ratio)

    @property
    def bodies(self) -> list[Any]:
        """What was sent."""
        return [json.loads(request.content) for request in self.requests if request.content]


def items(rows: Iterable[dict[str, Any]], following: str | None = None) -> httpx.Response:
    """A page as Autotask serves it."""
    listed = list(rows)
    details = {"count": len(listed), "requestCount": 500, "prevPageUrl": None, "nextPageUrl": following}
    return httpx.Response(200, json={"items": listed, "pageDetails": details})


def errors(status: int, *texts: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """A complaint as Autotask makes it."""
    return httpx.Response(status, json={"errors": list(texts)}, headers=headers)


def done(item_id: int = 1) -> httpx.Response:
    """The answer to a write."""
    return httpx.Response(200, json={"itemId": item_id})
