"""Which silences are gaps (kpis.md R14): values and pure functions.

Two watch tickets: the Tickets feed, each time it has read, and an active Ticket webhook behind an open door. As long
as either works there is no gap. Silences are kept from a minute on; how long one must be to count is the policy's
``gap_after_minutes``, which may change later, so that the ledger judges and not the recorder. All times are
Autotask's, like those of the tickets that a gap concerns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from models.instants import MINUTE, Instant

NOTED_AFTER: Instant = MINUTE
"""A silence up to this is none: the Tickets feed asks every 10 s, every 40 s when the budget runs out."""

DOOR_SILENT_AFTER: Instant = MINUTE
"""A door that has not said for so long that it is open is closed: Autotask tries again for two minutes."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Tickets were watched until then; ``gap_open``: the gap since then was said to be open."""

    until: Instant
    gap_open: bool = False


@dataclass(frozen=True, slots=True)
class DoorState:
    """The door for webhooks: open since then, and last heard of."""

    up_since: Instant
    beat_at: Instant


class Gap(NamedTuple):
    """Nobody watched tickets from ``start`` to ``end``; ``None``: until now."""

    start: Instant
    end: Instant | None


class Step(NamedTuple):
    """What is known after something was heard or not heard, and the gap to record."""

    watched: Watched
    gap: Gap | None = None


def heard(watched: Watched | None, at: Instant) -> Step:
    """Tickets were read at ``at``. The first time of all there is no gap: nothing was configured before."""
    if watched is None:
        return Step(Watched(at))
    if at <= watched.until:
        return Step(watched)
    is_gap = watched.gap_open or at - watched.until > NOTED_AFTER
    return Step(Watched(at), Gap(watched.until, at) if is_gap else None)


def vouched(watched: Watched | None, at: Instant, door: DoorState | None, *, was_active: bool) -> Step:
    """The Ticket webhook is active at ``at``. It watched all the while if it was active when it was last looked at
    (``watched.until`` is not before that) and the door stood open."""
    if watched is None or at <= watched.until or watched.gap_open or not was_active:
        return heard(watched, at)
    if door is None or at - door.beat_at > DOOR_SILENT_AFTER:
        return heard(watched, at)
    if door.up_since <= watched.until + NOTED_AFTER:
        return Step(Watched(at))
    return Step(Watched(at), Gap(watched.until, min(door.up_since, at)))


def silent(watched: Watched | None, now: Instant, door: DoorState | None, *, is_active: bool) -> Step | None:
    """The open gap to record when nobody has watched for a while; ``None``: nothing to say."""
    if watched is None or watched.gap_open or now - watched.until <= NOTED_AFTER:
        return None
    open_door = door is not None and now - door.beat_at <= DOOR_SILENT_AFTER
    if is_active and open_door and door is not None and door.up_since <= watched.until + NOTED_AFTER:
        return None
    return Step(Watched(watched.until, gap_open=True), Gap(watched.until, None))


def opened(door: DoorState | None, now: Instant) -> tuple[DoorState, Gap | None]:
    """The door is open now; the gap is the break before, where there was one that Autotask does not bridge."""
    if door is None:
        return DoorState(now, now), None
    if now - door.beat_at <= DOOR_SILENT_AFTER:
        return DoorState(door.up_since, max(now, door.beat_at)), None
    return DoorState(now, now), Gap(door.beat_at, now)
