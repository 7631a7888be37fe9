"""The pages behind the wall's numbers: ``/kpis/{kpi}``, ``/technicians/{id}``, ``/tickets/{id}``,
``/at-risk``, ``/coaching``, ``/doctor``.

Plain documents without a script: they show one moment, say which, and are asked for again to see another.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from models.errors import Refused, StorageUnavailable
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
from service.api.figures import etag
from service.api.reader import Figures
from service.api.tickets import account_for
from service.coaching.brief import brief
from service.links import ticket_url
from service.pages import assets, render
from service.pages.at_risk import at_risk_sheet
from service.pages.coaching import brief_sheet, coaching_sheet
from service.pages.doctor import doctor_sheet
from service.pages.evidence import evidence_sheet
from service.pages.technician import technician_sheet
from service.pages.ticket import ticket_sheet
from service.reading import NoFiguresYet, Reader, View
from service.scorecards.evidence import evidence
from service.scorecards.scorecard import DEFAULT_WINDOW, Board
from service.scorecards.windows import UnknownWindow
from service.sources import sources
from service.web import web_of

_HTML = "text/html; charset=utf-8"
_SAYS = {
    "unknown_ticket": "No fact of this ticket has arrived, or it is not yours to see.",
    "unknown_technician": "No fact and no figure names this technician.",
    "unknown_kpi": "There is no such KPI.",
    "unknown_plan": "There is no such plan, or it is not yours to see.",
    "scope_missing": "Your token shows your own numbers only.",
}

router = APIRouter()
_own = APIRouter(include_in_schema=False, route_class=needs(Need.OWN))
_all = APIRouter(include_in_schema=False, route_class=needs(Need.READ))


@_own.get("/kpis/{kpi}", response_model=None)
def kpi_page(request: Request, reader: Figures, kpi: str, query: Annotated[EvidenceQuery, Query()]) -> Response:
    """A figure and the rows behind it."""

    def body(view: View) -> str:
        require_kpi(kpi)
        board = Board(view)
        asking = asking_of(board, principal_of(request), kpi, query)
        page = evidence(view.connection, asking, cursor_asked(query.cursor), query.limit)
        values = evidence_sheet(view, kpi, query, asking, page, board.reasons.get(kpi))
        return render.sheet("evidence.html", values.title, sheet=values)

    return _answer(request, reader, body)


@_own.get("/technicians/{tech_id}", response_model=None)
def technician_page(request: Request, reader: Figures, tech_id: IdInPath, window: str = DEFAULT_WINDOW) -> Response:
    """A technician's figures, misses, and what was left out."""

    def body(view: View) -> str:
        principal_of(request).require_technician(tech_id)
        require_known(view, Scope.TECH, tech_id)
        values = technician_sheet(Board(view), tech_id, window)
        return render.sheet("technician.html", values.name, sheet=values)

    return _answer(request, reader, body)


@_own.get("/tickets/{ticket_id}", response_model=None)
def ticket_page(request: Request, reader: Figures, ticket_id: IdInPath) -> Response:
    """A ticket's story."""

    def body(view: View) -> str:
        ticket = account_for(view, principal_of(request), ticket_id)
        values = ticket_sheet(view, ticket, ticket_url(web_of(request).settings, ticket_id))
        return render.sheet("ticket.html", values.number, sheet=values)

    return _answer(request, reader, body)


@_own.get("/at-risk", response_model=None)
def at_risk_page(request: Request, reader: Figures) -> Response:
    """Open tickets about to breach; a technician's own token shows their own."""

    def body(view: View) -> str:
        principal = principal_of(request)
        tech_id = None if principal.may(Need.READ) else principal.technician_id
        return render.sheet("at_risk.html", "At risk", sheet=at_risk_sheet(view, tech_id))

    return _answer(request, reader, body)


@_own.get("/coaching", response_model=None)
def coaching_page(request: Request, reader: Figures) -> Response:
    """Coaching plans, open and closed; a technician's own token shows their own."""

    def body(view: View) -> str:
        principal = principal_of(request)
        found = visible_plans(web_of(request), principal)
        values = coaching_sheet(Board(view), found, writes=principal.may(Need.MANAGE))
        return render.sheet("coaching.html", "Coaching", sheet=values)

    return with_forms(_answer(request, reader, body, tag_of_body=True))


@_own.get("/coaching/{plan_id}", response_model=None)
def brief_page(request: Request, reader: Figures, plan_id: IdInPath) -> Response:
    """The brief of a plan, to be printed or held up at the talk."""

    def body(view: View) -> str:
        board = Board(view)
        made = brief(board, known_plan(request, plan_id))
        values = brief_sheet(board, made, writes=principal_of(request).may(Need.MANAGE))
        return render.sheet("brief.html", f"{values.line.name}: {values.line.title}", sheet=values)

    return with_forms(_answer(request, reader, body, tag_of_body=True))


@_all.get("/doctor", response_model=None)
def doctor_page(request: Request, reader: Figures) -> Response:
    """What can be measured here, what cannot, and what to change; which source says nothing."""
    database = web_of(request).database

    def body(view: View) -> str:
        return render.sheet("doctor.html", "Doctor", sheet=doctor_sheet(view, sources(database, view)))

    return _answer(request, reader, body)


def _answer(request: Request, reader: Reader, body: Callable[[View], str], *, tag_of_body: bool = False) -> Response:
    """The page, 304 when the browser has it, or a page that says why there is none.

    ``tag_of_body``: for what may change without a new version of the figures (what people write).
    """
    try:
        with reader.view() as view:
            made = body(view) if tag_of_body else None
            basis = etag(view.version, request) + assets.VERSION if made is None else made
            tag = f'W/"{sha256(basis.encode()).hexdigest()[:24]}"'
            headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
            if tag in {one.strip() for one in request.headers.get("if-none-match", "").split(",")}:
                return Response(status_code=304, headers=headers)
            return Response(body(view) if made is None else made, 200, headers, _HTML)
    except Refused as error:
        return refused(error)
    except UnknownWindow as error:
        return _notice(400, "There is no such window", str(error))
    except NoFiguresYet as error:
        return _notice(503, "No figures yet", str(error))
    except StorageUnavailable:
        return _notice(503, "The database cannot be reached", "Try again in a moment.")


def refused(error: Refused) -> Response:
    """The page that says why not."""
    title = "Not found" if error.status == 404 else "Not possible"
    return _notice(error.status, title, _SAYS.get(error.reason, error.detail))


def with_forms(page: Response) -> Response:
    """A page whose forms send their origin along, which the policy no-referrer would hide (``Origin: null``)."""
    page.headers["Referrer-Policy"] = "same-origin"
    return page


def _notice(status: int, title: str, detail: str) -> Response:
    return Response(render.sheet("sheet_notice.html", title, detail=detail), int(status), {}, _HTML)


router.include_router(_own)
router.include_router(_all)
