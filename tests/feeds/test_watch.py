"""Gaps: stretches in which neither the Tickets feed nor an active Ticket webhook worked (kpis.md R14)."""

from __future__ import annotations

import pytest

from ingest.feeds import store, watch
from ingest.feeds.watching import DoorState
from models.database import Database
from models.entities import SOURCE_GAP, TICKET
from models.errors import Unreachable
from models.feeds import NudgeKind
from models.instants import HOUR, MINUTE, SECOND
from tests.feeds.conftest import NOON, Shop


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Of all feeds only that of tickets, and the watcher: nothing else bears on gaps."""
    shop.only_tickets = True
    shop.start()
    return shop


def _door(shop: Shop) -> None:
    """The door says that it is open."""
    with shop.main.write() as connection:
        watch.door_is_open(connection, shop.clock.now())


async def _run_with_door(shop: Shop, seconds: int) -> None:
    """Time passes, and the door is open all the while."""
    for _ in range(seconds // 15):
        _door(shop)
        await shop.run(15, step=15)


async def test_the_first_start_records_none(shop: Shop) -> None:
    """Nothing was configured before."""
    await shop.run(300, step=10)

    assert [] == shop.gaps()


async def test_an_hour_of_silence_is_a_gap_at_the_next_start(shop: Shop) -> None:
    """From the last reading before to the first one after."""
    await shop.run(60, step=10)
    shop.clock.advance(HOUR)
    shop.start()
    await shop.run(60, step=10)

    ((start, end),) = shop.gaps()
    assert (True, True) == (40 <= start <= 60, 3_660 <= (end or 0) <= 3_680)


async def test_a_restart_is_no_gap(shop: Shop) -> None:
    """Half a minute without a worker is bridged by the next reading."""
    await shop.run(60, step=10)
    shop.clock.advance(30 * SECOND)
    shop.start()
    await shop.run(60, step=10)

    assert [] == shop.gaps()


async def test_a_failing_feed_is_an_open_gap_and_then_a_closed_one(shop: Shop) -> None:
    """It is said while it lasts, once, and closed by the same fact's successor."""
    await shop.run(60, step=10)
    shop.tenant.failing["Tickets"] = Unreachable("502")
    await shop.run(300, step=10)
    ((start, open_end),) = shop.gaps()
    shop.tenant.failing.clear()
    await shop.run(60, step=10)
    ((_, end),) = shop.gaps()

    assert (None, True, True) == (open_end, 40 <= start <= 60, 360 <= (end or 0) <= 400)
    assert 2 == len(shop.seen(SOURCE_GAP))


async def test_gaps_are_told_in_autotasks_time(shop: Shop) -> None:
    """With a clock two hours ahead of ours the gap lies where the tickets' own times do."""
    shop.tenant.ahead = 2 * HOUR
    await shop.run(60, step=10)
    shop.tenant.failing["Tickets"] = Unreachable("502")
    await shop.run(300, step=10)

    ((start, _),) = shop.gaps()
    assert True is (7_240 <= start <= 7_260)


async def test_an_active_webhook_watches_while_the_feed_fails(shop: Shop) -> None:
    """The door is open and the webhook was and is active: no gap."""
    shop.webhooks = {TICKET: True}
    await _run_with_door(shop, 60)
    shop.tenant.failing["Tickets"] = Unreachable("502")
    await _run_with_door(shop, 4_000)

    assert [] == shop.gaps()


async def test_a_webhook_that_turns_out_inactive_watched_until_it_was_last_seen_active(shop: Shop) -> None:
    """A hint makes us look; nobody knows since when it was off."""
    shop.webhooks = {TICKET: True}
    await _run_with_door(shop, 60)
    shop.tenant.failing["Tickets"] = Unreachable("502")
    await _run_with_door(shop, 600)
    shop.webhooks = {TICKET: False}
    with shop.main.write() as connection:
        store.nudge(connection, NudgeKind.REGISTRATION, [0], shop.clock.now())
    await _run_with_door(shop, 30)

    ((start, end),) = shop.gaps()
    assert (True, None) == (start <= 60, end)


async def test_a_webhook_behind_a_closed_door_watches_nothing(shop: Shop) -> None:
    """All of the service was down for an hour: a gap, although the webhook is active before and after."""
    shop.webhooks = {TICKET: True}
    await _run_with_door(shop, 60)
    shop.clock.advance(HOUR)
    _door(shop)
    shop.start()
    await _run_with_door(shop, 60)

    ((start, end),) = shop.gaps()
    assert (True, True) == (start <= 60, 3_650 <= (end or 0) <= 3_680)


async def test_only_the_worker_was_down(shop: Shop) -> None:
    """The door took what the active webhook sent all the while: no gap."""
    shop.webhooks = {TICKET: True}
    await _run_with_door(shop, 60)
    for _ in range(120):
        shop.clock.advance(30 * SECOND)
        _door(shop)
    shop.start()
    await _run_with_door(shop, 60)

    assert [] == shop.gaps()


async def test_the_worker_was_down_and_the_webhook_is_off(shop: Shop) -> None:
    """Nobody watched."""
    shop.webhooks = {TICKET: True}
    await _run_with_door(shop, 60)
    shop.webhooks = {TICKET: False}
    for _ in range(120):
        shop.clock.advance(30 * SECOND)
        _door(shop)
    shop.start()
    await _run_with_door(shop, 60)

    assert 1 == len(shop.gaps())


async def test_a_webhook_that_had_to_be_enabled_again_did_not_watch(shop: Shop) -> None:
    """The worker was down and the sender disabled the webhook: it is active again now, and there is a gap."""
    shop.webhooks = {TICKET: True}
    await _run_with_door(shop, 60)
    shop.mended = frozenset({TICKET})
    for _ in range(120):
        shop.clock.advance(30 * SECOND)
        _door(shop)
    shop.start()
    await _run_with_door(shop, 60)

    assert 1 == len(shop.gaps())


async def test_webhooks_are_looked_at_every_hour(shop: Shop) -> None:
    """And at the start."""
    shop.business = False
    await shop.run(2 * 3_600 + 60, step=60)

    assert 3 == shop.checks


async def test_silence_in_business_hours_is_a_reason_to_look(shop: Shop) -> None:
    """Tickets change and no event comes in: one look in a quarter of an hour, not at night."""
    shop.event("Ticket", 1, status=1)
    await shop.run(30, step=10)
    shop.tenant.ticket(1, status=8)
    await shop.run(45 * 60, step=60)
    by_day = shop.checks
    shop.business = False
    await shop.run(45 * 60, step=60)

    assert [3, 3] == [by_day, shop.checks]  # at the start, after half an hour of silence and a quarter more


async def test_a_look_that_fails_changes_nothing(shop: Shop) -> None:
    """The webhook stays what it was last known to be, and is looked at again."""
    shop.webhooks = {TICKET: True}
    shop.business = False
    await shop.run(20, step=5)
    shop.checks_fail = True
    await shop.run(3_700, step=100)
    failing = shop.standing("webhooks").reason
    with shop.main.read() as connection:
        active = watch.is_active(connection, TICKET)
    shop.checks_fail = False
    await shop.run(300, step=10)

    assert ("unreachable", True, None) == (failing, active, shop.standing("webhooks").reason)


def test_without_feeds_a_break_of_the_door_is_a_gap(shop: Shop) -> None:
    """Webhooks are the only source then; before they brought anything there was none."""
    _door(shop)
    shop.clock.advance(HOUR)
    _door(shop)
    none_yet = shop.gaps()
    shop.event("Ticket", 1, status=1)
    shop.clock.advance(10 * MINUTE)
    _door(shop)

    assert ([], [(3_600, 4_200)]) == (none_yet, shop.gaps())


def test_a_door_that_was_never_heard_of_is_no_gap(database: Database) -> None:
    """The first beat of all."""
    with database.write() as connection:
        watch.door_is_open(connection, NOON)
        assert NOON == (watch.door(connection) or DoorState(0, 0)).up_since
