"""How far the figures on show are behind the facts: read from the databases when asked, worker or no worker."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from ingest import inbox
from models.clock import Clock
from models.database import Database
from models.instants import Instant
from models.ledger import ParkedKind
from service.projection.ledger.standing import ParkedSum, parked_sums, waits_since
from service.reading import NoFiguresYet, Reader, View


@dataclass(frozen=True, slots=True)
class Standing:
    """``backlog``: inbox positions not projected; ``lag``: microseconds since the oldest thing waiting came."""

    backlog: int
    lag: Instant
    parked: Mapping[ParkedKind, ParkedSum]


def read_standing(main: Database, reader: Reader, clock: Clock) -> Standing:
    """Where things stand now; without a ledger the whole inbox waits."""
    with ExitStack() as stack:
        try:
            view = stack.enter_context(reader.view())
        except NoFiguresYet:
            return standing(main, None, clock)
        return standing(main, view, clock)


def standing(main: Database, view: View | None, clock: Clock) -> Standing:
    """Where things stand beside a view. Reached deadlines are part of the lag (I5)."""
    position = 0 if view is None else view.version.position
    with main.read() as connection:
        last = inbox.last_position(connection)
        oldest = inbox.read_after(connection, position, 1)
    now = clock.now()
    since = [fact.received_at for fact in oldest]
    parked = dict.fromkeys(ParkedKind, ParkedSum())
    if view is not None:
        parked = parked_sums(view.connection)
        waiting = waits_since(view.connection, now, view.as_of, view.heard)
        since += [] if waiting is None else [waiting]
    return Standing(max(0, last - position), max(0, now - min(since, default=now)), parked)
