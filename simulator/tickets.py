"""The life of one ticket: created, triaged, engaged, perhaps handed up or waiting, completed; or lost on the way.

A life is decided when it begins and depends on nothing but its own random numbers and the timeline.
"""

from __future__ import annotations

from random import Random

from models.instants import Instant
from simulator.callouts import Action, Happening, wire_time
from simulator.characters import (
    ALERTS,
    API_RESOURCE,
    COMPANIES,
    OWN_COMPANY,
    PRIORITIES,
    SLA_ID,
    SLA_NAME,
    SYSTEM_RESOURCE,
    TECHNICIANS,
    TITLES,
    Character,
    Queue,
    Source,
    Status,
    TicketType,
)
from simulator.dotnet_json import Json
from simulator.timeline import Timeline, local_midnight, within_day

ALWAYS_SHOWN = ("TicketNumber", "Status", "QueueID", "AssignedResourceID")
_SLA_RESULT_OFFSET = 40_000_000
_ENTRIES_PER_TICKET = 10


class TicketLife:
    """Lives one ticket from ``created`` (working minutes) to its end; ``happenings`` is what others see of it."""

    def __init__(self, rng: Random, timeline: Timeline, ticket_id: int, created: float) -> None:
        self._rng = rng
        self._timeline = timeline
        self._id = ticket_id
        self._created = created
        self._fields: dict[str, Json] = {}
        self._entries = 0
        self.happenings: list[Happening] = []
        self._promise = rng.choices(PRIORITIES, [priority.share for priority in PRIORITIES])[0]
        self._alert = rng.random() < 0.10
        self._owner = self._pick(level=1)
        self._due = {
            "FirstResponse": created + self._promise.triage,
            "ResolutionPlan": created + self._promise.engagement,
            "Resolved": created + self._promise.completion,
        }
        self._met: dict[str, Json] = dict.fromkeys(self._due)
        self._has_sla = rng.random() >= 0.04

    def live(self) -> list[Happening]:
        """The whole life, in order."""
        self._create()
        fate = self._rng.random()
        if self._alert and fate < 0.4:
            self._closes_by_itself()
        elif fate < 0.014:
            pass  # nobody ever answers
        elif fate < 0.045:
            self._withdrawn(fate)
        else:
            self._worked_on(fate)
        self.happenings.sort(key=lambda happening: happening.at)
        return self.happenings

    def _create(self) -> None:
        number = f"T{local_midnight(self._at(self._created))[:10].replace('-', '')}.{self._id % 10_000:04d}"
        title = self._rng.choice(ALERTS if self._alert else TITLES)
        kind = TicketType.ALERT if self._alert else self._rng.choice((TicketType.REQUEST, TicketType.INCIDENT))
        source = Source.MONITORING if self._alert else self._rng.choice((Source.PHONE, Source.EMAIL))
        clients = [company for company in COMPANIES if company != OWN_COMPANY]
        company = OWN_COMPANY if self._rng.random() < 0.04 else self._rng.choice(clients)
        dues = {f"{event}DueDateTime": self._wire(due) if self._has_sla else None for event, due in self._due.items()}
        self._fields = {
            "TicketNumber": number,
            "Title": title,
            "Status": str(int(Status.NEW)),
            "Priority": str(self._promise.priority_id),
            "QueueID": str(int(Queue.MONITORING if self._alert else Queue.TRIAGE)),
            "CompanyID": str(company),
            "TicketType": str(int(kind)),
            "Source": str(int(source)),
            "AssignedResourceID": None,
            "CreateDate": self._wire(self._created),
            "CompletedDate": None,
            "EstimatedHours": self._rng.choice((None, 0.25, 0.5, 1.0, 1.5)),
            "ServiceLevelAgreementID": str(SLA_ID) if self._has_sla else None,
            **dues,
            "DueDateTime": self._wire(self._due["Resolved"]),
            "FirstResponseDateTime": None,
            "ResolutionPlanDateTime": None,
            "ResolvedDateTime": None,
        }
        self._happen(self._created, Action.CREATE, "Ticket", self._id, dict(self._fields), SYSTEM_RESOURCE)

    def _closes_by_itself(self) -> None:
        """The monitoring system sees the trouble pass and closes its own alert; nobody worked."""
        at = self._created + self._rng.uniform(1, 0.8 * self._promise.triage)
        for event in self._due:
            self._reach(event, at)
        self._update(at, API_RESOURCE, **self._closing(at, API_RESOURCE))

    def _withdrawn(self, fate: float) -> None:
        at = self._created + self._rng.uniform(3, 1.5 * self._promise.triage)
        if fate < 0.022:
            self._happen(at, Action.DELETE, "Ticket", self._id, {}, self._owner.resource_id)
        else:
            status = Status.MERGED if fate < 0.034 else Status.CANCELLED
            self._update(at, self._owner.resource_id, Status=str(int(status)))

    def _worked_on(self, fate: float) -> None:
        rng, owner, created, promise = self._rng, self._owner, self._created, self._promise
        triaged = created + promise.triage * self._kept(owner.triage, best=0.1)
        self._reach("FirstResponse", triaged)
        self._update(
            triaged,
            owner.resource_id,
            Status=str(int(Status.IN_PROGRESS)),
            QueueID=str(int(Queue.MONITORING if self._alert else Queue.LEVEL_1 if owner.level == 1 else Queue.LEVEL_2)),
            AssignedResourceID=str(owner.resource_id),
            FirstResponseDateTime=self._wire(triaged),
            FirstResponseInitiatingResourceID=str(owner.resource_id),
        )
        engaged = max(triaged + 1, created + promise.engagement * self._kept(owner.engagement, best=0.4))
        self._reach("ResolutionPlan", engaged)
        self._update(engaged, owner.resource_id, ResolutionPlanDateTime=self._wire(engaged))
        if fate < 0.05:
            return  # started and forgotten
        worker, free = owner, engaged
        if rng.random() < owner.hands_up:
            self._work(owner, triaged, engaged)
            worker, free = self._pick(level=2), engaged + 2
            self._update(
                free,
                owner.resource_id,
                Status=str(int(Status.ESCALATED)),
                QueueID=str(int(Queue.LEVEL_2)),
                AssignedResourceID=str(worker.resource_id),
            )
        if rng.random() < 0.12:
            free = self._wait_for_customer(free + 1, worker)
        kept = self._kept(owner.completion, best=0.3)
        completed = max(free + 5, self._due["Resolved"] + promise.completion * (kept - 1))
        self._work(worker, free, completed)
        self._complete(completed, worker)
        if rng.random() < 0.03:
            reopened = completed + rng.uniform(30, 900)
            self._update(
                reopened,
                SYSTEM_RESOURCE,
                Status=str(int(Status.IN_PROGRESS)),
                CompletedDate=None,
                ResolvedDateTime=None,
                CompletedByResourceID=None,
            )
            self._complete(reopened + rng.uniform(20, 90), worker)

    def _wait_for_customer(self, at: float, worker: Character) -> float:
        """Autotask's clock stands still; when it runs again the due date has moved by as much."""
        self._update(at, worker.resource_id, Status=str(int(Status.WAITING_CUSTOMER)))
        back = at + self._rng.uniform(30, 400)
        self._due["Resolved"] += back - at
        due = self._wire(self._due["Resolved"])
        moved: dict[str, Json] = {"ResolvedDueDateTime": due} if self._has_sla else {}
        self._update(back, SYSTEM_RESOURCE, Status=str(int(Status.IN_PROGRESS)), DueDateTime=due, **moved)
        return back

    def _complete(self, at: float, worker: Character) -> None:
        self._reach("Resolved", at)
        self._update(at, worker.resource_id, **self._closing(at, worker.resource_id))
        if self._has_sla and self._rng.random() < 0.7:
            self._judge(at, worker)

    def _closing(self, at: float, resource_id: int) -> dict[str, Json]:
        stamp = self._wire(at)
        fields: dict[str, Json] = {
            "Status": str(int(Status.COMPLETE)),
            "CompletedDate": stamp,
            "ResolvedDateTime": stamp,
        }
        for event in ("FirstResponse", "ResolutionPlan"):
            if self._fields[f"{event}DateTime"] is None:
                fields[f"{event}DateTime"] = stamp
        return {**fields, "CompletedByResourceID": str(resource_id)}

    def _judge(self, at: float, worker: Character) -> None:
        """Autotask's own verdict, which wins over the dates; now and then one flag is unknown."""
        owner = self._owner.resource_id
        flags = {event: None if self._rng.random() < 0.02 else met for event, met in self._met.items()}
        result_id = self._id + _SLA_RESULT_OFFSET
        self._happen(
            at,
            Action.CREATE if result_id not in {h.entity_id for h in self.happenings} else Action.UPDATE,
            "ServiceLevelAgreementResults",
            result_id,
            {
                "id": result_id,
                "ticketID": self._id,
                "serviceLevelAgreementName": SLA_NAME,
                "isFirstResponseMet": flags["FirstResponse"],
                "isResolutionPlanMet": flags["ResolutionPlan"],
                "isResolutionMet": flags["Resolved"],
                "resolutionElapsedHours": round((at - self._created) / 60, 4),
                "firstResponseResourceID": owner,
                "firstResponseInitiatingResourceID": owner,
                "resolutionPlanResourceID": owner,
                "resolutionResourceID": worker.resource_id,
            },
            SYSTEM_RESOURCE,
        )

    def _work(self, worker: Character, free: float, until: float) -> None:
        """One or two time entries of the worker that end no later than ``until``."""
        for _ in range(self._rng.choice((1, 1, 2))):
            minutes = min(self._rng.uniform(6, 55), max(1.0, until - free))
            start = self._rng.uniform(free, max(free, until - minutes))
            minutes = within_day(start, minutes)
            late = self._rng.random() < worker.writes_late
            written = start + minutes + (self._rng.uniform(20, 200) if late else self._rng.uniform(0.5, 12))
            entry_id = self._id * _ENTRIES_PER_TICKET + self._entries
            self._entries += 1
            fields = time_entry(self._timeline, entry_id, worker, start, minutes, written) | {"ticketID": self._id}
            self._happen(written, Action.CREATE, "TimeEntry", entry_id, fields, worker.resource_id)
            fate = self._rng.random()
            if fate < 0.02:
                change: dict[str, Json] = {"id": entry_id, "hoursWorked": round(minutes / 60 + 0.25, 2)}
                self._happen(written + 30, Action.UPDATE, "TimeEntry", entry_id, change, worker.resource_id)
            elif fate < 0.025:
                self._happen(written + 15, Action.DELETE, "TimeEntry", entry_id, {}, worker.resource_id)

    def _kept(self, share: float, best: float) -> float:
        """When a promise is met, as a part of the time promised: below 1 when it is kept."""
        return self._rng.uniform(best, 0.92) if self._rng.random() < share else self._rng.uniform(1.1, 2.2)

    def _reach(self, event: str, at: float) -> None:
        if self._has_sla:
            self._met[event] = self._at(at) <= self._at(self._due[event])

    def _pick(self, level: int) -> Character:
        today = self._timeline.weekday(self._created)
        there = [who for who in TECHNICIANS if who.level >= level and today in who.weekdays]
        return self._rng.choices(there, [who.busy for who in there])[0]

    def _update(self, at: float, person_id: int, **changed: Json) -> None:
        self._fields |= changed
        fields = {name: self._fields[name] for name in ALWAYS_SHOWN} | changed
        self._happen(at, Action.UPDATE, "Ticket", self._id, fields, person_id)

    def _happen(
        self, at: float, action: Action, entity_type: str, entity_id: int, fields: dict[str, Json], person_id: int
    ) -> None:
        self.happenings.append(Happening(self._at(at), action, entity_type, entity_id, fields, person_id))

    def _at(self, minutes: float) -> Instant:
        return self._timeline.at(minutes)

    def _wire(self, minutes: float) -> str:
        return wire_time(self._at(minutes))


def time_entry(
    timeline: Timeline, entry_id: int, worker: Character, start: float, minutes: float, written: float
) -> dict[str, Json]:
    """The fields of a time entry but for what it was worked on. ``hoursWorked``: hours as lived on the desk."""
    return {
        "id": entry_id,
        "resourceID": worker.resource_id,
        "dateWorked": local_midnight(timeline.at(start)),
        "startDateTime": wire_time(timeline.at(start)),
        "endDateTime": wire_time(timeline.at(start + minutes)),
        "hoursWorked": round(minutes / 60, 4),
        "createDateTime": wire_time(timeline.at(written)),
        "creatorUserID": worker.resource_id,
    }
