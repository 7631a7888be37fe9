"""A service desk on one day, told through the HTTP door: at a time something happens, at a time one looks.

Every event is a signed body as Autotask sends it (PascalCase names, ids as text, UTC), posted to the
application; a projector with the same clock turns the inbox into the ledger. A *line* is what one ticket
contributes to one SLA KPI, reduced to what the rules of kpis.md speak of.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx
from fastapi import APIRouter
from sqlalchemy import select, text

from models.clock import ManualClock
from models.database import Database
from models.instants import SECOND, Instant, isoformat, parse_instant
from models.ledger import LEDGER_METADATA
from models.policy import Policy, Roles
from models.policy_tables import QueueRoles, SourceRoles, StatusRoles, TypeRoles, WorkTypeRoles
from service.app import create_app
from tests.door import DOOR, serving, settings_for, signed
from tests.projection.harness import Harness
from tests.projection.harness import row as rest_row

DAY = "2026-09-14"
NEW, COMPLETE, WAITING, WORKING = 1, 5, 7, 8
MERGED, CANCELLED, DUPLICATE = 20, 21, 22
MERGED_QUEUE, EXCLUDED_QUEUE, EXCLUDED_CATEGORY = 90, 91, 77
ALERT, MONITORING, INTERNAL, VACATION = 35, 38, 55, 66
ANN, BOB, CAT, SYSTEM = 101, 102, 103, 4

POLICY = Policy(
    timezone="UTC",
    internal_companies=(INTERNAL,),
    excluded_queues=(EXCLUDED_QUEUE,),
    excluded_categories=(EXCLUDED_CATEGORY,),
    roles=Roles(
        status=StatusRoles(merged=(MERGED,), cancelled=(CANCELLED,), duplicate=(DUPLICATE,)),
        queue=QueueRoles(merged=(MERGED_QUEUE,)),
        type=TypeRoles(alert=(ALERT,)),
        source=SourceRoles(monitoring=(MONITORING,)),
        work_type=WorkTypeRoles(time_off=(VACATION,)),
    ),
)


class Sla(NamedTuple):
    """One of the three KPIs by Autotask's names of its fields (kpis.md §3)."""

    key: str
    happened: str
    due: str
    met: str
    person: str


TRIAGE = Sla(
    "sla_triage",
    "firstResponseDateTime",
    "firstResponseDueDateTime",
    "isFirstResponseMet",
    "firstResponseInitiatingResourceID",
)
ENGAGEMENT = Sla(
    "sla_engagement",
    "resolutionPlanDateTime",
    "resolutionPlanDueDateTime",
    "isResolutionPlanMet",
    "resolutionPlanResourceID",
)
COMPLETION = Sla("sla_completion", "resolvedDateTime", "resolvedDueDateTime", "isResolutionMet", "resolutionResourceID")

_SHORT = {
    "queue": "queueID",
    "primary": "assignedResourceID",
    "company": "companyID",
    "created": "createDate",
    "completed": "completedDate",
    "completed_by": "completedByResourceID",
    "kind": "ticketType",
    "category": "ticketCategory",
    "responder": "firstResponseInitiatingResourceID",
    "estimate": "estimatedHours",
}
_TIMES = ("due", "happened", "created", "completed")


class Line(NamedTuple):
    """What a ticket contributes: outcome, met (0 or 1) of decided (0 or 1), reason, when decided, provisional."""

    outcome: str
    met: int
    decided: int
    reason: str
    at: str | None
    provisional: bool


def met(at: str) -> Line:
    """Decided, in time."""
    return Line("counted", 1, 1, "", at, False)


def missed(at: str) -> Line:
    """Decided, too late."""
    return Line("counted", 0, 1, "", at, False)


def open_breach(at: str, *, provisional: bool = False) -> Line:
    """Missed with no event yet."""
    return Line("counted", 0, 1, "open_breach", at, provisional)


def waits(reason: str) -> Line:
    """Counts nothing yet."""
    return Line("pending", 0, 0, reason, None, False)


def left_out(reason: str) -> Line:
    """Counts nothing."""
    return Line("excluded", 0, 0, reason, None, False)


def moment(text: str) -> Instant:
    """``"10:00"`` of the day, ``"10:00:30"``, or a whole ISO time."""
    return parse_instant(text if "-" in text else f"{DAY} {text}")


def clock_time(instant: Instant) -> str:
    """The way back: ``"10:00"``, with seconds where there are any, with the date on another day."""
    text = isoformat(instant).removeprefix(f"{DAY}T").removesuffix("Z")
    return text.removesuffix(":00") if text.count(":") == 2 else text


class Desk:
    """What happens (``ticket``, ``result``, ``entry``, …), when one looks (``look``), and what is seen then."""

    def __init__(self, client: httpx.AsyncClient, harness: Harness, sla: Sla) -> None:
        self.harness = harness
        self.sla = sla
        self.client = client
        self._numbers = itertools.count(1)

    async def ticket(
        self, when: str, action: str = "Update", *, number: int = 1, arrives: str = "", **fields: Any
    ) -> None:
        """A ticket's event. ``due`` and ``happened`` are those of the desk's KPI; times are ``"10:00"``."""
        await self.event("Ticket", number, when, self._named(fields), action=action, arrives=arrives)

    def row(self, seen: str, *, number: int = 1, changed: str = "", **fields: Any) -> None:
        """A ticket's row as REST would give it (no feed exists yet: it goes to the inbox as one would put it)."""
        changed_at = moment(changed) if changed else None
        self._arrive(seen)
        self.harness.tell(rest_row("Ticket", number, moment(seen), self._named(fields), changed_at))

    async def result(
        self, when: str, *, ticket: int = 1, number: int = 1, action: str = "Update", **fields: Any
    ) -> None:
        """An event of a ticket's SLA result: ``met``, ``person`` of the desk's KPI."""
        names = {"met": self.sla.met, "person": self.sla.person}
        named = {names.get(name, name): value for name, value in fields.items()}
        if action != "Delete":
            named["ticketID"] = ticket
        await self.event("ServiceLevelAgreementResults", number, when, named, action=action)

    async def entry(
        self,
        when: str,
        who: int,
        *,
        start: str = "",
        ticket: int = 1,
        number: int = 1,
        arrives: str = "",
        **fields: Any,
    ) -> None:
        """A time entry's event: somebody's work on a ticket from ``start`` (else ``when``)."""
        named = {
            "resourceID": who,
            "ticketID": ticket,
            "startDateTime": isoformat(moment(start or when)),
            "dateWorked": f"{DAY}T00:00:00Z",
            "hoursWorked": "0.5",
        }
        await self.event("TimeEntry", number, when, named | fields, arrives=arrives)

    async def resource(self, when: str, number: int, license_type: int, *, arrives: str = "") -> None:
        """A Resource's event; licence 7 makes an API user of it."""
        await self.event("Resource", number, when, {"licenseType": license_type}, arrives=arrives)

    async def hear(self, when: str) -> None:
        """Something that concerns no ticket is heard from Autotask."""
        await self.event("Company", 7, when, {"companyName": "Acme"})

    async def event(
        self,
        entity: str,
        number: int,
        when: str,
        fields: Mapping[str, Any],
        *,
        action: str = "Update",
        arrives: str = "",
    ) -> None:
        """Post one signed event at ``arrives`` (else when it happened) and let the projector come to rest."""
        self._arrive(arrives or when)
        document = {
            "Action": action,
            "Guid": "00000000-0000-0000-0000-000000000001",
            "EntityType": entity,
            "Id": number,
            "Fields": {name[0].upper() + name[1:]: _wire(value) for name, value in fields.items()},
            "EventTime": isoformat(moment(when)),
            "SequenceNumber": next(self._numbers),
            "PersonID": ANN,
        }
        body = json.dumps(document).encode()
        answer = await self.client.post(DOOR, content=body, headers=signed(body))
        assert answer.status_code == 202, answer.text
        self.harness.settle()

    def look(self, when: str) -> None:
        """Time passes; no event arrives, nobody reads."""
        self.harness.advance_to(moment(when))

    def stored(self, number: int = 1, measure: str = "") -> dict[str, Any] | None:
        """The ledger's contribution row of a ticket (to the desk's KPI, or the measure), or ``None``."""
        rows = self.harness.contributions(measure or self.sla.key)
        return next((found for found in rows if found["subject_id"] == number), None)

    def line(self, number: int = 1) -> Line:
        """What a ticket contributes now."""
        found = self.stored(number)
        assert found is not None, f"ticket {number} contributes no row"
        assert found["sample"] == (found["denominator"] != 0)
        return Line(
            found["outcome"],
            found["numerator"] // 1_000_000,
            found["denominator"] // 1_000_000,
            found["reason"],
            clock_time(found["happened_at"]) if found["denominator"] else None,
            bool(found["provisional"]),
        )

    def credit(self, number: int = 1) -> int:
        """Who is credited with (or charged for) a ticket's decision."""
        found = self.stored(number)
        assert found is not None
        return int(found["tech_id"])

    def counters(self, scope: str = "team", scope_id: int = 0) -> dict[int, tuple[int, int, int, int]]:
        """Counters of the desk's KPI by day: ``(numerator, denominator, sample, provisional)``."""
        counter = LEDGER_METADATA.tables["counter"]
        query = select(counter).where(
            counter.c.measure == self.sla.key, counter.c.scope == scope, counter.c.scope_id == scope_id
        )
        with self.harness.ledger.read() as connection:
            return {r.day: (r.numerator, r.denominator, r.sample, r.provisional) for r in connection.execute(query)}

    def _arrive(self, when: str) -> None:
        clock = self.harness.clock
        clock.set(max(clock.now(), moment(when)))

    def _named(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        short = _SHORT | {"due": self.sla.due, "happened": self.sla.happened}
        return {
            short.get(name, name): isoformat(moment(value)) if name in _TIMES and value else value
            for name, value in fields.items()
        }


def _wire(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@asynccontextmanager
async def running(
    database: Database, policy: Policy, routers: Sequence[APIRouter] = ()
) -> AsyncIterator[tuple[httpx.AsyncClient, Harness]]:
    """An application at 08:00 with nothing in its books; when it closes, verify proves every digit once more."""
    with database.write() as connection:
        connection.execute(text("DELETE FROM inbox"))
    clock = ManualClock(moment("08:00"))
    harness = Harness(database, now=clock.now(), policy=policy)
    harness.clock = clock
    harness.projector = harness.new_projector()
    app = create_app(settings_for(str(database.url)), database=database, clock=clock, routers=routers)
    async with serving(app) as client:
        yield client, harness
    assert harness.verify().differences == []
    harness.close()


@asynccontextmanager
async def open_desk(database: Database, sla: Sla, policy: Policy = POLICY) -> AsyncIterator[Desk]:
    """A desk that looks at one SLA KPI."""
    async with running(database, policy) as (client, harness):
        yield Desk(client, harness, sla)


__all__ = [
    "SECOND",
    "Desk",
    "Line",
    "Sla",
    "left_out",
    "met",
    "missed",
    "moment",
    "open_breach",
    "open_desk",
    "running",
    "waits",
]
