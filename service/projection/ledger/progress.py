"""How far the ledger is, and who may write it."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from models.ledger import Progress
from service.projection.ledger.tables import PROGRESS

_READ = select(PROGRESS)
_LOCKED = _READ.with_for_update()
_UPDATE = update(PROGRESS).values({column.name: bindparam(f"new_{column.name}") for column in PROGRESS.columns})


def lock_progress(connection: Connection) -> Progress | None:
    """The progress row, locked until the transaction ends (SQLite's writer is alone anyway)."""
    return read_progress(connection, lock=True)


def read_progress(connection: Connection, *, lock: bool = False) -> Progress | None:
    """The progress row, or ``None`` in a ledger not begun."""
    row = connection.execute(_LOCKED if lock else _READ).mappings().one_or_none()
    return None if row is None else Progress(**row)


def write_progress(connection: Connection, progress: Progress) -> None:
    """Put the progress row as it now is."""
    values = progress.model_dump()
    if connection.execute(_UPDATE, {f"new_{name}": value for name, value in values.items()}).rowcount == 0:
        connection.execute(insert(PROGRESS).values(values))
