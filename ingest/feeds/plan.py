"""Which feeds there are, how often each asks, and from when on: values and pure functions.

*Overlap*: a row may become visible after a row of a later change time (its transaction was longer, or ran on a server
with another clock). So a poll asks again for what changed shortly before the point reached: two minutes each time, ten
minutes at the first poll of a process, after a failure, and every five minutes. The wide look catches what is very
late; were every look wide, a bulk edit of 5 000 tickets would be read sixty times over before it left the window, 600
requests of an hour's 2 000, instead of fourteen times. What is seen again costs no row: equal rows are not stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ingest.autotask import catalogue
from ingest.autotask.catalogue import CATALOGUE
from models import entities as e
from models.instants import HOUR, MINUTE, SECOND, Instant

NARROW_OVERLAP: Instant = 2 * MINUTE
WIDE_OVERLAP: Instant = 10 * MINUTE
WIDE_EVERY: Instant = 5 * MINUTE
FIRST_WINDOW: Instant = 24 * HOUR
"""How far back a feed without a past looks; what is older is the backfill's."""
AHEAD: Instant = 5 * MINUTE
"""A change time further ahead of Autotask's own ``Date`` is an editor's mistake; the cursor does not follow it."""
LONGEST_PATIENCE: Instant = 5 * MINUTE
ESSENTIAL_PATIENCE: Instant = 30 * SECOND


@dataclass(frozen=True, slots=True)
class ChangeFeed:
    """Rows of ``entity`` that changed, by ``cursor``. ``whole``: the first read takes every row, not one day's."""

    collection: str
    entity: str
    cursor: str
    every: Instant
    essential: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Sweep:
    """Every row of ``entity``."""

    collection: str
    entity: str
    every: Instant
    cursor: str | None = None


class Log(Enum):
    """A log of deletions: its collection, the column that names the ticket or task, how often it is read.

    The lines of the first two have no entry's id: they are nudges to read the entries of what they name, never
    deletes. A line of the third says which ticket is gone.
    """

    OF_TICKETS = ("DeletedTicketActivityLogs", "ticketID", 30 * SECOND)
    OF_TASKS = ("DeletedTaskActivityLogs", "taskID", MINUTE)
    TICKETS = ("DeletedTicketLogs", "ticketID", MINUTE)

    def __init__(self, collection: str, column: str, every: Instant) -> None:
        self.collection = collection
        self.column = column
        self.every = every


DELETED_AT = "deletedDateTime"


ESSENTIAL = frozenset({e.TICKET, e.TIME_ENTRY})
"""What slows down last."""
WHOLE_AT_FIRST = frozenset({e.COMPANY, e.ENDPOINT, e.TIME_OFF})
"""What may stay as it is for years and counts all the same."""


def _change_feeds() -> Iterator[ChangeFeed]:
    for entity in CATALOGUE.values():
        rest = entity.rest
        if rest is not None and rest.cursor is not None:
            yield ChangeFeed(
                entity.collection,
                entity.name,
                rest.cursor,
                rest.every_seconds * SECOND,
                essential=entity.name in ESSENTIAL,
                whole=entity.name in WHOLE_AT_FIRST,
            )


def _sweeps() -> Iterator[Sweep]:
    for entity in CATALOGUE.values():
        rest = entity.rest
        if rest is not None and rest.sweep is catalogue.Sweep.FULL:
            yield Sweep(entity.collection, entity.name, rest.every_seconds * SECOND)
        elif rest is not None and rest.full_every_seconds is not None:
            yield Sweep(entity.collection, entity.name, rest.full_every_seconds * SECOND, rest.cursor)


CHANGE_FEEDS = tuple(_change_feeds())
SWEEPS = tuple(_sweeps())
REFERENCES: dict[str, dict[str, str]] = {
    e.TICKET: {"companyID": e.COMPANY, "assignedResourceID": e.RESOURCE, "completedByResourceID": e.RESOURCE},
    e.TIME_ENTRY: {"ticketID": e.TICKET, "taskID": e.TASK, "resourceID": e.RESOURCE, "creatorUserID": e.RESOURCE},
    e.TASK: {"projectID": e.PROJECT},
    e.PROJECT: {"companyID": e.COMPANY},
    e.SURVEY: {"ticketID": e.TICKET},
    e.ENDPOINT: {"companyID": e.COMPANY},
    e.TIME_OFF: {"resourceID": e.RESOURCE},
}
"""Which fields name other entities: those not known yet are fetched by id."""

CURSORS: dict[str, str] = {feed.entity: feed.cursor for feed in CHANGE_FEEDS}
"""The change cursor of each entity that has one (reference/autotask.md §5)."""


def stretched(every: Instant, used: float, *, essential: bool) -> Instant:
    """How long to wait when so much of the own hourly budget is used, 0 to 1.

    Ordinary feeds slow down from one half on, to a twelfth of their pace at the end of the budget; Tickets and
    TimeEntries from four fifths on, to a quarter, which is 40 s: shorter than any gap that counts.
    """
    begins, slowest = (0.8, 4) if essential else (0.5, 12)
    share = min(max((used - begins) / (1 - begins), 0.0), 1.0)
    return round(every * (1 + (slowest - 1) * share))


def patience(every: Instant, failures: int, *, essential: bool) -> Instant:
    """How long to wait after so many failures in a row."""
    longest = max(every, ESSENTIAL_PATIENCE if essential else LONGEST_PATIENCE)
    return min(every << min(failures, 10), longest)


def reaches(server_at: Instant, cursors: list[Instant]) -> Instant:
    """From when on the next poll asks, known at the *first* page: what changes while later pages are read is later.

    The greater of Autotask's ``Date`` and the change times seen, of which none far ahead counts.
    """
    return max([server_at, *(one for one in cursors if one <= server_at + AHEAD)])
