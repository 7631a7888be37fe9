"""Filters of Autotask's queries, as values: leaves, and groups of them (reference/autotask.md §4).

A query's filters all have to hold. Instants are written as Autotask's UTC text when the leaf is made, so that a
filter is nothing but what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from models.instants import Instant, to_datetime

MOST_CONDITIONS = 500
"""OR conditions Autotask takes in one query; the values of an ``in`` count like them."""

OPERATORS = frozenset(
    ("eq", "noteq", "gt", "gte", "lt", "lte", "beginsWith", "endsWith", "contains", "exist", "notExist", "in", "notIn")
)

Plain: TypeAlias = int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. ``exist`` and ``notExist`` have no value; ``in`` and ``notIn`` a tuple of them."""

    op: str
    field: str
    value: Plain | tuple[Plain, ...] = None

    def __post_init__(self) -> None:
        if self.op not in OPERATORS:
            raise ValueError(f"Autotask has no operator {self.op!r}")
        if isinstance(self.value, tuple) and not 0 < len(self.value) <= MOST_CONDITIONS:
            raise ValueError(f"{len(self.value)} values: a list has 1 to {MOST_CONDITIONS}")


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds."""

    items: tuple[AnyFilter, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.items) <= MOST_CONDITIONS:
            raise ValueError(f"{len(self.items)} conditions: a group has 1 to {MOST_CONDITIONS}")


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these hold; useful inside ``AnyOf``."""

    items: tuple[AnyFilter, ...]


AnyFilter: TypeAlias = Filter | AnyOf | AllOf


def eq(field: str, value: Plain) -> Filter:
    """The field is ``value``."""
    return Filter("eq", field, value)


def gt(field: str, value: Plain) -> Filter:
    """The field is greater."""
    return Filter("gt", field, value)


def gte(field: str, value: Plain) -> Filter:
    """The field is at least ``value``."""
    return Filter("gte", field, value)


def lt(field: str, value: Plain) -> Filter:
    """The field is less."""
    return Filter("lt", field, value)


def since(field: str, instant: Instant) -> Filter:
    """The time in the field is ``instant`` or later."""
    return Filter("gte", field, time_text(instant))


def before(field: str, instant: Instant) -> Filter:
    """The time in the field is earlier than ``instant``."""
    return Filter("lt", field, time_text(instant))


def is_in(field: str, values: Iterable[Plain]) -> Filter:
    """The field is one of at most 500 values."""
    return Filter("in", field, tuple(values))


def begins_with(field: str, text: str) -> Filter:
    """The text in the field begins so."""
    return Filter("beginsWith", field, text)


def time_text(instant: Instant) -> str:
    """An instant as Autotask reads it: ``2026-09-15T14:57:50.123456Z``."""
    return f"{to_datetime(instant):%Y-%m-%dT%H:%M:%S.%f}Z"


def wire(filters: Sequence[AnyFilter]) -> list[dict[str, Any]]:
    """The JSON of a query's ``Filter``. Autotask takes no empty one: without filters it is "every id"."""
    return [_wire(item) for item in filters or (Filter("gte", "id", 0),)]


def _wire(item: AnyFilter) -> dict[str, Any]:
    if isinstance(item, Filter):
        leaf: dict[str, Any] = {"op": item.op, "field": item.field}
        if item.op not in ("exist", "notExist"):
            leaf["value"] = list(item.value) if isinstance(item.value, tuple) else item.value
        return leaf
    return {"op": "or" if isinstance(item, AnyOf) else "and", "items": [_wire(part) for part in item.items]}
