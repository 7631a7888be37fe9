"""The hourly share, the tenant's limit, and how many requests go at once."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.autotask.client import AutotaskClient
from ingest.autotask.limits import WINDOW, Budget, Slots, Spent
from ingest.autotask.values import Threshold
from models.clock import ManualClock
from models.errors import BudgetSpent
from models.instants import HOUR, MINUTE, SECOND, Instant
from tests.ingest.autotask.stand import CREDENTIALS, START, ZONE, Stand, items

COUNT = httpx.Response(200, json={"queryCount": 1})


class Memory:
    """A journal that outlives budgets."""

    def __init__(self) -> None:
        self.kept: list[Spent] = []

    def load(self, since: Instant) -> Iterable[Spent]:
        """See ``Journal``."""
        return [spent for spent in self.kept if spent.at >= since]

    def note(self, spent: Spent) -> None:
        """See ``Journal``."""
        self.kept.append(spent)


def most_in_an_hour(times: list[Instant]) -> int:
    """The most requests in any rolling hour."""
    return max((sum(at - HOUR < other <= at for other in times) for at in times), default=0)


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20 * 60), st.booleans()), max_size=40))
def test_never_more_than_the_share_in_any_hour(hourly: int, story: list[tuple[int, int, bool]]) -> None:
    """Whatever is asked for and when, across restarts too: what a process set aside counts for the next."""
    clock, memory = ManualClock(START), Memory()
    budget = Budget(hourly, clock, memory)
    sent: list[Instant] = []
    for wanted, seconds, restart in story:
        if restart:
            budget = Budget(hourly, clock, memory)
        sent += [clock.now() for _ in range(wanted) if budget.take() == 0]
        clock.advance(seconds * SECOND)
    assert most_in_an_hour(sent) <= hourly


def test_what_was_spent_comes_back() -> None:
    """The seconds given are those after which a request may be sent."""
    clock = ManualClock(START)
    budget = Budget(3, clock)
    for _ in range(3):
        assert 0 == budget.take()
        clock.advance(MINUTE)
    wait = budget.take()
    assert (WINDOW - 3 * MINUTE) / SECOND == wait
    assert 1.0 == budget.used_ratio
    clock.advance(int(wait * SECOND))
    assert 0 == budget.take()


def test_a_clock_set_back_gives_nothing_back() -> None:
    """Time only goes on."""
    clock = ManualClock(START)
    budget = Budget(1, clock)
    assert 0 == budget.take()
    clock.set(START - 10 * HOUR)
    assert 0 < budget.take()


def test_a_restart_counts_what_was_set_aside() -> None:
    """Blocks are kept before they are used; a part of a block may be lost, never given twice."""
    clock, memory = ManualClock(START), Memory()
    first = Budget(2_000, clock, memory)
    assert [0.0] * 120 == [first.take() for _ in range(120)]
    assert [50, 50, 50] == [spent.requests for spent in memory.kept]
    assert 150 / 2_000 == Budget(2_000, clock, memory).used_ratio


@pytest.mark.parametrize(("used", "pace"), [(4_999, 1.0), (5_000, 0.75), (7_500, 0.4), (9_000, 0.1), (12_000, 0.1)])
def test_a_busy_tenant_leaves_us_less(used: int, pace: float) -> None:
    """At 50, 75 and 90 % of the tenant's limit our share shrinks; it comes back with the next reading."""
    budget = Budget(100, ManualClock(START))
    budget.told(Threshold(10_000, used))
    assert pace == budget.pace
    assert int(100 * pace) == [budget.take() for _ in range(100)].count(0)
    budget.told(Threshold(10_000, 0))
    assert 0 == budget.take() or pace == 1.0


def test_work_that_is_not_urgent_leaves_some() -> None:
    """A backfill stops where the feeds still go on."""
    budget = Budget(100, ManualClock(START))
    patient = budget.leaving(0.5)
    assert 50 == [patient.take() for _ in range(80)].count(0)
    assert 50 == [budget.take() for _ in range(80)].count(0)


async def test_the_threshold_is_read_every_five_minutes() -> None:
    """At most so often, after a request that succeeded; it counts too."""
    stand = Stand(COUNT, used=8_000)
    for _ in range(3):
        await stand.client.count("Tickets", [])
    assert (1, 0.4) == (stand.thresholds, stand.budget.pace)
    stand.clock.advance(5 * MINUTE)
    await stand.client.leaving(0.5).count("Tickets", [])
    assert (2, 6 / 2_000) == (stand.thresholds, stand.budget.used_ratio)
    assert 2 == stand.counted.count(("ThresholdInformation", "ok"))
    assert stand.budget.used_ratio == stand.ratios[-1]


async def test_a_short_wait_is_waited_a_long_one_is_said() -> None:
    """The budget's end is an error with the time to come back; nothing is sent meanwhile."""
    stand = Stand(COUNT, hourly=3)
    await stand.client.count("Tickets", [])
    await stand.client.count("Tickets", [])
    with pytest.raises(BudgetSpent) as caught:
        await stand.client.count("Tickets", [])
    assert (2, 1, WINDOW / SECOND) == (len(stand.requests), stand.thresholds, caught.value.retry_after_seconds)
    stand.clock.advance(WINDOW - MINUTE)
    await stand.client.count("Tickets", [])
    assert [60.0] == stand.waits


class Crowd:
    """A transport that counts how many requests each endpoint has at once."""

    def __init__(self) -> None:
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.total = 0
        self._lock = threading.Lock()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Take a few turns of the loop to answer."""
        endpoint = request.url.path.split("/")[3]
        with self._lock:
            self.total += 1
            self.now[endpoint] += 1
            self.most[endpoint] = max(self.most[endpoint], self.now[endpoint])
        for _ in range(5):
            await asyncio.sleep(0)
        with self._lock:
            self.now[endpoint] -= 1
        response = items([])
        response.headers["date"] = "Tue, 15 Sep 2026 15:00:00 GMT"
        return response


async def _rush(crowd: Crowd, budget: Budget) -> None:
    async with AutotaskClient(
        CREDENTIALS, zone_url=ZONE, budget=budget, transport=httpx.MockTransport(crowd.answer), rng=Random(1)
    ) as client:

        async def read(collection: str, number: int) -> None:
            asker = client.leaving(0.1) if number % 2 else client
            async for _ in asker.pages(collection, [], []):
                pass

        await asyncio.gather(*(read(name, number) for number in range(20) for name in ("Tickets", "TimeEntries")))


async def test_two_at_once_per_endpoint() -> None:
    """Never a third, and the endpoints do not wait for each other."""
    crowd = Crowd()
    await _rush(crowd, Budget(1_000, ManualClock(START)))
    assert {"Tickets": 2, "TimeEntries": 2} == {name: crowd.most[name] for name in ("Tickets", "TimeEntries")}


def test_two_at_once_from_many_threads() -> None:
    """The slots hold for all clients that share a budget, whatever loop they run in."""
    crowd, budget = Crowd(), Budget(10_000, ManualClock(START))
    threads = [threading.Thread(target=lambda: asyncio.run(_rush(crowd, budget))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [False] * 4 == [thread.is_alive() for thread in threads]
    assert crowd.total >= 160
    assert max(crowd.most.values()) <= 2


async def test_a_slot_survives_those_who_gave_up() -> None:
    """Whoever is cancelled while waiting, or just as its turn comes, takes no slot along."""
    slots = Slots(1)
    entered = 0

    async def enter() -> None:
        nonlocal entered
        async with slots.of("Tickets"):
            entered += 1
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(enter()) for _ in range(20)]
    for task in tasks[1::3]:
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait_for(enter(), 5)
    assert entered >= 14
