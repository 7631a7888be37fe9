"""The watch over tickets as it is kept in the main database: who worked last, and the gaps as facts (kpis.md R14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import structlog
from sqlalchemy import Connection, Table, delete, insert, select

from ingest import inbox
from ingest.feeds import store, watching
from ingest.feeds.watching import DoorState, Gap, Step, Watched
from ingest.own import gap_fact
from models.desk import ONLY
from models.entities import TICKET
from models.feeds import Door, Registered, Watch
from models.inbox import Origin
from models.instants import Instant, isoformat, to_datetime, to_instant

_WATCH = cast(Table, Watch.__table__)  # type: ignore[attr-defined]
_DOOR = cast(Table, Door.__table__)  # type: ignore[attr-defined]
_REGISTERED = cast(Table, Registered.__table__)  # type: ignore[attr-defined]
_READ = select(_WATCH.c.watched_until, _WATCH.c.gap_open)
log: Any = structlog.get_logger()


def tickets_read(connection: Connection, read_at: Instant, now: Instant) -> None:
    """The Tickets feed has read everything up to ``read_at``."""
    _take(connection, watching.heard(_watched(connection), read_at), now)


def is_silent(connection: Connection, server_now: Instant) -> bool:
    """Whether nobody has watched for too long, and nobody has said so."""
    return _silence(connection, _read(connection), server_now) is not None


def tickets_unread(connection: Connection, server_now: Instant, now: Instant) -> None:
    """Record that nobody watches, where that is so."""
    step = _silence(connection, _watched(connection), server_now)
    if step is not None:
        _take(connection, step, now)


def found_registered(
    connection: Connection, active: Mapping[str, bool], mended: Collection[str], server_now: Instant, now: Instant
) -> None:
    """The webhooks were looked at. An active one of tickets that needed no mending vouches for the time since before.

    One that is not named any more is not installed any more.
    """
    was_active = is_active(connection, TICKET) and TICKET not in mended
    connection.execute(delete(_REGISTERED))
    for entity, is_there in sorted(active.items()):
        values = {"entity": entity, "is_active": is_there, "checked_at": to_datetime(now)}
        connection.execute(insert(_REGISTERED).values(values))
    if active.get(TICKET):
        step = watching.vouched(_watched(connection), server_now, door(connection), was_active=was_active)
        _take(connection, step, now)


def forget_registered(connection: Connection, entities: Collection[str]) -> None:
    """The webhooks of these were changed: how they are is not known until they are looked at."""
    connection.execute(delete(_REGISTERED).where(_REGISTERED.c.entity.in_(entities)))


def is_active(connection: Connection, entity: str) -> bool:
    """Whether the webhook of an entity was active when it was last looked at."""
    return registered(connection).get(entity, (False, 0))[0]


def registered(connection: Connection) -> dict[str, tuple[bool, Instant]]:
    """Of each entity with a webhook: whether it is active, and when that was seen."""
    rows = connection.execute(select(_REGISTERED).order_by(_REGISTERED.c.entity))
    return {row.entity: (bool(row.is_active), to_instant(row.checked_at)) for row in rows}


def door(connection: Connection) -> DoorState | None:
    """The door as it was last heard of."""
    row = connection.execute(select(_DOOR.c.up_since, _DOOR.c.beat_at)).one_or_none()
    return None if row is None else DoorState(to_instant(row.up_since), to_instant(row.beat_at))


def door_is_open(connection: Connection, now: Instant) -> None:
    """The door says that it is open.

    Where no feed ever read tickets, webhooks are the only source: then a break of the door is a gap by itself, if they
    had brought any ticket before it.
    """
    state, gap = watching.opened(door(connection), now)
    values = {"up_since": to_datetime(state.up_since), "beat_at": to_datetime(state.beat_at)}
    store.put(connection, _DOOR, {"id": ONLY}, values)
    if gap is None or _watched(connection) is not None:
        return
    if store.last_heard(connection, TICKET, Origin.WEBHOOK.value) is not None:
        _record(connection, gap, now)


def _silence(connection: Connection, watched: Watched | None, server_now: Instant) -> Step | None:
    return watching.silent(watched, server_now, door(connection), is_active=is_active(connection, TICKET))


def _read(connection: Connection) -> Watched | None:
    row = connection.execute(_READ).one_or_none()
    return None if row is None else Watched(to_instant(row.watched_until), bool(row.gap_open))


def _watched(connection: Connection) -> Watched | None:
    """The watch, its row held to the end of the transaction."""
    row = connection.execute(_READ.with_for_update()).one_or_none()
    return None if row is None else Watched(to_instant(row.watched_until), bool(row.gap_open))


def _take(connection: Connection, step: Step, now: Instant) -> None:
    values = {"watched_until": to_datetime(step.watched.until), "gap_open": step.watched.gap_open}
    store.put(connection, _WATCH, {"id": ONLY}, values)
    if step.gap is not None:
        _record(connection, step.gap, now)


def _record(connection: Connection, gap: Gap, now: Instant) -> None:
    """A gap as a fact; its id is its start, so that its end closes it."""
    at = gap.start if gap.end is None else gap.end
    log.warning("tickets_unwatched", start=isoformat(gap.start), end=None if gap.end is None else isoformat(gap.end))
    inbox.append(connection, [gap_fact(gap.start, gap.start, gap.end, at=at, received_at=now)])
