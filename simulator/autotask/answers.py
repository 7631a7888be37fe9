"""What the make-believe Autotask answers to reads: query, count, get, metadata, children (reference/autotask.md §4)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse

from models.instants import Instant
from simulator.autotask.faults import Dice, Faults
from simulator.autotask.filters import Plan, Refused
from simulator.autotask.schema import CHILDREN, FAMILIES, SCHEMA, UNQUERYABLE, Row, family_of, webhook_fields
from simulator.autotask.tenant import Tenant

MOST_ROWS = 500
_TYPES = {"date-time": "datetime", "int64": "long", "int32": "integer", "array": "string"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON document and its status."""

    document: dict[str, Any]
    status: int = 200


def errors(status: int, *texts: str) -> JSONResponse:
    """Autotask's form of a complaint."""
    return JSONResponse({"errors": list(texts)}, status)


class Reads:
    """Answers reads at one instant."""

    def __init__(self, tenant: Tenant, faults: Faults, dice: Dice, now: Instant, base: str) -> None:
        self._tenant = tenant
        self._faults = faults
        self._dice = dice
        self._now = now
        self._base = base

    def answer(self, method: str, path: list[str], params: dict[str, str], body: Any) -> Answer | None:
        """The answer, or ``None`` when this is no read."""
        collection = path[0]
        match [part.lower() for part in path[1:]]:
            case ["query", *rest] if method in ("GET", "POST") and rest in ([], ["next"], ["count"]):
                search = _search(params) if method == "GET" else body
                if not isinstance(search, dict):
                    raise Refused("The search is not valid.")
                folded = {name.lower(): value for name, value in search.items()}
                return self._count(collection, folded) if rest == ["count"] else self._query(path[0], folded, params)
            case ["entityinformation"] if method == "GET":
                return self._information(collection)
            case ["entityinformation", "fields"] if method == "GET":
                return Answer({"fields": self._fields(collection)})
            case ["entityinformation", "userdefinedfields"] if method == "GET":
                return Answer({"fields": []})
            case [number] if method == "GET" and number.isdigit():
                return self._get(collection, int(number))
            case [number, child] if method == "GET" and number.isdigit():
                return self._children(collection, int(number), child)
        return None

    def _query(self, collection: str, search: dict[str, Any], params: dict[str, str]) -> Answer:
        size = search.get("maxrecords", MOST_ROWS)
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MOST_ROWS:
            raise Refused(f"MaxRecords must be between 1 and {MOST_ROWS}.")
        included = _included(collection, search.get("includefields"))
        plan = Plan(collection, search.get("filter"))
        after = int(params.get("after", -(2**63)))
        rows = list(islice(self._visible(collection, plan, after), size + 1))
        if included is not None and "id" not in included and (len(rows) > MOST_ROWS or "after" in params):
            raise Refused(f"IncludeFields must contain id when there are more than {MOST_ROWS} rows.")
        page, more = rows[:size], len(rows) > size
        following = None
        if more:
            kept = {"search": params["search"]} if "search" in params else {}
            following = f"{self._base}/{collection}/query/next?" + urlencode({**kept, "after": page[-1]["id"]})
        details = {"count": len(page), "requestCount": size, "prevPageUrl": None, "nextPageUrl": following}
        document = {"items": [self._served(collection, row, included) for row in page], "pageDetails": details}
        if more and self._dice.falls("changed_between_pages", collection, self._faults.changed_between_pages_share):
            self._tenant.touch(collection, page[-1]["id"], self._now)
        return Answer(document)

    def _count(self, collection: str, search: dict[str, Any]) -> Answer:
        plan = Plan(collection, search.get("filter"))
        return Answer({"queryCount": sum(1 for _ in self._visible(collection, plan, -(2**63)))})

    def _visible(self, collection: str, plan: Plan, after: int) -> Iterable[Row]:
        rows = plan.rows(self._tenant.tables[collection], after)
        return (row for row in rows if not self._is_hidden(collection, row))

    def _is_hidden(self, collection: str, row: Row) -> bool:
        return self._faults.hides_non_billable and collection == "TimeEntries" and bool(row.get("isNonBillable"))

    def _get(self, collection: str, number: int) -> Answer:
        row = self._tenant.tables[collection].rows.get(number)
        if row is None or self._is_hidden(collection, row):
            return Answer({"item": None}) if self._faults.missing_is_null else Answer({"errors": ["Not found."]}, 404)
        return Answer({"item": self._served(collection, row, None)})

    def _children(self, collection: str, number: int, child: str) -> Answer | None:
        known = {(parent, name.lower()): both for (parent, name), both in CHILDREN.items()}
        both = known.get((collection, child.lower()))
        if both is None:
            return None
        plan = Plan(both[0], [{"op": "eq", "field": both[1], "value": number}])
        rows = [self._served(both[0], row, None) for row in self._visible(both[0], plan, -(2**63))]
        return Answer(
            {"items": rows, "pageDetails": {"count": len(rows), "requestCount": MOST_ROWS, "nextPageUrl": None}}
        )

    def _served(self, collection: str, row: Row, included: list[str] | None) -> Row:
        """Unrequested fields are absent, empty ones ``null``."""
        names = SCHEMA[collection] if included is None else included
        served = {name: row.get(name) for name in names}
        if (family := family_of(collection)) and "isReady" in served:
            served["isReady"] = self._tenant.is_ready(family, row["id"], self._now)
        if "userDefinedFields" in served:
            served["userDefinedFields"] = row.get("userDefinedFields") or []
        return served

    def _information(self, collection: str) -> Answer:
        hooked = any(collection == watched for watched, _ in FAMILIES.values())
        info = {
            "name": collection,
            "canCreate": False,
            "canUpdate": False,
            "canDelete": False,
            "canQuery": True,
            "hasUserDefinedFields": "userDefinedFields" in SCHEMA[collection],
            "supportsWebhookCallouts": hooked,
        }
        return Answer({"info": info})

    def _fields(self, collection: str) -> list[dict[str, Any]]:
        hooked = any(collection == watched for watched, _ in FAMILIES.values())
        return [
            self._field(collection, name, kind, hooked=hooked)
            for name, kind in SCHEMA[collection].items()
            if name != "userDefinedFields"
        ]

    def _field(self, collection: str, name: str, kind: str, *, hooked: bool) -> dict[str, Any]:
        labels = dict(self._tenant.picklists.of(collection, name))
        if name == "fieldID":
            labels = webhook_fields(collection.removesuffix("WebhookFields"))
        inactive = self._tenant.picklists.inactive
        values = [
            {
                "value": str(value),
                "label": label,
                "isDefaultValue": False,
                "sortOrder": place,
                "parentValue": "",
                "isActive": (collection, name, value) not in inactive,
                "isSystem": False,
            }
            for place, (value, label) in enumerate(labels.items(), 1)
        ]
        return {
            "name": name,
            "dataType": _TYPES.get(kind, kind),
            "length": 0,
            "isRequired": False,
            "isReadOnly": name == "id",
            "isQueryable": name not in UNQUERYABLE.get(collection, ()),
            "isReference": name.lower().endswith("id") and not values,
            "referenceEntityType": "",
            "isPickList": bool(values),
            "picklistValues": values or None,
            "picklistParentValueField": "",
            "isSupportedWebhookField": hooked and name != "id",
        }


def _search(params: dict[str, str]) -> Any:
    try:
        return json.loads(params.get("search", ""))
    except ValueError:
        raise Refused("The search parameter is not valid JSON.") from None


def _included(collection: str, wanted: Any) -> list[str] | None:
    if not wanted:
        return None
    known = {name.lower(): name for name in SCHEMA[collection]}
    for name in wanted:
        if str(name).lower() not in known:
            raise Refused(f"Unable to find {name} field in the {collection} entity.")
    return [known[str(name).lower()] for name in wanted]
