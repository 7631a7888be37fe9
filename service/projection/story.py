"""Stories: all that a KPI may know of one subject, and nothing that depends on when it is asked.

A ticket's story reads its own facts, its SLA result, its time entries in sums, and who is a technician; a
time entry's story reads its ticket, or its task and project. What a story reads of other entities is an
edge of the ledger (``service.projection.edges``), so a change there finds its way here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from models.entities import TICKET, TIME_ENTRY
from models.instants import Instant
from models.ledger import NOBODY, NONE
from service.projection.completions import Completion, Completions, completions
from service.projection.fold import EntityState
from service.projection.history import History, history, transition_times
from service.projection.rules import Rules

API_USER = 7
"""``licenseType`` of a resource that is an API user (kpis.md R9)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """``now``: the ledger's time; ``heard``: the newest ``seen_at`` of all observations of the tenant."""

    now: Instant
    heard: Instant


@dataclass(frozen=True)
class TicketStory:
    """One ticket. ``workers``: entries that count, by resource; ``starts``: (resource, start) of those by which
    noise is told from a reopening."""

    state: EntityState
    rules: Rules
    sla_result: EntityState | None = None
    workers: Mapping[int, int] | None = None
    starts: tuple[tuple[int, Instant], ...] = ()
    not_technicians: frozenset[int] = frozenset()

    subject_type = TICKET

    @property
    def subject_id(self) -> int:
        return self.state.entity_id

    @cached_property
    def _times(self) -> list[Instant]:
        return transition_times(self.state.sightings, self.rules.complete)

    @cached_property
    def _histories(self) -> dict[str, History]:
        return {}

    def history(self, name: str) -> History:
        """The history of one tracked field."""
        known = self._histories.get(name)
        if known is None:
            known = self._histories[name] = history(name, self.state.sightings, self._times)
        return known

    def is_technician(self, resource_id: object) -> bool:
        """Whether a value names a technician; others count as absent (R9)."""
        return _is_technician(resource_id, self.not_technicians, self.rules)

    def technician(self, *candidates: object) -> int:
        """The first candidate who is a technician, else nobody."""
        return next((int(c) for c in candidates if isinstance(c, int) and self.is_technician(c)), NOBODY)

    def primary(self, moment: Instant | None = None) -> int:
        """The primary in force at a moment, or now; nobody when it is no technician."""
        primaries = self.history("assignedResourceID")
        return self.technician(primaries.now if moment is None else primaries.in_force(moment))

    def queue_before(self, moment: Instant) -> int:
        """The queue in force just before a moment (R8)."""
        return id_or(NONE, self.history("queueID").just_before(moment))

    @property
    def queue_now(self) -> int:
        return id_or(NONE, self.history("queueID").now)

    @property
    def company(self) -> int:
        return id_or(NONE, self.state.value("companyID"))

    @property
    def worked(self) -> bool:
        """Whether a technician has an entry on it."""
        return any(self.is_technician(resource_id) for resource_id in self.workers or ())

    @cached_property
    def _completions(self) -> dict[Instant, Completions]:
        return {}

    def completions(self, now: Instant) -> Completions:
        """Its completions by the noise rule."""
        known = self._completions.get(now)
        if known is None:
            status = self.history("status")
            known = self._completions[now] = completions(status, self.rules, now, self._worked_between)
        return known

    def completer(self, completion: Completion) -> int:
        """Who gets credit for a completion (kpis.md §1): who is named until the ticket is left, else the primary."""
        named: object = None
        for sighting in self.state.sightings[completion.index : completion.left_index]:
            if sighting.fields.get("completedByResourceID") is not None:
                named = sighting.fields["completedByResourceID"]
        return self.technician(named, self.history("assignedResourceID").in_force(completion.at))

    def _worked_between(self, first: Instant, last: Instant) -> bool:
        return any(first <= start <= last and self.is_technician(who) for who, start in self.starts)


@dataclass(frozen=True)
class EntryStory:
    """One time entry with what it was worked on, as far as that is known."""

    state: EntityState
    rules: Rules
    ticket: EntityState | None = None
    task: EntityState | None = None
    project: EntityState | None = None
    not_technicians: frozenset[int] = frozenset()

    subject_type = TIME_ENTRY

    @property
    def subject_id(self) -> int:
        return self.state.entity_id

    @property
    def deleted(self) -> bool:
        """Whether it, or the ticket it stands on, is gone (R13)."""
        return not self.state.exists or (self.ticket is not None and not self.ticket.exists)

    @property
    def time_off(self) -> bool:
        """Whether it is on a work type of role ``time_off`` (R13)."""
        return is_time_off(self.state, self.rules)

    def is_technician(self, resource_id: int | None) -> bool:
        """Whether an id names a technician (R9)."""
        return _is_technician(resource_id, self.not_technicians, self.rules)

    @property
    def technician(self) -> int:
        """The technician who worked it, else nobody."""
        worker = self.state.number("resourceID")
        return worker if worker is not None and self.is_technician(worker) else NOBODY

    @property
    def creator(self) -> int | None:
        """Who typed it in; ``None`` when that is not said."""
        return self.state.number("creatorUserID")

    @property
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

    @property
    def company(self) -> int | None:
        """The company it was worked for; ``None`` while that is not known (R13)."""
        owner = self.ticket if self.state.number("ticketID") is not None else self.project
        return None if owner is None else owner.number("companyID")

    @property
    def customer_facing(self) -> bool:
        """On a ticket or a task, for a company that is known and not internal."""
        return self.company is not None and self.company not in self.rules.internal_companies

    def queue_before(self, moment: Instant) -> int:
        """The queue its ticket was in just before a moment (R8)."""
        if self.ticket is None:
            return NONE
        times = transition_times(self.ticket.sightings, self.rules.complete)
        return id_or(NONE, history("queueID", self.ticket.sightings, times).just_before(moment))


Story: TypeAlias = TicketStory | EntryStory


def id_or(default: int, value: object) -> int:
    """A value as an id, or the default when it is null, a label nobody resolved yet, or negative."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default


def _is_technician(resource_id: object, not_technicians: frozenset[int], rules: Rules) -> bool:
    return id_or(NOBODY, resource_id) != NOBODY and resource_id not in not_technicians | rules.ignored_resources


def is_time_off(entry: EntityState, rules: Rules) -> bool:
    """Whether an entry is on a work type of role ``time_off`` (R13)."""
    codes = {entry.number("billingCodeID"), entry.number("internalBillingCodeID")}
    return bool(codes & rules.time_off_work)


def entry_start(entry: EntityState) -> Instant | None:
    """An entry's start: ``startDateTime``, else its earliest known ``createDateTime`` (R13)."""
    start = entry.tracked("startDateTime")
    return start if isinstance(start, int) else entry.earliest.get("createDateTime")
