"""An office whose figures are read back by the API: tickets, work and people in, scorecards and evidence out.

A *row* is one contribution as the evidence tells it, in whole hours or whole things; ids are those of the desk.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

from ingest.own import HistoryLine, contest_fact, contest_undone_fact, gap_fact, history_fact, lost_event_fact
from models.database import Database
from models.entities import MILLION
from models.inbox import Fact
from models.instants import Instant, isoformat
from models.policy import Policy, Roles, Tiers
from models.policy_tables import (
    QueueRoles,
    SourceRoles,
    StatusRoles,
    TimeOffStatusRoles,
    TypeRoles,
    WorkTypeRoles,
)
from service import desk
from service.api import evidence, scopes, scorecard
from service.desk import Pointer
from tests.kpis.desk import (
    ALERT,
    ANN,
    BOB,
    CANCELLED,
    CAT,
    DUPLICATE,
    EXCLUDED_CATEGORY,
    EXCLUDED_QUEUE,
    INTERNAL,
    MERGED,
    MERGED_QUEUE,
    MONITORING,
    NEW,
    TRIAGE,
    VACATION,
    Desk,
    moment,
    running,
)
from tests.projection.harness import GENERATION, Harness

ROUTERS = (scorecard.router, evidence.router, scopes.router)
CLIENT, OTHER_CLIENT, UNMANAGED = 7, 8, 56
ESCALATED, APPROVED = 30, 2
INCIDENT, REQUEST, CHANGE = 41, 42, 43
FIRST_LINE, SECOND_LINE, SIDE_LINE = 11, 12, 19
"""Queues: of tier 1, of tier 2, and of none."""

ROLES = Roles(
    status=StatusRoles(merged=(MERGED,), cancelled=(CANCELLED,), duplicate=(DUPLICATE,), escalated=(ESCALATED,)),
    queue=QueueRoles(merged=(MERGED_QUEUE,)),
    type=TypeRoles(incident=(INCIDENT,), request=(REQUEST,), alert=(ALERT,), change=(CHANGE,)),
    source=SourceRoles(monitoring=(MONITORING,)),
    time_off_status=TimeOffStatusRoles(approved=(APPROVED,)),
    work_type=WorkTypeRoles(time_off=(VACATION,)),
)
TIERS = Tiers.model_validate(
    {"queues": {str(FIRST_LINE): 1, str(SECOND_LINE): 2}, "technicians": {str(ANN): 1, str(BOB): 2, str(CAT): 3}}
)


def policy(**changes: Any) -> Policy:
    """The office's policy with changes."""
    return Policy(
        **{
            "timezone": "UTC",
            "internal_companies": (INTERNAL,),
            "unmanaged_companies": (UNMANAGED,),
            "excluded_queues": (EXCLUDED_QUEUE,),
            "excluded_categories": (EXCLUDED_CATEGORY,),
            "roles": ROLES,
            "tiers": TIERS,
            **changes,
        }
    )


OFFICE = policy()

EXCLUSIONS: dict[str, dict[str, Any]] = {
    "contested": {},
    "deleted": {},
    "merged": {"status": MERGED},
    "duplicate": {"status": DUPLICATE},
    "cancelled": {"status": CANCELLED},
    "internal_company": {"company": INTERNAL},
    "excluded_queue": {"queue": EXCLUDED_QUEUE},
    "excluded_category": {"category": EXCLUDED_CATEGORY},
}
"""What keeps a ticket that was worked on out of a KPI (kpis.md §2), as ``Office.exclude`` makes it happen."""


class Row(NamedTuple):
    """What one subject contributes: whose, when, how much of how much, and why not."""

    day: str
    tech_id: int | None
    numerator: float
    denominator: float
    reason: str | None = None


class Office(Desk):
    """Facts go in through the door or as facts of our own; figures come out by the API."""

    def __init__(self, client: httpx.AsyncClient, harness: Harness) -> None:
        super().__init__(client, harness, TRIAGE)
        self._entries = itertools.count(1)

    async def open_ticket(self, when: str, *, number: int = 1, **fields: Any) -> None:
        """A client's new incident in the first line, held by Ann unless said otherwise."""
        usual = {"status": NEW, "company": CLIENT, "queue": FIRST_LINE, "kind": INCIDENT, "primary": ANN}
        await self.ticket(when, "Create", number=number, **(usual | {"created": when} | fields))

    async def technician(self, when: str, who: int = ANN, **fields: Any) -> None:
        """An active Resource."""
        await self.event("Resource", who, when, {"isActive": True} | fields)

    async def work(
        self, when: str, who: int = ANN, hours: str = "1", *, start: str = "", end: str = "", **fields: Any
    ) -> int:
        """A new time entry, typed in at ``when`` and worked from ``start`` (else ``when``) on that day; its id."""
        number: int = fields.pop("number", 0) or next(self._entries)
        began = moment(start or when)
        named = {
            "dateWorked": f"{isoformat(began)[:10]}T00:00:00Z",
            "createDateTime": isoformat(moment(when)),
            "hoursWorked": hours,
            **({"endDateTime": isoformat(moment(end))} if end else {}),
        }
        await self.entry(when, who, start=start, number=number, **(named | fields))
        return number

    def told(self, when: str, fact: Fact) -> None:
        """A fact of our own arrives."""
        self._arrive(when)
        self.harness.tell(fact)

    def contest(self, when: str, kpi: str, *, ticket: int = 1, credit_to: int | None = None, number: int = 1) -> None:
        """A manager contests a ticket."""
        at = moment(when)
        told = {"at": at, "reason": "not ours", "author": "a manager", "received_at": at}
        self.told(when, contest_fact(number, ticket, kpi, credit_to=credit_to, **told))  # type: ignore[arg-type]  # mixed

    def undo(self, when: str, number: int = 1) -> None:
        """A contest is taken back."""
        at = moment(when)
        self.told(when, contest_undone_fact(number, at=at, author="a manager", received_at=at))

    def gap(self, start: str, end: str | None, *, told: str = "", number: int = 1) -> None:
        """Nothing watched tickets from ``start`` to ``end``; known at ``told``, else at the end."""
        at = moment(told or end or start)
        closes = None if end is None else moment(end)
        self.told(told or end or start, gap_fact(number, moment(start), closes, at=at, received_at=at))

    def lost(self, when: str, *, told: str = "", ticket: int = 1, number: int = 1) -> None:
        """An event of a ticket was lost."""
        self.told(told or when, lost_event_fact(number, ticket, moment(when), received_at=moment(told or when)))

    def imported(self, when: str, *lines: HistoryLine, ticket: int = 1, understood: bool = True) -> None:
        """A ticket's history was imported."""
        at = moment(when)
        self.told(when, history_fact(ticket, at, lines, understood=understood, received_at=at))

    async def exclude(self, when: str, kpi: str, reason: str, *, number: int = 1) -> None:
        """Make the exclusion of ``EXCLUSIONS`` happen to a ticket."""
        if reason == "contested":
            self.contest(when, kpi, ticket=number)
        elif reason == "deleted":
            await self.event("Ticket", number, when, {}, action="Delete")
        else:
            await self.ticket(when, number=number, **EXCLUSIONS[reason])

    async def read(self, path: str, **asked: Any) -> Any:
        """A document of the API."""
        answer = await self.client.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def evidence(self, kpi: str, window: str = "90d", **scope: int) -> list[dict[str, Any]]:
        """The rows of a KPI as the API writes them, by subject."""
        found = await self.read(f"/api/v1/kpis/{kpi}/evidence", window=window, limit=200, **scope)
        return sorted(found["items"], key=lambda one: (one["subject_id"], one["happened_at"], one["tech_id"] or 0))

    async def rows(self, kpi: str, window: str = "90d", **scope: int) -> list[Row]:
        """The rows of a KPI, by subject, moment and technician."""
        return [_row(one) for one in await self.evidence(kpi, window, **scope)]

    async def figure(self, kpi: str, window: str = "90d", *, who: int = 0, queue: int = 0, company: int = 0) -> Any:
        """The team's figure of a KPI, or that of one technician, queue or company."""
        if who or queue or company:
            scope = f"technicians/{who}" if who else f"queues/{queue}" if queue else f"companies/{company}"
            document = await self.read(f"/api/v1/{scope}/scorecard", window=window)
        else:
            document = (await self.read("/api/v1/scorecard", window=window))["team"]
        return next(one for one in document["kpis"] if one["kpi"] == kpi)

    async def sums(self, kpi: str, window: str = "90d", **scope: int) -> tuple[float, float]:
        """Numerator and denominator of a figure."""
        found = await self.figure(kpi, window, **scope)
        return found["numerator"] / MILLION, found["denominator"] / MILLION


def _row(one: dict[str, Any]) -> Row:
    return Row(one["day"], one["tech_id"], one["numerator"] / MILLION, one["denominator"] / MILLION, one["reason"])


def line(when: str, field: str, old: int | None, new: int | None) -> HistoryLine:
    """A line of an imported history."""
    at: Instant = moment(when)
    return HistoryLine(at, field, old, new)


@asynccontextmanager
async def open_office(database: Database, policy: Policy = OFFICE) -> AsyncIterator[Office]:
    """An office that opens at 08:00 of the desk's day."""
    async with running(database, policy, ROUTERS) as (client, harness):
        with database.write() as connection:
            desk.write_policy(connection, policy, harness.clock.now())
            desk.write_pointer(connection, Pointer(GENERATION, 1), harness.clock.now())
        yield Office(client, harness)
