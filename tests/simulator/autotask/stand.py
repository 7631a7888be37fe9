"""A tenant with a few rows, its REST door and a receiver of its callouts, all in one process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.clock import ManualClock
from models.instants import SECOND, parse_instant
from simulator.autotask.app import create_app
from simulator.autotask.changes import Change
from simulator.autotask.dispatcher import Dispatcher
from simulator.autotask.faults import Faults
from simulator.autotask.tenant import Tenant
from simulator.callouts import Action

START = parse_instant("2026-09-14T08:00:00.147Z")


class Receiver:
    """Answers callouts with ``status`` and keeps them."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[tuple[str, bytes, str | None]] = []
        self.app = Starlette(routes=[Route("/{path}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.got.append((request.url.path, await request.body(), request.headers.get("x-hook-signature")))
        return Response(status_code=self.status)

    def events(self) -> list[dict[str, Any]]:
        """The bodies that came to the webhook's URL."""
        return [json.loads(body) for path, body, _ in self.got if path == "/hook"]


class Stand:
    """All of it; ``faults`` go to the door and to the dispatcher."""

    def __init__(self, faults: Faults | None = None, language: str = "en") -> None:
        self.clock = ManualClock(START)
        self.tenant = Tenant(language=language)
        self.receiver = Receiver()
        self.slept: list[float] = []
        self.app = create_app(self.tenant, self.clock, faults, sleep=self._sleep)
        account = self.tenant.account
        self.headers = {
            "UserName": account.username,
            "Secret": account.secret,
            "ApiIntegrationCode": account.integration_code,
        }
        base = "http://autotask.test/atservicesrest/v1.0/"
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=base, headers=self.headers)
        self._outward = httpx.AsyncClient(transport=httpx.ASGITransport(self.receiver.app))
        self.dispatcher = Dispatcher(self.tenant, self._outward, faults, extension_url="http://hooks.test/extension")

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)  # others come in meanwhile

    def change(
        self, collection: str, number: int, fields: Mapping[str, Any], action: Action = Action.CREATE, person: int = 9
    ) -> None:
        """One change now."""
        self.tenant.apply(Change(self.clock.now(), action, collection, number, fields, person))

    async def query(self, collection: str, *items: dict[str, Any], **more: Any) -> httpx.Response:
        """A query by POST."""
        return await self.http.post(f"{collection}/query", json={"filter": list(items), **more})

    async def ids(self, collection: str, *items: dict[str, Any]) -> list[int]:
        """The ids a query finds."""
        return [row["id"] for row in (await self.query(collection, *items)).json()["items"]]

    async def hook(self, family: str = "Ticket", fields: tuple[str, ...] = ("status", "queueID")) -> int:
        """A ready webhook of the family, for everything; ``ticketNumber`` is always displayed."""
        flags = {f"isSubscribedTo{word}Events": True for word in ("Create", "Update", "Delete")}
        urls = {"webhookUrl": "http://hooks.test/hook", "deactivationUrl": "http://hooks.test/off"}
        item = {"name": "Ours", **urls, "secretKey": "a-secret", "isActive": True, **flags}
        number: int = (await self.http.post(f"{family}Webhooks", json=item)).json()["itemId"]
        answer = await self.http.get(f"{family}WebhookFields/entityInformation/fields")
        info = next(one for one in answer.json()["fields"] if one["name"] == "fieldID")
        offered = {one["label"]: int(one["value"]) for one in info["picklistValues"]}
        for name in (*fields, *(["ticketNumber"] if family == "Ticket" else [])):
            child = {
                "fieldID": offered[name],
                "isSubscribedField": name in fields,
                "isDisplayAlwaysField": name not in fields,
            }
            assert (await self.http.post(f"{family}Webhooks/{number}/Fields", json=child)).is_success
        self.clock.advance(5 * SECOND)
        return number
