"""From stored facts to observations: the one place that knows what a body of each origin says.

Reading never looks at the clock and never at the order of arrival: the same stored row always reads the
same (design §4). ``received_at`` guards against senders whose clock is broken, and it is a column of the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from ingest.autotask.catalogue import CATALOGUE, entity_name, field_name, field_names
from ingest.prose import parse
from ingest.values import read_id, read_value
from models.entities import Observation, Rank, Value
from models.errors import Unreadable
from models.inbox import NO_ENTITY, NO_ID, Fact, Origin, StoredFact
from models.instants import HOUR, Instant, isoformat, parse_instant

EARLIEST_PLAUSIBLE: Instant = parse_instant("2000-01-01T00:00:00Z")
MAX_AHEAD: Instant = 24 * HOUR
DEACTIVATED = "deactivated"
_RANKS = {"create": Rank.WEBHOOK, "update": Rank.WEBHOOK, "delete": Rank.DELETE}


def read(stored: StoredFact) -> Observation | None:
    """The observation a stored fact makes, or ``None`` when it makes none (a hint).

    One of an entity nothing reads (not in ``CATALOGUE``) has no fields; it still was heard.
    ``Unreadable`` with a stable ``reason`` when it should make one and cannot.
    """
    document = _document(stored.body)
    if stored.origin == Origin.REST:
        return _read_row(document, stored)
    if stored.origin == Origin.OWN:
        return _read_own(document, stored)
    return _read_event(document, stored)


def identify(document: object) -> tuple[str, int]:
    """Entity type and id of a parsed webhook body, or ``(NO_ENTITY, NO_ID)`` when it does not say."""
    if not isinstance(document, dict):
        return NO_ENTITY, NO_ID
    keys = _lowered(document)
    try:
        entity_type = entity_name(_text(keys.get("entitytype")))
        entity_id = read_id(keys.get("id"))
    except ValueError:
        return NO_ENTITY, NO_ID
    return (entity_type, entity_id) if entity_type and entity_id >= 0 else (NO_ENTITY, NO_ID)


def rest_fact(
    entity_type: str,
    entity_id: int,
    fields: Mapping[str, object],
    *,
    changed_at: Instant | None,
    seen_at: Instant,
    received_at: Instant,
) -> Fact:
    """A row read over REST as a fact; ``seen_at`` is the lower bound of when it was read (design §4)."""
    content = orjson.dumps([entity_type, entity_id, fields], option=orjson.OPT_SORT_KEYS)
    body = orjson.dumps(
        {
            "EntityType": entity_type,
            "Id": entity_id,
            "SeenAt": isoformat(seen_at),
            "ChangedAt": None if changed_at is None else isoformat(changed_at),
            "Fields": fields,
        },
        option=orjson.OPT_SORT_KEYS,
    )
    return Fact(
        received_at=received_at,
        origin=Origin.REST,
        dedup_key=sha256(b"rest\0" + body).digest(),
        body=body,
        entity_type=entity_type,
        entity_id=entity_id,
        content_key=sha256(content).digest(),
    )


def gone_fact(entity_type: str, entity_id: int, *, seen_at: Instant, received_at: Instant) -> Fact:
    """An entity that a complete read no longer shows, or that Autotask's log says was deleted, as a fact (design §4).

    ``seen_at``: of the read that lacks it; where the entity was sighted later than that lower bound (and before the
    read was asked for), that sighting.
    """
    content = orjson.dumps([entity_type, entity_id, None])
    body = orjson.dumps(
        {"EntityType": entity_type, "Id": entity_id, "SeenAt": isoformat(seen_at), "Exists": False},
        option=orjson.OPT_SORT_KEYS,
    )
    return Fact(
        received_at=received_at,
        origin=Origin.REST,
        dedup_key=sha256(b"rest\0" + body).digest(),
        body=body,
        entity_type=entity_type,
        entity_id=entity_id,
        content_key=sha256(content).digest(),
    )


def _document(body: bytes) -> dict[str, Any]:
    document = parse(body)
    if not isinstance(document, dict):
        raise Unreadable("not_an_object")
    return _lowered(document)


def _lowered(document: dict[str, Any]) -> dict[str, Any]:
    return {key.strip().lower(): value for key, value in document.items()}


def _read_event(document: dict[str, Any], stored: StoredFact) -> Observation | None:
    action = _text(document.get("action")).strip().lower()
    if action == DEACTIVATED:
        return None
    entity_type, entity_id = _entity(document)
    rank = _RANKS.get(action)
    if rank is None:
        raise Unreadable("unknown_action", action[:40])
    seen_at = _plausible(_instant(document.get("eventtime")), stored.received_at)
    return Observation(
        entity_type=entity_type,
        entity_id=entity_id,
        seen_at=seen_at,
        changed_at=seen_at,
        rank=rank,
        sequence=_optional_id(document.get("sequencenumber")) or 0,
        key=stored.event_key,
        fields={} if rank is Rank.DELETE else _fields(entity_type, document.get("fields")),
        created=action == "create",
        actor_id=_optional_id(document.get("personid")),
    )


def _read_row(document: dict[str, Any], stored: StoredFact) -> Observation | None:
    entity_type, entity_id = _entity(document)
    seen_at = _plausible(_instant(document.get("seenat")), stored.received_at)
    changed = document.get("changedat")
    exists = document.get("exists") is not False
    return Observation(
        entity_type=entity_type,
        entity_id=entity_id,
        seen_at=seen_at,
        changed_at=None if changed is None else _instant(changed),
        rank=Rank.ROW if exists else Rank.DELETE,
        sequence=0,
        key=stored.event_key,
        fields=_fields(entity_type, document.get("fields")) if exists else {},
    )


def _read_own(document: dict[str, Any], stored: StoredFact) -> Observation:
    entity_type = _text(document.get("entitytype"))
    at = _instant(document.get("at"))
    return Observation(
        entity_type=entity_type,
        entity_id=read_id(document.get("id")),
        seen_at=at,
        changed_at=at,
        rank=Rank.ROW,
        sequence=0,
        key=stored.event_key,
        fields=_fields(entity_type, document.get("fields")),
    )


def _entity(document: dict[str, Any]) -> tuple[str, int]:
    entity_type = entity_name(_text(document.get("entitytype")))
    if entity_type is None:
        raise Unreadable("unknown_entity", _text(document.get("entitytype"))[:40])
    try:
        entity_id = read_id(document.get("id"))
    except ValueError as error:
        raise Unreadable("bad_id") from error
    if entity_id < 0:
        raise Unreadable("bad_id")
    return entity_type, entity_id


def _instant(raw: object) -> Instant:
    if raw is None or raw == "":
        raise Unreadable("no_event_time")
    try:
        return parse_instant(_text(raw))
    except (ValueError, OverflowError) as error:
        raise Unreadable("implausible_time") from error


def _plausible(seen_at: Instant, received_at: Instant) -> Instant:
    if not EARLIEST_PLAUSIBLE <= seen_at <= received_at + MAX_AHEAD:
        raise Unreadable("implausible_time")
    return seen_at


def _fields(entity_type: str, raw: object) -> dict[str, Value]:
    """The fields something reads, by REST name. A list of name/value pairs is taken like an object."""
    entity = CATALOGUE.get(entity_type)
    if raw is None or entity is None:
        return {}
    if isinstance(raw, list):
        raw = _from_pairs(raw)
    if not isinstance(raw, dict):
        raise Unreadable("bad_fields")
    fields: dict[str, Value] = {}
    spelt = field_names(entity.name)
    for key, value in raw.items():
        name = spelt.get(key) or field_name(entity.name, key)
        if name is not None:
            fields[name] = read_value(name, entity.fields[name].kind, value)
    return fields


def _from_pairs(pairs: list[Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for pair in pairs:
        keys = _lowered(pair) if isinstance(pair, dict) else {}
        if not isinstance(keys.get("name"), str):
            raise Unreadable("bad_fields")
        fields[keys["name"]] = keys.get("value")
    return fields


def _optional_id(raw: object) -> int | None:
    try:
        return read_id(raw)
    except ValueError:
        return None


def _text(raw: object) -> str:
    return raw if isinstance(raw, str) else ""
