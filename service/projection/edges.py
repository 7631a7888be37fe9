"""Edges: every field a story reads of another entity, declared (design §4).

Two kinds share one table. A *child* says itself whose story it belongs to (SLA result, survey, contest → ticket;
availability, time off → a technician's days); its edge follows from its own state, and so does the row of ``work``
that a time entry is for its ticket. A *read* follows from the subject's own facts (ticket ← each person it names;
entry ← its ticket, task, project, person). A changed declared field makes the readers due.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import NamedTuple

from models import entities as e
from models.entities import Value
from models.instants import NEVER, Instant
from models.ledger import NOBODY
from service.projection.completions import REOPEN_WITHIN
from service.projection.fold import EntityState
from service.projection.history import history, transition_times
from service.projection.ledger.tables import Key
from service.projection.rules import Rules
from service.projection.story import (
    Contest,
    EndpointStory,
    EntryStory,
    Story,
    SurveyStory,
    TechnicianDaysStory,
    TicketStory,
    entry_start,
    id_or,
    is_time_off,
)

CALENDAR = Key("Calendar", 0)
"""What every technician's days read: all locations and holidays, of which there are few."""
GAPS = Key(e.SOURCE_GAP, 0)
"""What every ticket reads: the gaps, up to the instant until which its history matters."""
ROSTER = "Roster"
"""A technician's days with an entry; what is read of it are counters."""


class EdgeRow(NamedTuple):
    """One row of ``models.ledger.Edge``."""

    source_type: str
    source_id: int
    target_type: str
    target_id: int
    at: int = 0

    @property
    def target(self) -> Key:
        return Key(self.target_type, self.target_id)


class WorkRow(NamedTuple):
    """One row of ``models.ledger.WorkRow``."""

    ticket_id: int
    start: Instant
    entry_id: int
    tech_id: int
    end: Instant
    hours: int
    created: Instant


class Concern(NamedTuple):
    """Readers whose ``at`` lies in [since, until] read something else now; those without one always do."""

    since: int = -NEVER
    until: int = NEVER


SUBJECTS = frozenset({e.TICKET, e.TIME_ENTRY, e.SURVEY, e.ENDPOINT})
"""The entities that are subjects themselves."""

CHILD_TARGETS: Mapping[str, str] = {
    e.SLA_RESULT: e.TICKET,
    e.SURVEY: e.TICKET,
    e.HISTORY: e.TICKET,
    e.LOST_EVENT: e.TICKET,
    e.CONTEST: e.TICKET,
    e.AVAILABILITY: e.TECHNICIAN_DAYS,
    e.TIME_OFF: e.TECHNICIAN_DAYS,
}
"""Whose story a child belongs to."""

RELAYED = frozenset({e.CONTEST, e.HISTORY})
"""Children of a ticket that its entries read too."""

STANDS_FOR: Mapping[str, Key] = {e.LOCATION: CALENDAR, e.HOLIDAY: CALENDAR, e.SOURCE_GAP: GAPS}
"""Entities that are read all together, under one name."""

READ_SOURCES: Mapping[str, tuple[str, ...]] = {
    e.TICKET: (e.RESOURCE, GAPS.type),
    e.TIME_ENTRY: (e.TICKET, e.TASK, e.PROJECT, e.RESOURCE, ROSTER),
    e.SURVEY: (e.TICKET,),
    e.ENDPOINT: (),
    e.TECHNICIAN_DAYS: (CALENDAR.type,),
}
"""Of which types a subject's own facts name the entities it reads."""

DECLARED: Mapping[str, tuple[str, ...]] = {
    e.TICKET: ("companyID", "exists"),
    e.TASK: ("projectID",),
    e.PROJECT: ("companyID",),
    e.RESOURCE: ("licenseType",),
}
"""The untracked fields that readers read of a source of each type. Of a ticket an entry also reads whether and how
it is excluded, its type, and the queue before the entry's end: that edge's ``at`` is the end, so that a move of the
ticket concerns later entries only. A technician's days read all of their resource."""

_PEOPLE_OF_TICKET = ("assignedResourceID", "completedByResourceID")
_PEOPLE_OF_RESULT = ("firstResponseInitiatingResourceID", "resolutionPlanResourceID", "resolutionResourceID")


def child_edge(state: EntityState) -> EdgeRow | None:
    """The edge from a child to whose story it belongs; ``None`` if to none."""
    target = CHILD_TARGETS.get(state.entity_type)
    if target is None or not state.known:
        return None
    if state.entity_type == e.HISTORY:
        return EdgeRow(e.HISTORY, state.entity_id, target, state.entity_id)
    owner = state.number("ticketID" if target == e.TICKET else "resourceID")
    if owner is None or owner < 0 or not (state.exists or state.entity_type == e.AVAILABILITY):
        return None  # of a deleted availability the days before still count
    return EdgeRow(state.entity_type, state.entity_id, target, owner)


def work_row(state: EntityState, rules: Rules) -> WorkRow | None:
    """What a ticket reads of an entry; ``None`` for one that counts nowhere or is on no ticket."""
    ticket_id = state.number("ticketID") if state.entity_type == e.TIME_ENTRY else None
    if not state.exists or ticket_id is None or ticket_id < 0 or is_time_off(state, rules):
        return None
    start, end, hours = entry_start(state), state.tracked("endDateTime"), state.tracked("hoursWorked")
    first = NOBODY if start is None else start
    return WorkRow(
        ticket_id=ticket_id,
        start=first,
        entry_id=state.entity_id,
        tech_id=id_or(NOBODY, state.number("resourceID")),
        end=end if isinstance(end, int) else first,
        hours=hours if isinstance(hours, int) else 0,
        created=state.earliest.get("createDateTime", NOBODY),
    )


class Shown(NamedTuple):
    """What readers read of an entity: its declared fields, and a ticket's queues by time."""

    values: tuple[Value, ...]
    queues: tuple[tuple[Instant, Value], ...] = ()


def shown(state: EntityState, rules: Rules) -> Shown:
    """What readers read of an entity as it is folded now."""
    names = DECLARED.get(state.entity_type, ())
    values = tuple(state.exists if name == "exists" else state.value(name) for name in names)
    if state.entity_type != e.TICKET:
        return Shown((state.known, *values))
    queues = history("queueID", state.sightings, transition_times(state.sightings, rules.complete))
    facets = (state.known, *_facets(state, rules))
    times = ((min(p.at, state.sightings[p.nth].effective_at), p.value) for p in queues.points)
    return Shown((*facets, *values), tuple(times))


def _facets(ticket: EntityState, rules: Rules) -> tuple[Value, ...]:
    """What of a ticket's state now decides whether it is excluded, and its type."""
    status, queue = ticket.tracked("status"), ticket.tracked("queueID")
    roles = (rules.merged, rules.duplicate, rules.cancelled)
    queues = (rules.merged_queues, rules.excluded_queues)
    return (
        *(status in role for role in roles),
        *(queue in role for role in queues),
        *(ticket.tracked("ticketType"), ticket.value("ticketCategory"), ticket.value("source")),
    )


def changed_since(before: Shown, after: Shown) -> Instant | None:
    """From when on readers may read something else; ``None`` when they read the same."""
    if before == after:
        return None
    if before.values != after.values:
        return -NEVER
    pairs = enumerate(zip_longest(before.queues, after.queues))
    number, (old, new) = next(pair for pair in pairs if pair[1][0] != pair[1][1])
    return -NEVER if number == 0 else min(point[0] for point in (old, new) if point is not None)


def reads(story: Story) -> frozenset[EdgeRow]:
    """The edges that follow from the subject's own facts."""
    return frozenset(
        EdgeRow(source.type, source.id, story.subject_type, story.subject_id, at) for source, at in _read_by(story)
    )


def _read_by(story: Story) -> list[tuple[Key, int]]:
    if isinstance(story, TicketStory):
        people = people_of(story.state, story.sla_result) | set(story.work.sums) | credited(story.contests)
        return [(Key(e.RESOURCE, one), 0) for one in people if one >= 0] + [(GAPS, _history_matters_until(story))]
    if isinstance(story, EntryStory):
        until = NOBODY if story.end is None else story.end
        found = [(key, until if key.type == e.TICKET else 0) for key in read_keys_of_entry(story)]
        worked_on = NOBODY if story.worked_on is None else story.worked_on
        return found + [(Key(ROSTER, one), worked_on) for one in story.asks_rosters_of]
    if isinstance(story, SurveyStory):
        ticket_id = story.state.number("ticketID")
        return [] if ticket_id is None or ticket_id < 0 else [(Key(e.TICKET, ticket_id), 0)]
    if isinstance(story, TechnicianDaysStory):
        return [(CALENDAR, 0)] if story.roster_days or story.tech_id in (story.rules.listed or ()) else []
    assert isinstance(story, EndpointStory)
    return []


def _history_matters_until(story: TicketStory) -> Instant:
    """No KPI asks for a transition of a completed ticket later than this (R14)."""
    status = story.history("status")
    if status.now not in story.rules.complete:
        return NEVER
    return max(point.at for point in status.points) + REOPEN_WITHIN


def people_of(ticket: EntityState, sla_result: EntityState | None) -> frozenset[int]:
    """Everybody a ticket's facts name, whatever came of it."""
    named: set[Value] = {
        sighting.fields[name] for sighting in ticket.sightings for name in _PEOPLE_OF_TICKET if name in sighting.fields
    }
    named.add(ticket.value("firstResponseInitiatingResourceID"))
    if sla_result is not None:
        named.update(sla_result.value(name) for name in _PEOPLE_OF_RESULT)
    return frozenset(id_or(NOBODY, value) for value in named) - {NOBODY}


def read_keys_of_entry(story: EntryStory) -> frozenset[Key]:
    """The entities an entry's story reads."""
    candidates = (
        (e.TICKET, story.state.number("ticketID")),
        (e.TASK, story.state.number("taskID")),
        (e.PROJECT, None if story.task is None else story.task.number("projectID")),
        (e.RESOURCE, story.state.number("resourceID")),
        (e.RESOURCE, story.creator),
    )
    named = [(kind, number) for kind, number in candidates if number is not None and number >= 0]
    return frozenset(
        Key(kind, number) for kind, number in (*named, *((e.RESOURCE, n) for n in credited(story.contests)))
    )


def credited(contests: Mapping[str, Contest]) -> set[int]:
    """Everybody a contest gives credit to."""
    return {one.credit_to for one in contests.values() if one.credit_to is not None and one.credit_to >= 0}
