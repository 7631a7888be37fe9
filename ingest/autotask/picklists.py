"""The picklists whose labels anything here reads; each tenant has its own (reference/autotask.md §4 "Metadata").

What a picklist's values are called is a fact of the inbox: roles and tiers of the policy may name them, and pages
show them. Work types and people have names of their own and are no picklists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from ingest import inbox, observations
from ingest.own import picklist_fact
from models.entities import PICKLIST
from models.instants import Instant


@dataclass(frozen=True, slots=True)
class Picklist:
    """One picklist: the id it has in the inbox, what the policy calls it, and where Autotask has it."""

    id: int
    kind: str
    collection: str
    field: str


QUEUES = Picklist(2, "queue", "Tickets", "queueID")
PRIORITIES = Picklist(6, "priority", "Tickets", "priority")
PICKLISTS = (
    Picklist(1, "status", "Tickets", "status"),
    QUEUES,
    Picklist(3, "type", "Tickets", "ticketType"),
    Picklist(4, "source", "Tickets", "source"),
    Picklist(5, "category", "Tickets", "ticketCategory"),
    PRIORITIES,
    Picklist(7, "time_off_status", "TimeOffRequests", "status"),
    Picklist(8, "endpoint_type", "ConfigurationItems", "configurationItemType"),
)


def labels_in(text: object) -> dict[int, str]:
    """The labels a fact holds, by value, in the order of the tenant."""
    return {int(value): str(label) for value, label in orjson.loads(text)} if isinstance(text, str) else {}


def read_picklists(connection: Connection) -> dict[str, dict[int, str]]:
    """The labels of every picklist that was read, by kind."""
    kinds = {one.id: one.kind for one in PICKLISTS}
    rows = inbox.facts_of(connection, PICKLIST, 0, max(kinds), inbox.last_position(connection))
    found: dict[str, dict[int, str]] = {}
    for _, number, stored in rows:
        seen = observations.read(stored)
        if seen is not None and number in kinds:
            found[kinds[number]] = labels_in(seen.fields.get("labels"))
    return found


def remember(connection: Connection, picklist: Picklist, labels: Mapping[int, str], *, at: Instant) -> bool:
    """Store what a picklist says, if it says something new; in a write transaction of the main database."""
    if list(read_picklists(connection).get(picklist.kind, {}).items()) == list(labels.items()):
        return False
    inbox.append(connection, [picklist_fact(picklist.id, labels, at=at, received_at=at)])
    return True
