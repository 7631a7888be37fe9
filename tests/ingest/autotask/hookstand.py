"""The part of Autotask that keeps webhooks, in memory: enough of it to register on, and every way to damage one."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import httpx

from ingest.autotask.hooks import HOOKS, MOST_NAME
from ingest.autotask.registration import mend
from models.settings import Settings, load_settings
from tests.ingest.autotask.stand import Stand, done, errors, items

SECRET = "signing-secret-1"
TOKEN = "path-token-of-the-tests"
PERMISSION = "The logged in Resource does not have the adequate permissions to create this entity type."
_CHILD = re.compile(r"^(\w+)/(\d+)/(Fields|ExcludedResources)(?:/(\d+))?$")
_ONE = re.compile(r"^(\w+)/(\d+)$")


def nothing(*_: str) -> None:
    """Refuse nothing."""


def settings(**overrides: Any) -> Settings:
    """An installation that may register."""
    given: dict[str, Any] = {
        "webhook_token": TOKEN,
        "webhook_secrets": f"{SECRET},older-secret",
        "public_url": "https://scorecard.example.com",
        "autotask_username": "api@example.com",
        "autotask_secret": "top-secret-value",
        "autotask_integration_code": "TRACKINGCODE",
    }
    return load_settings(**(given | overrides))


class Hooks:
    """Answers like Autotask where nothing else is. ``refuse`` may answer instead; ``writes`` changed something."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, dict[str, Any]]] = {hook.parent: {} for hook in HOOKS}
        self.children: dict[tuple[str, int, str], dict[int, dict[str, Any]]] = {}
        self.ids = itertools.count(100)
        self.offers = {
            hook.field_collection: {name: number for number, name in enumerate(hook.wanted, 1)} for hook in HOOKS
        }
        self.offers["TicketWebhookFields"] |= {"description": 90, "resolution": 91}
        self.shows_secret = True
        self.ready_after = 0
        self.refuse: Callable[[str, str], httpx.Response | None] = nothing
        self.counts: dict[str, Any] = {}
        self.resources: list[dict[str, Any]] = []
        self.writes: list[str] = []
        self.stand = Stand(self.answer)
        self.client = self.stand.client

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The transport."""
        path = request.url.path.split("/v1.0/")[1]
        verb = request.method
        if (refused := self.refuse(verb, path)) is not None:
            return refused
        body = json.loads(request.content) if request.content else {}
        if path.endswith(("/query", "/query/count")):
            return self._query(path, body)
        if path.endswith("/entityInformation/fields"):
            return self._fields(path.split("/")[0])
        if verb != "GET":
            self.writes.append(f"{verb} {path}")
        if (child := _CHILD.match(path)) is not None:
            parent, number, kind, one = child.groups()
            return self._child(verb, (parent, int(number), kind), one, body)
        if (single := _ONE.match(path)) is not None:
            parent, number = single.groups()
            assert verb == "DELETE"
            gone = self.rows[parent].pop(int(number), None)
            return done() if gone else errors(500, "No matching records found")
        return self._write(verb, path, body)

    def first(self, parent: str = "TicketWebhooks") -> dict[str, Any]:
        """The oldest webhook of a kind."""
        return self.rows[parent][min(self.rows[parent])]

    def fields(self, parent: str = "TicketWebhooks") -> dict[int, dict[str, Any]]:
        """Its fields."""
        return self.children[parent, min(self.rows[parent]), "Fields"]

    def excluded(self, parent: str = "TicketWebhooks") -> dict[int, dict[str, Any]]:
        """Its excluded resources."""
        return self.children.setdefault((parent, min(self.rows[parent]), "ExcludedResources"), {})

    async def installed(self, **overrides: Any) -> Hooks:
        """Installed once, and the writes forgotten."""
        await mend(self.client, settings(**overrides))
        self.writes.clear()
        return self

    def is_ready(self, parent: str, number: int) -> bool:
        """A webhook with a field that triggers becomes ready, sometimes after a look or two."""
        fields = self.children.get((parent, number, "Fields"), {})
        if not any(row["isSubscribedField"] for row in fields.values()):
            return False
        self.ready_after -= 1
        return self.ready_after < 0

    def _query(self, path: str, body: dict[str, Any]) -> httpx.Response:
        collection = path.split("/", maxsplit=1)[0]
        if path.endswith("/count"):
            filtered = any(leaf["field"] == "isNonBillable" for leaf in body["Filter"])
            return httpx.Response(200, json={"queryCount": self.counts.get(collection, (1, 1))[filtered]})
        if collection == "Resources":
            return items(self.resources)
        wanted = body["IncludeFields"]
        rows = []
        for number, row in sorted(self.rows.get(collection, {}).items()):
            shown = {**row, "isReady": row.get("isReady", True) and self.is_ready(collection, number)}
            if not self.shows_secret:
                shown["secretKey"] = None
            if row["name"].startswith(body["Filter"][0]["value"]):
                rows.append({name: shown.get(name) for name in wanted})
        return items(rows)

    def _fields(self, collection: str) -> httpx.Response:
        if collection == "Resources":
            values = [{"value": "1", "label": "Professional"}, {"value": "7", "label": "API User"}]
            return httpx.Response(200, json={"fields": [{"name": "licenseType", "picklistValues": values}]})
        values = [{"value": str(number), "label": name} for name, number in self.offers.get(collection, {}).items()]
        return httpx.Response(200, json={"fields": [{"name": "fieldID", "picklistValues": values}, {"name": "id"}]})

    def _child(self, verb: str, key: tuple[str, int, str], one: str | None, body: dict[str, Any]) -> httpx.Response:
        rows = self.children.setdefault(key, {})
        if verb == "GET":
            return items(rows.values())
        if verb == "DELETE":
            return done() if rows.pop(int(one or 0), None) else errors(500, "No matching records found")
        if verb == "POST":
            number = next(self.ids)
            rows[number] = {**body, "id": number}
            return done(number)
        rows[body["id"]] |= body
        return done(body["id"])

    def _write(self, verb: str, parent: str, body: dict[str, Any]) -> httpx.Response:
        if verb == "PATCH":
            self.rows[parent][body["id"]] |= body
            return done(body["id"])
        assert verb == "POST"
        if len(body["name"]) > MOST_NAME or not body.get("deactivationUrl"):
            return errors(500, "Name is longer than 50 characters")
        number = next(self.ids)
        self.rows[parent][number] = {**body, "id": number}
        return done(number)
