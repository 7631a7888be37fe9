"""A week in one process: the make-believe Autotask, the web app and the feeds, by one clock that is moved by hand.

Nothing listens and nobody sleeps: the client asks the REST door, and the dispatcher the web app, as ASGI apps; where
the client would wait between two attempts the clock goes on instead. Whatever the world does is applied as the clock
passes it. While nothing happens the clock jumps: see ``Rig.idle_until``.
"""

from __future__ import annotations

import tomllib
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar, cast

import httpx
from pydantic import SecretStr
from sqlalchemy import Table, update

from ingest.autotask import registration
from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import credentials_of
from ingest.backfill.backfill import Backfill
from ingest.feeds import watch
from ingest.feeds.source import Kit
from ingest.history.importer import HistoryImporter
from ingest.reconcile.error_log import Drained, drain
from ingest.reconcile.reconciler import Reconciler
from models.clock import ManualClock
from models.database import Database
from models.feeds import Door, Watch
from models.instants import HOUR, MINUTE, SECOND, Instant, parse_instant, to_datetime
from models.policy import Policy
from models.settings import Settings, load_settings
from service.autotask import Autotask
from service.feeding import Feeding
from service.histories import WantedHistories
from service.serve import web_app
from simulator.autotask.app import Api, create_app
from simulator.autotask.changes import Change
from simulator.autotask.dispatcher import Dispatcher
from simulator.autotask.faults import Faults
from simulator.autotask.picklists import Picklists
from simulator.autotask.tenant import Tenant
from simulator.callouts import Action
from simulator.world import policy_text
from simulator.world.picklists import LABELS
from tests.door import SECRET, TOKEN
from tests.scorecards.shop import Shop

BEAT: Instant = 15 * SECOND
FOLLOWS: Instant = 2_500_000
"""After a turn of the feeds those that follow the inbox take another; after a deletion one more, a minute later."""

_WATCH = cast(Table, Watch.__table__)  # type: ignore[attr-defined]
_DOOR = cast(Table, Door.__table__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Story:
    """What happens, in order; before ``begins`` nobody listened, what is older than the rest is the past."""

    changes: Sequence[Change]
    begins: Instant
    ends: Instant


def picklists() -> Picklists:
    """The world's."""
    elsewhere = {
        "timeOffStatus": ("TimeOffRequests", "status"),
        "configurationItemType": ("ConfigurationItems", "configurationItemType"),
    }
    return Picklists({elsewhere.get(name, ("Tickets", name)): labels for name, labels in LABELS.items()})


def settings_of(database: Database, hourly: int) -> Settings:
    """A service that knows its Autotask, and whose door Autotask can find."""
    return load_settings(
        database_url=database.url.render_as_string(hide_password=False),
        auth="open",
        public_url="http://127.0.0.1",
        webhook_token=SecretStr(TOKEN),
        webhook_secrets=(SecretStr(SECRET),),
        autotask_username="techscore@example.test",
        autotask_secret=SecretStr("simulated-secret"),
        autotask_integration_code=SecretStr("SIMULATEDTRACKINGIDENTIFIER"),
        autotask_zone_url="http://127.0.0.1/atservicesrest",
        autotask_hourly_budget=hourly,
    )


class Rig:
    """One service on one tenant. Made by ``rigged``."""

    def __init__(self, database: Database, story: Story, faults: Faults, hourly: int) -> None:
        self.main = database
        self.clock = ManualClock(story.begins)
        self.tenant = Tenant(picklists=picklists())
        self.settings = settings_of(database, hourly)
        self.app = create_app(self.tenant, self.clock, faults, sleep=self.sleep)
        self.api: Api = self.app.state.api
        self.autotask = Autotask(self.settings, clock=self.clock)
        self.client = AutotaskClient(
            credentials_of(self.settings),
            zone_url=self.settings.autotask_zone_url,
            budget=self.autotask.budget,
            transport=httpx.ASGITransport(self.app),
            clock=self.clock,
            sleep=self.sleep,
            rng=Random(7),
        )
        self.service = web_app(self.settings, database=database, clock=self.clock, tick=self._tick)
        self.shop = Shop(database, now="2000-01-01", policy=Policy.model_validate(tomllib.loads(policy_text())))
        self.outward = httpx.AsyncClient(transport=_Line(self), base_url="http://127.0.0.1")
        extension = f"http://127.0.0.1/webhooks/autotask/{TOKEN}/callout"
        self.dispatcher = Dispatcher(self.tenant, self.outward, faults, extension_url=extension)
        self.undelivered: dict[int, str] = {}  # what the error log ever held; rows that were drained are deleted there
        self._error_log = self.tenant.tables["WebhookEventErrorLogs"].rows
        self.is_up = True
        self._beat_at: Instant = 0
        self._coming = deque(story.changes)
        self._turn_at: Instant = 0
        self._turned_at: Instant = 0
        self._deleted_at: Instant = 0
        self.feeding = Feeding(self.settings, self.autotask, database, self.clock)
        self.runner = self.feeding.runner(self.client)

    async def sleep(self, seconds: float) -> None:
        """The client waits: time passes."""
        self._pass_to(self.clock.now() + round(seconds * SECOND))

    def set_faults(self, **changed: Any) -> None:
        """Other faults from now on."""
        self.api.faults = replace(self.api.faults, **changed)
        self.dispatcher.faults = replace(self.dispatcher.faults, **changed)

    def past(self, begins: Instant) -> None:
        """What had happened before anybody listened."""
        while self._coming and self._coming[0].at < begins:
            self.tenant.apply(self._coming.popleft())
        self.tenant.outbox.clear()

    async def set_up(self, *, webhooks: bool = True, days: int = 60) -> None:
        """Backfill, and install the webhooks."""
        since = self.clock.now() - days * 24 * HOUR
        await Backfill(self.client, self.main, self.clock, since, lambda _: None, self.client.pause).run()
        if webhooks:
            await registration.mend(self.client, self.settings)
        self._beat()

    async def go_down(self) -> None:
        """The service ends."""
        self.is_up = False
        await self.runner.close()

    async def come_up(self) -> None:
        """The service is started again; it knows what its database holds."""
        self.is_up = True
        self._beat()
        self.runner = self.feeding.runner(self.client)
        for _ in range(5):
            await self.runner.turn()
            await self.runner.settle()
            self._pass_to(self.clock.now() + 4 * SECOND)

    async def run_to(self, end: Instant) -> None:
        """Let everything happen until then."""
        while self.clock.now() < end:
            following = self._next(end)
            if following - self.clock.now() > 30 * SECOND and self.is_up:
                self._idle_until(following - SECOND)
            self._pass_to(following)
            await self._look()

    @property
    def _turns(self) -> tuple[Instant, Instant]:
        return self._turn_at, self._turn_at + FOLLOWS

    def _soon(self) -> None:
        """The feeds ask every ten seconds: the next time falls anywhere within these."""
        now = self.clock.now()
        if self._turn_at <= self._turned_at:
            self._turn_at = now + 300_000 + now // 1_000 % 97 * 100_000

    async def _look(self) -> None:
        attempts = self.dispatcher.attempts
        await self.dispatcher.step(self.clock.now())
        if self.dispatcher.attempts != attempts:
            self._soon()
        now = self.clock.now()
        if not any(self._turned_at < one <= now for one in self._turns) and now - self._turned_at < 30 * SECOND:
            return
        self._turned_at = now
        self.undelivered |= {one: str(row["payload"]) for one, row in self._error_log.items()}
        if self.is_up:
            if self.clock.now() - self._beat_at >= BEAT:
                self._beat()
            await self.runner.turn()
            await self.runner.settle()

    def _next(self, end: Instant) -> Instant:
        """The next moment to look at: of a change, of a callout, or of a turn of the feeds soon after these."""
        now = self.clock.now()
        moments = [max(one, now + 1) for one in self._turns if one > self._turned_at]
        moments.append(self._deleted_at + 61 * SECOND)
        if self._coming:
            moments.append(self._coming[0].at)
        if (due := self.dispatcher.next_at) is not None:
            moments.append(max(due, now + 1))
        return min((one for one in moments if one > now), default=end) if now < end else end

    def _pass_to(self, moment: Instant) -> None:
        while self._coming and self._coming[0].at <= moment:
            change = self._coming.popleft()
            self.clock.set(max(self.clock.now(), change.at))
            self.tenant.apply(change)
            self._soon()
            self._deleted_at = change.at if change.action is Action.DELETE else self._deleted_at
        self.clock.set(max(self.clock.now(), moment))

    def _idle_until(self, moment: Instant) -> None:
        """Nothing happens until then: what thousands of empty polls would leave behind is that they had read so far."""
        with self.main.write() as connection:
            connection.execute(
                update(_WATCH).where(_WATCH.c.gap_open.is_(False)).values(watched_until=to_datetime(moment))
            )
            connection.execute(update(_DOOR).values(beat_at=to_datetime(moment)))
        self._beat_at = moment

    def _beat(self) -> None:
        self._beat_at = self.clock.now()
        with self.main.write() as connection:
            watch.door_is_open(connection, self._beat_at)

    async def settle(self, end: Instant) -> None:
        """Run on until every callout is delivered or given up and every feed has come by twice; then it is ``end``."""
        await self.run_to(end - 40 * MINUTE)
        for _ in range(5):
            self._pass_to(self.clock.now() + 31 * SECOND)
            await self._look()

    async def reconcile(self) -> tuple[str, Drained]:
        """As ``techscore reconcile`` does."""
        kit = Kit(self.client, self.main, self.clock)
        told = await Reconciler(kit, 35, lambda _: None, self.client.pause).run()
        return told, await drain(self.client, self.main, self.clock)

    async def import_histories(self) -> None:
        """Let the importer's turns come until nothing is wanted, or it brings nothing more."""
        wanted_histories, before = WantedHistories(self.main, self.clock), list[int]()
        while (wanted := wanted_histories()) != before:
            before = wanted
            for _ in range(len(wanted) // 20 + 9):  # one that failed before waits for up to five minutes
                self._pass_to(self.clock.now() + 40 * SECOND)
                await self._look()
            self.project()

    async def import_all_histories(self) -> None:
        """Those of every other ticket too: of what was before the service, two services then know the same."""
        importer = HistoryImporter(
            self.client, self.main, self.clock, lambda: sorted(self.tenant.tables["Tickets"].rows)
        )
        for _ in range(len(self.tenant.tables["Tickets"]) // 20 + 1):
            await importer.run()
        self.project()

    def project(self, at: Instant | None = None) -> None:
        """The ledger catches up, at the clock's time or at a later one."""
        self.shop.harness.advance_to(max(at or self.clock.now(), self.shop.harness.clock.now()))

    async def get(self, path: str) -> Any:
        """A document of the API."""
        answer = await self.outward.get(path)
        assert 200 == answer.status_code, answer.text
        return answer.json()

    def counts(self) -> Mapping[str, Counter[str]]:
        """Faults that happened, by kind and entity; ``sent``: callouts there were."""
        found: dict[str, Counter[str]] = {"sent": Counter(self.dispatcher.sent)}
        for dice in (self.dispatcher.dice, self.api.dice):
            for (kind, entity), number in dice.counts.items():
                found.setdefault(kind, Counter())[entity] += number
        return found

    def _tick(self) -> float:
        return self.clock.now() / SECOND


class _Line(httpx.AsyncBaseTransport):
    """The way to the service; while it is down nobody answers."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._there = httpx.ASGITransport(rig.service)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self._rig.is_up:
            raise httpx.ConnectError("connection refused", request=request)
        return await self._there.handle_async_request(request)


AnyRig = TypeVar("AnyRig", bound=Rig)


def rigged(database: Database, told: Story, faults: Faults, *, hourly: int = 8_000) -> AbstractAsyncContextManager[Rig]:
    """A rig while its web app runs."""
    return running(Rig(database, told, faults, hourly), told)


@asynccontextmanager
async def running(rig: AnyRig, told: Story) -> AsyncIterator[AnyRig]:
    """The rig while its web app runs; what was before the story begins has happened."""
    rig.past(told.begins)
    async with AsyncExitStack() as stack:
        stack.callback(rig.shop.close)
        stack.push_async_callback(rig.client.aclose)
        await stack.enter_async_context(rig.service.router.lifespan_context(rig.service))
        await stack.enter_async_context(rig.outward)
        stack.push_async_callback(rig.go_down)
        yield rig


def instant(text: str) -> Instant:
    """An ISO time."""
    return parse_instant(text)


def story(changes: Iterable[Change], begins: str, ends: str) -> Story:
    """A story from texts."""
    return Story(tuple(changes), instant(begins), instant(ends))
