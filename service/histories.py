"""Which tickets need their history imported: those a KPI leaves out because transitions nobody saw are not zero.

The ledger knows (reason ``history_unknown``): it has weighed first sightings, gaps, losses and the policy (kpis.md
R14). So one call to Autotask is made for each ticket that is missed, the newest first, and none for the others.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Connection, Table, literal_column, select

from models.database import Database
from models.errors import StorageUnavailable
from models.ledger import ContributionRow
from service.kpis.watched import HISTORY_UNKNOWN
from service.reading import Reader

AT_MOST = 5_000
_MEASURES = 3
"""So many measures leave tickets out for it (``service.kpis.watched``); all of them are of tickets."""
_CONTRIBUTION = cast(Table, ContributionRow.__table__)  # type: ignore[attr-defined]


def wanted_histories(main: Database) -> list[int]:
    """Tickets of which a KPI needs the history, the newest first; none while no ledger is shown."""
    reader = Reader(main)
    try:
        with reader.view() as view:
            return unknown_histories(view.connection)
    except StorageUnavailable:
        return []
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
