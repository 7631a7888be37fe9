"""``GET /api/v1/tickets/at-risk``: who is about to breach, in business time (design §6)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from models.instants import MINUTE, isoformat
from models.settings import Settings
from service.access.guard import needs, principal_of
from service.access.scopes import Need, Principal
from service.api.asking import MOST, ROWS
from service.api.evidence import id_or_null
from service.api.examples import answers
from service.api.figures import answer
from service.api.reader import Figures
from service.links import ticket_url
from service.reading import View
from service.scorecards.at_risk import Risk, risks
from service.scorecards.burn import event_of
from service.scorecards.evidence import MOST_ROWS
from service.web import web_of

_EXAMPLE = {
    "as_of": "2026-09-14T12:00:00Z",
    "items": [
        {
            "ticket_id": 351182,
            "ticket_number": "T20260914.0099",
            "title": "Printer on fire",
            "url": None,
            "event": "triage",
            "due": "2026-09-14T12:20:00Z",
            "minutes_left": 20,
            "business_time": True,
            "band": "30m",
            "at_risk": True,
            "tech_id": None,
            "holder": None,
            "queue_id": 29682833,
            "company_id": 7,
            "priority": 2,
        }
    ],
    "next_cursor": None,
}

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))


class AtRiskQuery(BaseModel):
    """Which of the open events are wanted; ``cursor`` is how many came before."""

    tech_id: int | None = Field(default=None, ge=0, le=MOST)
    queue_id: int | None = Field(default=None, ge=0, le=MOST)
    event: str = Field(default="", max_length=20, pattern="^[a-z]*$", description="triage, engagement or completion")
    all: bool = Field(default=False, description="those not at risk yet, too")
    cursor: int = Field(default=0, ge=0, le=1_000_000)
    limit: int = Field(default=ROWS, ge=1, le=MOST_ROWS)


@router.get(
    "/api/v1/tickets/at-risk",
    response_model=None,
    responses=answers(_EXAMPLE, scope_missing="403"),
)
def read_at_risk(request: Request, reader: Figures, query: Annotated[AtRiskQuery, Query()]) -> Response:
    """Open SLA events at risk or over, the most urgent first; a technician's own token is given their own."""
    settings, principal = web_of(request).settings, principal_of(request)
    if query.tech_id is not None:
        principal.require_technician(query.tech_id)

    def document(view: View) -> object:
        found = [one for one in risks(view) if _wanted(one, query, principal)]
        page = found[query.cursor : query.cursor + query.limit]
        more = query.cursor + len(page)
        return {
            "as_of": isoformat(view.as_of),
            "items": [risk_document(one, settings) for one in page],
            "next_cursor": str(more) if more < len(found) else None,
        }

    return answer(request, reader, document)


def _wanted(one: Risk, query: AtRiskQuery, principal: Principal) -> bool:
    tech_id = query.tech_id if principal.may(Need.READ) else principal.technician_id
    return (
        (query.all or one.at_risk)
        and tech_id in (None, one.tech_id)
        and query.queue_id in (None, one.queue_id)
        and query.event in ("", event_of(one.kpi))
    )


def risk_document(one: Risk, settings: Settings) -> dict[str, Any]:
    """A risk as the API writes it; ``business_time`` false where minutes are plain ones."""
    return {
        "ticket_id": one.ticket_id,
        "ticket_number": one.ticket_number,
        "title": one.title,
        "url": ticket_url(settings, one.ticket_id),
        "event": event_of(one.kpi),
        "due": isoformat(one.due),
        "minutes_left": one.left // MINUTE,
        "business_time": not one.plain,
        "band": one.band.value,
        "at_risk": one.at_risk,
        "tech_id": id_or_null(one.tech_id),
        "holder": one.holder,
        "queue_id": id_or_null(one.queue_id),
        "company_id": id_or_null(one.company_id),
        "priority": id_or_null(one.priority),
    }
