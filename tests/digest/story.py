"""Six weeks of three technicians: Ann misses due dates and enters her time sooner, Bob has too few hours, Cat is well.

Everybody does one ticket a weekday, from nine o'clock on. Ticket numbers tell whose they are: Ann's end with 1. On the
last of August there was a talk with Ann about her time entries, to be followed up on the Monday of the digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.own import coaching_fact
from models.database import Database
from models.inbox import Fact
from models.instants import HOUR, MINUTE, Instant, isoformat
from models.policy import Policy, Roles, Tiers
from models.policy_tables import TypeRoles
from service.coaching.start import started
from service.kpis.registry import KPIS
from service.scorecards.scorecard import Board
from tests.projection.harness import at, webhook
from tests.scorecards.shop import ANN, BOB, CAT, CLIENT, QUEUE, Shop, open_shop

MONDAY = "2026-09-14 08:00"
TALK = "2026-08-31 08:00"
PLAN = 7
NAMES = {ANN: ("Ann", "Archer"), BOB: ("Bob", "Beck"), CAT: ("Cat", "Cole")}
INCIDENT = 41
FIRST, LAST, SEPTEMBER = date(2026, 8, 3), date(2026, 9, 11), date(2026, 9, 1)
HOSTILE_TITLE = '<img src=x onerror="alert(1)">\r\nBcc: everybody'


def policy() -> Policy:
    """Three technicians, tiers, and five of anything is enough."""
    kpis = {kpi.key: {"minimum_sample": 5} for kpi in KPIS}
    return Policy.model_validate(
        {
            "timezone": "UTC",
            "technicians": (ANN, BOB, CAT),
            "roles": Roles(type=TypeRoles(incident=(INCIDENT,))),
            "tiers": Tiers.model_validate({"queues": {str(QUEUE): 1}, "technicians": {str(CAT): 9}}),
            "kpis": kpis,
        }
    )


@dataclass(frozen=True)
class Job:
    """A ticket of one day: worked on, entered ``late_minutes`` after its end, done before or after its due time."""

    number: int
    who: int
    day: date
    hours: int = 7
    late_minutes: int = 5
    is_missed: bool = False
    title: str = "Printer"

    def facts(self) -> Iterator[Fact]:
        nine = at(f"{self.day} 09:00")
        end = nine + self.hours * HOUR
        base: dict[str, object] = {
            "companyID": CLIENT,
            "queueID": QUEUE,
            "assignedResourceID": self.who,
            "ticketType": INCIDENT,
        }
        base |= {"ticketNumber": ticket_number(self), "title": self.title, "createDate": isoformat(nine)}
        base |= {"status": 1, "estimatedHours": self.hours, "resolvedDueDateTime": isoformat(end)}
        base |= {"firstResponseInitiatingResourceID": self.who}
        yield _heard("Ticket", self.number, nine, base, "Create")
        entry: dict[str, object] = {"resourceID": self.who, "ticketID": self.number, "hoursWorked": str(self.hours)}
        entry |= {"dateWorked": f"{self.day}T00:00:00", "startDateTime": isoformat(nine), "endDateTime": isoformat(end)}
        created = end + self.late_minutes * MINUTE
        yield _heard("TimeEntry", self.number, created, entry | {"createDateTime": isoformat(created)}, "Create")
        done = end + (HOUR if self.is_missed else 0)
        closing: dict[str, object] = {"status": 5, "completedDate": isoformat(done), "completedByResourceID": self.who}
        yield _heard("Ticket", self.number, done, closing | {"resolvedDateTime": isoformat(done)}, "Update")


def ticket_number(job: Job) -> str:
    """``T20260803.0011`` of Ann, ``…2`` of Bob, ``…3`` of Cat."""
    return f"T{job.day:%Y%m%d}.00{job.who - 100}{job.who - 100}"


def jobs() -> Iterator[Job]:
    """Everybody's tickets, in order."""
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    number = 1_000
    for day in (one for one in days if one.weekday() < 5):
        is_now = day >= SEPTEMBER
        number += 3
        title = HOSTILE_TITLE if day == LAST else "Printer & <b>scanner</b>"
        missed = is_now and day.day % 2 == 0
        yield Job(number, ANN, day, late_minutes=5 if is_now else 60, is_missed=missed or day == LAST, title=title)
        yield Job(number + 1, BOB, day, hours=3 if is_now else 7)
        yield Job(number + 2, CAT, day)


@contextmanager
def open_story(database: Database, *, now: str = MONDAY, facts: bool = True) -> Iterator[Shop]:
    """The story told up to a Monday morning; or only its policy."""
    with open_shop(database, now=TALK if facts else now, policy=policy()) as shop:
        if facts:
            _tell(shop, now)
        yield shop


def _tell(shop: Shop, now: str) -> None:
    told = [fact for job in jobs() for fact in job.facts()]
    shop.tell(*(shop.resource(number, *name) for number, name in NAMES.items()))
    shop.tell(*(one for one in told if one.received_at < at(TALK)))
    _talk(shop)
    shop.harness.advance_to(at(now))
    shop.tell(*(one for one in told if one.received_at >= at(TALK)))


def _talk(shop: Shop) -> None:
    """A plan with whatever is usual: focus, goal, guard list and days."""
    with shop.view() as view:
        start = started(Board(view), ANN, kpi=None, goal=None, check_backs=None, note="")
    shop.tell(coaching_fact(PLAN, {**start, "author": "a manager"}, at=shop.now, received_at=shop.now))


def _heard(kind: str, number: int, when: Instant, fields: dict[str, object], action: str) -> Fact:
    return webhook(kind, number, when, fields, action=action, received_at=when)
