"""The feeds' SQL: how far each came, nudges, known entries, what is known in the inbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ingest.inbox.tables import INBOX
from models.feeds import Feed, KnownEntry, Nudge, NudgeKind
from models.instants import Instant, to_datetime, to_instant

FEED = cast(Table, Feed.__table__)  # type: ignore[attr-defined]
NUDGE = cast(Table, Nudge.__table__)  # type: ignore[attr-defined]
KNOWN_ENTRY = cast(Table, KnownEntry.__table__)  # type: ignore[attr-defined]
_IDS_AT_ONCE = 500
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a feed came (``models.feeds.Feed``)."""

    reached: int | None = None
    after_id: int | None = None
    pending: int | None = None
    succeeded_at: Instant | None = None
    failing_since: Instant | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A nudge that waits."""

    kind: NudgeKind
    entity_id: int
    asked_at: Instant


def standing(connection: Connection, name: str) -> Standing:
    """How far a feed came; nothing known of one that never ran."""
    return standings(connection).get(name, Standing())


def standings(connection: Connection) -> dict[str, Standing]:
    """How far each feed came that ever ran."""
    return {
        row.name: Standing(
            row.reached, row.after_id, row.pending, _instant(row.succeeded_at), _instant(row.failing_since), row.reason
        )
        for row in connection.execute(select(FEED))
    }


def under_way(connection: Connection, name: str, *, after_id: int, pending: int | None) -> None:
    """A page was stored, and others follow."""
    put(connection, FEED, {"name": name}, {"after_id": after_id, "pending": pending})


def succeeded(connection: Connection, name: str, *, reached: int | None, at: Instant) -> None:
    """A feed read all there was; it never goes back behind what another leader reached."""
    known = standing(connection, name).reached
    furthest = known if reached is None or (known is not None and known > reached) else reached
    values = {
        "reached": furthest,
        "after_id": None,
        "pending": None,
        "succeeded_at": to_datetime(at),
        "failing_since": None,
        "reason": None,
    }
    put(connection, FEED, {"name": name}, values)


def failed(connection: Connection, name: str, reason: str, at: Instant) -> None:
    """A feed could not read; since when it fails stays."""
    since = standing(connection, name).failing_since
    values = {"failing_since": to_datetime(at if since is None else since), "reason": reason}
    put(connection, FEED, {"name": name}, values)


def nudge(connection: Connection, kind: NudgeKind, ids: Iterable[int], at: Instant) -> None:
    """Ask for these to be read again; once, however often it is asked."""
    rows = [{"kind": kind.value, "entity_id": one, "asked_at": to_datetime(at)} for one in sorted(set(ids))]
    upsert(connection, NUDGE, rows, ("kind", "entity_id"))


def asked(connection: Connection, kinds: Collection[NudgeKind], limit: int) -> list[Asked]:
    """The nudges that wait longest."""
    query = select(NUDGE).where(NUDGE.c.kind.in_([kind.value for kind in kinds])).order_by(NUDGE.c.asked_at)
    rows = connection.execute(query.limit(limit))
    return [Asked(NudgeKind(row.kind), row.entity_id, to_instant(row.asked_at)) for row in rows]


def answered(connection: Connection, nudges: Iterable[Asked]) -> None:
    """Take nudges away; one asked again in the meantime stays."""
    for one in nudges:
        connection.execute(
            delete(NUDGE).where(
                NUDGE.c.kind == one.kind.value,
                NUDGE.c.entity_id == one.entity_id,
                NUDGE.c.asked_at <= to_datetime(one.asked_at),
            )
        )


def known_entries(connection: Connection, *, tickets: Collection[int], tasks: Collection[int]) -> set[int]:
    """The time entries last seen on these tickets and tasks."""
    found: set[int] = set()
    for column, ids in ((KNOWN_ENTRY.c.ticket_id, tickets), (KNOWN_ENTRY.c.task_id, tasks)):
        for some in slices(sorted(ids)):
            found |= set(connection.execute(select(KNOWN_ENTRY.c.entry_id).where(column.in_(some))).scalars())
    return found


def latest_entries(connection: Connection, limit: int) -> list[int]:
    """The newest known time entries, by id."""
    query = select(KNOWN_ENTRY.c.entry_id).order_by(KNOWN_ENTRY.c.entry_id.desc()).limit(limit)
    return list(connection.execute(query).scalars())


def remember_entries(connection: Connection, parents: Mapping[int, tuple[int | None, int | None] | None]) -> None:
    """Keep where entries are now: entry id → (ticket, task); ``None``: it is gone."""
    rows = [
        {"entry_id": entry, "ticket_id": parent[0], "task_id": parent[1]}
        for entry, parent in sorted(parents.items())
        if parent is not None
    ]
    for some in slices(rows):
        upsert(connection, KNOWN_ENTRY, some, ("entry_id",))
    for ids in slices([entry for entry, parent in parents.items() if parent is None]):
        connection.execute(delete(KNOWN_ENTRY).where(KNOWN_ENTRY.c.entry_id.in_(ids)))


def known(connection: Connection, entity_type: str, ids: Collection[int]) -> set[int]:
    """Those of the ids of which there is any fact."""
    found: set[int] = set()
    for some in slices(sorted(ids)):
        query = select(INBOX.c.entity_id).where(INBOX.c.entity_type == entity_type, INBOX.c.entity_id.in_(some))
        found |= set(connection.execute(query.distinct()).scalars())
    return found


def all_known(connection: Connection, entity_type: str) -> set[int]:
    """Every id of an entity of which there is any fact."""
    query = select(INBOX.c.entity_id).where(INBOX.c.entity_type == entity_type).distinct()
    return set(connection.execute(query).scalars())


def changed_after(connection: Connection, entity_type: str, position: int, up_to: int, limit: int) -> dict[int, int]:
    """The entities with facts in (position, up_to], at most ``limit``: position of the last one read → id of each."""
    query = select(INBOX.c.position, INBOX.c.entity_id).where(
        INBOX.c.entity_type == entity_type, INBOX.c.position > position, INBOX.c.position <= up_to
    )
    return {row.position: row.entity_id for row in connection.execute(query.order_by(INBOX.c.position).limit(limit))}


def last_heard(connection: Connection, entity_type: str, origin: str) -> Instant | None:
    """When the latest fact of an origin was received (by position)."""
    newest = select(func.max(INBOX.c.position)).where(INBOX.c.entity_type == entity_type, INBOX.c.origin == origin)
    return connection.execute(select(INBOX.c.received_at).where(INBOX.c.position == newest.scalar_subquery())).scalar()


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
    """Insert rows; where the key is there, replace what else they say."""
    if not rows:
        return
    maker = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = maker(table)
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=others), list(rows))


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write one row, in place of the one before."""
    where = [table.c[name] == value for name, value in key.items()]
    if connection.execute(update(table).where(*where).values(values)).rowcount == 0:
        connection.execute(insert(table).values({**key, **values}))


def slices(items: Sequence[_Item], size: int = _IDS_AT_ONCE) -> Iterator[Sequence[_Item]]:
    """The items in their order, ``size`` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _instant(value: Any) -> Instant | None:
    return None if value is None else to_instant(value)
