"""Stories: all that a KPI may know of one subject, and nothing that depends on when it is asked.

A ticket's story reads its own facts, its SLA result, its time entries in sums, and who is a technician; a
time entry's story reads its ticket, or its task and project. What a story reads of other entities is an
edge of the ledger (``service.projection.edges``), so a change there finds its way here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from models.entities import ENDPOINT, SURVEY, TECHNICIAN_DAYS, TICKET, TIME_ENTRY
from models.instants import Day, Instant, add_days
from models.lazy import lazy
from models.ledger import NOBODY, NONE
from service.projection.completeness import Completeness
from service.projection.completions import Completion, Completions, completions
from service.projection.fold import EntityState, Sighting
from service.projection.history import History, history, transition_times, with_history
from service.projection.rules import Rules
from service.projection.work import NO_WORK, WorkOnTicket

MEMBER_DAYS = 60
"""An entry makes a member on its day and the 59 that follow (kpis.md R9)."""
API_USER = 7
"""``licenseType`` of a resource that is an API user (kpis.md R9)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """``now``: the ledger's time; ``heard``: the newest ``seen_at`` of all observations of the tenant."""

    now: Instant
    heard: Instant


@dataclass(frozen=True)
class Contest:
    """A manager's standing decision on a ticket and a KPI: it is taken out, or its credit moved (kpis.md §2)."""

    contest_id: int
    kpi: str
    credit_to: int | None


@dataclass(frozen=True)
class TicketStory:
    """One ticket with all that a KPI may ask of it."""

    state: EntityState
    rules: Rules
    sla_result: EntityState | None = None
    work: WorkOnTicket = NO_WORK
    surveys: tuple[EntityState, ...] = ()
    imported: EntityState | None = None
    gaps: tuple[EntityState, ...] = ()
    lost_events: tuple[EntityState, ...] = ()
    contests: Mapping[str, Contest] = field(default_factory=dict)
    not_technicians: frozenset[int] = frozenset()

    subject_type = TICKET

    @property
    def subject_id(self) -> int:
        return self.state.entity_id

    @lazy
    def sightings(self) -> Sequence[Sighting]:
        """Its sightings in order, the lines of an imported history among them."""
        return with_history(self.state.sightings, self.imported, self.state.number("createDate"))

    @lazy
    def made(self) -> dict[str, tuple[str, ...]]:
        """What was worked out of this very story by whom several KPIs ask; lives as long as it does."""
        return {}

    @lazy
    def _times(self) -> list[Instant]:
        return transition_times(self.sightings, self.rules.complete)

    @lazy
    def _histories(self) -> dict[str, History]:
        return {}

    def history(self, name: str) -> History:
        """The history of one tracked field."""
        known = self._histories.get(name)
        if known is None:
            known = self._histories[name] = history(name, self.sightings, self._times)
        return known

    def is_technician(self, resource_id: object) -> bool:
        """Whether a value names a technician; others count as absent (R9)."""
        return _is_technician(resource_id, self.not_technicians, self.rules)

    def technician(self, *candidates: object) -> int:
        """The first candidate who is a technician, else nobody."""
        for one in candidates:
            if isinstance(one, int) and self.is_technician(one):
                return int(one)
        return NOBODY

    def primary(self, moment: Instant | None = None) -> int:
        """The primary in force at a moment, or now; nobody when it is no technician."""
        if moment is None:
            return self._primary_now
        return self.technician(self.history("assignedResourceID").in_force(moment))

    @lazy
    def _primary_now(self) -> int:
        return self.technician(self.history("assignedResourceID").now)

    def primary_before(self, moment: Instant) -> int:
        """The primary in force just before a moment; nobody when it is no technician."""
        return self.technician(self.history("assignedResourceID").just_before(moment))

    def queue_before(self, moment: Instant) -> int:
        """The queue in force just before a moment (R8)."""
        return id_or(NONE, self.history("queueID").just_before(moment))

    @lazy
    def queue_now(self) -> int:
        return id_or(NONE, self.history("queueID").now)

    @lazy
    def company(self) -> int:
        return id_or(NONE, self.state.value("companyID"))

    @lazy
    def created(self) -> Instant:
        """When the ticket was created, or at least when it was first seen."""
        created = self.state.number("createDate")
        return self.state.sightings[0].seen_at if created is None else created

    @property
    def worked(self) -> bool:
        """Whether a technician has an entry on it."""
        return bool(self.work.by_technician)

    @lazy
    def _completions(self) -> dict[Instant, Completions]:
        return {}

    def completions(self, now: Instant) -> Completions:
        """Its completions by the noise rule."""
        known = self._completions.get(now)
        if known is None:
            status = self.history("status")
            known = self._completions[now] = completions(status, self.rules, now, self.work.between)
        return known

    def completer(self, completion: Completion) -> int:
        """Who gets credit for a completion (kpis.md §1): who is named until the ticket is left, else the primary."""
        named: object = None
        for sighting in self.sightings[completion.index : completion.left_index]:
            if sighting.fields.get("completedByResourceID") is not None:
                named = sighting.fields["completedByResourceID"]
        return self.technician(named, self.history("assignedResourceID").in_force(completion.at))

    @lazy
    def _completeness(self) -> Completeness:
        return Completeness.of(self.state, self.imported, self.gaps, self.lost_events, self.rules)

    def history_complete(self, until: Instant, now: Instant) -> bool:
        """Whether every transition up to ``until`` was seen (R14)."""
        return self._completeness.complete(until, now)

    def history_changes_at(self, now: Instant) -> Instant:
        """When a gap may next make a history incomplete that is complete now; ``NEVER`` without one."""
        return self._completeness.changes_at(now)


@dataclass(frozen=True)
class EntryStory:
    """One time entry with what it was worked on, as far as that is known."""

    state: EntityState
    rules: Rules
    ticket: EntityState | None = None
    task: EntityState | None = None
    project: EntityState | None = None
    imported: EntityState | None = None
    contests: Mapping[str, Contest] = field(default_factory=dict)
    rosters: Mapping[int, frozenset[Day]] = field(default_factory=dict)
    not_technicians: frozenset[int] = frozenset()

    subject_type = TIME_ENTRY

    @property
    def subject_id(self) -> int:
        return self.state.entity_id

    @lazy
    def deleted(self) -> bool:
        """Whether it, or the ticket it stands on, is gone (R13)."""
        return not self.state.exists or (self.ticket is not None and not self.ticket.exists)

    @lazy
    def time_off(self) -> bool:
        """Whether it is on a work type of role ``time_off`` (R13)."""
        return is_time_off(self.state, self.rules)

    def is_technician(self, resource_id: int | None) -> bool:
        """Whether an id names a technician (R9)."""
        return _is_technician(resource_id, self.not_technicians, self.rules)

    @lazy
    def technician(self) -> int:
        """The technician who worked it, else nobody."""
        worker = self.state.number("resourceID")
        return worker if worker is not None and self.is_technician(worker) else NOBODY

    @property
    def creator(self) -> int | None:
        """Who typed it in; ``None`` when that is not said."""
        return self.state.number("creatorUserID")

    @lazy
    def end(self) -> Instant | None:
        """``endDateTime``, else its start (R13)."""
        end = self.state.tracked("endDateTime")
        return end if isinstance(end, int) else entry_start(self.state)

    @property
    def created(self) -> Instant | None:
        """The earliest ``createDateTime`` ever seen (R13)."""
        return self.state.earliest.get("createDateTime")

    @property
    def hours(self) -> int:
        """Hours worked, in millionths."""
        worked = self.state.tracked("hoursWorked")
        return worked if isinstance(worked, int) else 0

    @property
    def general(self) -> bool:
        """On neither ticket nor task: time for the house itself."""
        return self.state.number("ticketID") is None and self.state.number("taskID") is None

    @lazy
    def company(self) -> int | None:
        """The company it was worked for; ``None`` while that is not known (R13)."""
        owner = self.ticket if self.state.number("ticketID") is not None else self.project
        return None if owner is None else owner.number("companyID")

    @lazy
    def customer_facing(self) -> bool:
        """On a ticket or a task, for a company that is known and not internal."""
        return self.company is not None and self.company not in self.rules.internal_companies

    def queue_before(self, moment: Instant) -> int:
        """The queue its ticket was in just before a moment (R8)."""
        return NONE if self.on_ticket is None else self.on_ticket.queue_before(moment)

    @lazy
    def on_ticket(self) -> TicketStory | None:
        """The ticket it was worked on, as far as an entry reads it: no work, no surveys."""
        if self.ticket is None:
            return None
        return TicketStory(self.ticket, self.rules, imported=self.imported, contests=self.contests)

    @lazy
    def worked_on(self) -> Day | None:
        """``dateWorked``."""
        worked = self.state.tracked("dateWorked")
        return worked if isinstance(worked, int) else None

    def is_member(self, tech_id: int) -> bool:
        """Whether a technician has capacity on the day worked (R9)."""
        if tech_id == NOBODY or self.worked_on is None:
            return False
        if self.rules.listed is not None:
            return is_listed(self.rules, tech_id, self.worked_on)
        return self._makes_member(tech_id) or is_member(self.rosters.get(tech_id, ()), self.worked_on)

    def with_rosters(self, rosters: Mapping[int, frozenset[Day]]) -> EntryStory:
        """The same story with the rosters it asks for."""
        return replace(self, rosters=rosters)

    @lazy
    def asks_rosters_of(self) -> frozenset[int]:
        """The technicians whose membership hangs on other entries than this one."""
        if self.rules.listed is not None or self.worked_on is None:
            return frozenset()
        given = {one.credit_to for one in self.contests.values() if one.credit_to is not None}
        return frozenset(one for one in {self.technician, *given} if one != NOBODY and not self._makes_member(one))

    def _makes_member(self, tech_id: int) -> bool:
        """Whether this very entry puts a technician on the roster of its day."""
        counts = not self.deleted and not self.time_off and self.customer_facing
        return counts and tech_id == self.technician


@dataclass(frozen=True)
class SurveyStory:
    """A survey response without a ticket, or on a ticket that is not known (else it is part of the ticket's story)."""

    state: EntityState
    rules: Rules
    ticket_known: bool = False

    subject_type = SURVEY

    @property
    def subject_id(self) -> int:
        return self.state.entity_id


@dataclass(frozen=True)
class EndpointStory:
    """One configuration item."""

    state: EntityState
    rules: Rules

    subject_type = ENDPOINT

    @property
    def subject_id(self) -> int:
        return self.state.entity_id


@dataclass(frozen=True)
class TechnicianDaysStory:
    """What one technician's scheduled hours hang on (kpis.md §4). ``roster_days``: days with an entry that makes a
    member (auto), or with any entry that counts (listed). ``locations``, ``holidays``: all there are."""

    tech_id: int
    rules: Rules
    resource: EntityState | None = None
    availability: tuple[EntityState, ...] = ()
    time_off: tuple[EntityState, ...] = ()
    locations: tuple[EntityState, ...] = ()
    holidays: tuple[EntityState, ...] = ()
    roster_days: frozenset[Day] = frozenset()
    not_technicians: frozenset[int] = frozenset()

    subject_type = TECHNICIAN_DAYS

    @property
    def subject_id(self) -> int:
        return self.tech_id

    @property
    def is_technician(self) -> bool:
        return _is_technician(self.tech_id, self.not_technicians, self.rules)


Story: TypeAlias = TicketStory | EntryStory | SurveyStory | EndpointStory | TechnicianDaysStory


def is_member(roster_days: Collection[Day], day: Day) -> bool:
    """Whether a customer-facing entry lies in the 60 days ending with a day (R9, ``auto``)."""
    first = add_days(day, 1 - MEMBER_DAYS)
    return any(first <= one <= day for one in roster_days)


def is_listed(rules: Rules, tech_id: int, day: Day) -> bool:
    """Whether the policy lists a technician on a day (R9, a list)."""
    since = None if rules.listed is None else rules.listed.get(tech_id)
    return since is not None and since <= day


def id_or(default: int, value: object) -> int:
    """A value as an id, or the default when it is null, a label nobody resolved yet, or negative."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default


def _is_technician(resource_id: object, not_technicians: frozenset[int], rules: Rules) -> bool:
    if not isinstance(resource_id, int) or isinstance(resource_id, bool) or resource_id < 0:
        return False
    return resource_id not in not_technicians and resource_id not in rules.ignored_resources


def is_time_off(entry: EntityState, rules: Rules) -> bool:
    """Whether an entry is on a work type of role ``time_off`` (R13)."""
    codes = {entry.number("billingCodeID"), entry.number("internalBillingCodeID")}
    return bool(codes & rules.time_off_work)


def entry_start(entry: EntityState) -> Instant | None:
    """An entry's start: ``startDateTime``, else its earliest known ``createDateTime`` (R13)."""
    start = entry.tracked("startDateTime")
    return start if isinstance(start, int) else entry.earliest.get("createDateTime")
