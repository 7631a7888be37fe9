"""One request to Autotask, patiently: budget, slots, retries with jitter, and every foreign error mapped.

A read may be asked again when no answer came; a write only when it surely was not done: a time-out, a broken
connection or a 502 after a write is ``OutcomeUnknown``, and whoever wrote looks what became of it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from random import Random
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import structlog

from ingest.autotask.complaints import Again, Complaint, judge, unanswered, unreadable, unsent
from ingest.autotask.credentials import Credentials
from ingest.autotask.limits import Allowance, Budget
from ingest.autotask.values import threshold_of
from ingest.autotask.zone import Zone
from models.clock import Clock
from models.errors import AutotaskError, BadAnswer, BudgetSpent, NotFound, Throttled, Unreachable
from models.instants import SECOND, Instant, to_instant

ATTEMPTS = 5
FEW_ATTEMPTS = 3
MOST_SECONDS = 120.0
"""For one answer, and for one wait: whoever asked can do better with a longer one."""

MOST_BYTES = 32 * 1024 * 1024
THRESHOLD = "ThresholdInformation"
_FIRST_DELAY_SECONDS = 1.0
_LONGEST_DELAY_SECONDS = 30.0
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

Sleep = Callable[[float], Awaitable[None]]
log: Any = structlog.get_logger()


class Observer(Protocol):
    """Whoever counts requests. ``endpoint``: the collection asked; ``outcome``: ``ok`` or an error's reason word."""

    def requested(self, endpoint: str, outcome: str) -> None:
        """One request was answered, or was not."""
        ...

    def budget_used(self, ratio: float) -> None:
        """The part of our hourly share that is used now."""
        ...


class NoObserver:
    """Counts nothing."""

    def requested(self, endpoint: str, outcome: str) -> None:
        """Nothing."""

    def budget_used(self, ratio: float) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object, the answer's ``Date``, and the lower bound of when what it says was read (design §4)."""

    document: dict[str, Any]
    server_at: Instant | None
    read_at: Instant | None
    error: NotFound | None = None

    def times(self) -> tuple[Instant, Instant]:
        """``read_at`` and ``server_at``; ``BadAnswer`` without a ``Date``, for our own clock is no substitute."""
        if self.server_at is None or self.read_at is None:
            raise BadAnswer("an answer without a Date")
        return self.read_at, self.server_at


class Caller:
    """Sends requests below a zone's base address."""

    def __init__(  # noqa: PLR0913 - each is a seam of its own
        self,
        credentials: Credentials,
        zone: Zone,
        http: httpx.AsyncClient,
        budget: Budget,
        allowance: Allowance,
        *,
        clock: Clock,
        sleep: Sleep,
        rng: Random,
        observer: Observer,
    ) -> None:
        self._credentials = credentials
        self._zone = zone
        self._http = http
        self._budget = budget
        self._allowance = allowance
        self._clock = clock
        self.sleep = sleep
        self._rng = rng
        self._observer = observer

    def leaving(self, left: float) -> Caller:
        """The same for work that is not urgent: it leaves this part of the budget to others."""
        other = copy(self)
        other._allowance = self._budget.leaving(left)  # noqa: SLF001 - a copy of our own
        return other

    async def call(
        self, verb: str, path: str, body: object = None, *, write: bool = False, absent: bool = False
    ) -> Answer:
        """The answer to one request; ``path`` is below the base address, or a whole address Autotask gave.

        ``absent``: "there is none" is an answer too, an empty one. ``AutotaskError`` when no answer can be had.
        """
        answer = await self._patiently(verb, path, body, write=write)
        if answer.error is not None and not absent:
            raise answer.error
        if path != THRESHOLD and self._budget.asks_threshold():
            await self._look_at_threshold()
        return answer

    async def _patiently(self, verb: str, path: str, body: object, *, write: bool) -> Answer:
        endpoint = endpoint_of(path)
        moved = False
        attempt = 0
        while True:
            attempt += 1
            try:
                base = await self._zone.base()
            except (Unreachable, Throttled) as undiscovered:
                if attempt == FEW_ATTEMPTS:
                    raise
                await self.sleep(self._delay(undiscovered, attempt))
                continue
            answer = await self._attempt(verb, self._address(base, path), body, endpoint, write=write)
            if isinstance(answer, Answer):
                return answer
            error = answer.error
            if answer.again is Again.ELSEWHERE and self._zone.can_move and not moved:
                moved = True
                if await self._zone.base(instead_of=base) != base:
                    continue
            if not _may_repeat(answer.again, attempt, write=write):
                raise error
            await self.sleep(self._delay(error, attempt))

    async def _attempt(self, verb: str, url: str, body: object, endpoint: str, *, write: bool) -> Answer | Complaint:
        async with self._budget.slots.of(endpoint):
            await self._wait_for_budget()
            answer = await self._send(verb, url, body, write=write)
        outcome = "ok" if answer.error is None else answer.error.reason
        self._observer.requested(endpoint, outcome)
        self._observer.budget_used(self._budget.used_ratio)
        return answer

    async def _send(self, verb: str, url: str, body: object, *, write: bool) -> Answer | Complaint:
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers = {**self._credentials.headers(), "Content-Type": "application/json", "Accept": "application/json"}
        request = self._http.build_request(verb, url, content=content, headers=headers)
        started, clock_started = time.perf_counter(), self._clock.now()
        try:
            async with asyncio.timeout(MOST_SECONDS):
                response = await self._http.send(request, stream=True, follow_redirects=False)
                # Whichever clock says more: a wall clock may be set back, a simulated one runs faster.
                waited = max(int((time.perf_counter() - started) * SECOND), self._clock.now() - clock_started)
                try:
                    raw = await _bounded(response)
                finally:
                    await response.aclose()
        except _UNSENT as error:
            return unsent(error)
        except httpx.InvalidURL as error:
            return Complaint(BadAnswer(type(error).__name__))
        except (httpx.HTTPError, TimeoutError) as error:
            return unanswered(error, write=write)
        if raw is None:
            return Complaint(BadAnswer(f"an answer of more than {MOST_BYTES} bytes"))
        complaint = judge(response.status_code, response.headers, raw, self._clock.now(), write=write)
        if complaint is None:
            document = _object(raw)
            if document is None:
                return unreadable("no JSON object", write=write)
            return Answer(document, *_times(response.headers, waited))
        self._redact(complaint.error)
        if isinstance(complaint.error, NotFound):
            return Answer({}, *_times(response.headers, waited), complaint.error)
        return complaint

    async def _wait_for_budget(self) -> None:
        while (wait := self._allowance.take()) > 0:
            if wait > MOST_SECONDS:
                self._observer.budget_used(self._budget.used_ratio)
                raise BudgetSpent(f"free again in {wait:.0f} s", retry_after_seconds=wait)
            await self.sleep(wait)

    async def _look_at_threshold(self) -> None:
        try:
            answer = await self._patiently("GET", THRESHOLD, None, write=False)
            threshold = threshold_of(answer.document)
        except AutotaskError as error:  # what was asked for was answered; this is asked again in five minutes
            log.warning("autotask_threshold_unread", reason=error.reason)
            return
        self._budget.told(threshold)
        if self._budget.pace < 1.0:
            log.warning("autotask_tenant_busy", used=threshold.used, limit=threshold.limit, pace=self._budget.pace)

    def _delay(self, error: AutotaskError, attempt: int) -> float:
        grown = min(_LONGEST_DELAY_SECONDS, _FIRST_DELAY_SECONDS * 2 ** (attempt - 1))
        delay: float = grown * self._rng.uniform(0.5, 1.0)
        if isinstance(error, Throttled) and error.retry_after_seconds is not None:
            if error.retry_after_seconds > MOST_SECONDS:
                raise error
            return error.retry_after_seconds + delay
        return delay

    def _address(self, base: str, path: str) -> str:
        """The whole address; one that Autotask gave must lie where the secret may go."""
        if not path.lower().startswith(("http://", "https://")):
            return base + path
        given, ours = urlsplit(path), urlsplit(base)
        if (given.scheme, given.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
            raise BadAnswer("the next page lies on another host")
        return path

    def _redact(self, error: AutotaskError) -> None:
        error.detail = self._credentials.redact(error.detail)
        error.args = tuple(self._credentials.redact(str(part)) for part in error.args)


def endpoint_of(path: str) -> str:
    """The collection a path asks, as a bounded label: ``Tickets`` of ``Tickets/query`` and of a next page's address."""
    parts = [part for part in urlsplit(path).path.split("/") if part]
    lowered = [part.lower() for part in parts]
    start = lowered.index("v1.0") + 1 if "v1.0" in lowered else 0
    return parts[start] if len(parts) > start else "unknown"


def _may_repeat(again: Again, attempt: int, *, write: bool) -> bool:
    if again is Again.SURELY:
        return attempt < ATTEMPTS
    if write:
        return False
    return (again is Again.IF_READ and attempt < ATTEMPTS) or (
        again is Again.IF_READ_AND_FEW and attempt < FEW_ATTEMPTS
    )


async def _bounded(response: httpx.Response) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _times(headers: httpx.Headers, waited: Instant) -> tuple[Instant | None, Instant | None]:
    """The answer's ``Date``, and the lower bound of when what it says was read."""
    try:
        server_at = to_instant(parsedate_to_datetime(headers["date"]))
    except (KeyError, ValueError):
        return None, None
    return server_at, server_at - waited - SECOND
