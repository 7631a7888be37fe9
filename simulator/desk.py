"""The make-believe MSP's desk: everything that happens on it, as callouts, in order.

Pure: the same seed, start and speed give the same callouts, byte for byte. ``history`` is the past on real
working days; ``day`` is the present at speed and never ends.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import chain, count, takewhile
from random import Random

from models.instants import SECOND, Instant
from simulator.callouts import Action, Due, Happening, number
from simulator.characters import TECHNICIANS
from simulator.furniture import TASK_IDS, furniture
from simulator.tickets import TicketLife, time_entry
from simulator.timeline import DAY_MINUTES, SpedUp, Timeline, WorkingTime, within_day

HISTORY_DAYS = 35
TICKETS_PER_DAY = 20.0
LIVE_TICKETS_PER_DAY = 240.0
_HISTORY_TICKETS = 350_000
_LIVE_TICKETS = 600_000
_PROJECT_ENTRIES = 90_000_000
_LIVE_SEQUENCE = 1_000_000
_PROJECT_SHARE = 0.04
_RUSH = (0.8, 1.5, 1.4, 1.0, 0.6, 1.2, 1.2, 0.8, 0.5)  # hour by hour from eight o'clock


def history(seed: int, start: Instant, days: int = HISTORY_DAYS) -> Iterator[Due]:
    """What happened in the ``days`` days before ``start``, as seen at ``start``: later happenings are not there."""
    timeline = WorkingTime(start, days)
    rng = Random(f"history:{seed}")
    lived = _lives(rng, timeline, _HISTORY_TICKETS, TICKETS_PER_DAY, until=timeline.minutes_until(start))
    past = takewhile(lambda happening: happening.at <= start - SECOND, lived)
    return number(chain(furniture(timeline.at(0) - SECOND), past), rng, first_sequence=0)


def day(seed: int, start: Instant, speed: float) -> Iterator[Due]:
    """What happens from ``start`` on, ``speed`` working seconds in every second of the clock. Never ends."""
    rng = Random(f"day:{seed}")
    return number(
        _lives(rng, SpedUp(start, speed), _LIVE_TICKETS, LIVE_TICKETS_PER_DAY), rng, first_sequence=_LIVE_SEQUENCE
    )


def _lives(
    rng: Random, timeline: Timeline, first_ticket: int, per_day: float, until: float = float("inf")
) -> Iterator[Happening]:
    """Merge the lives of all tickets that begin before ``until`` (working minutes), ordered by instant."""
    tie = count()
    waiting: list[tuple[Instant, int, Happening]] = []
    now = 0.0
    for ticket in count(first_ticket):
        rush = _RUSH[int(now % DAY_MINUTES // 60)]
        now += rng.expovariate(per_day * rush / DAY_MINUTES)
        if now >= until:
            break
        begun = timeline.at(now)
        while waiting and waiting[0][0] < begun:
            yield heapq.heappop(waiting)[2]
        if rng.random() < _PROJECT_SHARE:
            happenings = [_project_work(rng, timeline, _PROJECT_ENTRIES + ticket, now)]
        else:
            happenings = TicketLife(rng, timeline, ticket, now).live()
        for happening in happenings:
            heapq.heappush(waiting, (happening.at, next(tie), happening))
    while waiting:
        yield heapq.heappop(waiting)[2]


def _project_work(rng: Random, timeline: Timeline, entry_id: int, start: float) -> Happening:
    worker = rng.choice(TECHNICIANS)
    minutes = within_day(start, rng.uniform(30, 120))
    written = start + minutes + rng.uniform(1, 10)
    fields = time_entry(timeline, entry_id, worker, start, minutes, written) | {"taskID": rng.choice(TASK_IDS)}
    return Happening(timeline.at(written), Action.CREATE, "TimeEntry", entry_id, fields, worker.resource_id)
