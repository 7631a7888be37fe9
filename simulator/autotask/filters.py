"""The filter grammar of ``/query``: leaves, ``and``/``or`` groups, and a plan that reads few rows.

Times are compared as instants, text without regard to case; a ``null`` is equal to nothing and less than nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from models.instants import Instant
from simulator.autotask.schema import CURSORS, SCHEMA, UNQUERYABLE, Row
from simulator.autotask.table import Table, instant_of

MOST_CONDITIONS = 500

Predicate = Callable[[Row], bool]

_ORDERS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "beginsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": operator.contains,
}
_OPS = {op.lower(): op for op in ("eq", "noteq", *_ORDERS, *_TEXTS, "exist", "notExist", "in", "notIn")}


class Refused(Exception):
    """A query Autotask answers with HTTP 500; the text is for ``errors``."""


class Plan:
    """A compiled filter: a predicate, and which rows are worth asking."""

    def __init__(self, collection: str, items: object) -> None:
        if not isinstance(items, list) or not items:
            raise Refused("The filter is required and must be an array with at least one condition.")
        self.collection = collection
        if collection == "TicketHistory":
            _one_ticket(items)
        self._conditions = 0
        self._after = -(2**63)
        self._sets: list[tuple[str, list[Any]]] = []
        self._since: Instant | None = None
        tests = [self._compile(item, top=True, disjunctive=False) for item in items]
        self._matches: Predicate = tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def rows(self, table: Table, after: int) -> Iterator[Row]:
        """Matching rows with ids greater than ``after``, in order of id."""
        among = None
        for name, values in self._sets:
            if table.is_indexed(name):
                among = table.having(name, values)
                break
        if among is None and self._since is not None:
            among = table.changed_since(self._since)
        return filter(self._matches, table.after(max(after, self._after), among))

    def _compile(self, item: Any, *, top: bool, disjunctive: bool) -> Predicate:
        if not isinstance(item, dict):
            raise Refused("A filter condition must be an object.")
        op = str(item.get("op", "")).lower()
        if op in ("and", "or"):
            inner = item.get("items")
            if not isinstance(inner, list) or not inner:
                raise Refused(f"The group {op} requires items.")
            top = top and op == "and"
            either = disjunctive or op == "or"
            tests = [self._compile(one, top=top, disjunctive=either) for one in inner]
            join = all if op == "and" else any
            return lambda row: join(test(row) for test in tests)
        return self._leaf(_OPS.get(op), item, top=top, disjunctive=disjunctive)

    def _leaf(self, op: str | None, item: dict[str, Any], *, top: bool, disjunctive: bool) -> Predicate:
        if op is None:
            raise Refused(f"The operator {item.get('op')} is invalid.")
        fields = {name.lower(): name for name in SCHEMA[self.collection]}
        name = fields.get(str(item.get("field", "")).lower())
        if name is None:
            raise Refused(f"Unable to find {item.get('field')} field in the {self.collection} entity.")
        if name in UNQUERYABLE.get(self.collection, ()):
            raise Refused(f"The field {name} is not queryable.")
        kind, value = SCHEMA[self.collection][name], item.get("value")
        if op in ("in", "notIn") and not isinstance(value, list):
            raise Refused(f"The value of {op} on {name} must be an array.")
        self._conditions += len(value) if op == "in" and isinstance(value, list) else int(disjunctive)
        if self._conditions > MOST_CONDITIONS:
            raise Refused(f"The query cannot have more than {MOST_CONDITIONS} OR conditions.")
        if op in ("exist", "notExist"):
            return lambda row: (row.get(name) is not None) == (op == "exist")
        wanted = [_cast(kind, name, one) for one in value] if isinstance(value, list) else _cast(kind, name, value)
        if top:
            self._narrow(op, name, wanted)
        return _test(op, name, kind, wanted)

    def _narrow(self, op: str, name: str, wanted: Any) -> None:
        if name == "id" and op in ("gt", "gte"):
            self._after = max(self._after, wanted if op == "gt" else wanted - 1)
        elif op == "eq":
            self._sets.append((name, [wanted]))
        elif op == "in":
            self._sets.append((name, wanted))
        elif name == CURSORS.get(self.collection) and op in ("gt", "gte"):
            self._since = wanted if self._since is None else max(self._since, wanted)


def _one_ticket(items: list[Any]) -> None:
    one = items[0] if len(items) == 1 and isinstance(items[0], dict) else {}
    if str(one.get("op")).lower() != "eq" or str(one.get("field")).lower() != "ticketid":
        raise Refused("A query of TicketHistory must have exactly one condition: ticketID eq.")


def _cast(kind: str, name: str, value: Any) -> Any:
    """The value in the field's type; ``Refused`` for what it cannot be."""
    try:
        match kind:
            case "date-time":
                return instant_of(value)
            case "int32" | "int64":
                if isinstance(value, bool):
                    raise ValueError(value)
                return int(value)
            case "double":
                return float(value)
            case "boolean":
                if not isinstance(value, bool):
                    raise TypeError(value)
                return value
            case _:
                return str(value).lower()
    except (TypeError, ValueError, AttributeError):
        raise Refused(f"The value {value} of the field {name} is not valid.") from None


def _test(op: str, name: str, kind: str, wanted: Any) -> Predicate:
    def read(row: Row) -> Any:
        value = row.get(name)
        if value is None:
            return None
        if kind == "date-time":
            return instant_of(value)
        return value.lower() if isinstance(value, str) else value

    if op == "eq":
        return lambda row: read(row) == wanted
    if op == "noteq":
        return lambda row: read(row) != wanted
    if op in ("in", "notIn"):
        values = frozenset(wanted)
        return lambda row: (read(row) in values) == (op == "in")
    compare: Callable[[Any, Any], bool] = _ORDERS[op] if op in _ORDERS else _TEXTS[op]
    if op in _TEXTS and kind != "string":
        raise Refused(f"The operator {op} is not valid for the field {name}.")
    return lambda row: (value := read(row)) is not None and compare(value, wanted)
