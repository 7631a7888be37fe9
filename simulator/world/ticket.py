"""One ticket as Autotask keeps it: its fields, its promises, the verdict on them; and what can be done to it.

Every method happens now (``stage.now``) and is one change, with that of the SLA result where it says more.
"""

from __future__ import annotations

from random import Random

from simulator.dotnet_json import Json
from simulator.world.cast import COORDINATOR, SYSTEM_RESOURCE
from simulator.world.clients import SLA_ID, SLA_NAME, Promise
from simulator.world.furniture import ROLE_ID
from simulator.world.picklists import Queue, Source, Status, TicketType
from simulator.world.stage import Stage

FIRST_TICKET = 350_000
_FIRST_RESULT = 40_000_000
_FIRST_NOTE = 70_000_000
_UNKNOWN_FLAG = 0.02
TRIAGE, ENGAGEMENT, COMPLETION = "firstResponse", "resolutionPlan", "resolved"
_EVENTS = (TRIAGE, ENGAGEMENT, COMPLETION)
_FLAGS = {TRIAGE: "isFirstResponseMet", ENGAGEMENT: "isResolutionPlanMet", COMPLETION: "isResolutionMet"}
_ELAPSED = {
    TRIAGE: "firstResponseElapsedHours",
    ENGAGEMENT: "resolutionPlanElapsedHours",
    COMPLETION: "resolutionElapsedHours",
}


class Ticket:
    """``due``: working minutes by event, without SLA empty. ``fields``: the row as it is now."""

    def __init__(self, stage: Stage, rng: Random, promise: Promise, *, promised: bool) -> None:
        self._stage = stage
        self._rng = rng
        self._paused_at = 0.0
        self._result: int | None = None
        self.id = stage.number("Tickets", FIRST_TICKET)
        self.created = stage.now
        self.promise = promise
        self.due: dict[str, float] = self._dues() if promised else {}
        self.fields: dict[str, Json] = {}

    @property
    def primary(self) -> int | None:
        """The resource it is assigned to."""
        resource = self.fields["assignedResourceID"]
        return resource if isinstance(resource, int) else None

    def create(
        self,
        company_id: int,
        contact_id: int | None,
        kind: TicketType,
        source: Source,
        title: str,
        estimate: float | None,
    ) -> None:
        """It comes in."""
        today = self._stage.date()[:10].replace("-", "")
        queue = Queue.MONITORING if kind is TicketType.ALERT else Queue.TRIAGE
        self.fields = {
            "ticketNumber": f"T{today}.{self._stage.number(f'number:{today}', 1):04d}",
            "title": title,
            "status": int(Status.NEW),
            "priority": self.promise.priority,
            "queueID": int(queue),
            "companyID": company_id,
            "contactID": contact_id,
            "ticketType": int(kind),
            "ticketCategory": 3,
            "issueType": None,
            "source": int(source),
            "assignedResourceID": None,
            "assignedResourceRoleID": None,
            "creatorResourceID": SYSTEM_RESOURCE,
            "createdByContactID": contact_id,
            "completedByResourceID": None,
            "firstResponseInitiatingResourceID": None,
            "firstResponseAssignedResourceID": None,
            "createDate": self._stage.stamp(),
            "completedDate": None,
            "estimatedHours": estimate,
            "serviceLevelAgreementID": SLA_ID if self.due else None,
            "serviceLevelAgreementHasBeenMet": None,
            "serviceLevelAgreementPausedNextEventHours": None,
            **{f"{event}DateTime": None for event in _EVENTS},
            **{f"{event}DueDateTime": None for event in _EVENTS},
            **self._due_fields(),
        }
        self.fields.setdefault("dueDateTime", self._stage.stamp(self.created + self.promise.completion))
        self._stage.create("Tickets", self.id, dict(self.fields), SYSTEM_RESOURCE)
        if self.due:
            self._judged_from_now_on()

    def change(self, person_id: int, **fields: Json) -> None:
        """Some fields get other values; those that stay are not said."""
        changed = {name: value for name, value in fields.items() if self.fields[name] != value}
        if changed:
            self.fields |= changed
            self._stage.update("Tickets", self.id, changed, person_id)

    def move(self, person_id: int, status: Status, **fields: Json) -> None:
        """Another status, and what Autotask's SLA clock makes of it."""
        reached = self._reached(TRIAGE, person_id)
        if status in {Status.IN_PROGRESS, Status.COMPLETE}:
            reached |= self._reached(ENGAGEMENT, person_id)
        if status is Status.COMPLETE:
            reached |= self._reached(COMPLETION, person_id) | {
                "completedDate": self._stage.stamp(),
                "completedByResourceID": person_id,
            }
        pausing = self._pausing(status)
        self.change(person_id, status=int(status), **{**pausing, **fields, **reached})
        self._judge(person_id, reached)

    def assign(self, resource_id: int | None) -> dict[str, Json]:
        """The fields that make somebody the primary."""
        return {
            "assignedResourceID": resource_id,
            "assignedResourceRoleID": None if resource_id is None else ROLE_ID,
        }

    def reopen(self, *, for_good: bool) -> None:
        """It leaves Complete: ``for_good`` with its resolution time, by a mail without."""
        cleared: dict[str, Json] = {"completedDate": None, "completedByResourceID": None}
        if for_good:
            cleared |= {"resolvedDateTime": None, "serviceLevelAgreementHasBeenMet": None}
        self.change(SYSTEM_RESOURCE, status=int(Status.IN_PROGRESS), **cleared)

    def promise_anew(self, promise: Promise) -> None:
        """Another priority, and the promises that belong to it, from the creation on."""
        self.promise = promise
        if self.due:
            self.due = self._dues()
        self.change(COORDINATOR, priority=promise.priority, **self._due_fields())

    def promise_late(self) -> None:
        """A ticket without promises gets them after all."""
        self.due = {event: self._stage.now + minutes for event, minutes in self._lengths().items()}
        self.change(COORDINATOR, serviceLevelAgreementID=SLA_ID, **self._due_fields())
        self._judged_from_now_on()

    def postpone(self, minutes: float) -> None:
        """The coordinator gives it more time."""
        if self.due and self.fields["resolvedDateTime"] is None:
            self.due[COMPLETION] += minutes
            self.change(COORDINATOR, **self._due_fields())

    def note(self, contact_id: int | None, title: str) -> None:
        """Somebody writes something on it: a contact, else the system."""
        number = self._stage.number("TicketNotes", _FIRST_NOTE)
        fields: dict[str, Json] = {
            "ticketID": self.id,
            "title": title,
            "description": title,
            "noteType": 1 if contact_id else 13,
            "publish": 1,
            "creatorResourceID": None if contact_id else SYSTEM_RESOURCE,
            "createdByContactID": contact_id,
            "createDateTime": self._stage.stamp(),
        }
        self._stage.create("TicketNotes", number, fields, SYSTEM_RESOURCE)

    def delete(self, person_id: int) -> None:
        """It is gone, with its SLA result."""
        self._stage.delete("Tickets", self.id, person_id)
        if self._result is not None:
            self._stage.delete("ServiceLevelAgreementResults", self._result, SYSTEM_RESOURCE)

    def _dues(self) -> dict[str, float]:
        return {event: self.created + minutes for event, minutes in self._lengths().items()}

    def _lengths(self) -> dict[str, float]:
        promise = self.promise
        return {TRIAGE: promise.triage, ENGAGEMENT: promise.engagement, COMPLETION: promise.completion}

    def _due_fields(self) -> dict[str, Json]:
        dues: dict[str, Json] = {f"{event}DueDateTime": self._stage.stamp(at) for event, at in self.due.items()}
        return dues | {"dueDateTime": dues["resolvedDueDateTime"]} if dues else {}

    def _pausing(self, status: Status) -> dict[str, Json]:
        """Autotask's clock stands still while the customer is awaited; then the due dates move by as much."""
        waiting = self.fields["status"] == Status.WAITING_CUSTOMER
        if not waiting and status is Status.WAITING_CUSTOMER:
            self._paused_at = self._stage.now
            left = self.due.get(COMPLETION, self._stage.now) - self._stage.now
            return {"serviceLevelAgreementPausedNextEventHours": round(left / 60, 4) if self.due else None}
        if not waiting or status is Status.WAITING_CUSTOMER:
            return {}
        for event in self.due:
            if self.fields[f"{event}DateTime"] is None and self.due[event] >= self._paused_at:
                self.due[event] += self._stage.now - self._paused_at
        return {"serviceLevelAgreementPausedNextEventHours": None, **self._due_fields()}

    def _reached(self, event: str, person_id: int) -> dict[str, Json]:
        if self.fields[f"{event}DateTime"] is not None:
            return {}
        reached: dict[str, Json] = {f"{event}DateTime": self._stage.stamp()}
        if event is TRIAGE:
            reached |= {"firstResponseInitiatingResourceID": person_id, "firstResponseAssignedResourceID": person_id}
        return reached

    def _judged_from_now_on(self) -> None:
        self._result = self._stage.number("ServiceLevelAgreementResults", _FIRST_RESULT)
        fields: dict[str, Json] = {
            "ticketID": self.id,
            "serviceLevelAgreementName": SLA_NAME,
            **dict.fromkeys(_FLAGS.values()),
            **dict.fromkeys(_ELAPSED.values()),
            "firstResponseResourceID": None,
            "firstResponseInitiatingResourceID": None,
            "resolutionPlanResourceID": None,
            "resolutionResourceID": None,
        }
        self._stage.create("ServiceLevelAgreementResults", self._result, fields, SYSTEM_RESOURCE)

    def _judge(self, person_id: int, reached: dict[str, Json]) -> None:
        """Autotask's own verdict on the events just reached; now and then a flag stays unknown."""
        if self._result is None:
            return
        said: dict[str, Json] = {}
        for event in self.due:
            if f"{event}DateTime" not in reached:
                continue
            met = self._stage.timeline.at(self._stage.now) <= self._stage.timeline.at(self.due[event])
            said[_FLAGS[event]] = None if self._rng.random() < _UNKNOWN_FLAG else met
            said[_ELAPSED[event]] = round((self._stage.now - self.created) / 60, 4)
            if event is TRIAGE:
                said |= {"firstResponseResourceID": person_id, "firstResponseInitiatingResourceID": person_id}
            else:
                said["resolutionPlanResourceID" if event is ENGAGEMENT else "resolutionResourceID"] = person_id
        if said:
            self._stage.update("ServiceLevelAgreementResults", self._result, said, SYSTEM_RESOURCE)
