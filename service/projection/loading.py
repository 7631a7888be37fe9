"""Stories of many subjects at once: a handful of statements for a batch, whatever it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from models.entities import PROJECT, RESOURCE, SLA_RESULT, TASK, TICKET, TIME_ENTRY
from service.projection.completions import noise_windows
from service.projection.edges import people_of
from service.projection.fold import EntityState
from service.projection.history import history, transition_times
from service.projection.ledger import facts
from service.projection.ledger.tables import Key
from service.projection.rules import Rules
from service.projection.story import API_USER, EntryStory, Story, TicketStory

States = dict[Key, EntityState]


def load_stories(
    connection: Connection, subjects: Iterable[Key], rules: Rules, known: Mapping[Key, EntityState]
) -> dict[Key, Story]:
    """The story of each subject of which anything is known.

    ``known``: states the caller holds already (newer than the database's, in the projector).
    """
    wanted = set(subjects)
    states = _Cache(connection, known)
    tickets = _ticket_stories(connection, {key for key in wanted if key.type == TICKET}, rules, states)
    entries = _entry_stories({key for key in wanted if key.type == TIME_ENTRY}, rules, states)
    return {**tickets, **entries}


class _Cache:
    """States by key: what the caller knows, then the database, each asked once."""

    def __init__(self, connection: Connection, known: Mapping[Key, EntityState]) -> None:
        self._connection = connection
        self._states: dict[Key, EntityState | None] = dict(known)

    def load(self, keys: Iterable[Key]) -> None:
        missing = {key for key in keys if key not in self._states}
        self._states.update(dict.fromkeys(missing))
        self._states.update(facts.load_states(self._connection, missing))

    def get(self, kind: str, number: int | None) -> EntityState | None:
        return None if number is None else self._states.get(Key(kind, number))

    def not_technicians(self, people: Iterable[int]) -> frozenset[int]:
        """Those among these resources that are API users (kpis.md R9); one without a fact is a technician."""
        found = {person: self.get(RESOURCE, person) for person in people}
        return frozenset(
            p for p, state in found.items() if state is not None and state.value("licenseType") == API_USER
        )


def _ticket_stories(connection: Connection, keys: set[Key], rules: Rules, states: _Cache) -> dict[Key, Story]:
    states.load(keys)
    results: dict[int, int] = defaultdict(lambda: -1)
    for edge in facts.load_edges(connection, keys, (SLA_RESULT,)):
        results[edge.target_id] = max(results[edge.target_id], edge.source_id)
    states.load(Key(SLA_RESULT, result) for result in results.values())
    workers = facts.count_workers(connection, keys, TIME_ENTRY)

    people: dict[Key, frozenset[int]] = {}
    for key in keys:
        state = states.get(TICKET, key.id)
        if state is not None:
            result = states.get(SLA_RESULT, results.get(key.id))
            people[key] = people_of(state, result) | frozenset(workers.get(key.id, ()))
    states.load(Key(RESOURCE, person) for named in people.values() for person in named if person >= 0)

    stories: dict[Key, Story] = {}
    for key, named in people.items():
        state = states.get(TICKET, key.id)
        assert state is not None
        stories[key] = TicketStory(
            state=state,
            rules=rules,
            sla_result=states.get(SLA_RESULT, results.get(key.id)),
            workers=workers.get(key.id, {}),
            starts=_starts(connection, key, state, rules) if key.id in workers else (),
            not_technicians=states.not_technicians(named),
        )
    return stories


def _starts(connection: Connection, key: Key, state: EntityState, rules: Rules) -> tuple[tuple[int, int], ...]:
    """The entries' starts by which a short gap between completions is told from a reopening; mostly none."""
    status = history("status", state.sightings, transition_times(state.sightings, rules.complete))
    found: set[tuple[int, int]] = set()
    for left, entered in noise_windows(status, rules):
        found.update(facts.entry_starts(connection, key, TIME_ENTRY, left, entered))
    return tuple(sorted(found))


def _entry_stories(keys: set[Key], rules: Rules, states: _Cache) -> dict[Key, Story]:
    states.load(keys)
    present = {key.id: state for key in keys if (state := states.get(TIME_ENTRY, key.id)) is not None}
    for kind, name in ((TICKET, "ticketID"), (TASK, "taskID"), (RESOURCE, "resourceID"), (RESOURCE, "creatorUserID")):
        numbers = {state.number(name) for state in present.values()}
        states.load(Key(kind, number) for number in numbers if number is not None)
    tasks = {number: states.get(TASK, state.number("taskID")) for number, state in present.items()}
    projects = {number: None if task is None else task.number("projectID") for number, task in tasks.items()}
    states.load(Key(PROJECT, number) for number in projects.values() if number is not None)

    stories: dict[Key, Story] = {}
    for number, state in present.items():
        people = (state.number("resourceID"), state.number("creatorUserID"))
        stories[Key(TIME_ENTRY, number)] = EntryStory(
            state=state,
            rules=rules,
            ticket=states.get(TICKET, state.number("ticketID")),
            task=tasks[number],
            project=states.get(PROJECT, projects[number]),
            not_technicians=states.not_technicians(person for person in people if person is not None),
        )
    return stories
