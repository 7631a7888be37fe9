"""The tickets something happened to while nobody saw it: they changed in a gap of the sources, or lost an event.

Asked every few seconds for weeks of facts, so what was read once is kept and a look costs what is new: the inbox is
read in order of its positions, and these become visible in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from ingest import inbox
from ingest.inbox.tables import INBOX, STORED, stored_fact
from ingest.reconcile.known import known, known_between, value_of
from models.entities import HISTORY, LOST_EVENT, SOURCE_GAP, TICKET
from models.inbox import Origin
from models.instants import HOUR, Instant

LOOKS_BACK: Instant = 35 * 24 * HOUR
CATCHES_UP: Instant = HOUR
"""How long after a gap the rows that changed in it may come in."""
_OURS = (LOST_EVENT, SOURCE_GAP, HISTORY)


@dataclass(slots=True)
class _Gap:
    """A gap that has ended, and the tickets whose rows, up to a position, say that they changed in it."""

    start: Instant
    end: Instant
    read_to: int = 0
    changed: set[int] = field(default_factory=set)


class Unseen:
    """For one thread, and one database."""

    def __init__(self) -> None:
        self._read_to: int | None = None
        self._losses: dict[int, tuple[int, Instant]] = {}
        self._gaps: dict[int, _Gap] = {}
        self._told: dict[int, Instant] = {}  # when the history was last read, 0 = never

    def tickets(self, connection: Connection, now: Instant) -> list[int]:
        """The tickets unseen in the last weeks whose history was not read after it, the highest id first."""
        heard_since = now - LOOKS_BACK
        last = inbox.last_position(connection)
        for kind, ids in self._heard(connection, heard_since, last).items():
            self._take(connection, kind, ids)
        self._read_to = last
        touched: dict[int, Instant] = {}
        for ticket, at in self._losses.values():
            if at >= heard_since:
                touched[ticket] = max(at, touched.get(ticket, at))
        for gap in self._gaps.values():
            if gap.end >= heard_since:
                if gap.read_to == 0 or now <= gap.end + 2 * CATCHES_UP:
                    _read_changes(connection, gap, last)
                touched |= {ticket: max(gap.end, touched.get(ticket, gap.end)) for ticket in gap.changed}
        self._take(connection, HISTORY, touched.keys() - self._told.keys())
        return sorted((ticket for ticket, at in touched.items() if self._told[ticket] <= at), reverse=True)

    def _heard(self, connection: Connection, heard_since: Instant, last: int) -> dict[str, set[int]]:
        """The losses, gaps and histories of which there is something new, by entity type."""
        found: dict[str, set[int]] = defaultdict(set)
        if self._read_to is None:
            for kind in (LOST_EVENT, SOURCE_GAP):
                for some in known_between(connection, kind, -1, None, heard_since):
                    found[kind] |= some.keys()
            return found
        row = INBOX.c
        query = select(row.entity_type, row.entity_id).where(
            row.position > self._read_to,
            row.position <= last,
            row.entity_type.concat("").in_(_OURS),  # by position: few rows are new, and many have that type
        )
        for kind, number in connection.execute(query):
            found[kind].add(number)
        return found

    def _take(self, connection: Connection, kind: str, ids: Iterable[int]) -> None:
        wanted = list(ids)
        states = known(connection, kind, wanted) if wanted else {}
        for number in wanted:
            fields = states[number].fields if number in states else {}
            if kind == HISTORY:
                read_at = fields.get("importedAt")
                self._told[number] = read_at if isinstance(read_at, int) else 0
            elif kind == LOST_EVENT:
                ticket, at = fields.get("ticketID"), fields.get("lostAt")
                if isinstance(ticket, int) and isinstance(at, int):
                    self._losses[number] = (ticket, at)
            else:
                start, end = fields.get("startedAt"), fields.get("endedAt")
                if isinstance(start, int) and isinstance(end, int):
                    self._gaps[number] = _Gap(start, end)


def _read_changes(connection: Connection, gap: _Gap, last: int) -> None:
    """Take the rows stored since the last look that were read while the gap's changes came in."""
    row = INBOX.c
    kind = row.entity_type.concat("") if gap.read_to else row.entity_type
    query = select(*STORED, row.entity_id).where(
        row.position > gap.read_to,
        row.position <= last,
        kind == TICKET,
        row.origin == Origin.REST.value,
        row.received_at.between(gap.start, gap.end + CATCHES_UP),
    )
    for one in connection.execute(query):
        seen = value_of(stored_fact(one))
        if seen is not None and seen.changed_at is not None and gap.start <= seen.changed_at <= gap.end:
            gap.changed.add(one.entity_id)
    gap.read_to = last
