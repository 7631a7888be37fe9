"""The client and the registration against the make-believe Autotask, over its whole REST surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import httpx
import pytest

from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import Credentials
from ingest.autotask.filters import eq, is_in, since
from ingest.autotask.hooks import HOOKS
from ingest.autotask.limits import Budget
from ingest.autotask.permissions import sight
from ingest.autotask.registration import check, mend, recheck, remove
from models.clock import ManualClock
from models.errors import PermissionMissing, Unauthorized
from models.instants import SECOND, Instant
from simulator.autotask.app import Api, create_app
from simulator.autotask.changes import Change
from simulator.autotask.faults import Faults
from simulator.autotask.tenant import Tenant
from simulator.callouts import Action
from tests.ingest.autotask.hookstand import settings
from tests.ingest.autotask.stand import START

ROWS = 1_234


class World:
    """A tenant with tickets, its API, and a client; waiting moves the clock of all three."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.clock = ManualClock(START)
        self.tenant = Tenant()
        app = create_app(self.tenant, self.clock, faults or Faults(), sleep=self.sleep)
        self.api: Api = app.state.api
        account = self.tenant.account
        self.client = AutotaskClient(
            Credentials(account.username, account.secret, account.integration_code),
            zone_url="http://127.0.0.1/atservicesrest",
            budget=Budget(10_000, self.clock),
            transport=httpx.ASGITransport(app),
            clock=self.clock,
            sleep=self.sleep,
            rng=Random(1),
        )

    async def sleep(self, seconds: float) -> None:
        """Wait by moving the clock."""
        self.clock.advance(int(seconds * SECOND))

    def ticket(self, number: int, at: Instant = START, action: Action = Action.CREATE, **fields: Any) -> None:
        """Something happens to a ticket."""
        self.tenant.apply(Change(at, action, "Tickets", number, fields, 5))


def _damages() -> dict[str, Callable[[World], None]]:
    def row(**values: Any) -> Callable[[World], None]:
        return lambda world: next(iter(world.tenant.tables["TicketWebhooks"].rows.values())).update(values)

    def drop(world: World) -> None:
        rows = world.tenant.tables["TicketWebhookFields"]
        rows.remove(min(rows.rows))

    def delete(world: World) -> None:
        rows = world.tenant.tables["TicketWebhooks"]
        rows.remove(min(rows.rows))

    return {
        "inactive": row(isActive=False),
        "url": row(webhookUrl="https://elsewhere.example.com/"),
        "deactivation_url": row(deactivationUrl="https://elsewhere.example.com/"),
        "events": row(isSubscribedToUpdateEvents=False),
        "fields_missing": drop,
        "missing": delete,
    }


async def test_more_rows_than_a_page() -> None:
    """1 234 tickets come once each, in order, with the fields asked for; and again from anywhere."""
    world = World()
    for number in range(1, ROWS + 1):
        world.ticket(number, status=1, title=f"t{number}", companyID=0)
    pages = [page async for page in world.client.pages("Tickets", [], ["status"])]
    assert [500, 500, 234] == [len(page.rows) for page in pages]
    assert list(range(1, ROWS + 1)) == [row["id"] for page in pages for row in page.rows]
    assert {("id", "status")} == {tuple(sorted(row)) for page in pages for row in page.rows}
    rest = [row["id"] async for row in world.client.query("Tickets", [], ["status"], after_id=1_000)]
    assert list(range(1_001, ROWS + 1)) == rest
    assert ROWS == await world.client.count("Tickets", [])
    assert all(page.read_at < page.server_at for page in pages)


async def test_filters_and_single_rows() -> None:
    """By change time, by a list, by id; what is not there is not there."""
    world = World()
    world.ticket(1, status=1, companyID=0)
    world.ticket(2, START + 60 * SECOND, status=5, companyID=0)
    changed = [since("lastActivityDate", START + 30 * SECOND)]
    assert [2] == [row["id"] async for row in world.client.query("Tickets", changed, ["status"])]
    assert 2 == await world.client.count("Tickets", [is_in("id", [1, 2, 3])])
    assert 1 == await world.client.count("Tickets", [eq("status", 5)])
    found = await world.client.get("Tickets", 2)
    assert found.row is not None
    assert (2, False) == (found.row["id"], "description" in found.row)
    assert (await world.client.get("Tickets", 3)).row is None


async def test_fields_and_limits() -> None:
    """Picklists with labels, what supports webhooks, how much of the limit is used."""
    client = World().client
    fields = await client.fields("Tickets")
    assert "Complete" in {value.label for value in fields["status"].picklist if value.value == 5}
    assert (await client.entity_information("Tickets"))["supportsWebhookCallouts"] is True
    assert 10_000 == (await client.threshold()).limit


async def test_errors_pass_unseen() -> None:
    """A fifth of the requests fails, half of them slowly: every row comes once all the same."""
    world = World(Faults(seed=3, error_share=0.2, error_status=503, slow_share=0.5))
    for number in range(1, 60):
        world.ticket(number, status=1, companyID=0)
    pages = world.client.pages("Tickets", [], ["status"], page_size=3)
    assert list(range(1, 60)) == [row["id"] async for page in pages for row in page.rows]


async def test_permissions_and_credentials() -> None:
    """Withdrawn, revoked, webhooks off: each its error."""
    world = World()
    world.api.faults = replace(Faults(), withdrawn=frozenset(("Tickets",)))
    with pytest.raises(PermissionMissing):
        await world.client.count("Tickets", [])
    world.api.faults = replace(Faults(), token_revoked=True)
    with pytest.raises(Unauthorized):
        await world.client.count("Tickets", [])
    world.api.faults = replace(Faults(), webhooks_allowed=False)
    with pytest.raises(PermissionMissing, match="Other > Webhooks"):
        await mend(world.client, settings())


async def test_webhooks_installed_twice_and_removed() -> None:
    """The second run changes nothing; removal leaves nothing."""
    world = World()
    assert ["missing"] * 4 == [one.kind for one in await mend(world.client, settings())]
    assert [] == [one for one in await check(world.client, settings()) if one.wrong]
    tables = world.tenant.tables
    before = {name: dict(table.rows) for name, table in tables.items() if "Webhook" in name}
    assert () == await mend(world.client, settings())
    assert before == {name: dict(table.rows) for name, table in tables.items() if "Webhook" in name}
    assert {hook.entity: True for hook in HOOKS} == await recheck(world.client, settings())
    assert 4 == await remove(world.client, settings())
    assert {} == await recheck(world.client, settings())


@pytest.mark.parametrize("kind", _damages())
async def test_damage_is_mended(kind: str) -> None:
    """Seen by its word, then gone."""
    world = World()
    await mend(world.client, settings())
    _damages()[kind](world)
    assert kind in [one.kind for one in await mend(world.client, settings())]
    assert [] == [one for one in await check(world.client, settings()) if one.wrong]


async def test_what_is_hidden() -> None:
    """The signs are looked for without an error."""
    assert "tickets_hidden" in [one.kind for one in await sight(World().client, "techscore@example.test")]
