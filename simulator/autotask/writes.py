"""Webhooks over REST: the parent on its collection with the id in the body, children below their parent.

Nothing else is written by this make-believe Autotask's clients, except that handled rows of the error log go.
"""

from __future__ import annotations

from typing import Any

from models.instants import Instant
from simulator.autotask.answers import Answer
from simulator.autotask.filters import Refused
from simulator.autotask.schema import CHILDREN, SCHEMA, Row, family_of, webhook_fields
from simulator.autotask.tenant import Tenant

_LENGTHS = {"name": 50, "webhookUrl": 500, "deactivationUrl": 500, "secretKey": 64, "notificationEmailAddress": 150}
_REQUIRED = ("name", "webhookUrl", "deactivationUrl", "secretKey")
_READ_ONLY = ("id", "isReady", "webhookGUID")


class Writes:
    """Answers writes at one instant."""

    def __init__(self, tenant: Tenant, now: Instant) -> None:
        self._tenant = tenant
        self._now = now

    def answer(self, method: str, path: list[str], body: Any) -> Answer:
        """The answer; 405 for a route that does not exist."""
        family = family_of(path[0])
        match path[1:]:
            case [number] if method == "DELETE" and (family or path[0] == "WebhookEventErrorLogs"):
                return self._delete(path[0], number)
            case [] if family and method == "POST":
                return self._create(family, _item(path[0], body))
            case [] if family and method in ("PATCH", "PUT"):
                return self._update(path[0], family, _item(path[0], body), whole=method == "PUT")
            case [number, child, *rest] if family and number.isdigit():
                known = {name.lower(): both[0] for (parent, name), both in CHILDREN.items() if parent == path[0]}
                collection = known.get(child.lower())
                if collection is not None:
                    return self._child(method, family, int(number), collection, rest, body)
        return Answer({"errors": ["The requested resource does not support this method."]}, 405)

    def _create(self, family: str, item: Row) -> Answer:
        missing = [name for name in _REQUIRED if not item.get(name)]
        if missing:
            raise Refused(f"{missing[0]} is required.")
        _check_lengths(item)
        table = self._tenant.tables[f"{family}Webhooks"]
        number = table.next_id()
        flags = {name: False for name, kind in SCHEMA[table.collection].items() if kind == "boolean"}
        given = {name: value for name, value in item.items() if name not in _READ_ONLY}
        table.put(number, {**flags, **given, "webhookGUID": self._tenant.new_guid(family, number)})
        self._tenant.webhook_written(family, number, self._now)
        return Answer({"itemId": number})

    def _update(self, collection: str, family: str, item: Row, *, whole: bool) -> Answer:
        number = self._existing(collection, item.get("id"))
        _check_lengths(item)
        nothing = dict.fromkeys(SCHEMA[collection]) if whole else {}
        changed = {name: value for name, value in (nothing | item).items() if name not in _READ_ONLY}
        self._tenant.tables[collection].put(number, changed)
        return Answer({"itemId": number})

    def _delete(self, collection: str, number: object) -> Answer:
        entity_id = self._existing(collection, number)
        self._tenant.tables[collection].remove(entity_id)
        for (parent, _), (child, name) in CHILDREN.items():
            if parent == collection and family_of(collection):
                for one in self._tenant.tables[child].having(name, [entity_id]):
                    self._tenant.tables[child].remove(one)
        return Answer({"itemId": entity_id})

    def _child(self, method: str, family: str, parent_id: int, collection: str, rest: list[str], body: Any) -> Answer:
        self._existing(f"{family}Webhooks", parent_id)
        table = self._tenant.tables[collection]
        if method == "DELETE" and len(rest) == 1:
            number = self._existing(collection, rest[0])
            if table.rows[number]["webhookID"] != parent_id:
                raise Refused("No matching records found")
            table.remove(number)
            return Answer({"itemId": number})
        is_field = collection.endswith("Fields")
        if rest or method not in ("POST", "PATCH", "PUT") or (method != "POST" and not is_field):
            return Answer({"errors": ["The requested resource does not support this method."]}, 405)
        item = {**_item(collection, body), "webhookID": parent_id}
        if method == "POST":
            number = table.next_id()
            item.pop("id", None)
            if is_field:
                self._check_field(family, parent_id, item.get("fieldID"))
        else:
            number = self._existing(collection, item.pop("id", None))
        table.put(number, item)
        self._tenant.webhook_written(family, parent_id, self._now)
        return Answer({"itemId": number})

    def _check_field(self, family: str, parent_id: int, field_id: object) -> None:
        if field_id not in webhook_fields(family):
            raise Refused("Reference value on field fieldID does not exist or is invalid.")
        table = self._tenant.tables[f"{family}WebhookFields"]
        if any(table.rows[one]["fieldID"] == field_id for one in table.having("webhookID", [parent_id])):
            raise Refused("The field fieldID is invalid: it is already part of this webhook.")

    def _existing(self, collection: str, number: object) -> int:
        try:
            entity_id = int(str(number))
        except ValueError:
            entity_id = -1
        if entity_id not in self._tenant.tables[collection].rows:
            raise Refused("No matching records found")
        return entity_id


def _item(collection: str, body: Any) -> Row:
    """The body by REST names; its keys may be in any case."""
    if not isinstance(body, dict):
        raise Refused("The request body must be an object.")
    known = {name.lower(): name for name in SCHEMA[collection]}
    unknown = [name for name in body if name.lower() not in known]
    if unknown:
        raise Refused(f"Unable to find {unknown[0]} field in the {collection} entity.")
    return {known[name.lower()]: value for name, value in body.items()}


def _check_lengths(item: Row) -> None:
    for name, most in _LENGTHS.items():
        if len(str(item.get(name) or "")) > most:
            raise Refused(f"The value of {name} is invalid: it must be at most {most} characters.")
