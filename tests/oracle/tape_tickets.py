"""A ticket in the making: how it is born, how it becomes known, and the plain steps of its life.

A ``Case`` walks forward in time; what happens to it is in ``tape_scenes``. Its ``log`` holds every true change of
the fields TicketHistory tells, whether or not Techscore heard of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.tape_entries import log_time
from tests.oracle.tape_policy import (
    ALERT,
    API_USER,
    CATEGORY,
    CHANGE,
    COMPLETE,
    EXCLUDED_CATEGORY,
    EXCLUDED_QUEUE,
    FIRST,
    INCIDENT,
    MAIL,
    MERGED_QUEUE,
    MONITORING,
    NEW,
    OWN_COMPANY,
    PHONE,
    PROBLEM,
    REQUEST,
    SALES,
    SECOND_LINE,
    SYSTEM_USER,
    THIRD,
    TRIAGE,
    UNKNOWN_COMPANY,
    UNKNOWN_RESOURCE,
    UNMANAGED,
)
from tests.oracle.tape_world import DAY, HOUR, MINUTE, SECOND, World, iso

TOLD = ("status", "queueID", "assignedResourceID", "priority")
DUES = ("firstResponseDueDateTime", "resolutionPlanDueDateTime", "resolvedDueDateTime")
EVENTS = {
    "firstResponseDueDateTime": "firstResponseDateTime",
    "resolutionPlanDueDateTime": "resolutionPlanDateTime",
    "resolvedDueDateTime": "resolvedDateTime",
}


@dataclass
class Case:
    """One ticket: ``t`` is how far its life has been told; ``silent_until``: nothing is heard before."""

    world: World
    id: int
    t: datetime
    silent_until: datetime | None = None
    delay: timedelta | None = None
    entries: int = 0
    log: list[tuple[datetime, str, Any, Any]] = field(default_factory=list)
    completed_at: datetime | None = None
    heard: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        return self.world.fields("Ticket", self.id)

    def at(self, moment: datetime) -> bool:
        """Go on to a moment, where the tape has room for it and it lies ahead."""
        if moment <= self.t or not self.world.fits(moment):
            return False
        self.t = moment
        return True

    def after(self, least: timedelta, most: timedelta) -> bool:
        """Go on some time."""
        return self.at(self.t + SECOND + self.world.some_time(least, most))

    def set(self, how: str = "any", **changes: Any) -> None:
        """Change the ticket now."""
        for name in TOLD:
            if name in changes and changes[name] != self.fields.get(name):
                self.log.append((self.t, name, self.fields.get(name), changes[name]))
        if self.silent_until is not None:
            if self.t < self.silent_until:
                how = "silent"
            else:
                how, self.silent_until = "row", None
        elif how == "any" and self.heard and self.world.chance(0.05):
            how = "silent"
            self.world.tag("unheard_change")
        self.world.tell("Ticket", self.id, self.t, changes, how=how, delay=self.delay)
        self.heard = self.heard or how != "silent"

    def work(self, who: int | None = None, *, plain: bool = False, start: datetime | None = None) -> datetime:
        """An entry, by default starting now; the case goes on to its end when it starts now."""
        self.entries += 1
        end = log_time(self.world, start or self.t, ticket=self.id, who=who, plain=plain)
        if start is None:
            self.at(end)
        return end

    def complete(self) -> None:
        """Into a complete status, told in one of the ways Autotask tells it."""
        world = self.world
        status = world.policy["roles"]["status"]["complete"]
        self.completed_at = self.t
        changes: dict[str, Any] = {"status": world.pick((COMPLETE, *status))}
        roll = world.rng.random()
        if roll < 0.45:
            changes["completedDate"] = iso(self.t)
        elif roll < 0.75:
            changes["completedDate"] = iso(self.t - SECOND * world.pick((1, 30, 400, 4000)))
            world.tag("completed_earlier_than_seen")
        elif roll < 0.85:
            changes["completedDate"] = None
        roll = world.rng.random()
        if roll < 0.6:
            changes["completedByResourceID"] = world.pick(world.technicians)
        elif roll < 0.7:
            changes["completedByResourceID"] = world.pick((API_USER, SYSTEM_USER))
            world.tag("completed_by_no_technician")
        elif roll < 0.85:
            changes["completedByResourceID"] = None
            world.tag("completer_null")
        self.set(**changes)
        world.bounds += [self.t + 7 * DAY]
        if world.chance(0.15) and self.at(self.t + MINUTE):
            self.set(completedByResourceID=world.pick(world.technicians))
            world.tag("completer_told_later")
        world.tag("completed")


def open_case(world: World, start: datetime) -> Case:
    """A new ticket, its creation and how it becomes known."""
    case = Case(world, world.new_id("ticket", 1001), start)
    fields = _birth(world, case)
    case.log.clear()
    roll = world.rng.random()
    if roll < 0.5:
        heard = start + SECOND * world.pick((0, 0, 0, 2))
        _first(case, "create", heard, fields)
        world.tag("heard_as_created")
    elif roll < 0.7:
        heard = max(start, world.edge(start + HOUR)) if world.chance(0.6) else start + 20 * SECOND
        _first(case, "row", heard, fields)
        world.tag("first_row_about_an_hour")
    elif roll < 0.88:
        case.silent_until = start + world.some_time(2 * HOUR, 8 * DAY)
        case.set("silent", **fields)
        case.log.clear()
        world.tag("backfilled")
    else:
        case.set("silent", **fields)
        case.log.clear()
        case.t += world.some_time(MINUTE, DAY)
        case.set("event", status=fields["status"])
        world.tag("first_heard_by_update")
    if world.chance(0.08):
        case.delay = world.some_time(HOUR, 5 * DAY)
        world.tag("ticket_arrives_late")
    return case


def _first(case: Case, how: str, heard: datetime, fields: dict[str, Any]) -> None:
    case.t = heard
    case.world.tell("Ticket", case.id, heard, fields, how=how)
    case.heard = True


def _birth(world: World, case: Case) -> dict[str, Any]:
    company = world.pick(world.companies)
    for other, share, name in (
        (OWN_COMPANY, 0.04, "own_company"),
        (90, 0.04, "listed_internal"),
        (UNMANAGED, 0.05, "unmanaged_company"),
        (UNKNOWN_COMPANY, 0.03, "company_without_fact"),
    ):
        if world.chance(share):
            company = other
            world.tag(name)
    fields: dict[str, Any] = {
        "createDate": iso(case.t),
        "companyID": company,
        "status": world.pick((NEW, NEW, NEW, 8)),
        "queueID": world.pick((TRIAGE, FIRST, FIRST, FIRST, SECOND_LINE, THIRD, SALES)),
        "assignedResourceID": world.pick((None, None, *world.technicians)),
        "priority": world.pick((1, 2, 3)),
        "ticketType": world.pick((INCIDENT, INCIDENT, INCIDENT, REQUEST, REQUEST, PROBLEM, CHANGE, ALERT)),
        "ticketCategory": CATEGORY,
        "source": world.pick((PHONE, MAIL, MAIL, MONITORING) if world.chance(0.4) else (PHONE, MAIL)),
        "ticketNumber": f"T{case.t:%Y%m%d}.{case.id}",
    }
    _estimate_and_dues(world, case, fields)
    if fields["assignedResourceID"] is None:
        world.tag("unassigned")
    if world.chance(0.04):
        fields["companyID"] = None
        world.tag("company_null")
    if world.chance(0.04):
        del fields["companyID"]
        world.tag("company_absent")
    if world.chance(0.05):
        fields["ticketCategory"] = EXCLUDED_CATEGORY
        world.tag("excluded_category")
    if world.chance(0.05):
        fields["queueID"] = world.pick((EXCLUDED_QUEUE, MERGED_QUEUE))
        world.tag("excluded_or_merged_queue")
    if world.chance(0.04):
        fields["assignedResourceID"] = world.pick((API_USER, UNKNOWN_RESOURCE))
        world.tag("primary_no_technician_or_unknown")
    if world.chance(0.05):
        del fields["createDate"]
        world.tag("create_date_absent")
    for name in ("queueID", "assignedResourceID", "priority", "source"):
        if world.chance(0.03):
            del fields[name]
            world.tag("ticket_fields_absent")
    return fields


def _estimate_and_dues(world: World, case: Case, fields: dict[str, Any]) -> None:
    estimate = world.pick(("absent", None, 0, 1, 2.5, "0.75", 3, 1))
    if estimate != "absent":
        fields["estimatedHours"] = estimate
    hours = (1, 4, 24) if world.chance(0.5) else (2, 12, 60)
    for due, length in zip(DUES, hours, strict=True):
        roll = world.rng.random()
        if roll < 0.65:
            at = case.t + HOUR * length
            fields[due] = iso(at)
            world.bounds += [at, at + MINUTE * world.policy.get("breach_grace_minutes", 5)]
        elif roll < 0.85:
            fields[due] = None
            world.tag("no_due_at_first")
        if world.chance(0.5):
            fields[EVENTS[due]] = None
