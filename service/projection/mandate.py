"""What a writer of a ledger goes by: which ledger, in which leader's term, under which rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.kpis.definition import Measure
from service.projection.rules import Rules


@dataclass(frozen=True)
class Mandate:
    """Generation and build name the ledger, ``term`` the leader (fencing); rules and measures make the numbers."""

    generation: str
    build: int
    term: int
    rules: Rules
    measures: Mapping[str, Sequence[Measure]]
