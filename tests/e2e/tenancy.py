"""A make-believe Autotask on a port of this machine, with one technician at one client's ticket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from models.clock import WallClock
from models.instants import MINUTE, SECOND, isoformat, local_day
from models.policy import Policy
from simulator.autotask.app import create_app
from simulator.autotask.changes import Change
from simulator.autotask.dispatcher import Dispatcher
from simulator.autotask.server import LoopbackServer
from simulator.autotask.tenant import Tenant
from simulator.callouts import Action
from simulator.dotnet_json import Json

TECHNICIAN, CLIENT, TICKET = 29682885, 175, 8001


class Tenancy:
    """The tenant, its REST door and its callouts. Changes are made at once, in the door's own thread."""

    def __init__(self) -> None:
        self.clock = WallClock()
        self.callout_url: str | None = None
        self._tenant = Tenant()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._write("Companies", CLIENT, companyName="Client", companyType=1, isActive=True)
        self._write("Resources", TECHNICIAN, firstName="Ada", lastName="Byron", isActive=True, licenseType=1)
        created = isoformat(self.clock.now() - 60 * MINUTE)
        self._write("Tickets", TICKET, ticketNumber="T1", companyID=CLIENT, status=8, ticketType=2, createDate=created)
        self._server = LoopbackServer(create_app(self._tenant, self.clock), beside=self._live)
        account = self._tenant.account
        self.settings = {
            "AUTOTASK_USERNAME": account.username,
            "AUTOTASK_SECRET": account.secret,
            "AUTOTASK_INTEGRATION_CODE": account.integration_code,
            "AUTOTASK_ZONE_URL": f"{self._server.url}/atservicesrest",
        }

    def log_time(self, entry: int) -> None:
        """The technician writes down the last quarter of an hour at the ticket."""
        now = self.clock.now()
        self._soon(
            "TimeEntries",
            entry,
            Action.CREATE,
            {
                "ticketID": TICKET,
                "resourceID": TECHNICIAN,
                "creatorUserID": TECHNICIAN,
                "timeEntryType": 2,
                "hoursWorked": 0.25,
                "dateWorked": f"{_date(now)}T00:00:00Z",
                "startDateTime": isoformat(now - 15 * MINUTE),
                "endDateTime": isoformat(now - SECOND),
                "createDateTime": isoformat(now),
            },
        )

    def answer(self, ticket: int, due: int, answered: int) -> None:
        """A ticket that was due for its first response, with when it had it; told again, it is corrected.

        Before anybody has asked it is the past, and as old as its answer.
        """
        past = self._loop is None
        fields: dict[str, Json] = {
            "ticketNumber": f"T{ticket}",
            "companyID": CLIENT,
            "status": 5 if past else 8,
            "ticketType": 2,
            "assignedResourceID": TECHNICIAN,
            "createDate": isoformat(due - 60 * MINUTE),
            "firstResponseDueDateTime": isoformat(due),
            "firstResponseDateTime": isoformat(answered),
            "firstResponseInitiatingResourceID": TECHNICIAN,
        }
        if past:
            done = isoformat(answered)
            fields |= {"completedDate": done, "completedByResourceID": TECHNICIAN}
            self._tenant.apply(Change(answered, Action.CREATE, "Tickets", ticket, fields, TECHNICIAN))
        else:
            self._soon("Tickets", ticket, Action.UPDATE, fields)

    def delete_time(self, entry: int) -> None:
        """The technician takes it back."""
        self._soon("TimeEntries", entry, Action.DELETE, {})

    def close(self) -> None:
        """Leave the port."""
        self._server.close()

    def _soon(self, collection: str, number: int, action: Action, fields: Mapping[str, Any]) -> None:
        assert self._loop is not None, "nobody has asked yet"
        change = Change(self.clock.now(), action, collection, number, fields, TECHNICIAN)
        self._loop.call_soon_threadsafe(self._tenant.apply, change)

    def _write(self, collection: str, number: int, **fields: Any) -> None:
        self._tenant.apply(Change(self.clock.now(), Action.CREATE, collection, number, fields, TECHNICIAN))

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with httpx.AsyncClient(trust_env=False) as client:
            dispatcher = Dispatcher(self._tenant, client)
            while True:
                dispatcher.extension_url = self.callout_url
                await dispatcher.step(self.clock.now())
                await asyncio.sleep(0.1)


def _date(now: int) -> str:
    day = local_day(now, Policy().zone)
    return f"{day // 10_000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"
