"""Looking at the registered webhooks again: every hour, after a hint, and after silence in business hours.

A ``Deactivated`` callout is not signed: it is a reason to look, and nothing more. Silence is one when tickets changed
by what the feed saw, it is business time, and no event came in for half an hour.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from ingest.feeds import store, watch
from ingest.feeds.source import Kit, server_time
from ingest.feeds.store import Asked
from models.entities import TICKET
from models.errors import AutotaskError
from models.feeds import NudgeKind
from models.inbox import Origin
from models.instants import HOUR, MINUTE, SECOND, Instant


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look over REST found: of each entity whether its webhook reaches us now; those that had to be mended
    for it, which nobody knows since when they did not."""

    active: Mapping[str, bool]
    mended: frozenset[str] = frozenset()


Check = Callable[[], Awaitable[Looked]]
"""Looks, and mends what is damaged; nothing is active where none is installed."""

IsBusiness = Callable[[Instant], bool]

LOOK_EVERY: Instant = HOUR
AGAIN_AFTER: Instant = 5 * MINUTE
SILENT_AFTER: Instant = 30 * MINUTE
SILENCE_EVERY: Instant = 15 * MINUTE
log: Any = structlog.get_logger()


class Watcher:
    """Keeps the watch over tickets: looks at the webhooks when that is due, and says when nobody watches."""

    name = "webhooks"
    every: Instant = 10 * SECOND
    essential = True

    def __init__(self, kit: Kit, check: Check | None, is_business: IsBusiness) -> None:
        self._kit = kit
        self._check = check
        self._is_business = is_business
        self._ahead: Instant | None = None
        self._looked_at: Instant | None = None
        self._not_before: Instant = 0

    def server_said(self, server_at: Instant) -> None:
        """Autotask's clock, as an answer that just came said it."""
        self._ahead = server_at - self._kit.clock.now()

    async def run(self) -> None:
        """Look, if there is a reason to; then say if nobody watches."""
        now = self._kit.clock.now()
        with self._kit.main.read() as connection:
            hints = store.asked(connection, (NudgeKind.REGISTRATION,), 1)
            heard_at = store.last_heard(connection, TICKET, Origin.WEBHOOK.value)
            read_at = store.last_heard(connection, TICKET, Origin.REST.value)
        try:
            if self._check is not None and now >= self._not_before and (hints or self._is_due(now, heard_at, read_at)):
                await self._look(self._check, hints)
        finally:
            self._say()

    async def _look(self, check: Check, hints: list[Asked]) -> None:
        try:
            if self._ahead is None and (at := await server_time(self._kit.source, "Tickets")) is not None:
                self.server_said(at)
            found = await check()
        except AutotaskError as error:
            self._failed(error)
            return
        now = self._looked_at = self._kit.clock.now()
        with self._kit.main.write() as connection:
            watch.found_registered(connection, found.active, found.mended, self._server_now, now)
            store.answered(connection, hints)
            store.succeeded(connection, self.name, reached=None, at=now)

    def _failed(self, error: AutotaskError) -> None:
        """Try again in a while; what was known of the webhooks stays."""
        log.warning("webhooks_not_seen", reason=error.reason, detail=str(error))
        now = self._kit.clock.now()
        self._not_before = now + AGAIN_AFTER
        with self._kit.main.write() as connection:
            store.failed(connection, self.name, error.reason, now)

    def _say(self) -> None:
        """Record the gap when nobody watches."""
        with self._kit.main.read() as connection:
            if not watch.is_silent(connection, self._server_now):
                return
        with self._kit.main.write() as connection:
            watch.tickets_unread(connection, self._server_now, self._kit.clock.now())

    @property
    def _server_now(self) -> Instant:
        return self._kit.clock.now() + (self._ahead or 0)

    def _is_due(self, now: Instant, heard_at: Instant | None, read_at: Instant | None) -> bool:
        if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
            return True
        if now - self._looked_at < SILENCE_EVERY or read_at is None or not self._is_business(now):
            return False
        return heard_at is None or (now - heard_at > SILENT_AFTER and read_at > heard_at)
