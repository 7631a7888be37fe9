"""Every parser takes every field Autotask documents, fields it does not, nulls, and both forms of times.

``entities.json`` lists the fields of the vendor's REST models by type (reference/autotask-entities.json).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.autotask.catalogue import CATALOGUE, Kind, entity_name
from ingest.autotask.hooks import ATTRIBUTES, HOOKS, Seen, differences, door_of
from ingest.observations import read, rest_fact
from ingest.prose import is_prose
from ingest.webhooks import fact_of
from models import entities as e
from models.entities import Observation
from models.inbox import Fact, StoredFact
from models.instants import HOUR, parse_instant
from tests.ingest.autotask.hookstand import settings
from tests.ingest.autotask.stand import START, Stand, items

ENTITIES: Mapping[str, Any] = json.loads(Path(__file__).with_name("entities.json").read_text())
READ = [name for name in ENTITIES if entity_name(name) is not None]
ROW_ID = 4711
SAMPLES: Mapping[str, Any] = {
    "int32": 5,
    "int64": 5,
    "double": 1.25,
    "boolean": True,
    "string": "Köln & \u0000 \U0001f600",
    "date-time": "2026-09-15T14:57:50.147Z",
    "array": [{"name": "Serial", "value": None}, {"name": "Status", "value": "not the field"}],
}
TIMES = ("2026-09-15T14:57:50.1470000", "2026-09-15T14:57:50.147Z", "2026-09-15T14:57:50.147+00:00")
UNKNOWN = {"aFieldOfTomorrow": {"deep": [1, {"er": None}]}, "another": [], "status2": "?"}


def row_of(name: str, samples: Mapping[str, Any] = SAMPLES) -> dict[str, Any]:
    """A row with every field of an entity."""
    fields = ENTITIES[name]["fields"]
    row = {field: samples[kind] for kind, names in fields.items() for field in names.split()}
    return {**row, "id": ROW_ID}


def nulls_of(name: str) -> dict[str, Any]:
    """A row with nothing but its id."""
    return {**dict.fromkeys(row_of(name)), "id": ROW_ID}


def observed(fact: Fact) -> Observation:
    """What the fold makes of a fact."""
    found = read(StoredFact(1, fact.received_at, fact.origin, fact.body, "key"))
    assert found is not None
    return found


def from_rest(name: str, row: Mapping[str, Any]) -> Observation:
    """The observation of a row read over REST."""
    received = START + HOUR
    return observed(rest_fact(name, ROW_ID, row, changed_at=START, seen_at=START, received_at=received))


def from_webhook(name: str, row: Mapping[str, Any], action: str = "Update") -> Observation:
    """The observation of an event that carries a row."""
    body = {"Action": action, "EntityType": name, "Id": ROW_ID, "Fields": row, "EventTime": "2026-09-15T15:00:00Z"}
    return observed(fact_of(json.dumps(body).encode(), START + HOUR))


def pascal(row: Mapping[str, Any]) -> dict[str, Any]:
    """Keys as webhooks write them, numbers as text."""
    return {key[0].upper() + key[1:]: str(value) if type(value) is int else value for key, value in row.items()}


def test_the_list_is_whole() -> None:
    """Everything the catalogue reads is documented, and asked for under its documented name."""
    known = {entity.name: entity for entity in CATALOGUE.values() if entity.name not in e.OWN}
    assert set() == known.keys() - ENTITIES.keys()
    documented = {name: set(row_of(name)) for name in known}
    assert {name: set() for name in known} == {name: set(known[name].requested) - documented[name] for name in known}
    assert {name: ENTITIES[name]["collection"] for name in known} == {n: one.collection for n, one in known.items()}
    assert [] == [field for entity in known.values() for field in entity.requested if is_prose(field)]
    assert set() == {name for name, one in known.items() if one.rest is None}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("origin", [from_rest, from_webhook], ids=["rest", "webhook"])
def test_all_fields(origin: Any, name: str) -> None:
    """Each field the catalogue knows has a value; all others, known to Autotask or to nobody, do no harm."""
    found = origin(name, row_of(name) | UNKNOWN)
    wanted = set(CATALOGUE[name].fields) if name in CATALOGUE else set()
    assert (name, ROW_ID, wanted) == (found.entity_type, found.entity_id, set(found.fields))
    assert None not in found.fields.values()


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("origin", [from_rest, from_webhook], ids=["rest", "webhook"])
def test_nulls(origin: Any, name: str) -> None:
    """A row of nulls is one: every field is known to be empty."""
    assert {None} >= set(origin(name, nulls_of(name)).fields.values())


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("origin", [from_rest, from_webhook], ids=["rest", "webhook"])
def test_both_forms_of_times(origin: Any, name: str) -> None:
    """With and without ``Z``, with three or seven digits: the same instant."""
    first, *others = (origin(name, row_of(name, {**SAMPLES, "date-time": time})).fields for time in TIMES)
    assert [first] * len(others) == others
    instant = parse_instant(TIMES[1])
    kinds = {field: spec.kind for field, spec in CATALOGUE[name].fields.items()} if name in CATALOGUE else {}
    assert {instant} >= {first[field] for field, kind in kinds.items() if kind is Kind.INSTANT}


@pytest.mark.parametrize("name", READ)
def test_keys_and_numbers_as_webhooks_write_them(name: str) -> None:
    """PascalCase and numbers in text say the same as the row does, but for what is text anyway."""
    assert from_rest(name, row_of(name)).fields == from_webhook(name, pascal(row_of(name)), "Create").fields


@pytest.mark.parametrize("name", ENTITIES)
async def test_pages_and_single_rows(name: str) -> None:
    """The client gives back every row of every collection as it was served."""
    collection = ENTITIES[name]["collection"]
    rows = [row_of(name) | UNKNOWN, nulls_of(name) | {"id": ROW_ID + 1}]
    stand = Stand(items(rows), httpx.Response(200, json={"item": rows[1]}))
    assert rows == [row async for row in stand.client.query(collection, [], ["id"])]
    kept = {field: value for field, value in rows[1].items() if not is_prose(field)}
    assert kept == (await stand.client.get(collection, ROW_ID + 1)).row


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.entity)
def test_webhooks_and_their_fields(hook: Any) -> None:
    """A webhook of nulls differs in everything and breaks nothing; what is asked of one is documented."""
    assert set() == set(ATTRIBUTES) - row_of(hook.parent[:-1]).keys()
    child = nulls_of(hook.field_collection[:-1])
    seen = Seen(
        hook, (nulls_of(hook.parent[:-1]),), (), (child, child), (nulls_of("TicketWebhookExcludedResource"),), {}
    )
    kinds = {one.kind for one in differences(seen, door_of(settings()))}
    assert {"inactive", "not_ready", "url", "deactivation_url", "events", "fields_extra", "excluded_resource"} <= kinds
    assert set(hook.wanted) <= row_of(hook.entity).keys()
