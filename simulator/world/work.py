"""Work on one ticket: sessions of technicians, what they wait for in between, and handing up."""

from __future__ import annotations

from collections.abc import Generator
from random import Random

from simulator.dotnet_json import Json
from simulator.world.book import Book
from simulator.world.cast import COORDINATOR, SYSTEM_RESOURCE, Technician
from simulator.world.labour import Labour
from simulator.world.picklists import Queue, Status
from simulator.world.stage import Process, Stage
from simulator.world.ticket import COMPLETION, Ticket

_FIRST_SECONDARY = 880_000
_PAUSES = (Status.WAITING_CUSTOMER, Status.WAITING_VENDOR, Status.WAITING_MATERIALS, None)
_PAUSE_SHARES = (0.38, 0.07, 0.05, 0.50)
_ROOM_MINUTES = 35


class Work:
    """All work on a ticket, by whomever."""

    def __init__(self, book: Book, labour: Labour, stage: Stage, rng: Random, ticket: Ticket) -> None:
        self._book = book
        self._labour = labour
        self._stage = stage
        self._rng = rng
        self._ticket = ticket

    def session(
        self,
        who: Technician,
        wanted: float,
        minutes: float,
        latest: float = float("inf"),
        *,
        split: bool = False,
    ) -> Process:
        """Somebody works once, when there is time; ``split``: noted down as two entries, one after the other."""
        start, length = self._book.place(who, max(wanted, self._stage.now + 0.5), minutes, latest)
        yield start
        if self._ticket.fields["status"] != Status.IN_PROGRESS:
            self._ticket.move(who.resource_id, Status.IN_PROGRESS)
        parts = (length * 0.6, length * 0.4) if split else (length,)
        for part in parts:
            yield start + part
            entry = self._labour.timed(self._rng, who, start, max(part, 1.0), ticketID=self._ticket.id)
            self._stage.start(entry)
            start += part

    def hand_up(self, who: Technician) -> Generator[float, None, Technician]:
        """Somebody of a higher tier takes over; told by queue and primary, or by one of them, or by status."""
        rng, ticket = self._rng, self._ticket
        yield self._stage.now + rng.uniform(1, 15)
        above = self._book.pick(rng, who.tier + 1, but=who)
        queue: dict[str, Json] = {"queueID": int(Queue.LEVEL_2 if above.tier <= 2 else Queue.LEVEL_3)}
        primary = ticket.assign(above.resource_id)
        status, fields = rng.choice(
            (
                (Status.ESCALATED, queue | primary),
                (Status.ESCALATED, queue | primary),
                (Status.DISPATCHED, queue | primary),
                (Status.DISPATCHED, primary),
                (Status.ESCALATED, {}),
            )
        )
        ticket.move(who.resource_id, status, **fields)
        if not fields:
            yield self._stage.now + rng.uniform(5, 60)
            ticket.change(above.resource_id, **queue, **primary)
        return above

    def go_on(self, who: Technician, minutes: float, *, in_time: bool) -> Process:
        """The rest of the work, in one to three sessions; in time or after the due date."""
        rng = self._rng
        sessions = rng.choice((1, 1, 2, 3))
        if self._ticket.due and not in_time:
            late = rng.uniform(1.05, 1.7) * (self._due() - self._ticket.created) + self._ticket.created
        else:
            late = 0.0
        for number in range(sessions):
            yield from self._pause(who, sessions - number, in_time=in_time)
            if number == 0 and rng.random() < 0.04:
                yield from self._helped(who, minutes / 3)
            if not self._book.employed(who, self._stage.now):
                who = self._taken_over(who)
            last = number == sessions - 1
            wanted = self._stage.now + rng.uniform(2, 15)
            latest = self._due() - 5 if in_time else float("inf")
            if last and late:
                wanted = max(wanted, late)
            yield from self.session(who, wanted, minutes / sessions, latest)

    def _due(self) -> float:
        return self._ticket.due.get(COMPLETION, float("inf"))

    def _pause(self, who: Technician, sessions: int, *, in_time: bool) -> Process:
        """Time passes: for the customer, for a vendor, for parts, or for other work."""
        rng, ticket, stage = self._rng, self._ticket, self._stage
        status = rng.choices(_PAUSES, _PAUSE_SHARES)[0]
        room = min(max((self._due() - stage.now) / (sessions + 1) - _ROOM_MINUTES, 0.0), 400.0)
        longest = room if in_time and status is not Status.WAITING_CUSTOMER else 400.0
        wait = min(_ROOM_MINUTES + rng.random() * longest, 400.0)
        if status is None:
            yield stage.now + wait
            return
        yield stage.now + rng.uniform(1, 6)
        ticket.move(who.resource_id, status)
        yield stage.now + wait
        if status is Status.WAITING_CUSTOMER:
            contact = ticket.fields["contactID"]
            ticket.note(contact if isinstance(contact, int) else None, "Here is what you asked for")
        ticket.move(SYSTEM_RESOURCE, Status.IN_PROGRESS)

    def _helped(self, who: Technician, minutes: float) -> Process:
        """A colleague of the same tier lends a hand."""
        helper = self._book.pick(self._rng, who.tier, but=who)
        number = self._stage.number("TicketSecondaryResources", _FIRST_SECONDARY)
        fields: dict[str, Json] = {
            "ticketID": self._ticket.id,
            "resourceID": helper.resource_id,
            "roleID": self._ticket.fields["assignedResourceRoleID"],
        }
        self._stage.create("TicketSecondaryResources", number, fields, who.resource_id)
        yield from self.session(helper, self._stage.now + self._rng.uniform(2, 20), max(minutes, 6))

    def _taken_over(self, who: Technician) -> Technician:
        other = self._book.pick(self._rng, who.tier, but=who)
        self._ticket.change(COORDINATOR, **self._ticket.assign(other.resource_id))
        return other
