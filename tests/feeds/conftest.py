"""What tests of the feeds hold: a tenant, a clock moved by hand, feeds that run when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from ingest import inbox, observations
from ingest.feeds import store
from ingest.feeds.plan import CHANGE_FEEDS
from ingest.feeds.polling import Poller
from ingest.feeds.registration import Looked, Watcher
from ingest.feeds.runner import Runner, feeds
from ingest.feeds.source import Kit
from ingest.feeds.store import Standing
from ingest.webhooks import fact_of
from models.clock import ManualClock
from models.database import Database
from models.entities import SOURCE_GAP, TICKET, Observation
from models.errors import Unreachable
from models.inbox import StoredFact
from models.instants import SECOND, Instant, parse_instant
from service.projection.fold import EntityState
from tests.feeds.tenant import Tenant

NOON: Instant = parse_instant("2026-03-03T12:00:00Z")


@dataclass
class Shop:
    """A database with feeds on a tenant."""

    main: Database
    clock: ManualClock
    tenant: Tenant
    only_tickets: bool = False
    webhooks: dict[str, bool] | None = None
    mended: frozenset[str] = frozenset()
    used: float = 0.0
    business: bool = True
    checks: int = 0
    checks_fail: bool = False
    runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A worker takes the lead: feeds that remember only what the database holds."""
        kit = Kit(self.tenant, self.main, self.clock)
        if self.only_tickets:
            watcher = Watcher(kit, self._check, lambda _: self.business)
            tickets = next(feed for feed in CHANGE_FEEDS if feed.entity == TICKET)
            self.runner = Runner(kit, [watcher, Poller(kit, tickets, watcher)], lambda: self.used)
            return
        self.runner = feeds(kit, check=self._check, is_business=lambda _: self.business, used=lambda: self.used)

    async def _check(self) -> Looked:
        self.checks += 1
        if self.checks_fail:
            raise Unreachable("502")
        looked = Looked(dict(self.webhooks or {}), self.mended)
        self.mended = frozenset()
        return looked

    async def run(self, seconds: float, step: float = 1.0) -> None:
        """Let so many seconds pass, in steps, with everything that is due done at each."""
        for _ in range(round(seconds / step)):
            await self.runner.turn()
            await self.runner.settle()
            self.clock.advance(round(step * SECOND))
        await self.runner.turn()
        await self.runner.settle()

    def stored(self) -> list[StoredFact]:
        """Every fact."""
        with self.main.read() as connection:
            return inbox.read_after(connection, 0, 100_000)

    def seen(self, entity_type: str, entity_id: int | None = None) -> list[Observation]:
        """The observations of an entity, or of all of its type, in the order of arrival."""
        read = [observations.read(one) for one in self.stored()]
        found = [one for one in read if one is not None and one.entity_type == entity_type]
        return [one for one in found if entity_id in (None, one.entity_id)]

    def state(self, entity_type: str, entity_id: int) -> EntityState:
        """An entity as the ledger would fold it."""
        state = EntityState(entity_type, entity_id)
        for one in self.seen(entity_type, entity_id):
            state.fold(one)
        return state

    def standing(self, name: str) -> Standing:
        """How far a feed came."""
        with self.main.read() as connection:
            return store.standing(connection, name)

    def gaps(self) -> list[tuple[Instant, Instant | None]]:
        """The gaps as folded: start and end, as seconds after noon."""
        ids = sorted({one.entity_id for one in self.seen(SOURCE_GAP)})
        found = [self.state(SOURCE_GAP, one) for one in ids]
        return [(_seconds(one.number("startedAt")) or 0, _seconds(one.number("endedAt"))) for one in found]

    def event(self, entity_type: str, entity_id: int, action: str = "Update", **fields: Any) -> None:
        """A webhook event that has come in, stamped with the tenant's whole second."""
        body = orjson.dumps(
            {
                "Action": action,
                "EntityType": entity_type,
                "Id": entity_id,
                "Fields": fields,
                "EventTime": self.tenant.text[:19] + "Z",
                "SequenceNumber": len(self.stored()),
            }
        )
        with self.main.write() as connection:
            inbox.append(connection, [fact_of(body, self.clock.now())])


def _seconds(value: int | None) -> int | None:
    return None if value is None else round((value - NOON) / SECOND)


@pytest.fixture
def shop(database: Database) -> Shop:
    """A tenant at noon, and feeds that have not run."""
    clock = ManualClock(NOON)
    return Shop(database, clock, Tenant(clock))
