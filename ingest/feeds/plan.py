"""Which feeds there are, how often each asks, and from when on: values and pure functions.

*Overlap*: a row may become visible after a row of a later change time (its transaction was longer, or ran on a server
with another clock). So a poll asks again for what changed shortly before the point reached: two minutes each time, ten
minutes at the first poll of a process, after a failure, and every five minutes. The wide look catches what is very
late; were every look wide, a bulk edit of 5 000 tickets would be read sixty times over before it left the window, 600
requests of an hour's 2 000, instead of fourteen times. What is seen again costs no row: equal rows are not stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

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
    """Every row of ``entity``. ``deletes``: what is no longer there is taken for deleted, with a brake."""

    collection: str
    entity: str
    every: Instant
    cursor: str | None = None
    deletes: bool = True
    fields: tuple[str, ...] = ()


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


CHANGE_FEEDS = (
    ChangeFeed("Tickets", e.TICKET, "lastActivityDate", 10 * SECOND, essential=True),
    ChangeFeed("TimeEntries", e.TIME_ENTRY, "lastModifiedDateTime", 10 * SECOND, essential=True),
    ChangeFeed("ConfigurationItems", e.ENDPOINT, "lastModifiedTime", MINUTE, whole=True),
    ChangeFeed("SurveyResults", e.SURVEY, "completeDate", MINUTE),
    ChangeFeed("TimeOffRequests", e.TIME_OFF, "lastModifiedDateTime", MINUTE, whole=True),
    ChangeFeed("Companies", e.COMPANY, "lastActivityDate", 2 * MINUTE, whole=True),
    ChangeFeed("Tasks", e.TASK, "lastActivityDateTime", 2 * MINUTE),
    ChangeFeed("Projects", e.PROJECT, "lastActivityDateTime", 2 * MINUTE),
)
SWEEPS = (
    Sweep("Resources", e.RESOURCE, 15 * MINUTE),
    Sweep("ResourceDailyAvailabilities", e.AVAILABILITY, HOUR),
    Sweep("InternalLocations", e.LOCATION, 6 * HOUR),
    Sweep("HolidaySets", e.HOLIDAY_SET, 6 * HOUR),
    Sweep("Holidays", e.HOLIDAY, 6 * HOUR),
    Sweep("BillingCodes", "BillingCode", 6 * HOUR, deletes=False, fields=("name", "useType", "isActive")),
    Sweep("ConfigurationItems", e.ENDPOINT, 24 * HOUR, cursor="lastModifiedTime"),
    Sweep("TimeOffRequests", e.TIME_OFF, 24 * HOUR, cursor="lastModifiedDateTime"),
)
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
