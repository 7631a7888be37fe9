"""Labels in the policy become ids: looked up in the tenant's picklists, work types and people (design §6).

A policy may say ``waiting = ["Waiting Customer"]``. Which id that is Autotask alone knows; as soon as the feeds have
read it, the policy in force holds the id. A label that nothing has stays as it is, of no effect: the doctor says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection

from ingest.feeds import store
from ingest.feeds.picklists import labels
from ingest.feeds.vanished import last_sightings
from models.database import Database
from models.entities import ENDPOINT, RESOURCE, TICKET, TIME_OFF, WORK_TYPE
from models.policy import Policy
from models.policy_values import is_id

Words: TypeAlias = Mapping[str, int]
"""Id by label."""

_LISTS: Mapping[tuple[str, ...], tuple[str, str]] = {
    ("excluded_queues",): (TICKET, "queueID"),
    ("excluded_categories",): (TICKET, "ticketCategory"),
    ("endpoint_types",): (ENDPOINT, "configurationItemType"),
    ("roles", "status"): (TICKET, "status"),
    ("roles", "queue"): (TICKET, "queueID"),
    ("roles", "type"): (TICKET, "ticketType"),
    ("roles", "source"): (TICKET, "source"),
    ("roles", "time_off_status"): (TIME_OFF, "status"),
    ("roles", "work_type"): (WORK_TYPE, "name"),
    ("tiers", "queues"): (TICKET, "queueID"),
    ("tiers", "technicians"): (RESOURCE, "name"),
}


def resolved(main: Database, policy: Policy) -> Policy:
    """The policy with ids in place of the labels that are known."""
    if not policy.unresolved_labels():
        return policy
    with main.read() as connection:
        words = _words(connection)
    return with_ids(policy, words)


def with_ids(policy: Policy, words: Mapping[tuple[str, str], Words]) -> Policy:
    """The same, of words by entity and field."""
    document = json.loads(policy.to_json())
    for path, where in _LISTS.items():
        table = document
        for key in path[:-1]:
            table = table[key]
        known = {label.strip().casefold(): value for label, value in words.get(where, {}).items()}
        value = table[path[-1]]
        if path[0] == "tiers":
            table[path[-1]] = _by_id(value, known)
        elif path[0] == "roles":
            table[path[-1]] = {role: _ids(values, known) for role, values in value.items()}
        else:
            table[path[-1]] = _ids(value, known)
    return Policy.from_json(json.dumps(document))


def _ids(values: Sequence[int | str], known: Words) -> list[int | str]:
    return [known.get(one.strip().casefold(), one) if isinstance(one, str) else one for one in values]


def _by_id(table: Mapping[str, Any], known: Words) -> dict[str, Any]:
    """A table with ids as keys; what was written by id goes before what was written by label."""
    found = {key: value for key, value in table.items() if is_id(key)}
    for key, value in table.items():
        found.setdefault(str(known.get(key.strip().casefold(), key)), value)
    return found


def _words(connection: Connection) -> dict[tuple[str, str], Words]:
    words: dict[tuple[str, str], Words] = dict(labels(connection))
    words[WORK_TYPE, "name"] = _named(connection, WORK_TYPE, lambda fields: str(fields.get("name") or ""))
    words[RESOURCE, "name"] = _named(
        connection, RESOURCE, lambda fields: f"{fields.get('firstName') or ''} {fields.get('lastName') or ''}".strip()
    )
    return words


def _named(connection: Connection, entity: str, name_of: Callable[[Mapping[str, Any]], str]) -> Words:
    """Id by name of the entities that exist; of two of one name the one with the lesser id."""
    found = last_sightings(connection, entity, store.all_known(connection, entity))
    return {name_of(one.fields): one.entity_id for one in reversed(found)}
