"""What goes wrong between Autotask and us, on purpose and by seed: repeats, late events, events out of order.

The bodies stay as they are; only when and how often they are posted changes. A *posting* is one intended
delivery of one callout.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from random import Random
from typing import NamedTuple

from models.instants import SECOND, Instant
from simulator.callouts import Callout, Due


class Fault(StrEnum):
    """What is wrong with a posting."""

    NONE = "none"
    DUPLICATE = "duplicate"
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares (0 to 1) of the events that meet each fault, and the longest delay one causes."""

    duplicates: float = 0.03
    late: float = 0.03
    out_of_order: float = 0.03
    delay: Instant = 5 * SECOND


class Posting(NamedTuple):
    """One intended delivery: when, what, and what is wrong with it."""

    at: Instant
    callout: Callout
    fault: Fault


def with_faults(stream: Iterable[Due], faults: Faults, seed: int) -> Iterator[Posting]:
    """Post every callout of a stream that is ordered by ``at``; the result is ordered by ``at`` too.

    A duplicate is posted besides the original. An event that is out of order is held until the next event of
    the same entity has gone before it, or for ``faults.delay``. No callout is lost.
    """
    rng = Random(f"faults:{seed}")
    ticket = count()
    waiting: list[tuple[Instant, int, Callout, Fault]] = []
    overtaken: dict[tuple[str, int], Posting] = {}

    def put(posting: Posting) -> None:
        heapq.heappush(waiting, (posting.at, next(ticket), posting.callout, posting.fault))

    def release(until: Instant) -> Iterator[Posting]:
        for key in [key for key, held in overtaken.items() if held.at + faults.delay <= until]:
            held = overtaken.pop(key)
            put(held._replace(at=held.at + faults.delay))
        while waiting and waiting[0][0] <= until:
            at, _, callout, fault = heapq.heappop(waiting)
            yield Posting(at, callout, fault)

    last = 0
    for due in stream:
        yield from release(due.at)
        last = due.at
        callout = due.callout
        key = (callout.entity_type, callout.entity_id)
        draw = rng.random()
        if draw < faults.duplicates:
            put(Posting(due.at, callout, Fault.NONE))
            put(Posting(due.at + int(rng.random() * faults.delay), callout, Fault.DUPLICATE))
        elif draw < faults.duplicates + faults.late:
            put(Posting(due.at + int((0.2 + 0.8 * rng.random()) * faults.delay), callout, Fault.LATE))
        elif draw < faults.duplicates + faults.late + faults.out_of_order and key not in overtaken:
            overtaken[key] = Posting(due.at, callout, Fault.OUT_OF_ORDER)
            continue
        else:
            put(Posting(due.at, callout, Fault.NONE))
        if held := overtaken.pop(key, None):
            put(held._replace(at=due.at))
    yield from release(last + 2 * faults.delay)
