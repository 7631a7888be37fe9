"""Edges: every field a story reads of another entity, declared (design §4).

Two kinds share one table. A *child* says itself whose story it belongs to (entry → ticket, SLA result →
ticket); its edge follows from its own state. A *read* follows from the subject's own facts (ticket ← each
person it names; entry ← its ticket, task, project, person). A changed declared field makes the readers due.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import NamedTuple

from models.entities import PROJECT, RESOURCE, SLA_RESULT, TASK, TICKET, TIME_ENTRY, Value
from models.instants import NEVER, Instant
from models.ledger import NOBODY
from service.projection.fold import EntityState
from service.projection.history import history, transition_times
from service.projection.ledger.tables import Key
from service.projection.rules import Rules
from service.projection.story import EntryStory, Story, TicketStory, entry_start, id_or, is_time_off


class EdgeRow(NamedTuple):
    """One row of ``models.ledger.Edge``."""

    source_type: str
    source_id: int
    target_type: str
    target_id: int
    tag: int = 0
    at: int = 0

    @property
    def target(self) -> Key:
        return Key(self.target_type, self.target_id)


SUBJECTS = frozenset({TICKET, TIME_ENTRY})

CHILD_TARGETS: Mapping[str, str] = {TIME_ENTRY: TICKET, SLA_RESULT: TICKET}
"""Whose story a child belongs to."""

READ_SOURCES: Mapping[str, tuple[str, ...]] = {
    TICKET: (RESOURCE,),
    TIME_ENTRY: (TICKET, TASK, PROJECT, RESOURCE),
}
"""Of which types a subject's own facts name the entities it reads."""

DECLARED: Mapping[str, tuple[str, ...]] = {
    TICKET: ("companyID", "exists"),
    TASK: ("projectID",),
    PROJECT: ("companyID",),
    RESOURCE: ("licenseType",),
}
"""The untracked fields that readers read of a source of each type. Of a ticket an entry also reads the queue
before its end: that edge's ``at`` is the end, so that a move of the ticket concerns later entries only."""

_PEOPLE_OF_TICKET = ("assignedResourceID", "completedByResourceID")
_PEOPLE_OF_RESULT = ("firstResponseInitiatingResourceID", "resolutionPlanResourceID", "resolutionResourceID")


def child_edge(state: EntityState, rules: Rules) -> EdgeRow | None:
    """The edge from an entry or an SLA result to the ticket whose story it belongs to; ``None`` if to none."""
    ticket_id = state.number("ticketID")
    if not state.exists or ticket_id is None or ticket_id < 0:
        return None
    if state.entity_type == SLA_RESULT:
        return EdgeRow(SLA_RESULT, state.entity_id, TICKET, ticket_id)
    if state.entity_type == TIME_ENTRY and not is_time_off(state, rules):
        tag, at = id_or(NOBODY, state.number("resourceID")), entry_start(state)
        return EdgeRow(TIME_ENTRY, state.entity_id, TICKET, ticket_id, tag, NOBODY if at is None else at)
    return None


class Shown(NamedTuple):
    """What readers read of an entity: its declared fields, and a ticket's queues by time."""

    values: tuple[Value, ...]
    queues: tuple[tuple[Instant, Value], ...] = ()


def shown(state: EntityState, rules: Rules) -> Shown:
    """What readers read of an entity as it is folded now."""
    names = DECLARED.get(state.entity_type, ())
    values = tuple(state.exists if name == "exists" else state.value(name) for name in names)
    if state.entity_type != TICKET:
        return Shown(values)
    queues = history("queueID", state.sightings, transition_times(state.sightings, rules.complete))
    return Shown(values, tuple((point.at, point.value) for point in queues.points))


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
    if isinstance(story, TicketStory):
        people = people_of(story.state, story.sla_result) | set(story.workers or ())
        return frozenset(EdgeRow(RESOURCE, person, TICKET, story.subject_id) for person in people if person >= 0)
    until = NOBODY if story.end is None else story.end
    return frozenset(
        EdgeRow(source.type, source.id, TIME_ENTRY, story.subject_id, at=until if source.type == TICKET else 0)
        for source in read_keys_of_entry(story)
    )


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
        (TICKET, story.state.number("ticketID")),
        (TASK, story.state.number("taskID")),
        (PROJECT, None if story.task is None else story.task.number("projectID")),
        (RESOURCE, story.state.number("resourceID")),
        (RESOURCE, story.creator),
    )
    return frozenset(Key(kind, number) for kind, number in candidates if number is not None and number >= 0)
