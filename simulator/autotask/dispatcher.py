"""Sends due callouts to the webhooks' URLs by Autotask's rules (reference/autotask.md §2.4).

Five attempts 30 s apart, then the error log; while one is retried, later ones of the same webhook and type wait;
25 failures in a row disable the webhook, and ``Deactivated`` goes to its deactivation URL. Driven by ``step``: every
attempt is made at its own simulated instant, however far the clock has jumped.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx

from models.clock import Clock
from models.instants import SECOND, Instant
from simulator.autotask.faults import Dice, Faults
from simulator.autotask.schema import FAMILIES, Row
from simulator.autotask.tenant import Nudge, Outgoing, Tenant
from simulator.callouts import sign, wire_time
from simulator.dotnet_json import dumps

ATTEMPTS = 5
SPACING: Instant = 30 * SECOND
MOST_FAILURES = 25
TIMEOUT_SECONDS = 10.0
_MOST_PAYLOAD = 8_000
_KEPT: Instant = 30 * 24 * 3_600 * SECOND

Key = tuple[str, int, str, int]
"""Family, webhook, action, and a number of its own for events that are out of order."""


class Dispatcher:
    """Takes callouts from the tenant's outbox and delivers them. ``extension_url`` gets the nudges."""

    def __init__(
        self,
        tenant: Tenant,
        client: httpx.AsyncClient,
        faults: Faults | None = None,
        *,
        extension_url: str | None = None,
    ) -> None:
        self.faults = faults or Faults()
        self.dice = Dice(self.faults.seed)
        self.sent: Counter[str] = Counter()
        self.attempts = 0
        self.extension_url = extension_url
        self._tenant = tenant
        self._client = client
        self._queues: dict[Key, deque[Outgoing]] = {}
        self._heads: list[tuple[Instant, int, Key, int]] = []
        self._nudges: deque[Nudge] = deque()
        self._failures: Counter[tuple[str, int]] = Counter()
        self._count = 0

    async def step(self, now: Instant) -> None:
        """Make every attempt due by ``now``, in order of time."""
        self._take()
        while self._nudges and self._nudges[0].at <= now:
            nudge = self._nudges.popleft()
            if self.extension_url is not None:
                await self._post(self.extension_url, data={"id": str(nudge.ticket_id)})
        while self._heads and self._heads[0][0] <= now:
            at, _, key, attempt = heapq.heappop(self._heads)
            await self._attempt(at, key, attempt)
        self._forget(now)

    async def run(self, clock: Clock, wait: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Step for ever; cancel to stop."""
        while True:
            await self.step(clock.now())
            await wait(0.1)

    @property
    def waiting(self) -> int:
        """Callouts not yet delivered or given up."""
        return sum(map(len, self._queues.values())) + len(self._tenant.outbox)

    @property
    def next_at(self) -> Instant | None:
        """When ``step`` has something to do again; ``None``: when something happens."""
        self._take()
        return min([at for at, *_ in self._heads[:1]] + [one.at for one in list(self._nudges)[:1]], default=None)

    def _take(self) -> None:
        while self._tenant.outbox:
            one = self._tenant.outbox.popleft()
            if isinstance(one, Nudge):
                self._nudges.append(one)
            else:
                self._plan(one)

    def _plan(self, one: Outgoing) -> None:
        faults, dice = self.faults, self.dice
        entity = FAMILIES[one.family][0]
        key = (one.entity_id, one.action, one.sequence, one.webhook_id)
        self.sent[entity] += 1
        if dice.falls("lost", entity, faults.lost_share, key):
            self._log(one, one.at, "The callout could not be delivered.")
            return
        own = 0
        if dice.falls("reordered", entity, faults.reordered_share, key):
            self._count += 1
            own, one = self._count, replace(one, at=one.at + faults.reordered_seconds * SECOND)
        elif dice.falls("delayed", entity, faults.delayed_share, key):
            one = replace(one, at=one.at + faults.delayed_seconds * SECOND)
        copies = 2 if dice.falls("duplicated", entity, faults.duplicated_share, key) else 1
        for _ in range(copies):
            self._enqueue((one.family, one.webhook_id, one.action, own), one)

    def _enqueue(self, key: Key, one: Outgoing) -> None:
        queue = self._queues.setdefault(key, deque())
        queue.append(one)
        if len(queue) == 1:
            self._schedule(one.at, key, 1)

    def _schedule(self, at: Instant, key: Key, attempt: int) -> None:
        self._count += 1
        heapq.heappush(self._heads, (at, self._count, key, attempt))

    async def _attempt(self, at: Instant, key: Key, attempt: int) -> None:
        queue = self._queues.get(key)
        family, webhook_id = key[:2]
        webhook = self._tenant.tables[f"{family}Webhooks"].rows.get(webhook_id)
        if not queue or webhook is None or not webhook.get("isActive"):
            self._queues.pop(key, None)
            return
        one = queue[0]
        if await self._delivered(webhook["webhookUrl"], one.body, str(webhook.get("secretKey") or "")):
            self._failures[family, webhook_id] = 0
        elif attempt < ATTEMPTS:
            self._schedule(at + SPACING, key, attempt + 1)
            return
        else:
            await self._give_up(one, webhook, at)
        queue.popleft()
        if queue and key in self._queues:
            self._schedule(max(at, queue[0].at), key, 1)
        else:
            self._queues.pop(key, None)

    async def _give_up(self, one: Outgoing, webhook: Row, at: Instant) -> None:
        self._log(one, at, f"The callout failed after {ATTEMPTS} attempts.")
        self._failures[one.family, one.webhook_id] += 1
        if self._failures[one.family, one.webhook_id] >= MOST_FAILURES:
            self._failures[one.family, one.webhook_id] = 0
            await self.deactivate(one.family, webhook)

    async def deactivate(self, family: str, webhook: Row) -> None:
        """Disable a webhook, drop what waits for it, and say so at its deactivation URL."""
        webhook["isActive"] = False
        for key in [key for key in self._queues if key[:2] == (family, webhook["id"])]:
            del self._queues[key]
        body = dumps({"Action": "Deactivated", "Guid": webhook["webhookGUID"]})
        await self._delivered(str(webhook.get("deactivationUrl")), body, str(webhook.get("secretKey") or ""))

    async def _delivered(self, url: str, body: bytes, secret: str) -> bool:
        headers = {"Content-Type": "application/json", "X-Hook-Signature": sign(body, secret)}
        return await self._post(url, content=body, headers=headers)

    async def _post(
        self,
        url: str,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        data: dict[str, str] | None = None,
    ) -> bool:
        self.attempts += 1
        try:
            answer = await self._client.post(url, content=content, headers=headers, data=data, timeout=TIMEOUT_SECONDS)
        except httpx.HTTPError:
            return False
        return answer.is_success

    def _log(self, one: Outgoing, at: Instant, message: str) -> None:
        keeps = self.dice.falls(
            "payload_kept", FAMILIES[one.family][0], self.faults.payload_share, (one.webhook_id, one.sequence)
        )
        self._tenant.log_error(
            {
                "accountWebhookID": one.webhook_id if one.family == "Company" else None,
                "contactWebhookID": one.webhook_id if one.family == "Contact" else None,
                "createDateTime": wire_time(at),
                "errorMessage": message,
                "payload": _kept(one.body.decode("ascii"), whole=keeps),
                "sequenceNumber": one.sequence,
            }
        )

    def _forget(self, now: Instant) -> None:
        self._tenant.forget_errors(now - _KEPT)


def _kept(payload: str, *, whole: bool) -> str:
    """The payload as the log keeps it: a long one is cut off (reference/autotask.md §2.4), that of a delete never."""
    if whole or '"Fields":{}' in payload:
        return payload[:_MOST_PAYLOAD]
    return payload[: payload.index('"Fields":') + len('"Fields":{')]
