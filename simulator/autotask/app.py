"""The make-believe Autotask's REST door: ``create_app(tenant, clock)`` is an ASGI app under ``/atservicesrest/v1.0/``.

Every answer carries the simulated clock's ``Date``. Authentication, thread limit, request count and faults are here;
what a request means is in ``answers`` (reads) and ``writes``.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from models.clock import Clock
from models.instants import HOUR, Instant, to_datetime
from simulator.autotask.answers import Answer, Reads, errors
from simulator.autotask.faults import Dice, Faults
from simulator.autotask.filters import Refused
from simulator.autotask.schema import SCHEMA
from simulator.autotask.tenant import Tenant
from simulator.autotask.writes import Writes

THRESHOLD = 10_000
MOST_THREADS = 3
_HALF, _MOST = 0.5, 0.75
_BASE = "/atservicesrest/v1.0"

Sleep = Callable[[float], Awaitable[None]]


class Api:
    """The state of the door; ``faults`` may be replaced at any time. ``most_threads_seen`` is per endpoint,
    ``most_in_an_hour`` of all rolling hours."""

    def __init__(self, tenant: Tenant, clock: Clock, faults: Faults, sleep: Sleep) -> None:
        self.tenant = tenant
        self.clock = clock
        self.faults = faults
        self.dice = Dice(faults.seed)
        self.requests: Counter[str] = Counter()
        self.most_threads_seen: Counter[str] = Counter()
        self.most_in_an_hour = 0
        self._sleep = sleep
        self._hour: deque[Instant] = deque()
        self._threads: Counter[tuple[str, str]] = Counter()

    @property
    def used(self) -> int:
        """Requests of the last rolling hour."""
        while self._hour and self._hour[0] <= self.clock.now() - HOUR:
            self._hour.popleft()
        return len(self._hour)

    async def handle(self, request: Request) -> Response:
        """One request, with the ``Date`` of when it is answered."""
        response = await self._answer(request)
        now = to_datetime(self.clock.now() + self.faults.clock_skew)
        response.headers["Date"] = format_datetime(now, usegmt=True)
        return response

    async def _answer(self, request: Request) -> Response:
        path = request.path_params["path"].strip("/").split("/")
        if path[0].lower() == "zoneinformation":
            return self._zone(request)
        account, headers = self.tenant.account, request.headers
        given = (headers.get("username"), headers.get("secret"), headers.get("apiintegrationcode"))
        if self.faults.token_revoked or given != (account.username, account.secret, account.integration_code):
            return errors(401, "Unauthorized")
        if self.used >= THRESHOLD:
            return errors(429, f"You have exceeded the maximum number of requests ({THRESHOLD}) per hour.")
        self._hour.append(self.clock.now())
        self.most_in_an_hour = max(self.most_in_an_hour, self.used)
        endpoint = (account.integration_code, path[0].lower())
        if self._threads[endpoint] >= MOST_THREADS:
            self.dice.counts["thread_limit", path[0]] += 1
            return PlainTextResponse("Thread Threshold Exceeded (Itgenatr005)", self.faults.thread_status)
        self._threads[endpoint] += 1
        self.requests[path[0]] += 1
        self.most_threads_seen[path[0]] = max(self.most_threads_seen[path[0]], self._threads[endpoint])
        try:
            return await self._within_limits(request, path)
        finally:
            self._threads[endpoint] -= 1

    async def _within_limits(self, request: Request, path: list[str]) -> Response:
        faults, collection = self.faults, path[0]
        await self._sleep(self._latency(collection))
        now = self.clock.now()
        if any(start <= now < end for start, end in faults.bursts):
            self.dice.counts["burst", collection] += 1
            return errors(503, "The service is unavailable.")
        if self.dice.falls("error", collection, faults.error_share):
            return errors(faults.error_status, "An unexpected internal server error occurred.")
        if collection.lower() == "thresholdinformation":
            return JSONResponse(
                {
                    "externalRequestThreshold": THRESHOLD,
                    "requestThresholdTimeframe": 60,
                    "currentTimeframeRequestCount": self.used,
                }
            )
        try:
            return await self._dispatch(request, path, now)
        except Refused as refused:
            return errors(500, str(refused))

    async def _dispatch(self, request: Request, path: list[str], now: Instant) -> Response:
        names = {name.lower(): name for name in SCHEMA}
        path[0] = names.get(path[0].lower(), path[0])
        if path[0] not in SCHEMA:
            return PlainTextResponse("<html>404 - not found</html>", 404)
        if path[0] in self.faults.withdrawn:
            self.dice.counts["withdrawn", path[0]] += 1
            return errors(500, f"The logged in Resource does not have the adequate permissions to query {path[0]}.")
        if "Webhook" in path[0] and path[0] != "WebhookEventErrorLogs" and not self.faults.webhooks_allowed:
            return errors(500, "The logged in Resource does not have the adequate permissions to use webhooks.")
        body: Any = None
        if request.method in ("POST", "PUT", "PATCH"):
            try:
                body = await request.json()
            except ValueError:
                raise Refused("The request body is not valid JSON.") from None
        self.tenant.ready_after = self.faults.ready_after
        reads = Reads(self.tenant, self.faults, self.dice, now, str(request.base_url).rstrip("/") + _BASE)
        answer = reads.answer(request.method, path, dict(request.query_params), body)
        if answer is None:
            answer = Writes(self.tenant, now).answer(request.method, path, body)
        return _response(answer)

    def _latency(self, collection: str) -> float:
        share, faults = self.used / THRESHOLD, self.faults
        steps = (share >= _HALF) + (share >= _MOST) if faults.adds_latency else 0
        slow = faults.slow_seconds if self.dice.falls("slow", collection, faults.slow_share) else 0.0
        return steps * faults.latency_unit_seconds + slow

    def _zone(self, request: Request) -> Response:
        if any(name in request.headers for name in ("secret", "apiintegrationcode")):
            self.dice.counts["secret_sent_to_zone", "zoneInformation"] += 1
        if unquote(request.query_params.get("user", "")) != self.tenant.account.username:
            return errors(500, "The user name is not known in any zone.")
        base = str(request.base_url)
        return JSONResponse({"zoneName": "Simulated", "url": f"{base}ATServicesRest/", "webUrl": base, "ci": 1})


def _response(answer: Answer) -> Response:
    return JSONResponse(answer.document, answer.status)


def create_app(
    tenant: Tenant, clock: Clock, faults: Faults | None = None, *, sleep: Sleep = asyncio.sleep
) -> Starlette:
    """The app; ``app.state.api`` is its ``Api``, for counts and for changing faults while it runs."""
    api = Api(tenant, clock, faults or Faults(), sleep)
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    routes = [
        Route(f"/{root}/{{version}}/{{path:path}}", api.handle, methods=methods)
        for root in ("atservicesrest", "ATServicesRest")
    ]
    app = Starlette(routes=routes)
    app.state.api = api
    return app
