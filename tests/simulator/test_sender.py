"""Delivery as Autotask does it, against a small working door."""

from __future__ import annotations

from itertools import islice

import httpx
import pytest

from models.instants import parse_instant
from simulator.desk import day
from simulator.faults import Fault, Faults, Posting, with_faults
from simulator.sender import ATTEMPTS, Sender
from tests.simulator.door import Door

TOKEN, SECRET = "t0ken", "s3cret-s3cret"
START = parse_instant("2026-11-20T15:00:00Z")
POSTING = next(with_faults(day(1, START, 600), Faults(0, 0, 0), 1))


class Shut:
    """A door that cannot be reached."""

    async def __call__(self, *_: object) -> None:
        raise httpx.ConnectError("nobody listens")


def client_of(app: Door | Shut) -> httpx.AsyncClient:
    """A client whose requests go to the application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://door")


async def test_an_outage_is_bridged() -> None:
    """Two answers 503, then 202: the event is acknowledged at the third attempt and stored once."""
    door = Door(TOKEN, SECRET, outages=2)
    async with client_of(door) as client:
        sender = Sender(client, TOKEN, SECRET, spacing_seconds=0)
        assert await sender.send(POSTING)
    tally = sender.tally
    assert (tally.attempts, tally.retries, tally.acknowledged, tally.lost) == (3, 2, 1, 0)
    assert door.bodies == [POSTING.callout.body()]


async def test_duplicates_are_recognised_by_the_door() -> None:
    """The same body twice is two acknowledgements, one of them as a duplicate, at one position."""
    door = Door(TOKEN, SECRET)
    async with client_of(door) as client:
        sender = Sender(client, TOKEN, SECRET)
        for fault in (Fault.NONE, Fault.DUPLICATE):
            await sender.send(Posting(POSTING.at, POSTING.callout, fault))
    tally = sender.tally
    assert (tally.events, tally.duplicates, tally.acknowledged, tally.recognised, tally.position) == (1, 1, 2, 1, 1)


@pytest.mark.parametrize("fails_for_ever", [Door(TOKEN, "another secret"), Door("another-token", SECRET)])
async def test_a_refused_event_is_lost_after_five_attempts(fails_for_ever: Door) -> None:
    """Refused with the wrong secret or token: five attempts, then counted as refused."""
    async with client_of(fails_for_ever) as client:
        sender = Sender(client, TOKEN, SECRET, spacing_seconds=0)
        assert not await sender.send(POSTING)
    assert (sender.tally.attempts, sender.tally.refused, sender.tally.acknowledged) == (ATTEMPTS, 1, 0)
    assert fails_for_ever.bodies == []


async def test_a_door_that_cannot_be_reached() -> None:
    """No connection: five attempts, then counted as unreachable, not as refused."""
    async with client_of(Shut()) as client:
        sender = Sender(client, TOKEN, SECRET, spacing_seconds=0)
        assert not await sender.send(POSTING)
    assert (sender.tally.attempts, sender.tally.unreachable, sender.tally.refused) == (ATTEMPTS, 1, 0)
    assert "1 lost (last: ConnectError)" in sender.tally.sentence()


async def test_a_day_with_faults_arrives_whole() -> None:
    """Every event of a faulty stream is stored once, every duplicate recognised, every fault counted."""
    door = Door(TOKEN, SECRET)
    dues = list(islice(day(1, START, 600), 400))
    async with client_of(door) as client:
        sender = Sender(client, TOKEN, SECRET)
        for posting in with_faults(dues, Faults(0.1, 0.1, 0.1), 1):
            await sender.send(posting)
    tally = sender.tally
    assert sorted(door.bodies) == sorted(due.callout.body() for due in dues)
    assert (tally.events, tally.recognised, tally.position) == (400, tally.duplicates, 400)
    assert min(tally.duplicates, tally.late, tally.out_of_order) > 0
