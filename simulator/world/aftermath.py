"""What comes after a completion: thank-you mails, surveys, and trouble that comes back."""

from __future__ import annotations

from random import Random

from simulator.world.calendar import DAY_MINUTES
from simulator.world.cast import COORDINATOR, Technician
from simulator.world.clients import OWN_COMPANY
from simulator.world.picklists import Status
from simulator.world.stage import Process, Stage
from simulator.world.surveys import survey
from simulator.world.ticket import Ticket
from simulator.world.work import Work

_SURVEYED = 0.55
_THANKED = 0.06
_LATER_THAN_A_WEEK = 0.15


def aftermath(stage: Stage, work: Work, rng: Random, ticket: Ticket, who: Technician) -> Process:
    """Everything that happens to a ticket once it is complete."""
    contact, company = ticket.fields["contactID"], ticket.fields["companyID"]
    if isinstance(contact, int) and isinstance(company, int) and company != OWN_COMPANY and rng.random() < _SURVEYED:
        stage.start(survey(stage, rng, who, ticket.id, company, contact))
    if isinstance(contact, int) and rng.random() < _THANKED:
        yield from _thanked(stage, rng, ticket, contact)
    if rng.random() < who.reopens:
        days = rng.uniform(5.2, 9) if rng.random() < _LATER_THAN_A_WEEK else rng.uniform(0.1, 3.5)
        yield stage.now + days * DAY_MINUTES
        ticket.reopen(for_good=True)
        yield from work.session(who, stage.now + rng.uniform(10, 120), rng.uniform(10, 40))
        yield stage.now + rng.uniform(0.3, 3)
        ticket.move(who.resource_id, Status.COMPLETE)


def _thanked(stage: Stage, rng: Random, ticket: Ticket, contact_id: int) -> Process:
    """A mail reopens it for nothing; the coordinator closes it again at once, or only some time later."""
    yield stage.now + rng.uniform(2, 200)
    ticket.note(contact_id, "Thank you!")
    ticket.reopen(for_good=False)
    yield stage.now + (rng.uniform(1, 12) if rng.random() < 0.93 else rng.uniform(16, 90))
    ticket.move(COORDINATOR, Status.COMPLETE)
