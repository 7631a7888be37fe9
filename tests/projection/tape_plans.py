"""Histories for the laws with everything any KPI reads: the oracle's tapes, arriving in any order.

A tape (``tests.oracle.tapes``) holds people with availability and time off, endpoints, surveys, gaps, imported
histories and contests beside tickets and entries, under a policy of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from hypothesis import strategies as st

from models.inbox import Fact
from models.instants import HOUR, MINUTE, Instant, parse_instant
from models.policy import Policy
from tests.oracle.replay import fact
from tests.oracle.tapes import tape
from tests.projection.histories import Plan, arriving

SEEDS = 2_000
_WAITS = (0, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 7 * 24 * HOUR, 60 * 24 * HOUR)
"""After an instant of the tape so long something of a rule may end (kpis.md)."""
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@dataclass(frozen=True)
class Recorded:
    """A tape as it would be stored: distinct facts, the policy, the moments at which its figures are compared."""

    seed: int
    facts: tuple[Fact, ...]
    policy: Policy
    moments: tuple[Instant, ...]

    def bounds(self, most: int) -> tuple[Instant, ...]:
        """Some instants at which something may change, ascending: each with the microseconds before and after."""
        stamps = {parse_instant(found.decode()) for one in self.facts for found in _STAMP.findall(one.body)}
        ends = sorted({stamp + wait for stamp in stamps for wait in _WAITS if stamp + wait <= self.moments[-1]})
        chosen = Random(self.seed).sample(ends, min(most, len(ends)))
        return tuple(sorted({at + off for at in chosen for off in (-1, 0, 1)} | {*self.moments}))


@lru_cache(maxsize=8)
def recorded(seed: int) -> Recorded:
    """The tape of a seed."""
    told = tape(seed)
    facts = {one.dedup_key: one for one in map(fact, told.facts)}
    moments = tuple(parse_instant(moment) for moment in told.moments)
    return Recorded(seed, tuple(facts.values()), Policy.model_validate(told.policy), moments)


def seeds() -> st.SearchStrategy[int]:
    """The seeds of tapes (a whole tape is too long to be printed as an example)."""
    return st.integers(0, SEEDS)


@st.composite
def tape_plans(draw: st.DrawFn) -> Plan:
    """A tape and one way in which it arrives."""
    told = recorded(draw(seeds()))
    earliest = min(one.received_at for one in told.facts)
    return arriving(draw, told.facts, st.sampled_from((earliest, *told.moments)), earliest, told.policy)
