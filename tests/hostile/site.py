"""The door and the ledger behind it, on both databases: what is posted is projected when told."""

from __future__ import annotations

import json
from typing import Any

import httpx

from ingest.inbox import last_position
from tests.door import DOOR, problem_of, signed
from tests.projection.harness import Harness
from tests.scorecards.shop import Shop

TICKET = 42
NOW = "2026-09-14 12:00"
EVENT_TIME = "2026-09-14T12:00:00Z"
LATER = "2026-09-14T12:05:00Z"
DUE = "2026-09-14T13:00:00Z"


class Site:
    """Posts signed bodies, projects them, and says what became of them."""

    def __init__(self, shop: Shop, client: httpx.AsyncClient) -> None:
        self.shop = shop
        self.client = client

    async def post(self, body: bytes) -> int:
        """Post an authentic body: 202, whatever it says. Its position, projected."""
        response = await self.client.post(DOOR, content=body, headers=signed(body))
        assert 202 == response.status_code, response.text
        self.shop.harness.settle()
        position: int = response.json()["position"]
        return position

    async def refused(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Post what is not authentic: status and reason. Nothing is stored."""
        before = self.stored()
        response = await self.client.post(DOOR, content=body, headers=headers)
        assert before == self.stored()
        return problem_of(response)

    def stored(self) -> int:
        """How many events are in the inbox."""
        with self.shop.database.read() as connection:
            return last_position(connection)

    async def parked(self) -> dict[int, str]:
        """The reasons of parked events by position, over HTTP."""
        response = await self.client.get("/api/v1/parked")
        assert 200 == response.status_code, response.text
        return {item["position"]: item["reason"] for item in response.json()["items"] if item["kind"] == "event"}

    def triage(self) -> dict[int, tuple[str, int]]:
        """Reason and technician of every ticket's contribution to ``sla_triage``."""
        rows = self.shop.harness.contributions("sla_triage")
        return {row["subject_id"]: (row["reason"], row["tech_id"]) for row in rows}

    async def assert_sane(self) -> None:
        """A later good event of the same ticket counts, ``verify`` agrees, a rebuilt ledger says the same."""
        answered = {
            "FirstResponseDueDateTime": DUE,
            "FirstResponseDateTime": LATER,
            "FirstResponseInitiatingResourceID": 101,
        }
        await self.post(event(Fields=answered, EventTime=LATER, SequenceNumber=9))
        assert ("", 101) == self.triage()[TICKET]
        assert [] == self.shop.harness.verify().differences
        rebuilt = Harness(self.shop.database, now=self.shop.now, policy=self.shop.policy, build=2)
        assert self.shop.harness.dump() == rebuilt.dump()
        rebuilt.close()
        card = await self.client.get("/api/v1/scorecard")
        assert 200 == card.status_code


def document(**changes: Any) -> dict[str, Any]:
    """A good event of ticket 42, changed; ``...`` leaves a key out."""
    good: dict[str, Any] = {
        "Action": "Update",
        "Guid": "00000000-0000-0000-0000-000000000001",
        "EntityType": "Ticket",
        "Id": TICKET,
        "Fields": {"Status": 1, "CompanyID": 7, "FirstResponseDueDateTime": DUE},
        "EventTime": EVENT_TIME,
        "SequenceNumber": 1,
        "PersonID": 30691780,
    }
    return {key: value for key, value in (good | changes).items() if value is not ...}


def event(**changes: Any) -> bytes:
    """The body of ``document``."""
    return json.dumps(document(**changes)).encode()
