"""A desk's past in the inbox: technicians with their hours, tickets as they ended, work on them, surveys, endpoints.

Tickets come at a steady rate and the newest is half a day old, so that more tickets are a longer past and not a busier
desk; a rate can be given instead. Everything is decided by a ticket's number. Bodies are signed events without their
signatures, appended in big batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice
from typing import Any

import orjson

from benchmarks.load import FIRST_TICKET, TECHNICIANS
from ingest.autotask.catalogue import WEEKDAY_NAMES
from ingest.inbox import append
from models import entities as e
from models.database import Database
from models.inbox import Fact, Origin
from models.instants import HOUR, MINUTE, SECOND, Instant
from simulator.callouts import wire_time

PER_DAY = 250
DAY = 24 * HOUR
FIRST_TECHNICIAN = 30_000_000
QUEUES = 5
COMPANIES = 40
ENDPOINTS = 400
_FIRST_COMPANY = 100
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Past:
    """So many tickets up to ``now``, every second one with an hour's entry and every tenth with a survey."""

    tickets: int
    now: Instant
    technicians: int = TECHNICIANS
    per_day: int = PER_DAY
    queues: int = QUEUES
    companies: int = COMPANIES

    def facts(self) -> Iterator[Fact]:
        """All of it, oldest first."""
        tickets = (fact for number in range(self.tickets) for fact in self._of_ticket(number))
        return chain(self._furniture(), tickets)

    def created(self, number: int) -> Instant:
        """When a ticket was created."""
        return self.now - DAY // 2 - (self.tickets - 1 - number) * (DAY // self.per_day)

    def newest(self, days: int) -> range:
        """The numbers of the tickets of the last days."""
        return range(max(0, self.tickets - days * self.per_day), self.tickets)

    def technician(self, number: int) -> int:
        """Who works on a ticket."""
        return FIRST_TECHNICIAN + number % self.technicians

    def fact(self, kind: str, number: int, at: Instant, fields: Mapping[str, Any], action: str = "Create") -> Fact:
        """One event as the door stores it."""
        document = {
            "Action": action,
            "EntityType": kind,
            "Id": number,
            "Fields": fields,
            "EventTime": wire_time(at),
            "SequenceNumber": 1,
            "PersonID": FIRST_TECHNICIAN,
        }
        body = orjson.dumps(document)
        return Fact(self.now, Origin.WEBHOOK, sha256(body).digest(), body, kind, number)

    def entry(self, number: int, ticket_id: int, tech_id: int, start: Instant) -> Fact:
        """Half an hour on a ticket, typed in at its end."""
        end = wire_time(start + 30 * MINUTE)
        fields = {
            "ticketID": ticket_id,
            "resourceID": tech_id,
            "creatorUserID": tech_id,
            "startDateTime": wire_time(start),
            "endDateTime": end,
            "dateWorked": f"{wire_time(start)[:10]}T00:00:00",
            "hoursWorked": 0.5,
            "createDateTime": end,
        }
        return self.fact(e.TIME_ENTRY, number, start + 30 * MINUTE, fields)

    def _furniture(self) -> Iterator[Fact]:
        since = self.created(0) - DAY
        yield self.fact(e.LOCATION, 1, since, {"name": "Main", "isDefault": True})
        hours = {f"{day}AvailableHours": 8 for day in WEEKDAY_NAMES[:5]}
        for number in range(self.technicians):
            tech_id = FIRST_TECHNICIAN + number
            named = {"firstName": "Technician", "lastName": f"No. {number}", "isActive": True, "locationID": 1}
            yield self.fact(e.RESOURCE, tech_id, since, named)
            yield self.fact(e.AVAILABILITY, number + 1, since, {"resourceID": tech_id, **hours})
        for number in range(max(ENDPOINTS, self.companies)):
            fields = {
                "isActive": True,
                "companyID": _FIRST_COMPANY + number % self.companies,
                "createDate": wire_time(since),
            }
            yield self.fact(e.ENDPOINT, number + 1, since, fields)

    def _of_ticket(self, number: int) -> Iterator[Fact]:
        ticket_id, created, tech_id = FIRST_TICKET + number, self.created(number), self.technician(number)
        answered = created + (90 if number % 8 == 0 else 30) * MINUTE  # one answer in eight comes late
        done = wire_time(created + 3 * HOUR)
        fields = {
            "TicketNumber": f"T{number}",
            "Title": "Printer does not print",
            "Status": 5,
            "Priority": 1 + number % 4,
            "TicketType": 1 + number % 2,
            "QueueID": 1 + number % self.queues,
            "CompanyID": _FIRST_COMPANY + number % self.companies,
            "AssignedResourceID": tech_id,
            "EstimatedHours": 0.5 + number % 3 / 4,
            "CreateDate": wire_time(created),
            "FirstResponseDueDateTime": wire_time(created + HOUR),
            "FirstResponseDateTime": wire_time(answered),
            "FirstResponseInitiatingResourceID": tech_id,
            "ResolutionPlanDueDateTime": wire_time(created + 2 * HOUR),
            "ResolutionPlanDateTime": wire_time(answered + 10 * MINUTE),
            "ResolvedDueDateTime": wire_time(created + 4 * HOUR),
            "ResolvedDateTime": done,
            "CompletedDate": done,
            "CompletedByResourceID": tech_id,
        }
        yield self.fact(e.TICKET, ticket_id, created + 3 * HOUR, fields)
        if number % 2 == 0:
            yield self.entry(ticket_id, ticket_id, tech_id, created + 2 * HOUR)
        if number % 10 == 0:
            rated = {"ticketID": ticket_id, "surveyRating": 3 + number // 10 % 3, "completeDate": done}
            yield self.fact(e.SURVEY, ticket_id, created + 4 * HOUR, rated)


def past(tickets: int, now: Instant, **given: int) -> Past:
    """A past up to a whole second, in which event times are told."""
    return Past(tickets, now // SECOND * SECOND, **given)


def fill(database: Database, facts: Iterator[Fact]) -> int:
    """Append facts; how many."""
    stored = 0
    while batch := list(islice(facts, _BATCH)):
        with database.write() as connection:
            stored += len(append(connection, batch))
    return stored
