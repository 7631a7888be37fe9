"""Hand-ups: a ticket goes to somebody ranked higher than all who had it, and one technician is charged (kpis.md §1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from models.entities import Value
from models.instants import Day, Instant, local_day
from service.projection.history import History
from service.projection.story import TicketStory


class HandUp(NamedTuple):
    """One hand-up and who is charged with it; -1 when nobody is."""

    at: Instant
    charged: int


def hand_ups(story: TicketStory) -> tuple[HandUp, ...]:
    """The hand-ups of a ticket, the earliest first; several changes at one instant are one."""
    rules = story.rules
    moments = {
        *_rises(story, story.history("queueID"), rules.queue_tier),
        *_rises(story, story.history("assignedResourceID"), lambda value, day: _tier_of_person(story, value, day)),
        *(change.at for change in story.history("status").changes() if change.new in rules.escalated),
    }
    return tuple(HandUp(at, _charged(story, at)) for at in sorted(moments))


def _rises(story: TicketStory, history: History, tier: Callable[[Value, Day], int | None]) -> Iterator[Instant]:
    """The changes to a value that ranks higher, on that day, than the last value before it that ranks at all."""
    points = history.points
    for number, point in enumerate(points):
        day = local_day(point.at, story.rules.zone)
        after = tier(point.value, day)
        if not number or after is None or point.value == points[number - 1].value:
            continue
        known = (tier(earlier.value, day) for earlier in reversed(points[:number]))
        before = next((rank for rank in known if rank is not None), None)
        if before is not None and after > before:
            yield point.at


def _tier_of_person(story: TicketStory, value: Value, day: Day) -> int | None:
    return story.rules.technician_tier(value, day) if story.is_technician(value) else None


def _charged(story: TicketStory, at: Instant) -> int:
    """The primary just before, who has worked on it; else whose entry started last."""
    primary = story.primary_before(at)
    theirs = story.work.by_technician.get(primary)
    if theirs is not None and 0 <= theirs.first_start <= at:
        return primary
    last = story.work.last_at(at)
    return -1 if last is None else last.tech_id
