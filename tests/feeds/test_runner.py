"""Lanes side by side: each when it is due, none twice at once, and a fault in one ends no other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ingest.feeds.runner import RAISED, Runner
from ingest.feeds.source import Kit
from models.errors import Unreachable
from models.instants import HOUR, SECOND, Instant
from tests.feeds.conftest import Shop


@dataclass
class Count:
    """A lane that counts its runs."""

    name: str = "count"
    every: Instant = 10 * SECOND
    essential: bool = False
    runs: int = 0
    error: Exception | None = None
    gate: asyncio.Event | None = field(default=None)

    async def run(self) -> None:
        self.runs += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error


def _runner(shop: Shop, *lanes: Count) -> Runner:
    return Runner(Kit(shop.tenant, shop.main, shop.clock), [Count("first", HOUR), *lanes], lambda: shop.used)


async def _pass(shop: Shop, runner: Runner, seconds: int) -> None:
    for _ in range(seconds):
        await runner.turn()
        await asyncio.sleep(0)
        shop.clock.advance(SECOND)


async def test_a_lane_runs_when_it_is_due(shop: Shop) -> None:
    """Every ten seconds, and less often when the budget runs out."""
    lane = Count()
    runner = _runner(shop, lane)
    await _pass(shop, runner, 61)
    at_leisure = lane.runs
    shop.used = 1.0
    await _pass(shop, runner, 121)

    assert (6, 2) == (at_leisure, lane.runs - at_leisure)


async def test_the_first_lane_runs_before_all_others(shop: Shop) -> None:
    """Nothing else begins until it has ended."""
    gate = asyncio.Event()
    first, other = Count("first", gate=gate), Count()
    runner = Runner(Kit(shop.tenant, shop.main, shop.clock), [first, other], lambda: 0.0)
    await _pass(shop, runner, 5)
    before = other.runs
    gate.set()
    await runner.settle()
    await _pass(shop, runner, 2)

    assert (0, 1) == (before, other.runs)


async def test_a_slow_lane_is_not_begun_twice_and_holds_up_nobody(shop: Shop) -> None:
    """While one waits for an answer the others run."""
    slow, quick = Count("slow", gate=asyncio.Event()), Count("quick", SECOND)
    runner = _runner(shop, slow, quick)
    await _pass(shop, runner, 60)
    await runner.close()

    assert 1 == slow.runs
    assert 50 < quick.runs


async def test_a_failing_lane_is_patient_and_recovers(shop: Shop) -> None:
    """It waits longer after each failure, says why, and is asked as usual once it works."""
    lane = Count(error=Unreachable("no"))
    runner = _runner(shop, lane)
    await _pass(shop, runner, 120)
    failing, reason = lane.runs, shop.standing("count").reason
    lane.error = None
    await _pass(shop, runner, 120)
    well = lane.runs
    await _pass(shop, runner, 30)

    assert (True, "unreachable", 3) == (3 <= failing <= 4, reason, lane.runs - well)


async def test_a_fault_of_ours_is_a_failure_too(shop: Shop) -> None:
    """An unexpected error ends neither the lane nor the others."""
    lane, other = Count(error=RuntimeError("bug")), Count("other")
    runner = _runner(shop, lane, other)
    await _pass(shop, runner, 60)

    assert (RAISED, 6, True) == (shop.standing("count").reason, other.runs, lane.runs > 1)


async def test_close_ends_what_is_under_way(shop: Shop) -> None:
    """A lane that waits is cancelled; closing again is fine."""
    lane = Count(gate=asyncio.Event())
    runner = _runner(shop, lane)
    await _pass(shop, runner, 3)
    await runner.close()
    await runner.close()

    assert 1 == lane.runs


async def test_sweeps_are_not_all_repeated_after_a_restart(shop: Shop) -> None:
    """Resources were read five minutes ago: the next leader waits for their time."""
    await shop.run(3)
    before = shop.tenant.asked.count(("Resources", "gte id"))
    shop.start()
    await shop.run(3)

    assert (1, 1) == (before, shop.tenant.asked.count(("Resources", "gte id")))
