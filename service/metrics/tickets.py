"""The metrics of the desk itself: what is open, what is about to breach, what came in and was done (design §6).

``sla_at_risk_ticket_minutes`` alone names tickets, at most fifteen at a time: what a wall has room for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import product

from ingest.autotask.picklists import PRIORITIES, QUEUES
from models.entities import MILLION, TICKET
from models.instants import MINUTE
from models.ledger import NONE, Scope
from service.kpis.companions import NOTHING
from service.kpis.reopen_rate import REOPEN_RATE
from service.kpis.sla import COVERAGE, SLA_TRIAGE
from service.kpis.watched import HISTORY_COVERAGE
from service.metrics.families import Families
from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import Key
from service.scorecards.at_risk import SLA_KEYS, Band
from service.scorecards.burn import business_calendar, event_of
from service.scorecards.evidence import text_of
from service.scorecards.open_tickets import Due, due_events, most_urgent, open_tickets
from service.scorecards.roster import names
from service.scorecards.scopes import picklist_labels
from service.scorecards.scorecard import Board
from service.scorecards.sums import read_sums
from service.scorecards.windows import Window

NOBODY = "none"
LAST = 99
"""The place of a priority that is in no picklist, or none."""
_CREATED = f"{SLA_TRIAGE.key}.{COVERAGE}"
_COMPLETED = f"{REOPEN_RATE.key}.{HISTORY_COVERAGE}"
FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "open_tickets": ("Scored tickets that are not complete, by the queue they are in.", ("queue", "priority")),
    "queue_info": ("A queue's name, its id while the picklist is unread; always 1.", ("queue", "name")),
    "priority_info": (
        "A priority's name, its id while the picklist is unread, and its place in Autotask's order; always 1.",
        ("priority", "name", "place"),
    ),
    "unassigned_tickets": ("Open tickets that nobody holds.", ("queue",)),
    "sla_at_risk": ("Open SLA events by how soon they are due, in business time.", ("event", "queue", "band")),
    "sla_at_risk_ticket_minutes": (
        "Business minutes left of the events most urgent now, at most fifteen; negative when over.",
        ("slot", "event", "ticket", "queue", "tech"),
    ),
    "tickets_created": ("Scored tickets created in the window.", ("queue", "window")),
    "tickets_completed": ("Completions of scored tickets in the window.", ("queue", "window")),
    "tickets_reopened": ("Completions of the window that were undone within seven days.", ("queue", "window")),
}


def add_tickets(families: Families, board: Board, queues: Collection[int], shown: Callable[[int, str], str]) -> None:
    """What is open and what is due; queues that ever had a figure start at 0."""
    desk = open_tickets(board.view)
    there = sorted({*queues, *(queue_id for queue_id, _ in desk.open)})
    priorities = sorted({priority for _, priority in desk.open})
    for queue_id, priority in product(there, priorities):
        number = desk.open.get((queue_id, priority), 0)
        families.add("open_tickets", number, queue_label(queue_id), _id_label(priority))
    _add_queue_names(families, board, there)
    _add_priority_names(families, board, priorities)
    for queue_id in there:
        families.add("unassigned_tickets", desk.unassigned.get(queue_id, 0), queue_label(queue_id))
    calendar = business_calendar(board.view)
    events = due_events(board.view, calendar)
    counted = Counter((one.kpi, one.queue_id, one.band) for one in events)
    for kpi, queue_id, band in product(SLA_KEYS, there, Band):
        number = counted.get((kpi, queue_id, band), 0)
        families.add("sla_at_risk", number, event_of(kpi), queue_label(queue_id), band.value)
    _add_urgent(families, board, most_urgent(board.view, calendar, events), shown)


def add_flow(families: Families, board: Board, days: Window, queues: Collection[int]) -> None:
    """What was created, completed and reopened in a window."""
    measures = (_CREATED, _COMPLETED, REOPEN_RATE.key)
    sums = read_sums(board.view.connection, measures, Scope.QUEUE, queues, days.first_day, days.last_day)
    for queue_id in queues:
        created, completed, kept = (sums.get((measure, queue_id), NOTHING) for measure in measures)
        labels = (queue_label(queue_id), days.name)
        families.add("tickets_created", created.denominator / MILLION, *labels)
        families.add("tickets_completed", completed.denominator / MILLION, *labels)
        families.add("tickets_reopened", kept.numerator / MILLION, *labels)


def queue_label(queue_id: int) -> str:
    """A queue's id as text; ``none`` for no queue."""
    return _id_label(queue_id)


def _add_queue_names(families: Families, board: Board, queues: Iterable[int]) -> None:
    labels = picklist_labels(board.view.connection, QUEUES)
    for number in queues:
        families.add("queue_info", 1, _id_label(number), _name(labels, number, "queue"))


def _add_priority_names(families: Families, board: Board, priorities: Iterable[int]) -> None:
    labels = picklist_labels(board.view.connection, PRIORITIES)
    places = {number: place for place, number in enumerate(labels, 1)}
    for number in priorities:
        place = f"{places.get(number, LAST):02}"
        families.add("priority_info", 1, _id_label(number), _name(labels, number, "priority"), place)


def _name(labels: Mapping[int, str], number: int, kind: str) -> str:
    return f"no {kind}" if number == NONE else labels.get(number) or str(number)


def _id_label(number: int) -> str:
    return NOBODY if number == NONE else str(number)


def _add_urgent(families: Families, board: Board, urgent: Iterable[Due], shown: Callable[[int, str], str]) -> None:
    listed = list(urgent)
    tickets = load_states(board.view.connection, {Key(TICKET, one.ticket_id) for one in listed})
    holders = names(board.view.connection, {one.tech_id for one in listed})
    for slot, one in enumerate(listed, 1):
        number = text_of(tickets.get(Key(TICKET, one.ticket_id)), "ticketNumber") or str(one.ticket_id)
        tech = shown(one.tech_id, holders[one.tech_id]) if one.tech_id in holders else NOBODY
        labels = (f"{slot:02}", event_of(one.kpi), number, queue_label(one.queue_id), tech)
        families.add("sla_at_risk_ticket_minutes", one.left / MINUTE, *labels)
