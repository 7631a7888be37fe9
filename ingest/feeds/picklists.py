"""The tenant's picklists, read now and then: what their values are called is remembered as facts."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.autotask.catalogue import PICKLISTS_EVERY_SECONDS
from ingest.autotask.picklists import PICKLISTS, Picklist, remember
from ingest.autotask.values import FieldInfo
from ingest.feeds import store
from ingest.feeds.source import Kit
from models.instants import SECOND, Instant


class PicklistReader:
    """Reads the picklists of every collection that has some."""

    name = "picklists"
    every: Instant = PICKLISTS_EVERY_SECONDS * SECOND
    essential = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    async def run(self) -> None:
        """Read them all; what a tenant took away is taken away here."""
        infos = {name: await self._kit.source.fields(name) for name in sorted({one.collection for one in PICKLISTS})}
        now = self._kit.clock.now()
        with self._kit.main.write() as connection:
            for picklist in PICKLISTS:
                if (labels := _labels(picklist, infos[picklist.collection])) is not None:
                    remember(connection, picklist, labels, at=now)
            store.succeeded(connection, self.name, reached=None, at=now)


def _labels(picklist: Picklist, infos: Mapping[str, FieldInfo]) -> dict[int, str] | None:
    """What the values are called; ``None`` where Autotask has no such field. Values that are no numbers are left out:
    no field that is read holds such."""
    info = next((one for name, one in infos.items() if name.lower() == picklist.field.lower()), None)
    if info is None:
        return None
    return {one.value: one.label for one in info.picklist if isinstance(one.value, int)}
