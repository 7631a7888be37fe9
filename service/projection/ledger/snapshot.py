"""The ledger's metrics as the leading worker rendered them last: one row, whatever happens to the worker after."""

from __future__ import annotations

from sqlalchemy import Connection, select

from models.instants import Instant
from service.metrics.packed import Packed
from service.projection.ledger.tables import SNAPSHOT, dialect_insert

_ONLY = 1


def read_snapshot(connection: Connection) -> Packed | None:
    """The Prometheus text of the last snapshot, or ``None`` before the first."""
    body = connection.execute(select(SNAPSHOT.c.body)).scalar_one_or_none()
    return None if body is None else Packed.load(bytes(body))


def write_snapshot(connection: Connection, version: str, body: bytes, rendered_at: Instant) -> None:
    """Put a snapshot in place of the one before."""
    values = {"version": version, "rendered_at": rendered_at, "body": Packed.of(body).dump()}
    statement = dialect_insert(connection.dialect.name, SNAPSHOT).values({"id": _ONLY, **values})
    connection.execute(statement.on_conflict_do_update(index_elements=[SNAPSHOT.c.id], set_=values))
