"""What a make-believe MSP told, to be looked at: the changes, and the rows they leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator.autotask.changes import Change
from simulator.callouts import Action

Row = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """``rows`` by collection and id as they are in the end, deleted ones left out."""

    changes: list[Change]
    rows: dict[str, dict[int, Row]]

    @property
    def deleted(self) -> list[Change]:
        """All deletions."""
        return [change for change in self.changes if change.action is Action.DELETE]

    def created(self, collection: str) -> list[Change]:
        """The creations in one collection."""
        return [one for one in self.changes if one.collection == collection and one.action is Action.CREATE]

    def every(self, collection: str) -> list[Row]:
        """The rows left in one collection."""
        return list(self.rows[collection].values())

    def updates(self, collection: str) -> Iterator[tuple[Change, Row]]:
        """Each update in one collection with the row as it was before."""
        rows: dict[int, Row] = {}
        for change in self.changes:
            if change.collection != collection or change.action is Action.DELETE:
                continue
            if change.action is Action.UPDATE:
                yield change, rows[change.entity_id]
            rows[change.entity_id] = {**rows.get(change.entity_id, {}), **change.fields}


def told(changes: Iterable[Change]) -> Story:
    """Listen to a story to its end."""
    heard = list(changes)
    rows: dict[str, dict[int, Row]] = {}
    for change in heard:
        collection = rows.setdefault(change.collection, {})
        if change.action is Action.DELETE:
            del collection[change.entity_id]
        else:
            collection.setdefault(change.entity_id, {}).update(change.fields)
    return Story(heard, rows)
