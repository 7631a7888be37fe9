"""A ticket's story for people: every sighting with what it changed, its time, its SLA, and what each KPI made of it.

A *sighting* is one observation of the ticket; a *change* one tracked field that it showed with another value, at the
time kpis.md R12 gives it; *made* is one contribution of the ticket or of an entry on it, as the ledger has it now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select

from ingest.autotask.catalogue import CATALOGUE
from models.entities import TICKET, TIME_ENTRY, Rank, Value
from models.instants import Day, Instant
from service.kpis.definition import Definition
from service.kpis.registry import KPIS
from service.kpis.sla import SlaKpi
from service.projection.fold import EntityState
from service.projection.ledger.facts import load_states
from service.projection.ledger.figures import Row, load_contributions
from service.projection.ledger.tables import EDGE, Key
from service.projection.loading import load_stories
from service.projection.rules import Rules
from service.projection.story import TicketStory, entry_start
from service.reading import View
from service.scorecards.evidence import text_of

MOST_SIGHTINGS = 500
MOST_ENTRIES = 500
PERSON_FIELDS = frozenset(("assignedResourceID", "completedByResourceID", "firstResponseInitiatingResourceID"))
SOMEBODY_ELSE = -2
"""Who stands in a cut story for any person the reader may not learn about. Never an id, never stored."""

_DEFINITIONS: Mapping[str, Definition] = {kpi.key: kpi.definition for kpi in KPIS}
_FIELDS = CATALOGUE[TICKET].fields
_TRACKED = CATALOGUE[TICKET].tracked


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A tracked field's change at ``at``. ``first``: the first value ever seen, taken to have held since creation."""

    name: str
    at: Instant
    before: Value
    after: Value
    first: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting. ``origin``: ``row``, ``webhook`` or ``delete``; ``actor_id``: who did it, as the webhook said."""

    seen_at: Instant
    changed_at: Instant | None
    origin: str
    created: bool
    actor_id: int | None
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One time entry on the ticket; ``hours`` in millionths."""

    entry_id: int
    resource_id: int | None
    started: Instant | None
    ended: Instant | None
    created: Instant | None
    hours: int | None
    exists: bool


@dataclass(frozen=True, slots=True)
class SlaLine:
    """One SLA event: its due date, when it happened, and Autotask's own verdict, where it gave one."""

    kpi: str
    due: Instant | None
    happened: Instant | None
    verdict: bool | None
    person_id: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """One contribution, with its rule and its reason in words (the KPI's own)."""

    subject_type: str
    subject_id: int
    measure: str
    part: int
    tech_id: int
    queue_id: int
    company_id: int
    day: Day
    happened_at: Instant
    numerator: int
    denominator: int
    sample: int
    outcome: str
    reason: str
    rule: str
    provisional: int

    @property
    def kpi(self) -> str:
        return self.measure.partition(".")[0]

    @property
    def is_value(self) -> bool:
        """Whether it is part of the KPI's value, and not of a figure shown beside it."""
        return "." not in self.measure

    @property
    def rule_words(self) -> str:
        definition = _DEFINITIONS[self.kpi]
        return definition.rules.get(self.rule, definition.meaning)

    @property
    def reason_words(self) -> str:
        return _DEFINITIONS[self.kpi].reasons.get(self.reason, "")


@dataclass(frozen=True)
class TicketAccount:
    """Everything known of one ticket. ``left_out`` counts say how many older sightings and entries are not listed."""

    ticket_id: int
    number: str | None
    title: str | None
    exists: bool
    now: Mapping[str, Value]
    sightings: tuple[Seen, ...]
    sightings_left_out: int
    entries: tuple[Entry, ...]
    entries_left_out: int
    sla_name: str | None
    sla: tuple[SlaLine, ...]
    made: tuple[Made, ...]


def account(view: View, ticket_id: int) -> TicketAccount | None:
    """All of a ticket at the view's moment; ``None`` when no fact of it was ever read."""
    key = Key(TICKET, ticket_id)
    story = load_stories(view.connection, [key], Rules.of(view.policy), {}).get(key)
    if not isinstance(story, TicketStory):
        return None
    entry_ids, entries_in_all = _entries_of(view.connection, ticket_id)
    entries = load_states(view.connection, (Key(TIME_ENTRY, number) for number in entry_ids))
    seen = _sightings(story)
    return TicketAccount(
        ticket_id=ticket_id,
        number=text_of(story.state, "ticketNumber"),
        title=text_of(story.state, "title"),
        exists=story.state.exists,
        now={name: story.history(name).now if name in _TRACKED else story.state.value(name) for name in _FIELDS},
        sightings=seen[-MOST_SIGHTINGS:],
        sightings_left_out=max(0, len(seen) - MOST_SIGHTINGS),
        entries=tuple(_entry(entries[one]) for one in sorted(entries)),
        entries_left_out=entries_in_all - len(entry_ids),
        sla_name=text_of(story.sla_result, "serviceLevelAgreementName"),
        sla=tuple(_sla_line(kpi, story) for kpi in KPIS if isinstance(kpi, SlaKpi)),
        made=made_of(view.connection, [key, *entries]),
    )


def made_of(connection: Connection, subjects: Sequence[Key]) -> tuple[Made, ...]:
    """What KPIs made of these subjects, in the order of the scorecard; what only serves a KPI's roster is left out."""
    order = {key: number for number, key in enumerate(_DEFINITIONS)}
    rows: set[Row] = set().union(*load_contributions(connection, subjects).values())
    found = [one for one in (Made(*row) for row in rows) if one.kpi in order]
    return tuple(sorted(found, key=lambda one: (order[one.kpi], one.measure, one.subject_id, one.part)))


def own(whole: TicketAccount, tech_id: int) -> TicketAccount | None:
    """A ticket as one technician may see it: other people are ``SOMEBODY_ELSE``, their work and credit left out.

    ``None`` when the ticket is not theirs at all: they do not hold it, worked no entry on it, are credited nothing.
    """
    made = tuple(one for one in whole.made if one.tech_id == tech_id)
    entries = tuple(one for one in whole.entries if one.resource_id == tech_id)
    if not made and not entries and whole.now["assignedResourceID"] != tech_id:
        return None

    def person(value: Value) -> Value:
        return value if value is None or value == tech_id else SOMEBODY_ELSE

    def cut(change: FieldChange) -> FieldChange:
        if change.name not in PERSON_FIELDS:
            return change
        return replace(change, before=person(change.before), after=person(change.after))

    def actor(number: int | None) -> int | None:
        return number if number is None or number == tech_id else SOMEBODY_ELSE

    return replace(
        whole,
        now={name: person(value) if name in PERSON_FIELDS else value for name, value in whole.now.items()},
        sightings=tuple(
            replace(one, actor_id=actor(one.actor_id), changes=tuple(cut(change) for change in one.changes))
            for one in whole.sightings
        ),
        entries=entries,
        entries_left_out=0,
        sla=tuple(replace(one, person_id=actor(one.person_id)) for one in whole.sla),
        made=made,
    )


def _sightings(story: TicketStory) -> tuple[Seen, ...]:
    changes: dict[int, list[FieldChange]] = defaultdict(list)
    for name in _FIELDS:
        history = story.history(name)
        if name not in _TRACKED or not history.known:
            continue
        first = history.points[0]
        if first.value is not None:
            changes[first.nth].append(FieldChange(name, first.at, None, first.value, first=True))
        for change in history.changes():
            changes[change.nth].append(FieldChange(name, change.at, change.old, change.new, first=False))
    return tuple(
        Seen(
            seen_at=one.seen_at,
            changed_at=one.changed_at,
            origin=Rank(one.rank).name.lower(),
            created=one.created,
            actor_id=one.actor_id,
            changes=tuple(changes[nth]),
        )
        for nth, one in enumerate(story.sightings)
    )


def _entries_of(connection: Connection, ticket_id: int) -> tuple[list[int], int]:
    """The newest entries that read this ticket, deleted ones too, and how many there are in all."""
    row = EDGE.c
    mine = (row.source_type == TICKET, row.source_id == ticket_id, row.target_type == TIME_ENTRY)
    newest = select(row.target_id).where(*mine).order_by(row.target_id.desc()).limit(MOST_ENTRIES)
    in_all = connection.execute(select(func.count()).select_from(EDGE).where(*mine)).scalar_one()
    return list(connection.execute(newest).scalars()), in_all


def _entry(state: EntityState) -> Entry:
    ended, hours = state.tracked("endDateTime"), state.tracked("hoursWorked")
    return Entry(
        entry_id=state.entity_id,
        resource_id=state.number("resourceID"),
        started=entry_start(state),
        ended=ended if isinstance(ended, int) else None,
        created=state.earliest.get("createDateTime"),
        hours=hours if isinstance(hours, int) else None,
        exists=state.exists,
    )


def _sla_line(kpi: SlaKpi, story: TicketStory) -> SlaLine:
    due, happened = story.history(kpi.event.due_field).now, story.history(kpi.event.time_field).now
    result = story.sla_result
    verdict = None if result is None else result.tracked(kpi.event.flag_field)
    return SlaLine(
        kpi=kpi.key,
        due=due if isinstance(due, int) else None,
        happened=happened if isinstance(happened, int) else None,
        verdict=verdict if isinstance(verdict, bool) else None,
        person_id=None if result is None else result.number(kpi.event.result_person),
    )
