"""The backfill's SQL: which one is under way, and how far each of its parts came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, Table, insert, select, update

from models.backfill import Backfill, BackfillPart
from models.instants import Instant, to_datetime, to_instant

_BACKFILL = cast(Table, Backfill.__table__)  # type: ignore[attr-defined]
_PART = cast(Table, BackfillPart.__table__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Run:
    """A backfill that is under way."""

    id: int
    since: Instant
    started_at: Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a part came (``models.backfill.BackfillPart``)."""

    after_id: int = -1
    rows_read: int = 0
    rows_stored: int = 0
    rows_expected: int | None = None
    is_done: bool = False


def open_run(connection: Connection, since: Instant, now: Instant) -> Run:
    """The backfill under way if it reaches back as far, else a new one; others under way are given up."""
    under_way = _BACKFILL.c.finished_at.is_(None)
    latest = connection.execute(select(_BACKFILL).where(under_way).order_by(_BACKFILL.c.id.desc()).limit(1)).first()
    if latest is not None and to_instant(latest.since) <= since:
        return Run(latest.id, to_instant(latest.since), to_instant(latest.started_at))
    connection.execute(update(_BACKFILL).where(under_way).values(finished_at=to_datetime(now)))
    values = {"since": to_datetime(since), "started_at": to_datetime(now)}
    run_id = connection.execute(insert(_BACKFILL).values(values).returning(_BACKFILL.c.id)).scalar_one()
    return Run(int(run_id), since, now)


def finish(connection: Connection, run: Run, now: Instant) -> None:
    """The backfill has read everything."""
    connection.execute(update(_BACKFILL).where(_BACKFILL.c.id == run.id).values(finished_at=to_datetime(now)))


def standings(connection: Connection, run: Run) -> dict[str, Standing]:
    """How far each part came that was begun, by name."""
    rows = connection.execute(select(_PART).where(_PART.c.backfill_id == run.id))
    return {
        row.name: Standing(row.after_id, row.rows_read, row.rows_stored, row.rows_expected, row.is_done) for row in rows
    }


def put(connection: Connection, run: Run, standings_now: Mapping[str, Standing]) -> None:
    """Keep how far parts came, in the transaction that stores their rows."""
    for name, now in standings_now.items():
        key = (_PART.c.backfill_id == run.id, _PART.c.name == name)
        values = {
            "after_id": now.after_id,
            "rows_read": now.rows_read,
            "rows_stored": now.rows_stored,
            "rows_expected": now.rows_expected,
            "is_done": now.is_done,
        }
        if connection.execute(update(_PART).where(*key).values(values)).rowcount == 0:
            connection.execute(insert(_PART).values({"backfill_id": run.id, "name": name, **values}))
