"""The work on a ticket as its story reads it: sums by technician and entries in order, never whole entries.

A ticket may have thousands of entries. Sums come from the database ready-made; the entries in order are read only
by those who ask, a page at a time, so that an event on such a ticket costs what it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from models.instants import Instant
from models.lazy import lazy


class Work(NamedTuple):
    """One time entry that counts (kpis.md R13): ``hours`` in millionths, ``created`` the earliest known creation.

    ``start`` and ``end`` by R13; -1 when nothing is known of them.
    """

    start: Instant
    entry_id: int
    tech_id: int
    end: Instant
    hours: int
    created: Instant


class WorkSum(NamedTuple):
    """All entries of one resource on a ticket: how many, hours in millionths, the earliest start and creation."""

    entries: int
    hours: int
    first_start: Instant
    first_created: Instant


class Pages(Protocol):
    """Reads a ticket's entries by start, in pages."""

    def after(self, start: Instant, entry_id: int) -> Sequence[Work]:
        """The next entries by (start, id) after this one; none when there are no more."""
        ...

    def last(self, until: Instant, without: frozenset[int]) -> Work | None:
        """The entry with the greatest (start, id) that starts at or before ``until``, of none of these resources."""
        ...


@dataclass(frozen=True)
class WorkOnTicket:
    """The entries of technicians on one ticket. ``sums`` by resource hold everybody; ``without`` are no technicians."""

    sums: Mapping[int, WorkSum] = field(default_factory=dict)
    pages: Pages | None = None
    without: frozenset[int] = frozenset()

    @lazy
    def by_technician(self) -> Mapping[int, WorkSum]:
        """The sums of technicians."""
        return {tech: one for tech, one in self.sums.items() if tech not in self.without and tech >= 0}

    @lazy
    def first_created(self) -> Instant | None:
        """When the earliest-created entry was created, as far as that is known."""
        created = [one.first_created for one in self.by_technician.values() if one.first_created >= 0]
        return min(created, default=None)

    def in_order(self) -> Iterator[Work]:
        """Technicians' entries whose start is known, by (start, id), read as far as the caller goes."""
        start, entry_id = -1, 1 << 62
        while self.pages is not None and (page := self.pages.after(start, entry_id)):
            yield from (one for one in page if one.tech_id >= 0 and one.tech_id not in self.without)
            start, entry_id = page[-1].start, page[-1].entry_id

    def between(self, first: Instant, last: Instant) -> bool:
        """Whether a technician's entry starts in [first, last]."""
        latest = self.last_at(last)
        return latest is not None and latest.start >= first

    def last_at(self, until: Instant) -> Work | None:
        """The technician's entry with the greatest (start, id) that starts at or before ``until``."""
        if self.pages is None or not any(0 <= one.first_start <= until for one in self.by_technician.values()):
            return None
        return self.pages.last(until, self.without)


NO_WORK = WorkOnTicket()


@dataclass(frozen=True)
class Listed:
    """Entries that are held already, in order."""

    works: tuple[Work, ...]

    def after(self, start: Instant, entry_id: int) -> Sequence[Work]:
        return [one for one in self.works if (one.start, one.entry_id) > (start, entry_id)]

    def last(self, until: Instant, without: frozenset[int]) -> Work | None:
        found = (one for one in reversed(self.works) if one.start <= until)
        return next((one for one in found if one.tech_id >= 0 and one.tech_id not in without), None)
