"""The digests' SQL: which went out, which are to be tried again, and who may send one now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Connection, Table, select, update

from models.desk import Digest, DigestState
from models.instants import Instant, to_datetime
from service.projection.ledger.tables import dialect_insert

_DIGEST = cast(Table, Digest.__table__)  # type: ignore[attr-defined]
_C = _DIGEST.c


@dataclass(frozen=True, slots=True)
class Place:
    """One message of one week by one channel."""

    week: str
    channel: str
    reader: str


def claim(connection: Connection, place: Place, now: Instant, *, again: bool = False) -> int | None:
    """Take a message to send; which try it is. ``None``: it was sent, is being sent, or it is too early.

    One statement decides, so two senders never both have it. A claim outlives its process: whether what it was sending
    arrived nobody knows, and it is not sent a second time unless somebody asks (``again``).
    """
    new = {"week": place.week, "channel": place.channel, "reader": place.reader, "state": DigestState.SENDING.value}
    values = {**new, "attempts": 1, "changed_at": to_datetime(now), "next_at": None, "detail": ""}
    insertion = dialect_insert(connection.dialect.name, _DIGEST).values(values).on_conflict_do_nothing()
    if connection.execute(insertion.returning(_C.attempts)).first() is not None:
        return 1
    changed = update(_DIGEST).where(*_is(place))
    if not again:
        changed = changed.where(_C.state == DigestState.FAILED.value, _C.next_at <= to_datetime(now))
    changed = changed.values(state=DigestState.SENDING.value, attempts=_C.attempts + 1, changed_at=to_datetime(now))
    return connection.execute(changed.returning(_C.attempts)).scalar_one_or_none()


def note_sent(connection: Connection, place: Place, now: Instant) -> None:
    """It arrived."""
    sent = {"state": DigestState.SENT.value, "changed_at": to_datetime(now), "next_at": None, "detail": ""}
    connection.execute(update(_DIGEST).where(*_is(place)).values(sent))


def note_failed(connection: Connection, place: Place, now: Instant, next_at: Instant, detail: str) -> None:
    """It did not, and is tried again."""
    failed = {"state": DigestState.FAILED.value, "changed_at": to_datetime(now), "next_at": to_datetime(next_at)}
    connection.execute(update(_DIGEST).where(*_is(place)).values(**failed, detail=detail[:200]))


def states(connection: Connection, week: str, channel: str) -> dict[str, DigestState]:
    """What became of each reader's message."""
    found = select(_C.reader, _C.state).where(_C.week == week, _C.channel == channel)
    return {reader: DigestState(state) for reader, state in connection.execute(found)}


def _is(place: Place) -> tuple[ColumnElement[bool], ...]:
    return (_C.week == place.week, _C.channel == place.channel, _C.reader == place.reader)
