"""Reads the tenant's picklists now and then: what the ids of the policy's roles and of pages are called there."""

from __future__ import annotations

from ingest.autotask.catalogue import PICKLISTS_EVERY_SECONDS
from ingest.autotask.picklists import PICKLISTS, remember
from ingest.autotask.values import FieldInfo
from ingest.feeds import store
from ingest.feeds.source import Kit
from models.instants import SECOND, Instant


class PicklistReader:
    """The machine that reads every picklist whose labels anything here reads."""

    name = "picklists"
    every: Instant = PICKLISTS_EVERY_SECONDS * SECOND
    essential = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def run(self) -> None:
        """Read them all, and store those that say something new."""
        collections = {one.collection for one in PICKLISTS}
        infos = {collection: await self._kit.source.fields(collection) for collection in sorted(collections)}
        now = self._kit.clock.now()
        with self._kit.main.write() as connection:
            for picklist in PICKLISTS:
                fields = {name.lower(): info for name, info in infos[picklist.collection].items()}
                if labels := _labels(fields.get(picklist.field.lower())):
                    remember(connection, picklist, labels, at=now)
            store.succeeded(connection, self.name, reached=None, at=now)


def _labels(info: FieldInfo | None) -> dict[int, str]:
    """Label by value, in the tenant's order; values that are no numbers are in no field that is read. None at all: it
    cannot be seen."""
    listed = () if info is None else sorted(info.picklist, key=lambda one: one.sort_order)
    return {one.value: one.label for one in listed if isinstance(one.value, int)}
