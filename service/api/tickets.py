"""``GET /api/v1/tickets/{id}/story``: all that is known of a ticket, and why each KPI counts it as it does."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from ingest.autotask.catalogue import CATALOGUE, Kind
from models.entities import MILLION, TICKET, Value
from models.errors import Refused
from models.instants import Instant, isoformat
from models.settings import Settings
from service.access.guard import needs, principal_of
from service.access.scopes import Need, Principal
from service.api import examples
from service.api.asking import IdInPath
from service.api.evidence import id_or_null
from service.api.figures import answer
from service.api.reader import Figures
from service.api.scorecard import date_text
from service.links import ticket_url
from service.reading import View
from service.scorecards.tickets import PERSON_FIELDS, SOMEBODY_ELSE, Made, Seen, TicketAccount, account, own
from service.web import web_of

ELSE = "somebody_else"

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))


@router.get("/api/v1/tickets/{ticket_id}/story", response_model=None, responses=examples.STORY)
def read_story(request: Request, reader: Figures, ticket_id: IdInPath) -> Response:
    """The ticket now, every sighting with what it changed, its time entries, its SLA, and each contribution.

    ``left_out``: the KPIs that do not count it, and why. With a technician's own token a ticket that is not theirs
    is not found, and other people in it are ``somebody_else``.
    """
    settings = web_of(request).settings
    return answer(
        request,
        reader,
        lambda view: story_document(account_for(view, principal_of(request), ticket_id), view, settings),
    )


def account_for(view: View, principal: Principal, ticket_id: int) -> TicketAccount:
    """A ticket as far as the principal may see it; ``Refused`` 404 ``unknown_ticket``."""
    found = account(view, ticket_id)
    if found is not None and not principal.may(Need.READ):
        found = None if principal.technician_id is None else own(found, principal.technician_id)
    if found is None:
        raise Refused("unknown_ticket", HTTPStatus.NOT_FOUND, "no fact of such a ticket was read")
    return found


def story_document(ticket: TicketAccount, view: View, settings: Settings) -> dict[str, Any]:
    """A ticket's story as the API writes it."""
    return {
        "ticket_id": ticket.ticket_id,
        "ticket_number": ticket.number,
        "title": ticket.title,
        "url": ticket_url(settings, ticket.ticket_id),
        "as_of": isoformat(view.as_of),
        "position": view.version.position,
        "exists": ticket.exists,
        "now": {name: field_document(name, value) for name, value in ticket.now.items()},
        "timeline": [_seen(one) for one in ticket.sightings],
        "timeline_left_out": ticket.sightings_left_out,
        "time_entries": [
            {
                "entry_id": one.entry_id,
                "tech_id": one.resource_id,
                "started_at": _time(one.started),
                "ended_at": _time(one.ended),
                "created_at": _time(one.created),
                "hours": None if one.hours is None else one.hours / MILLION,
                "exists": one.exists,
            }
            for one in ticket.entries
        ],
        "time_entries_left_out": ticket.entries_left_out,
        "sla": {
            "name": ticket.sla_name,
            "events": [
                {
                    "kpi": one.kpi,
                    "due_at": _time(one.due),
                    "happened_at": _time(one.happened),
                    "verdict": one.verdict,
                    "tech_id": _person(one.person_id),
                }
                for one in ticket.sla
            ],
        },
        "contributions": [made_document(one) for one in ticket.made],
        "left_out": [
            {"kpi": one.kpi, "outcome": one.outcome, "reason": one.reason, "reason_words": one.reason_words or None}
            for one in ticket.made
            if one.is_value and one.subject_type == TICKET and one.outcome != "counted"
        ],
    }


def made_document(one: Made) -> dict[str, Any]:
    """A contribution as the API writes it, with its rule and reason in words."""
    return {
        "kpi": one.kpi,
        "measure": one.measure,
        "subject_type": one.subject_type,
        "subject_id": one.subject_id,
        "tech_id": id_or_null(one.tech_id),
        "queue_id": id_or_null(one.queue_id),
        "company_id": id_or_null(one.company_id),
        "day": date_text(one.day),
        "happened_at": isoformat(one.happened_at),
        "numerator": one.numerator,
        "denominator": one.denominator,
        "sample": one.sample,
        "outcome": one.outcome,
        "rule": one.rule or None,
        "rule_words": one.rule_words or None,
        "reason": one.reason or None,
        "reason_words": one.reason_words or None,
        "provisional": bool(one.provisional),
    }


def field_document(name: str, value: Value) -> object:
    """A ticket's field as the API writes it: times in ISO 8601, decimals as numbers."""
    if name in PERSON_FIELDS and isinstance(value, int):
        return _person(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    kind = CATALOGUE[TICKET].fields[name].kind
    if kind is Kind.INSTANT:
        return isoformat(value)
    return value / MILLION if kind is Kind.DECIMAL else value


def _seen(one: Seen) -> dict[str, Any]:
    return {
        "seen_at": isoformat(one.seen_at),
        "changed_at": _time(one.changed_at),
        "origin": one.origin,
        "created": one.created,
        "actor_id": _person(one.actor_id),
        "changes": [
            {
                "field": change.name,
                "at": isoformat(change.at),
                "from": field_document(change.name, change.before),
                "to": field_document(change.name, change.after),
                "first_seen": change.first,
            }
            for change in one.changes
        ],
    }


def _person(number: int | None) -> int | str | None:
    return ELSE if number == SOMEBODY_ELSE else number


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else isoformat(instant)
