"""The life of one ticket: comes in, is triaged, worked on, perhaps handed up or kept waiting, completed; or not.

A life is a process: it draws what is to happen as it goes, from its own random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.world.aftermath import aftermath
from simulator.world.book import Book
from simulator.world.calendar import DAY_MINUTES
from simulator.world.cast import API_RESOURCE, COORDINATOR, Technician
from simulator.world.clients import ALERTS, OWN_COMPANY, PROMISES, TITLES, Client
from simulator.world.furniture import Furniture
from simulator.world.labour import Labour
from simulator.world.picklists import Queue, Source, Status, TicketType
from simulator.world.stage import Process, Stage
from simulator.world.ticket import COMPLETION, Ticket
from simulator.world.work import Work

_TRIAGED_IN_TIME = 0.978
_QUEUE_OF_TIER = {1: Queue.LEVEL_1, 2: Queue.LEVEL_2, 3: Queue.LEVEL_3}
_TRIAGE_TO_TIER = ((1, 2, 3), (0.67, 0.25, 0.08))
_KINDS = (
    (TicketType.INCIDENT, TicketType.REQUEST, TicketType.CHANGE, TicketType.PROBLEM),
    (0.55, 0.38, 0.04, 0.03),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What all lives share."""

    stage: Stage
    book: Book
    labour: Labour
    furniture: Furniture
    clients: tuple[Client, ...]
    weights: tuple[float, ...]


class Life:
    """One ticket from now on."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stage = scene.stage
        number = scene.stage.number("lives", 0)
        self._rng = scene.stage.random(f"ticket:{number}")
        promise = self._rng.choices(PROMISES, [one.share for one in PROMISES])[0]
        self._ticket = Ticket(scene.stage, self._rng, promise, promised=self._rng.random() >= 0.05)
        self._effort = self._rng.triangular(12, 190, 40)

    def live(self) -> Process:
        """The whole life."""
        rng, ticket = self._rng, self._ticket
        alert = rng.random() < 0.10
        self._create(alert=alert)
        fate = rng.random()
        if alert and fate < 0.45:
            yield from self._closes_by_itself()
        elif fate < 0.007:
            yield self._stage.now + rng.uniform(3, ticket.promise.triage)
            ticket.delete(COORDINATOR)
        elif fate < 0.05:
            yield from self._withdrawn(rng.choice((Status.MERGED, Status.CANCELLED, Status.DUPLICATE)))
        elif fate < 0.06:
            yield from self._forgotten(triaged=rng.random() < 0.6)
        else:
            yield from self._handled(alert=alert)

    def _create(self, *, alert: bool) -> None:
        rng, scene = self._rng, self._scene
        client = rng.choices(scene.clients, scene.weights)[0]
        internal = not alert and rng.random() < 0.04
        company = OWN_COMPANY if internal else client.company_id
        kind = TicketType.ALERT if alert else rng.choices(*_KINDS)[0]
        source = Source.MONITORING if alert else rng.choice((Source.PHONE, Source.EMAIL, Source.EMAIL, Source.PORTAL))
        contact = None if alert or internal else rng.choice(scene.furniture.contacts[company])
        hours = scene.stage.timeline.hours(self._effort * rng.uniform(0.85, 1.2))
        rounded = hours if scene.stage.timeline.live else max(round(hours * 4) / 4, 0.25)
        estimate = None if alert or rng.random() < 0.35 else rounded
        title = rng.choice(ALERTS if alert else TITLES)
        self._ticket.create(company, contact, kind, source, title, estimate)

    def _closes_by_itself(self) -> Process:
        """The monitoring system sees the trouble pass and closes its own alert; nobody worked."""
        yield self._stage.now + self._rng.uniform(1, 0.8 * self._ticket.promise.triage)
        self._ticket.move(API_RESOURCE, Status.COMPLETE)

    def _withdrawn(self, status: Status) -> Process:
        """Merged into another, cancelled or found to be a duplicate: at triage, or after some work."""
        yield self._stage.now + self._rng.uniform(3, 0.9 * self._ticket.promise.triage)
        if self._rng.random() < 0.3:
            who = self._scene.book.pick(self._rng, 1)
            self._triage(COORDINATOR, who)
            work = Work(self._scene.book, self._scene.labour, self._stage, self._rng, self._ticket)
            yield from work.session(who, self._stage.now + self._rng.uniform(5, 60), self._rng.uniform(6, 25))
        self._ticket.move(COORDINATOR, status)

    def _forgotten(self, *, triaged: bool) -> Process:
        """Nobody works on it; weeks later somebody tidies up."""
        if triaged:
            yield self._stage.now + self._rng.uniform(0.2, 0.9) * self._ticket.promise.triage
            self._triage(COORDINATOR, self._scene.book.pick(self._rng, 1))
        yield self._stage.now + self._rng.uniform(12, 30) * DAY_MINUTES
        self._ticket.move(COORDINATOR, Status.COMPLETE)

    def _handled(self, *, alert: bool) -> Process:
        rng, ticket, book = self._rng, self._ticket, self._scene.book
        yield ticket.created + ticket.promise.triage * kept(rng, _TRIAGED_IN_TIME)
        who = book.pick(rng, rng.choices(*_TRIAGE_TO_TIER)[0])
        self._triage(who.resource_id if alert or rng.random() < 0.25 else COORDINATOR, who)
        self._corrections()
        yield from self._worked_on(who)

    def _triage(self, by: int, who: Technician) -> None:
        queue = self._ticket.fields["queueID"]
        if queue == Queue.TRIAGE:
            queue = int(_QUEUE_OF_TIER[who.tier])
        self._ticket.move(by, Status.DISPATCHED, queueID=queue, **self._ticket.assign(who.resource_id))

    def _corrections(self) -> None:
        """What the coordinator sets right at triage."""
        rng, ticket = self._rng, self._ticket
        if rng.random() < 0.03:
            ticket.promise_anew(rng.choice(PROMISES))
        if not ticket.due and rng.random() < 0.2:
            ticket.promise_late()
        if rng.random() < 0.015 and ticket.fields["contactID"] is not None:
            other = rng.choice(self._scene.clients)
            ticket.change(
                COORDINATOR,
                companyID=other.company_id,
                contactID=rng.choice(self._scene.furniture.contacts[other.company_id]),
            )
        if rng.random() < 0.015:
            ticket.postpone(rng.uniform(120, 540))
        if ticket.fields["estimatedHours"] is None and rng.random() < 0.1:
            hours = self._stage.timeline.hours(self._effort)
            ticket.change(COORDINATOR, estimatedHours=hours)

    def _worked_on(self, who: Technician) -> Process:
        rng, ticket, stage, book = self._rng, self._ticket, self._stage, self._scene.book
        work = Work(book, self._scene.labour, stage, rng, ticket)
        in_time = rng.random() < who.completion
        hands_up = rng.random() < who.hands_up
        at_once = in_time and not hands_up and rng.random() < who.first_contact / who.completion
        minutes = self._effort * who.pace * rng.uniform(0.9, 1.1)
        length = ticket.promise.engagement
        if rng.random() < who.engagement:
            begin, latest = ticket.created + length * rng.uniform(0.15, 0.6), ticket.created + length * 0.97 + minutes
        else:
            begin, latest = ticket.created + length * rng.uniform(1.1, 1.9), float("inf")
        if at_once:
            due = ticket.due.get(COMPLETION, float("inf"))
            yield from work.session(who, begin, minutes, min(latest, due - 1), split=rng.random() < 0.2)
        else:
            yield from work.session(who, begin, minutes * 0.4, latest - minutes * 0.6)
            if hands_up:
                who = yield from work.hand_up(who)
            yield from work.go_on(who, minutes * 0.6, in_time=in_time)
        if not book.employed(who, stage.now):
            who = book.pick(rng, who.tier)
        yield stage.now + rng.uniform(0.3, 4)
        ticket.move(who.resource_id, Status.COMPLETE, **ticket.assign(who.resource_id))
        stage.start(aftermath(stage, work, rng, ticket, who))


def kept(rng: Random, share: float) -> float:
    """When a promise is met, as a part of the time promised: below 1 when it is kept."""
    return rng.uniform(0.08, 0.9) if rng.random() < share else rng.uniform(1.1, 2.2)
