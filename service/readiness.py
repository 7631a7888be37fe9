"""What else must hold before a web process takes traffic: a worker that lives, a ledger to show, no long lag, and
nothing that has been parked for so long that people must have missed it."""

from __future__ import annotations

from models.clock import Clock, WallClock
from models.database import Database
from models.errors import StorageError
from models.instants import HOUR, MINUTE, SECOND, Instant
from service import desk
from service.lag import read_standing
from service.reading import NoFiguresYet, Reader
from service.web import Check

LONGEST_PARKED: Instant = 24 * HOUR
WORKER_SILENT_AFTER: Instant = 15 * SECOND
LONGEST_LAG: Instant = MINUTE
_UNREACHABLE = "storage_unavailable"


def checks(clock: Clock) -> tuple[Check, ...]:
    """The checks of a process that goes by ``clock`` (frozen in a replay: then facts are as old as it says)."""

    def lag(database: Database) -> str | None:
        return short_lag(database, clock)

    def parked(database: Database) -> str | None:
        return young_parked(database, clock)

    return (
        Check("worker", worker_alive),
        Check("ledger", ledger_shown),
        Check("lag", lag),
        Check("parked", parked),
    )


def worker_alive(database: Database) -> str | None:
    """The leading worker said so within 15 s of the wall clock, by which it beats."""
    try:
        with database.read() as connection:
            seen_at = desk.leader_seen_at(connection)
    except StorageError:
        return _UNREACHABLE
    if seen_at is None:
        return "no_worker_yet"
    return "worker_silent" if WallClock().now() - seen_at > WORKER_SILENT_AFTER else None


def ledger_shown(database: Database) -> str | None:
    """There is a ledger with figures."""
    reader = Reader(database)
    try:
        with reader.view():
            return None
    except NoFiguresYet:
        return "no_figures_yet"
    except StorageError:
        return _UNREACHABLE
    finally:
        reader.close()


def short_lag(database: Database, clock: Clock) -> str | None:
    """Nothing has been waiting for more than a minute."""
    reader = Reader(database)
    try:
        return "projection_behind" if read_standing(database, reader, clock).lag > LONGEST_LAG else None
    except StorageError:
        return _UNREACHABLE
    finally:
        reader.close()


def young_parked(database: Database, clock: Clock) -> str | None:
    """Nothing has been parked for more than a day without somebody having retried or discarded it to an end."""
    reader = Reader(database)
    try:
        parked = read_standing(database, reader, clock).parked.values()
    except StorageError:
        return _UNREACHABLE
    finally:
        reader.close()
    now = clock.now()
    oldest = min((one.oldest for one in parked if one.oldest is not None), default=now)
    return "parked_ageing" if now - oldest > LONGEST_PARKED else None
