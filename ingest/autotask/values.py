"""What the client gives back: pages and rows with when they were read, fields with their picklists, thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ingest.values import read_id
from models.errors import BadAnswer
from models.instants import Instant

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows by id. ``read_at``: the lower bound of when they were read (design §4); ``server_at``: the answer's Date."""

    rows: tuple[Row, ...]
    read_at: Instant
    server_at: Instant


@dataclass(frozen=True, slots=True)
class Found:
    """One entity, or ``None``: it does not exist, or may not be seen."""

    row: Row | None
    read_at: Instant
    server_at: Instant


@dataclass(frozen=True, slots=True)
class PicklistValue:
    """One value of a picklist: ``parent`` is the value of the parent field it belongs to."""

    value: int | str
    label: str
    is_active: bool = True
    sort_order: int = 0
    parent: int | str | None = None


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What Autotask says of one field of an entity."""

    name: str
    data_type: str = ""
    is_queryable: bool = True
    picklist: tuple[PicklistValue, ...] = ()
    is_webhook_field: bool = False


@dataclass(frozen=True, slots=True)
class Threshold:
    """How much of the tenant's hourly limit all its integrations have used."""

    limit: int
    used: int
    timeframe_minutes: int = 60

    @property
    def ratio(self) -> float:
        return self.used / self.limit if self.limit > 0 else 1.0


def field_info(raw: Mapping[str, Any]) -> FieldInfo:
    """Read one field of ``entityInformation/fields``; ``BadAnswer`` without a name."""
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise BadAnswer("a field without a name")
    values = raw.get("picklistValues") or ()
    return FieldInfo(
        name=name,
        data_type=str(raw.get("dataType") or ""),
        is_queryable=raw.get("isQueryable") is not False,
        picklist=tuple(_picklist_value(value) for value in values if isinstance(value, dict)),
        is_webhook_field=raw.get("isSupportedWebhookField") is True,
    )


def threshold_of(raw: Mapping[str, Any]) -> Threshold:
    """Read ``ThresholdInformation``; ``BadAnswer`` when it is none."""
    try:
        return Threshold(
            read_id(raw.get("externalRequestThreshold")),
            read_id(raw.get("currentTimeframeRequestCount")),
            read_id(raw.get("requestThresholdTimeframe") or 60),
        )
    except ValueError as error:
        raise BadAnswer("ThresholdInformation without its numbers") from error


def row_id(row: object) -> int:
    """The id of a row; ``BadAnswer`` when it has none."""
    if not isinstance(row, dict):
        raise BadAnswer("a row that is no object")
    try:
        return read_id(row.get("id"))
    except ValueError as error:
        raise BadAnswer("a row without its id") from error


def _picklist_value(raw: Mapping[str, Any]) -> PicklistValue:
    parent = raw.get("parentValue")
    order = raw.get("sortOrder")
    return PicklistValue(
        value=_key(raw.get("value")),
        label=str(raw.get("label") or ""),
        is_active=raw.get("isActive") is not False,
        sort_order=order if isinstance(order, int) else 0,
        parent=None if parent in (None, "") else _key(parent),
    )


def _key(raw: object) -> int | str:
    """Picklist values come as text; those that are numbers are what rows hold."""
    try:
        return read_id(raw)
    except ValueError:
        return str(raw)
