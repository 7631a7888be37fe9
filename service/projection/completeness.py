"""Whether every transition of a ticket was seen (kpis.md R14): transitions nobody saw are not zero.

A *gap* is a stretch in which an event of the ticket could go unseen; a history is complete up to an instant when
watching began with the ticket (or a history was imported, every line understood) and no gap lies in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from models.instants import HOUR, NEVER, Instant
from service.projection.fold import EntityState
from service.projection.rules import Rules

SOON: Instant = HOUR
"""A ticket first seen so long after its creation was watched from the start."""


class Gap(NamedTuple):
    """From ``start`` to ``end``, or still open (``None``); it matters once it is longer than ``allowed``."""

    start: Instant
    end: Instant | None
    allowed: Instant


@dataclass(frozen=True)
class Completeness:
    """Since when a ticket was watched, if at all, and the gaps."""

    since: tuple[Instant, ...]
    gaps: tuple[Gap, ...]

    @classmethod
    def of(
        cls,
        ticket: EntityState,
        imported: EntityState | None,
        gaps: Iterable[EntityState],
        lost_events: Iterable[EntityState],
        rules: Rules,
    ) -> Completeness:
        """What is known of a ticket's watching. ``since``: the instants from either of which no gap may follow."""
        first = ticket.sightings[0]
        created = ticket.number("createDate")
        since: list[Instant] = []
        if first.created or (created is not None and first.seen_at <= created + SOON):
            since.append(first.seen_at if created is None else created)
        read_at = None if imported is None or not imported.exists else imported.number("importedAt")
        if imported is not None and imported.exists and imported.value("understood") is True:
            since.append(read_at or 0)
        found = [*_source_gaps(gaps, rules.gap_after), *_losses(ticket, read_at, lost_events)]
        return cls(tuple(since), tuple(found))

    def complete(self, until: Instant, now: Instant) -> bool:
        """Whether the history is complete up to an instant."""
        if not self.gaps:
            return bool(self.since)
        return any(not any(_overlaps(gap, since, until, now) for gap in self.gaps) for since in self.since)

    def changes_at(self, now: Instant) -> Instant:
        """When a gap that lies ahead begins to matter, an open one becomes too long or reaches the watching."""
        if not self.gaps:
            return NEVER
        starts = (gap.start for gap in self.gaps)
        ripe = (gap.start + gap.allowed + 1 for gap in self.gaps if gap.end is None)
        reached = self.since if any(gap.end is None for gap in self.gaps) else ()
        return min((at for at in (*starts, *ripe, *reached) if at > now), default=NEVER)


def _overlaps(gap: Gap, since: Instant, until: Instant, now: Instant) -> bool:
    end = now if gap.end is None else gap.end
    return end - gap.start > gap.allowed and gap.start <= until and end >= since


def _source_gaps(gaps: Iterable[EntityState], allowed: Instant) -> Iterator[Gap]:
    for gap in gaps:
        start = gap.number("startedAt")
        if gap.exists and start is not None:
            yield Gap(start, gap.number("endedAt"), allowed)


def _losses(ticket: EntityState, read_at: Instant | None, lost_events: Iterable[EntityState]) -> Iterator[Gap]:
    """A lost event: nothing is known between the ticket's last sighting before and its next one after.

    Its history, read after the loss, is such a sighting, and tells what was lost: a row is not stored again when it
    is as it was, so of a ticket at rest there may never be another.
    """
    for loss in lost_events:
        at = loss.number("lostAt")
        if at is None or not loss.exists:
            continue
        before = [one.seen_at for one in ticket.sightings if one.seen_at < at]
        after = [one.seen_at for one in ticket.sightings if one.seen_at > at]
        if read_at is not None and read_at > at:
            after.append(read_at - 1)  # the gap ends before the import, which tells all up to then
        yield Gap(max(before, default=at), min(after, default=None), -1)
