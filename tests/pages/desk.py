"""A small Techscore with its live page: inbox, ledger, projector and application on one clock moved by hand."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from models.database import Database
from models.entities import RESOURCE, TICKET
from models.inbox import Fact
from models.instants import Instant, isoformat
from models.policy import Policy
from service import desk
from service.api import stream
from service.app import create_app
from service.desk import Pointer
from service.pages.router import router
from tests.door import settings_for
from tests.projection.harness import GENERATION, Harness, at, webhook

START = at("2026-09-14 09:00")
POLICY = Policy(timezone="UTC")


class PageDesk:
    """``harness`` is told facts; ``app`` shows them."""

    def __init__(self, main: Database, now: Instant = START) -> None:
        self.harness = Harness(main, now=now, policy=POLICY)
        settings = settings_for("sqlite:///unused.db")
        self.app: FastAPI = create_app(
            settings, database=main, clock=self.harness.clock, routers=[router, stream.router]
        )

    def show(self) -> None:
        """Point at the ledger, as a worker does when it has built it."""
        with self.harness.main.write() as connection:
            desk.write_policy(connection, POLICY, self.harness.clock.now())
            desk.write_pointer(connection, Pointer(GENERATION, 1), self.harness.clock.now())

    def close(self) -> None:
        """Drop the ledger."""
        self.harness.close()


def ticket(number: int, created: Instant, **fields: Any) -> Fact:
    """A new ticket with its number, title, queue and primary; ``fields`` override."""
    values = {
        "TicketNumber": f"T20260914.{number:04}",
        "Title": f"Ticket {number}",
        "CreateDate": isoformat(created),
        "Status": 1,
        "QueueID": 29683354,
        "AssignedResourceID": 100,
        "CompanyID": 629,
    }
    return webhook(TICKET, number, created, values | fields, action="Create")


def resource(number: int, first: str, last: str, seen: Instant = START) -> Fact:
    """A technician."""
    return webhook(RESOURCE, number, seen, {"FirstName": first, "LastName": last, "IsActive": True}, action="Create")
