"""Which tickets need their history imported, because transitions of theirs went unseen.

Most the ledger knows: those a KPI leaves out as ``history_unknown``; it has weighed first sightings, gaps, losses and
the policy (kpis.md R14). But a ticket that changed while nobody watched, or of which an event was lost, is also judged
by KPIs that leave nothing out: by which queue and whom it was with. Those tickets are found in the inbox.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Connection, Table, literal_column, select

from models.clock import Clock
from models.database import Database
from models.errors import StorageUnavailable
from models.ledger import ContributionRow
from service.kpis.watched import HISTORY_UNKNOWN
from service.reading import Reader
from service.unseen import Unseen

AT_MOST = 5_000
_MEASURES = 3
"""So many measures leave tickets out for it (``service.kpis.watched``); all of them are of tickets."""
_CONTRIBUTION = cast(Table, ContributionRow.__table__)  # type: ignore[attr-defined]


class WantedHistories:
    """Tickets whose history is needed: those something happened to unseen in the last weeks, then those of which a
    KPI needs it, the newest first (none while no ledger is shown). Asked every few seconds, by one thread."""

    def __init__(self, main: Database, clock: Clock) -> None:
        self._main = main
        self._clock = clock
        self._unseen = Unseen()

    def __call__(self) -> list[int]:
        with self._main.read() as connection:
            touched = self._unseen.tickets(connection, self._clock.now())
        reader = Reader(self._main)
        try:
            with reader.view() as view:
                return list(dict.fromkeys((*touched, *unknown_histories(view.connection))))
        except StorageUnavailable:
            return touched
        finally:
            reader.close()


def unknown_histories(connection: Connection) -> list[int]:
    """The tickets with a contribution left out as ``history_unknown``, by their latest day."""
    row = _CONTRIBUTION.c
    query = (
        select(row.subject_id)
        .where(row.reason == literal_column(f"'{HISTORY_UNKNOWN}'"))  # in words, so that its index is taken
        .order_by(row.day.desc(), row.subject_id.desc())
        .limit(AT_MOST * _MEASURES)
    )
    return list(dict.fromkeys(connection.execute(query).scalars()))[:AT_MOST]
