"""The tenant's picklists: which id means what there. Read now and then; the policy's labels are looked up in them."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Connection, Table, delete, insert, select

from ingest.autotask.catalogue import CATALOGUE, PICKLISTS_EVERY_SECONDS, Entity
from ingest.autotask.values import PicklistValue
from ingest.feeds import store
from ingest.feeds.source import Kit
from models.feeds import Picklist
from models.instants import SECOND, Instant

PICKLIST = cast(Table, Picklist.__table__)  # type: ignore[attr-defined]


class PicklistReader:
    """Reads the picklists of every entity that has some."""

    name = "picklists"
    every: Instant = PICKLISTS_EVERY_SECONDS * SECOND
    essential = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def run(self) -> None:
        """Read them all; what a tenant took away is taken away here."""
        found = {}
        for entity in CATALOGUE.values():
            if entity.picklists:
                infos = await self._kit.source.fields(entity.collection)
                known = {name.lower(): info.picklist for name, info in infos.items()}
                found[entity.name] = {name: known.get(name.lower(), ()) for name in entity.picklists}
        with self._kit.main.write() as connection:
            for name, lists in found.items():
                _replace(connection, CATALOGUE[name], lists)
            store.succeeded(connection, self.name, reached=None, at=self._kit.clock.now())


def labels(connection: Connection) -> dict[tuple[str, str], dict[str, int]]:
    """Id by label of each picklist, by entity and field; an active value wins over one that is not."""
    order = (PICKLIST.c.is_active, PICKLIST.c.sort_order.desc(), PICKLIST.c.value.desc())
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(select(PICKLIST).order_by(*order)):
        found.setdefault((row.entity, row.field), {})[row.label] = row.value
    return found


def _replace(connection: Connection, entity: Entity, lists: dict[str, tuple[PicklistValue, ...]]) -> None:
    """Values that are no numbers are left out: no field that is read holds such."""
    connection.execute(delete(PICKLIST).where(PICKLIST.c.entity == entity.name))
    rows = {
        (name, one.value): {
            "entity": entity.name,
            "field": name,
            "value": one.value,
            "label": one.label,
            "is_active": one.is_active,
            "sort_order": one.sort_order,
        }
        for name, values in lists.items()
        for one in values
        if isinstance(one.value, int)
    }
    if rows:
        connection.execute(insert(PICKLIST), list(rows.values()))
