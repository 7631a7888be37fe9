"""Who has a scorecard row in a window, and under what name (kpis.md R9).

A *member* is a technician with customer-facing work in the 60 days ending with a day, or one whom the policy
lists; owners and sales staff are none. Names are as Autotask has them: text from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from models.entities import RESOURCE
from models.instants import Day, add_days
from models.ledger import Scope
from models.policy import Policy
from service.kpis.roster import ROSTER
from service.projection.fold import EntityState
from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import Key
from service.projection.rules import Rules
from service.projection.story import API_USER, MEMBER_DAYS
from service.scorecards.sums import ids_on_days
from service.scorecards.windows import Window


@dataclass(frozen=True, slots=True)
class Member:
    """A technician with a row."""

    tech_id: int
    name: str


class Roster:
    """The technicians of one view of the ledger; reads what is known of each once."""

    def __init__(self, connection: Connection, policy: Policy, today: Day) -> None:
        self._connection = connection
        self._policy = policy
        self._today = today
        self._states: dict[int, EntityState | None] = {}

    def members(self, window: Window) -> tuple[Member, ...]:
        """The technicians with a row in a window, by name and id.

        Windows that end today leave out resources known to be inactive or gone; earlier ones keep them (R9).
        """
        told = frozenset(_candidates(self._connection, self._policy, window)) - frozenset(
            self._policy.ignored_resources
        )
        candidates = [number for number in told if number >= 0]
        self._load(number for number in candidates if number not in self._states)
        live = window.last_day == self._today
        found = [
            Member(number, _name(number, self._states[number]))
            for number in candidates
            if _has_row(self._states[number], live=live)
        ]
        return tuple(sorted(found, key=lambda member: (member.name.casefold(), member.tech_id)))

    def _load(self, numbers: Iterable[int]) -> None:
        keys = [Key(RESOURCE, number) for number in numbers]
        states = load_states(self._connection, keys)
        self._states.update((key.id, states.get(key)) for key in keys)


def names(connection: Connection, tech_ids: Iterable[int]) -> Mapping[int, str]:
    """The names of technicians by id, also of those whom no fact names."""
    ids = frozenset(number for number in tech_ids if number >= 0)
    states = load_states(connection, (Key(RESOURCE, number) for number in ids))
    return {number: _name(number, states.get(Key(RESOURCE, number))) for number in ids}


def _candidates(connection: Connection, policy: Policy, window: Window) -> Iterable[int]:
    if not isinstance(policy.technicians, str):
        return [one for one, since in (Rules.of(policy).listed or {}).items() if since <= window.last_day]
    first_day = add_days(window.first_day, 1 - MEMBER_DAYS)
    return ids_on_days(connection, ROSTER.key, Scope.TECH, first_day, window.last_day)


def _has_row(state: EntityState | None, *, live: bool) -> bool:
    if state is None:  # a resource id without any Resource fact is a technician (R9)
        return True
    if state.value("licenseType") == API_USER:
        return False
    return not live or (state.exists and state.tracked("isActive") is not False)


def _name(number: int, state: EntityState | None) -> str:
    parts = () if state is None else (state.value("firstName"), state.value("lastName"))
    told = (part.strip() for part in parts if isinstance(part, str))
    return " ".join(part for part in told if part) or f"Technician {number}"
