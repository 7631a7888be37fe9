"""Plans read from the inbox, where their changes lie as facts."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Connection

from ingest import inbox
from models.entities import COACHING_PLAN
from models.inbox import StoredFact
from models.instants import Instant, parse_instant
from service.coaching.plan import Change, Kind, Plan, folded

MOST = 2**63 - 1


def plans(connection: Connection, first_id: int = 0, last_id: int = MOST) -> list[Plan]:
    """The plans with these ids, the newest first; read from the main database."""
    rows = inbox.facts_of(connection, COACHING_PLAN, first_id, last_id, inbox.last_position(connection))
    found = []
    for number, group in groupby(rows, key=lambda row: row[1]):
        ordered = sorted(map(_read, (stored for _, _, stored in group)), key=lambda one: one[:2])
        plan = folded(number, (change for _, _, change in ordered))
        if plan is not None:
            found.append(plan)
    return sorted(found, key=lambda one: (-one.started_at, -one.plan_id))


def _read(stored: StoredFact) -> tuple[Instant, str, Change]:
    """Time and key, which order changes whatever order they arrived in, and the change."""
    document: dict[str, Any] = orjson.loads(stored.body)
    said = document["Fields"]["change"]
    at = parse_instant(document["At"])
    return at, stored.event_key, Change(at, said["author"], Kind(said["kind"]), said)
