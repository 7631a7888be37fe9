"""What else must hold before a web process takes traffic: a worker that lives, a ledger to show, no long lag, and
nothing that has been parked for so long that people must have missed it."""

from __future__ import annotations

from models.clock import Clock
from models.database import Database
from models.errors import StorageError
from models.instants import HOUR, MINUTE, Instant
from service.heartbeat import UNREACHABLE, worker_alive
from service.lag import read_standing
from service.reading import NoFiguresYet, Reader
from service.web import Check

LONGEST_PARKED: Instant = 24 * HOUR
LONGEST_LAG: Instant = MINUTE


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


def ledger_shown(database: Database) -> str | None:
    """There is a ledger with figures."""
    reader = Reader(database)
    try:
        with reader.view():
            return None
    except NoFiguresYet:
        return "no_figures_yet"
    except StorageError:
        return UNREACHABLE
    finally:
        reader.close()


def short_lag(database: Database, clock: Clock) -> str | None:
    """Nothing has been waiting for more than a minute."""
    reader = Reader(database)
    try:
        return "projection_behind" if read_standing(database, reader, clock).lag > LONGEST_LAG else None
    except StorageError:
        return UNREACHABLE
    finally:
        reader.close()


def young_parked(database: Database, clock: Clock) -> str | None:
    """Nothing has been parked for more than a day without somebody having retried or discarded it to an end."""
    reader = Reader(database)
    try:
        parked = read_standing(database, reader, clock).parked.values()
    except StorageError:
        return UNREACHABLE
    finally:
        reader.close()
    now = clock.now()
    oldest = min((one.oldest for one in parked if one.oldest is not None), default=now)
    return "parked_ageing" if now - oldest > LONGEST_PARKED else None
