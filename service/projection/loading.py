"""Stories of many subjects at once: a handful of statements for a batch, whatever it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from models import entities as e
from models.instants import Day, add_days
from service.projection.edges import credited, people_of
from service.projection.fold import EntityState
from service.projection.ledger import facts, roster
from service.projection.ledger.tables import Key
from service.projection.ledger.work import pages_of_work, sums_of_work
from service.projection.rules import Rules
from service.projection.story import (
    API_USER,
    MEMBER_DAYS,
    Contest,
    EndpointStory,
    EntryStory,
    Story,
    SurveyStory,
    TechnicianDaysStory,
    TicketStory,
)
from service.projection.work import NO_WORK, WorkOnTicket

States = dict[Key, EntityState]
_CHILDREN = (e.SLA_RESULT, e.SURVEY, e.LOST_EVENT, e.CONTEST)


def load_stories(
    connection: Connection, subjects: Iterable[Key], rules: Rules, known: Mapping[Key, EntityState]
) -> dict[Key, Story]:
    """The story of each subject of which anything is known.

    ``known``: states the caller holds already (newer than the database's, in the projector).
    """
    by_type: dict[str, set[Key]] = defaultdict(set)
    for key in subjects:
        by_type[key.type].add(key)
    states = _Cache(connection, known)
    return {
        **_ticket_stories(connection, by_type[e.TICKET], rules, states),
        **_entry_stories(connection, by_type[e.TIME_ENTRY], rules, states),
        **_survey_stories(by_type[e.SURVEY], rules, states),
        **_endpoint_stories(by_type[e.ENDPOINT], rules, states),
        **_technician_stories(connection, by_type[e.TECHNICIAN_DAYS], rules, states),
    }


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

    def all_of(self, kind: str, numbers: Iterable[int]) -> tuple[EntityState, ...]:
        found = (self.get(kind, number) for number in sorted(numbers))
        return tuple(state for state in found if state is not None)

    def not_technicians(self, people: Iterable[int]) -> frozenset[int]:
        """Those among these resources that are API users (kpis.md R9); one without a fact is a technician."""
        found = {person: self.get(e.RESOURCE, person) for person in people}
        return frozenset(
            p for p, state in found.items() if state is not None and state.value("licenseType") == API_USER
        )


class _Children:
    """The children of subjects, by type of child and subject."""

    def __init__(self, connection: Connection, targets: Iterable[Key], kinds: tuple[str, ...], states: _Cache) -> None:
        self._ids: dict[tuple[str, int], list[int]] = defaultdict(list)
        for edge in facts.load_edges(connection, targets, kinds):
            self._ids[edge.source_type, edge.target_id].append(edge.source_id)
        states.load(Key(kind, number) for (kind, _), numbers in self._ids.items() for number in numbers)
        self._states = states

    def of(self, kind: str, number: int) -> tuple[EntityState, ...]:
        return self._states.all_of(kind, self._ids.get((kind, number), ()))

    def contests(self, ticket_id: int) -> dict[str, Contest]:
        """The latest contest not undone, by KPI (kpis.md §2)."""
        made = [one for one in self.of(e.CONTEST, ticket_id) if one.exists and one.value("undone") is not True]
        made.sort(key=lambda one: (one.number("madeAt") or 0, one.entity_id))
        return {
            str(one.value("kpi")): Contest(one.entity_id, str(one.value("kpi")), one.number("creditTo")) for one in made
        }


def _ticket_stories(connection: Connection, keys: set[Key], rules: Rules, states: _Cache) -> dict[Key, Story]:
    if not keys:
        return {}
    states.load(keys)
    keys = {key for key in keys if states.get(e.TICKET, key.id) is not None}
    states.load(Key(e.HISTORY, key.id) for key in keys)
    children = _Children(connection, keys, _CHILDREN, states)
    sums = sums_of_work(connection, keys)
    pages = pages_of_work(connection, sums)
    gaps = tuple(facts.states_of(connection, e.SOURCE_GAP))

    results: dict[Key, EntityState | None] = {}
    people: dict[Key, frozenset[int]] = {}
    for key in keys:
        state = states.get(e.TICKET, key.id)
        assert state is not None
        found = [one for one in children.of(e.SLA_RESULT, key.id) if one.exists]
        results[key] = found[-1] if found else None
        given = credited(children.contests(key.id))
        people[key] = people_of(state, results[key]) | frozenset(sums.get(key.id, ())) | given
    states.load(Key(e.RESOURCE, person) for named in people.values() for person in named if person >= 0)

    stories: dict[Key, Story] = {}
    for key, named in people.items():
        state = states.get(e.TICKET, key.id)
        assert state is not None
        outsiders = states.not_technicians(named)
        stories[key] = TicketStory(
            state=state,
            rules=rules,
            sla_result=results[key],
            work=WorkOnTicket(sums[key.id], pages[key.id], outsiders | rules.ignored_resources)
            if key.id in sums and state.exists  # entries of a deleted ticket count nowhere (R13)
            else NO_WORK,
            surveys=tuple(one for one in children.of(e.SURVEY, key.id) if one.exists),
            imported=states.get(e.HISTORY, key.id),
            gaps=gaps,
            lost_events=children.of(e.LOST_EVENT, key.id),
            contests=children.contests(key.id),
            not_technicians=outsiders,
        )
    return stories


def _entry_stories(connection: Connection, keys: set[Key], rules: Rules, states: _Cache) -> dict[Key, Story]:
    if not keys:
        return {}
    states.load(keys)
    present = {key.id: state for key in keys if (state := states.get(e.TIME_ENTRY, key.id)) is not None}
    named = (
        (e.TICKET, "ticketID"),
        (e.HISTORY, "ticketID"),
        (e.TASK, "taskID"),
        (e.RESOURCE, "resourceID"),
        (e.RESOURCE, "creatorUserID"),
    )
    for kind, name in named:
        numbers = {state.number(name) for state in present.values()}
        states.load(Key(kind, number) for number in numbers if number is not None)
    tasks = {number: states.get(e.TASK, state.number("taskID")) for number, state in present.items()}
    projects = {number: None if task is None else task.number("projectID") for number, task in tasks.items()}
    states.load(Key(e.PROJECT, number) for number in projects.values() if number is not None)
    tickets = {Key(e.TICKET, ticket) for one in present.values() if (ticket := one.number("ticketID")) is not None}
    children = _Children(connection, tickets, (e.CONTEST,), states)

    contests = {key.id: children.contests(key.id) for key in tickets}
    states.load(Key(e.RESOURCE, person) for made in contests.values() for person in credited(made))

    stories: dict[int, EntryStory] = {}
    for number, state in present.items():
        ticket_id = state.number("ticketID")
        made = {} if ticket_id is None else contests[ticket_id]
        people = (state.number("resourceID"), state.number("creatorUserID"), *credited(made))
        stories[number] = EntryStory(
            state=state,
            rules=rules,
            ticket=states.get(e.TICKET, ticket_id),
            task=tasks[number],
            project=states.get(e.PROJECT, projects[number]),
            imported=states.get(e.HISTORY, ticket_id),
            contests=made,
            not_technicians=states.not_technicians(person for person in people if person is not None),
        )
    return _with_roster(connection, stories)


def _with_roster(connection: Connection, stories: Mapping[int, EntryStory]) -> dict[Key, Story]:
    """The stories, those with their technician's roster whose membership hangs on it."""
    asking = {number: story for number, story in stories.items() if story.asks_rosters_of}
    days: dict[int, frozenset[Day]] = {}
    if asking:
        worked = [story.worked_on for story in asking.values() if story.worked_on is not None]
        people = {one for story in asking.values() for one in story.asks_rosters_of}
        days = roster.days_of(connection, people, add_days(min(worked), 1 - MEMBER_DAYS), max(worked))
    found: dict[Key, Story] = {Key(e.TIME_ENTRY, number): story for number, story in stories.items()}
    for number, story in asking.items():
        rosters = {one: days.get(one, frozenset()) for one in story.asks_rosters_of}
        found[Key(e.TIME_ENTRY, number)] = story.with_rosters(rosters)
    return found


def _survey_stories(keys: set[Key], rules: Rules, states: _Cache) -> dict[Key, Story]:
    states.load(keys)
    present = {key: state for key in keys if (state := states.get(*key)) is not None}
    tickets = {key: state.number("ticketID") for key, state in present.items()}
    states.load(Key(e.TICKET, ticket) for ticket in tickets.values() if ticket is not None)
    return {
        key: SurveyStory(state, rules, ticket_known=states.get(e.TICKET, tickets[key]) is not None)
        for key, state in present.items()
    }


def _endpoint_stories(keys: set[Key], rules: Rules, states: _Cache) -> dict[Key, Story]:
    states.load(keys)
    return {key: EndpointStory(state, rules) for key in keys if (state := states.get(*key)) is not None}


def _technician_stories(connection: Connection, keys: set[Key], rules: Rules, states: _Cache) -> dict[Key, Story]:
    if not keys:
        return {}
    states.load(Key(e.RESOURCE, key.id) for key in keys)
    children = _Children(connection, keys, (e.AVAILABILITY, e.TIME_OFF), states)
    days = roster.days_of(connection, {key.id for key in keys})
    locations = tuple(facts.states_of(connection, e.LOCATION))
    holidays = tuple(facts.states_of(connection, e.HOLIDAY))
    return {
        key: TechnicianDaysStory(
            tech_id=key.id,
            rules=rules,
            resource=states.get(e.RESOURCE, key.id),
            availability=children.of(e.AVAILABILITY, key.id),
            time_off=children.of(e.TIME_OFF, key.id),
            locations=locations,
            holidays=holidays,
            roster_days=days.get(key.id, frozenset()),
            not_technicians=states.not_technicians((key.id,)),
        )
        for key in keys
    }
