"""Small facts for tests of the inbox, and a way to keep its writers waiting."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from models.database import Database
from models.entities import TICKET
from models.inbox import Fact, Origin


def webhook(number: int, *, entity_id: int = 1, entity_type: str = TICKET) -> Fact:
    """A webhook fact; equal numbers are the same event."""
    body = b'{"n":%d}' % number
    return Fact(number, Origin.WEBHOOK, hashlib.sha256(body).digest(), body, entity_type, entity_id)


def rest_row(content: str, seen: int, *, entity_id: int = 1, entity_type: str = TICKET, ticket_id: int = 1) -> Fact:
    """A REST row that says ``content``, read at ``seen``."""
    body = json.dumps({"SeenAt": seen, "Fields": {"ticketID": ticket_id, "status": content}}).encode()
    return Fact(
        received_at=seen,
        origin=Origin.REST,
        dedup_key=hashlib.sha256(b"%s %d %s" % (entity_type.encode(), entity_id, body)).digest(),
        body=body,
        entity_type=entity_type,
        entity_id=entity_id,
        content_key=hashlib.sha256(content.encode()).digest(),
    )


@contextmanager
def writers_waiting(database: Database) -> Iterator[None]:
    """While inside, no append of any other connection can commit."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        yield
