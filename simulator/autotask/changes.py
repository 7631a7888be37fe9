"""What happens in Autotask: one change of one entity, by whoever makes up the tenant's life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.instants import Instant
from simulator.callouts import Action
from simulator.dotnet_json import Json


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``fields`` by REST name: all known ones of a CREATE, only what changes of an UPDATE."""

    at: Instant
    action: Action
    collection: str
    entity_id: int
    fields: Mapping[str, Json]
    person_id: int
