"""The values of the page ``/tickets/{id}``: the ticket now, its SLA, what each KPI made of it and why, its timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.autotask.catalogue import CATALOGUE, Kind
from models.entities import MILLION, TICKET, Value
from models.instants import Instant
from service.pages import words
from service.pages.rows import holders, verdict_of
from service.pages.words import DEFINITIONS, Tone
from service.reading import View
from service.scorecards.scopes import company_names
from service.scorecards.tickets import PERSON_FIELDS, SOMEBODY_ELSE, FieldChange, TicketAccount

_LABELS = {
    "status": "Status",
    "queueID": "Queue",
    "assignedResourceID": "Primary",
    "priority": "Priority",
    "ticketType": "Type",
    "completedByResourceID": "Completed by",
    "estimatedHours": "Estimate",
    "completedDate": "Completed",
    "firstResponseDateTime": "First response",
    "firstResponseDueDateTime": "First response due",
    "resolutionPlanDateTime": "Resolution plan",
    "resolutionPlanDueDateTime": "Resolution plan due",
    "resolvedDateTime": "Resolved",
    "resolvedDueDateTime": "Resolved due",
}
_ORIGINS = {
    "history": "told by the ticket's history",
    "row": "read over REST",
    "webhook": "webhook",
    "delete": "deleted",
}
_FACTS = ("status", "priority", "queueID", "assignedResourceID")
_NOTHING = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Step:
    """One sighting: when, where it came from, who, and each change as field, from, to and its own time if another."""

    when: str
    origin: str
    who: str
    changes: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One contribution: of which KPI, what it says, to whom, when, by which rule and reason."""

    title: str
    subject: str
    tone: Tone
    verdict: str
    provisional: bool
    holder: str
    when: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class TicketSheet:
    """Everything the template shows. All text is as outsiders wrote it."""

    ticket_id: int
    number: str
    title: str
    url: str
    exists: bool
    as_of: str
    facts: tuple[tuple[str, str], ...]
    sla_name: str
    sla: tuple[tuple[str, str, str, str], ...]
    judged: tuple[Judged, ...]
    entries: tuple[tuple[str, str, str, str, bool], ...]
    entries_left_out: int
    steps: tuple[Step, ...]
    steps_left_out: int


class _Teller:
    """Values in words at one moment."""

    def __init__(self, view: View, people: Mapping[int, str]) -> None:
        self._view = view
        self._people = people

    def time(self, instant: Instant | None) -> str:
        return _NOTHING if instant is None else words.moment(instant, self._view.as_of, self._view.policy.zone)

    def person(self, number: object) -> str:
        if number == SOMEBODY_ELSE:
            return "Somebody else"
        return self._people.get(number, f"Resource {number}") if isinstance(number, int) else _NOTHING

    def field(self, name: str, value: Value) -> str:
        if value is None:
            return _NOTHING
        if name in PERSON_FIELDS:
            return self.person(value)
        kind = CATALOGUE[TICKET].fields[name].kind
        if isinstance(value, int) and kind is Kind.INSTANT:
            return self.time(value)
        if isinstance(value, int) and kind is Kind.DECIMAL:
            return f"{value / MILLION:g} h"
        return str(value)


def ticket_sheet(view: View, ticket: TicketAccount, url: str | None) -> TicketSheet:
    """The page's values. ``url``: the ticket in Autotask, where that is known."""
    tell = _Teller(view, holders(view.connection, _people(ticket)))
    company = ticket.now["companyID"]
    facts = [(_LABELS[name], tell.field(name, ticket.now[name])) for name in _FACTS]
    if isinstance(company, int):
        facts.append(("Company", company_names(view.connection, [company])[company] or f"Company {company}"))
    return TicketSheet(
        ticket_id=ticket.ticket_id,
        number=ticket.number or f"#{ticket.ticket_id}",
        title=ticket.title or "(no title yet)",
        url=url or "",
        exists=ticket.exists,
        as_of=words.clock_time(view.as_of, view.policy.zone),
        facts=tuple(facts),
        sla_name=ticket.sla_name or "",
        sla=tuple(
            (DEFINITIONS[one.kpi].title, tell.time(one.due), tell.time(one.happened), _VERDICTS[one.verdict])
            for one in ticket.sla
        ),
        judged=_judged(ticket, tell),
        entries=tuple(
            (
                tell.person(one.resource_id),
                tell.time(one.started),
                tell.time(one.created),
                _NOTHING if one.hours is None else f"{one.hours / MILLION:g} h",
                one.exists,
            )
            for one in ticket.entries
        ),
        entries_left_out=ticket.entries_left_out,
        steps=tuple(
            Step(
                when=tell.time(one.changed_at if one.changed_at is not None else one.seen_at),
                origin="created" if one.created else _ORIGINS[one.origin],
                who="" if one.actor_id is None else tell.person(one.actor_id),
                changes=tuple(_change(tell, change, one.seen_at) for change in one.changes),
            )
            for one in reversed(ticket.sightings)
        ),
        steps_left_out=ticket.sightings_left_out,
    )


_VERDICTS = {None: _NOTHING, True: "met", False: "missed"}


def _change(tell: _Teller, change: FieldChange, seen_at: Instant) -> tuple[str, str, str, str]:
    before = "" if change.first else tell.field(change.name, change.before)
    at = "" if change.at == seen_at else tell.time(change.at)
    return _LABELS.get(change.name, change.name), before, tell.field(change.name, change.after), at


def _judged(ticket: TicketAccount, tell: _Teller) -> tuple[Judged, ...]:
    found = []
    for one in ticket.made:
        if not one.is_value:
            continue
        definition = DEFINITIONS[one.kpi]
        tone, verdict = verdict_of(definition, one.outcome, one.numerator, one.denominator)
        found.append(
            Judged(
                title=definition.title,
                subject="" if one.subject_type == TICKET else f"entry {one.subject_id}",
                tone=tone,
                verdict=verdict,
                provisional=bool(one.provisional),
                holder=tell.person(one.tech_id),
                when=tell.time(one.happened_at),
                rule=one.rule_words,
                why=one.reason_words or one.reason,
            )
        )
    return tuple(found)


def _people(ticket: TicketAccount) -> list[int]:
    named: set[Value] = {ticket.now[name] for name in PERSON_FIELDS}
    named |= {one.resource_id for one in ticket.entries} | {one.tech_id for one in ticket.made}
    for seen in ticket.sightings:
        named.add(seen.actor_id)
        for change in seen.changes:
            if change.name in PERSON_FIELDS:
                named |= {change.before, change.after}
    return [number for number in named if isinstance(number, int) and number >= 0]
