"""What is set aside, for people: each item with why, since when, how often tried, and which entity it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest import inbox
from models.database import Database
from models.instants import Instant
from models.ledger import Parked, ParkedKind
from service.projection.ledger.parked import Place, parked_after
from service.projection.ledger.tables import Key
from service.projection.retry import item_word
from service.reading import View


@dataclass(frozen=True, slots=True)
class ParkedItem:
    """One item. ``word`` names it in commands; ``entity`` is ``None`` for an event that names none we know."""

    kind: ParkedKind
    key: Key
    reason: str
    detail: str
    since: Instant
    attempts: int
    entity: Key | None
    next_retry_at: Instant

    @property
    def word(self) -> str:
        return item_word(self.key)

    @property
    def place(self) -> Place:
        return (self.since, self.kind.value, self.key.type, self.key.id)


def parked_items(
    main: Database, view: View, *, after: Place | None = None, kind: ParkedKind | None = None, limit: int
) -> list[ParkedItem]:
    """The next items, the longest set aside first."""
    rows = parked_after(view.connection, after, kind, limit)
    entities = _entities(main, rows)
    return [
        ParkedItem(
            kind=ParkedKind(row.kind),
            key=Key(row.item_type, row.item_id),
            reason=row.reason,
            detail=row.detail,
            since=row.since,
            attempts=row.attempts,
            entity=entities.get(row.item_id) if row.kind == ParkedKind.EVENT else Key(row.item_type, row.item_id),
            next_retry_at=max(row.retry_at, view.as_of),
        )
        for row in rows
    ]


def _entities(main: Database, rows: Sequence[Parked]) -> dict[int, Key]:
    positions = [row.item_id for row in rows if row.kind == ParkedKind.EVENT]
    if not positions:
        return {}
    with main.read() as connection:
        return {position: Key(*pair) for position, pair in inbox.entities_at(connection, positions).items()}
