"""The SLA section of kpis.md written down a second time, naively: from observations, with no fold and no ledger.

It shares with the product the reading of bodies (``ingest.observations``) and the policy, and nothing else. Slow,
and meant to be read beside the specification, sentence by sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ingest.observations import read
from models.entities import Observation, Rank
from models.inbox import Fact, StoredFact
from models.instants import MINUTE, Instant, local_day
from models.policy import Policy

QUARTER = 15 * MINUTE
NAMES = {
    "sla_triage": ("firstResponse", "isFirstResponseMet", "firstResponseInitiatingResourceID"),
    "sla_engagement": ("resolutionPlan", "isResolutionPlanMet", "resolutionPlanResourceID"),
    "sla_completion": ("resolved", "isResolutionMet", "resolutionResourceID"),
}


class Figure(NamedTuple):
    """What a ticket contributes to an SLA KPI."""

    reason: str
    rule: str
    numerator: int
    denominator: int
    happened_at: Instant
    day: int
    tech_id: int
    queue_id: int
    company_id: int
    provisional: bool


class Seen(NamedTuple):
    """One observed value: when it changes to it (R12), when it was seen, by which observation."""

    at: Instant
    seen_at: Instant
    value: Any
    nth: int


class Spell(NamedTuple):
    """A stretch of complete: entered, by which observation; left for work; left for anything, by which observation."""

    entered: Instant
    nth: int
    left: Instant | None
    next_nth: int | None


class Desk:
    """All observations of a tenant, sorted once; ``figures`` judges every ticket at a moment."""

    def __init__(self, facts: Iterable[Fact], policy: Policy) -> None:
        stored = (
            StoredFact(n, fact.received_at, fact.origin, fact.body, fact.dedup_key.hex()[:16])
            for n, fact in enumerate(facts)
        )
        seen = {o.key: o for o in map(read, stored) if o is not None}
        self.all = sorted(seen.values(), key=lambda o: o.order)
        self.policy = policy

    def of(self, kind: str, number: int) -> list[Observation]:
        return [o for o in self.all if (o.entity_type, o.entity_id) == (kind, number)]

    def ids(self, kind: str) -> list[int]:
        return sorted({o.entity_id for o in self.all if o.entity_type == kind})

    def exists(self, kind: str, number: int) -> bool:
        sightings = self.of(kind, number)
        return bool(sightings) and sightings[-1].rank is not Rank.DELETE

    def last(self, kind: str, number: int, name: str) -> Any:
        values = [o.fields[name] for o in self.of(kind, number) if name in o.fields]
        return values[-1] if values else None

    @property
    def heard(self) -> Instant:
        return max(o.seen_at for o in self.all)

    def technician(self, who: object) -> int | None:
        """R9: a resource that is no API user and not ignored."""
        if not isinstance(who, int) or who in self.policy.ignored_resources:
            return None
        return None if self.last("Resource", who, "licenseType") == 7 else who

    def first_technician(self, *candidates: object) -> int:
        found = [who for who in map(self.technician, candidates) if who is not None]
        return found[0] if found else -1

    def labour(self, ticket: int) -> list[Instant | None]:
        """The starts of the technicians' entries on a ticket (R13)."""
        starts: list[Instant | None] = []
        for number in self.ids("TimeEntry"):
            codes = {self.last("TimeEntry", number, n) for n in ("billingCodeID", "internalBillingCodeID")}
            if (
                self.exists("TimeEntry", number)
                and self.last("TimeEntry", number, "ticketID") == ticket
                and self.technician(self.last("TimeEntry", number, "resourceID")) is not None
                and not codes & self.policy.ids("work_type", "time_off")
            ):
                start = self.last("TimeEntry", number, "startDateTime")
                created = [o.fields.get("createDateTime") for o in self.of("TimeEntry", number)]
                known = [c for c in created if isinstance(c, int)]
                starts.append(start if start is not None else min(known, default=None))
        return starts

    def figures(self, now: Instant) -> dict[tuple[str, int], Figure]:
        """The figure of every ticket to every SLA KPI."""
        tickets = [Ticket(self, number, now) for number in self.ids("Ticket")]
        return {(key, ticket.number): ticket.figure(key) for ticket in tickets for key in NAMES}


class Ticket:
    """One ticket at one moment."""

    def __init__(self, desk: Desk, number: int, now: Instant) -> None:
        self.desk = desk
        self.number = number
        self.now = now
        self.sightings = desk.of("Ticket", number)
        self.complete_role = desk.policy.ids("status", "complete")
        self.labour = desk.labour(number)
        self.times = self._times()
        self.spells = self._completions()

    def _times(self) -> list[Instant]:
        """R12: one transition time per observation."""
        times: list[Instant] = []
        before: Observation | None = None
        for o in self.sightings:
            at = o.seen_at if o.changed_at is None else o.changed_at
            if "status" in o.fields:
                shows_completion = o.fields["status"] in self.complete_role and (
                    before is None or before.fields["status"] not in self.complete_role
                )
                done = o.fields.get("completedDate")
                if shows_completion and isinstance(done, int) and (before is None or done > before.seen_at):
                    at = done
                before = o
            times.append(at)
        return times

    def points(self, name: str) -> list[Seen]:
        points: list[Seen] = []
        for nth, o in enumerate(self.sightings):
            if name in o.fields:
                at = self.times[nth]
                if points and points[-1].seen_at > at:
                    at = points[-1].seen_at
                points.append(Seen(at, o.seen_at, o.fields[name], nth))
        return points

    def current(self, name: str) -> Any:
        points = self.points(name)
        return points[-1].value if points else None

    def in_force(self, name: str, moment: Instant, *, just_before: bool = False) -> Any:
        points = self.points(name)
        held = [p.value for p in points if (p.at < moment if just_before else p.at <= moment)]
        return held[-1] if held else points[0].value if points else None

    def _completions(self) -> list[Spell]:
        """The completions by the noise rule, with the sightings that belong to each."""
        aside = {s for role in ("merged", "cancelled", "duplicate") for s in self.desk.policy.ids("status", role)}
        spells: list[Spell] = []
        for point in self.points("status"):
            inside = bool(spells) and spells[-1].left is None
            if point.value in self.complete_role:
                if not inside:
                    spells.append(Spell(point.at, point.nth, None, None))
            elif inside:
                if spells[-1].next_nth is None:
                    spells[-1] = spells[-1]._replace(next_nth=point.nth)
                if point.value not in aside:
                    spells[-1] = spells[-1]._replace(left=point.at)
        number = 0
        while number + 1 < len(spells):
            left, again = spells[number].left, spells[number + 1]
            assert left is not None
            worked = any(start is not None and left <= start <= again.entered for start in self.labour)
            if again.entered - left <= QUARTER and (not worked or self.now <= left + QUARTER):
                spells[number : number + 2] = [spells[number]._replace(left=again.left)]
            else:
                number += 1
        return spells

    @property
    def is_complete(self) -> bool:
        return bool(self.spells) and (self.spells[-1].left is None or self.now <= self.spells[-1].left + QUARTER)

    @property
    def completer(self) -> int:
        spell = self.spells[-1]
        named = [o.fields.get("completedByResourceID") for o in self.sightings[spell.nth : spell.next_nth]]
        last = [who for who in named if who is not None][-1:]
        return self.desk.first_technician(*last, self.in_force("assignedResourceID", spell.entered))

    @property
    def exclusion(self) -> str:
        """§2, first match wins."""
        policy, status, queue = self.desk.policy, self.current("status"), self.current("queueID")
        company = self.desk.last("Ticket", self.number, "companyID")
        source = self.desk.last("Ticket", self.number, "source")
        is_alert = self.current("ticketType") in policy.ids("type", "alert")
        if not self.desk.exists("Ticket", self.number):
            return "deleted"
        if status in policy.ids("status", "merged") or queue in policy.ids("queue", "merged"):
            return "merged"
        if status in policy.ids("status", "duplicate"):
            return "duplicate"
        if status in policy.ids("status", "cancelled"):
            return "cancelled"
        if company == 0 or company in policy.internal_companies:
            return "internal_company"
        if queue in policy.excluded_queues:
            return "excluded_queue"
        if self.desk.last("Ticket", self.number, "ticketCategory") in policy.excluded_categories:
            return "excluded_category"
        if (is_alert or source in policy.ids("source", "monitoring")) and not self.labour:
            return "alert_without_labour"
        return ""

    def result(self) -> int | None:
        """The existing SLA result of this ticket with the greatest id."""
        kind = "ServiceLevelAgreementResults"
        mine = [n for n in self.desk.ids(kind) if self.desk.last(kind, n, "ticketID") == self.number]
        return max((n for n in mine if self.desk.exists(kind, n)), default=None)

    def flag(self, key: str) -> bool | None:
        """Rule 3: the flag, unless no observation that carried it was seen since time or due changed in value."""
        number, (event, name, _) = self.result(), NAMES[key]
        if number is None:
            return None
        carried = [o for o in self.desk.of("ServiceLevelAgreementResults", number) if name in o.fields]
        if not carried or carried[-1].fields[name] is None:
            return None
        value = carried[-1].fields[name]
        run: list[Observation] = []
        for o in reversed(carried):
            if o.fields[name] != value:
                break
            run.append(o)
        for field in (f"{event}DateTime", f"{event}DueDateTime"):
            points = self.points(field)
            changes = [b.at for a, b in pairwise(points) if a.value != b.value]
            if changes and all(o.seen_at < changes[-1] for o in run):
                return None
        return bool(value)

    def credit(self, key: str, moment: Instant) -> int:
        number, person = self.result(), NAMES[key][2]
        of_result = None if number is None else self.desk.last("ServiceLevelAgreementResults", number, person)
        if key == "sla_triage":
            return self.desk.first_technician(of_result, self.desk.last("Ticket", self.number, person))
        if self.desk.technician(of_result) is not None:
            return self.desk.first_technician(of_result)
        if key == "sla_completion" and self.spells:
            return self.completer
        return self.desk.first_technician(self.in_force("assignedResourceID", moment))

    def figure(self, key: str) -> Figure:
        """Rules 1 to 7, first match."""
        event = NAMES[key][0]
        due, happened = self.current(f"{event}DueDateTime"), self.current(f"{event}DateTime")
        dues = self.points(f"{event}DueDateTime")
        if self.exclusion:
            return self._uncounted(due, self.exclusion, "exclusion")
        if due is None:
            return self._uncounted(due, "no_sla", "1")
        first = next(p.at for p in dues if p.value is not None)
        if dues[0].value is None and due <= first:
            return self._uncounted(due, "late_sla", "2")
        flag = self.flag(key)
        if happened is not None:
            is_met = happened <= due if flag is None else flag
            return self._counted(min(happened, due), is_met, self.credit(key, happened), "3")
        if self.is_complete:
            if flag is None:
                return self._uncounted(due, "closed_without_event", "4")
            closed = self.spells[-1].entered
            return self._counted(closed, flag, self.credit(key, closed), "4")
        if due > self.now:
            return self._uncounted(due, "pending", "5")
        if self._paused(due, dues):
            return self._uncounted(due, "paused", "6")
        grace = self.desk.policy.breach_grace_minutes * MINUTE
        provisional = self.now < due + grace or self.desk.heard < due
        who = self.desk.first_technician(self.current("assignedResourceID"))
        breach = self._counted(due, met=False, who=who, rule="7")
        return breach._replace(reason="open_breach", provisional=provisional)

    def _paused(self, due: Instant, dues: Sequence[Seen]) -> bool:
        role = self.desk.policy.ids("status", "sla_paused")
        points = self.points("status")
        for nth, point in enumerate(points):
            began = point.value in role and (nth == 0 or points[nth - 1].value not in role)
            if not began or (nth > 0 and due < point.at):
                continue
            left = next((p.at for p in points[nth:] if p.value not in role), None)
            if left is None:
                return True
            if due < left:
                return all(p.seen_at < left for p in dues)
        return False

    def _place(self, moment: Instant) -> tuple[int, int]:
        company = self.desk.last("Ticket", self.number, "companyID")
        return local_day(moment, self.desk.policy.zone), -1 if company is None else company

    def _counted(self, moment: Instant, met: bool, who: int, rule: str) -> Figure:
        day, company = self._place(moment)
        queue = self.in_force("queueID", moment, just_before=True)
        one = 1_000_000
        return Figure("", rule, one * met, one, moment, day, who, -1 if queue is None else queue, company, False)

    def _uncounted(self, due: Instant | None, reason: str, rule: str) -> Figure:
        created = self.desk.last("Ticket", self.number, "createDate")
        moment = next(m for m in (due, created, self.times[0]) if m is not None)
        day, company = self._place(moment)
        queue = self.current("queueID")
        who = self.desk.first_technician(self.current("assignedResourceID"))
        return Figure(reason, rule, 0, 0, moment, day, who, -1 if queue is None else queue, company, False)
