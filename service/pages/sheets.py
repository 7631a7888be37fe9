"""The pages behind the wall's numbers: ``/kpis/{kpi}``, ``/technicians/{id}``, ``/tickets/{id}``, ``/at-risk``,
``/coaching``, ``/doctor``; ``/scorecard`` and ``/health`` are in ``overviews.py``.

Documents that are whole without a script: they show one moment and say which. With it (``static/sheet.js``) they ask
for themselves again whenever the figures move.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from models.ledger import Scope
from service.access.guard import needs, principal_of
from service.access.scopes import Need
from service.api.asking import (
    EvidenceQuery,
    IdInPath,
    asking_of,
    cursor_asked,
    require_known,
    require_kpi,
)
from service.api.coaching import known_plan, visible_plans
from service.api.reader import Figures
from service.api.tickets import account_for
from service.coaching.brief import brief
from service.links import ticket_url
from service.pages.answering import answer_page, page_of, with_forms
from service.pages.at_risk import at_risk_sheet
from service.pages.coaching import brief_sheet, coaching_sheet, lines_of
from service.pages.doctor import doctor_sheet
from service.pages.evidence import evidence_sheet
from service.pages.explained import explained
from service.pages.technician import technician_sheet
from service.pages.ticket import ticket_sheet
from service.reading import View
from service.scorecards.evidence import evidence
from service.scorecards.scorecard import DEFAULT_WINDOW, Board
from service.sources import sources
from service.web import web_of

router = APIRouter()
_own = APIRouter(include_in_schema=False, route_class=needs(Need.OWN))
_all = APIRouter(include_in_schema=False, route_class=needs(Need.READ))


@_own.get("/kpis/{kpi}", response_model=None)
def kpi_page(request: Request, reader: Figures, kpi: str, query: Annotated[EvidenceQuery, Query()]) -> Response:
    """A KPI: what it means, how it went, whose it is, and the rows behind it."""

    def body(view: View) -> str:
        require_kpi(kpi)
        board = Board(view)
        asking = asking_of(board, principal_of(request), kpi, query)
        page = evidence(view.connection, asking, cursor_asked(query.cursor), query.limit)
        values = evidence_sheet(board, kpi, query, asking, page, explained(board, kpi, query, principal_of(request)))
        return page_of(request, view, "evidence.html", values.title, values)

    return answer_page(request, reader, body)


@_own.get("/technicians/{tech_id}", response_model=None)
def technician_page(request: Request, reader: Figures, tech_id: IdInPath, window: str = DEFAULT_WINDOW) -> Response:
    """A technician's figures with their months, plans, misses, and what was left out."""

    def body(view: View) -> str:
        principal_of(request).require_technician(tech_id)
        require_known(view, Scope.TECH, tech_id)
        board = Board(view)
        plans = lines_of(board, visible_plans(web_of(request), principal_of(request)), tech_id)
        values = technician_sheet(board, tech_id, window, plans)
        return page_of(request, view, "technician.html", values.name, values)

    return answer_page(request, reader, body, tag_of_body=True)


@_own.get("/tickets/{ticket_id}", response_model=None)
def ticket_page(request: Request, reader: Figures, ticket_id: IdInPath) -> Response:
    """A ticket's story."""

    def body(view: View) -> str:
        ticket = account_for(view, principal_of(request), ticket_id)
        values = ticket_sheet(view, ticket, ticket_url(web_of(request).settings, ticket_id))
        return page_of(request, view, "ticket.html", values.number, values)

    return answer_page(request, reader, body)


@_own.get("/at-risk", response_model=None)
def at_risk_page(request: Request, reader: Figures) -> Response:
    """Open tickets about to breach; a technician's own token shows their own."""

    def body(view: View) -> str:
        principal = principal_of(request)
        tech_id = None if principal.may(Need.READ) else principal.technician_id
        return page_of(request, view, "at_risk.html", "At risk", at_risk_sheet(view, tech_id))

    return answer_page(request, reader, body)


@_own.get("/coaching", response_model=None)
def coaching_page(request: Request, reader: Figures) -> Response:
    """Coaching plans, open and closed; a technician's own token shows their own."""

    def body(view: View) -> str:
        principal = principal_of(request)
        found = visible_plans(web_of(request), principal)
        values = coaching_sheet(Board(view), found, writes=principal.may(Need.MANAGE))
        return page_of(request, view, "coaching.html", "Coaching", values)

    return with_forms(answer_page(request, reader, body, tag_of_body=True))


@_own.get("/coaching/{plan_id}", response_model=None)
def brief_page(request: Request, reader: Figures, plan_id: IdInPath) -> Response:
    """The brief of a plan, to be printed or held up at the talk."""

    def body(view: View) -> str:
        board = Board(view)
        made = brief(board, known_plan(request, plan_id))
        values = brief_sheet(board, made, writes=principal_of(request).may(Need.MANAGE))
        return page_of(request, view, "brief.html", f"{values.line.name}: {values.line.title}", values)

    return with_forms(answer_page(request, reader, body, tag_of_body=True))


@_all.get("/doctor", response_model=None)
def doctor_page(request: Request, reader: Figures) -> Response:
    """What can be measured here, what cannot, and what to change; which source says nothing."""
    database = web_of(request).database

    def body(view: View) -> str:
        return page_of(request, view, "doctor.html", "Doctor", doctor_sheet(view, sources(database, view)))

    return answer_page(request, reader, body)


router.include_router(_own)
router.include_router(_all)
