"""What the facts say at `now` about people, entries and companies (kpis.md R9, R13, Roles); and the oracle's row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.oracle.oracle_facts import Entity, Facts, Point, in_force, just_before
from tests.oracle.oracle_policy import Policy
from tests.oracle.oracle_values import end_of_day, ident, instant, local_day, millionths, pure_date, truth


@dataclass(frozen=True)
class Row:
    """One contribution (sums in millionths). `witness`: decided by rule 3 of the SLA KPIs (measurability)."""

    kpi: str
    subject_type: str
    subject_id: int
    day: date
    numerator: int = 0
    denominator: int = 0
    sample: int = 0
    ticket_id: int | None = None
    tech_id: int | None = None
    queue_id: int | None = None
    company_id: int | None = None
    happened_at: int | None = None
    outcome: str = "counted"
    reason: str | None = None
    provisional: bool = False
    witness: bool = False


PENDING = {"pending", "paused", "open"}


def outcome_of(numerator: int, denominator: int, sample: int, reason: str | None) -> str:
    """R6: the outcome of a row."""
    if reason in PENDING and not (numerator or denominator or sample):
        return "pending"
    return "counted" if numerator or denominator or sample else "excluded"


@dataclass(frozen=True)
class Entry:
    """A time entry that is not deleted, not on a deleted ticket and no time off (R13)."""

    id: int
    who: int | None
    ticket: int | None
    company: int | None
    internal: bool  # neither ticket nor task, or an internal company
    known: bool  # its company is known, where it needs one
    hours: int
    day: date
    start: int | None
    end: int | None  # as R13: the start when there is no endDateTime
    end_given: bool
    created: int | None
    creator: int | None
    restated: bool

    @property
    def customer_facing(self) -> bool:
        """Worked for a known company that is not internal."""
        return self.known and not self.internal

    @property
    def company_reason(self) -> str | None:
        """Why it is not customer-facing."""
        return None if self.customer_facing else "internal" if self.known else "unknown_company"


class World:
    """Facts, policy and now, with the lookups that every KPI needs."""

    def __init__(self, facts: Facts, policy: Policy, now: int) -> None:
        self.facts, self.policy, self.now = facts, policy, now
        self.zone = policy.zone
        self.today = local_day(now, self.zone)
        self._people: dict[int, bool] = {}
        self.entries = [entry for found in facts.all("TimeEntry") if (entry := self._entry(found)) is not None]

    def day(self, moment: int) -> date:
        """The local date of an instant."""
        return local_day(moment, self.zone)

    # -- people -------------------------------------------------------------------------------------------------------

    def is_technician(self, who: int | None) -> bool:
        """R9: not an API user, not ignored; a resource without any fact is one."""
        if who is None:
            return False
        if who not in self._people:
            resource = self.facts.get("Resource", who)
            api_user = resource is not None and resource.id_of("licenseType") == 7
            self._people[who] = not api_user and who not in self.policy.ignored
        return self._people[who]

    def technician(self, *candidates: int | None) -> int | None:
        """The first who is a technician; at last nobody."""
        return next((who for who in candidates if self.is_technician(who)), None)

    def is_internal(self, company: int | None) -> bool:
        """Company 0 and the policy's."""
        return company is not None and company in self.policy.internal

    # -- entries ------------------------------------------------------------------------------------------------------

    def _entry(self, found: Entity) -> Entry | None:
        ticket_id, task_id = found.id_of("ticketID"), found.id_of("taskID")
        ticket = self.facts.get("Ticket", ticket_id)
        if not found.exists or (ticket is not None and not ticket.exists):
            return None
        if any(
            self.policy.role("work_type", "time_off", found.id_of(name))
            for name in ("billingCodeID", "internalBillingCodeID")
        ):
            return None
        company = None
        if ticket_id is not None:
            company = None if ticket is None else ticket.id_of("companyID")
        elif task_id is not None:
            task = self.facts.get("Task", task_id)
            project = self.facts.get("Project", None if task is None else task.id_of("projectID"))
            company = None if project is None else project.id_of("companyID")
        outside = ticket_id is None and task_id is None
        moments = [moment for moment in map(instant, found.values("createDateTime")) if moment is not None]
        created = min(moments, default=None)
        start = found.instant_of("startDateTime")
        start = created if start is None else start
        end = found.instant_of("endDateTime")
        day = pure_date(found.last("dateWorked"))
        if day is None:  # the page knows no such entry: the local date of its end, else of its first sighting
            day = self.day(next(m for m in (end, start, found.observations[0].seen_at) if m is not None))
        return Entry(
            id=found.id,
            who=found.id_of("resourceID"),
            ticket=ticket_id,
            company=company,
            internal=outside or self.is_internal(company),
            known=outside or company is not None,
            hours=millionths(found.last("hoursWorked")) or 0,
            day=day,
            start=start,
            end=start if end is None else end,
            end_given=end is not None,
            created=created,
            creator=found.id_of("creatorUserID"),
            restated=self._restated(found),
        )

    @staticmethod
    def _restated(found: Entity) -> bool:
        readers = {"hoursWorked": millionths, "startDateTime": instant, "endDateTime": instant, "dateWorked": pure_date}
        return any(len({read(value) for value in found.values(name)}) > 1 for name, read in readers.items())

    def entries_of(self, ticket: int) -> list[Entry]:
        """A ticket's entries by technicians."""
        return [entry for entry in self.entries if entry.ticket == ticket and self.is_technician(entry.who)]

    # -- tickets ------------------------------------------------------------------------------------------------------

    def queue_before(self, ticket_id: int | None, moment: int | None) -> int | None:
        """R8: the ticket's queue just before a moment; the one of now when there is no moment."""
        ticket = self.facts.get("Ticket", ticket_id)
        if ticket is None:
            return None
        points = ticket_points(self.facts, self.policy, ticket, "queueID")
        if moment is None:
            return points[-1].value if points else None
        found: int | None = just_before(points, moment)
        return found

    # -- tracked values of other entities ----------------------------------------------------------------------------

    def at_end_of(self, day: date, points: list[Point]) -> Any:
        """The value in force at the end of a local day (today: now)."""
        return in_force(points, self.now) if day == self.today else just_before(points, end_of_day(day, self.zone))

    def flag_points(self, entity: Entity, name: str) -> list[Point]:
        """Points of a yes/no field."""
        return entity.points(name, truth if name != "exists" else bool)


def ticket_points(facts: Facts, policy: Policy, ticket: Entity, name: str) -> list[Point]:
    """Points of a ticket's id field, its history's lines among them (design §4)."""
    settle_times(facts, policy, ticket)
    return merged_points(facts, ticket, name)


def merged_points(facts: Facts, ticket: Entity, name: str) -> list[Point]:
    """A field's points from observations and lines; times of the observations must be settled."""
    history = facts.histories.get(ticket.id)
    lines = [line for line in history.lines if line.name == name.lower()] if history else []
    if history is None or not lines:
        return ticket.points(name, ident)
    found: list[tuple[tuple[int, int, int, str], int, int, Any, bool]] = []
    for place, line in enumerate(lines):
        order = (line.at // 1_000_000, -1, place, "")
        found.append((order, line.at, line.at, line.new, True))
    found += [
        (seen.order, seen.seen_at, ticket.at(seen), ident(seen.fields[name.lower()]), False)
        for seen in ticket.observations
        if name.lower() in seen.fields and not (history.understood and seen.seen_at <= history.imported_at)
    ]
    found.sort(key=lambda point: point[0])
    points: list[Point] = []
    if found[0][4]:  # the old value of the first line held since creation
        points.append(Point((-(1 << 62), -1, 0, ""), -(1 << 62), -(1 << 62), lines[0].old, line=True))
    for order, seen_at, at, value, is_line in found:
        after = points[-1].seen_at if points else at
        points.append(Point(order, seen_at, max(at, after), value, is_line))
    return points


def settle_times(facts: Facts, policy: Policy, ticket: Entity) -> None:
    """R12: an observation that shows a completion happened at the completedDate it carries, when that is credible."""
    if ticket.times:
        return
    raw = [
        (seen.order, seen.seen_at, ident(seen.fields["status"]))
        for seen in ticket.observations
        if "status" in seen.fields
    ]
    history = facts.histories.get(ticket.id)
    told = [(p.order, p.seen_at, p.value) for p in merged_points(facts, ticket, "status")]
    for seen in ticket.observations:
        at = seen.seen_at if seen.changed_at is None else seen.changed_at
        kept = not (history and history.understood and seen.seen_at <= history.imported_at)
        before = [point for point in (told if kept else raw) if point[0] < seen.order]
        shows = policy.status(ident(seen.fields.get("status")), "complete")
        enters = shows and not (before and policy.status(before[-1][2], "complete"))
        done = instant(seen.fields.get("completeddate"))
        if enters and done is not None:
            working = [point for point in before if not policy.status(point[2], "complete")]
            if not working or done > working[-1][1]:
                at = done
        ticket.times[seen.order] = at
