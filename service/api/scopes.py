"""One scope's figures: a technician's, a queue's, a company's; and which queues and companies have any (design §6)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from models.instants import isoformat
from models.ledger import Scope
from service.access.guard import needs, principal_of
from service.access.scopes import Need
from service.api import examples
from service.api.asking import MOST, IdInPath, Limit, require_known
from service.api.figures import answer
from service.api.reader import Figures
from service.api.scorecard import kpi_document, number, window_document
from service.reading import View
from service.scorecards import roster
from service.scorecards.scopes import company_names, ids_after, queue_names
from service.scorecards.scorecard import DEFAULT_WINDOW, Board
from service.scorecards.windows import Window

ITEMS = 200
After = Annotated[int, Query(ge=-1, le=MOST)]
_BEFORE_ALL = -1

_own = APIRouter(tags=["figures"], route_class=needs(Need.OWN))
_all = APIRouter(tags=["figures"], route_class=needs(Need.READ))


@_own.get("/api/v1/technicians/{tech_id}/scorecard", response_model=None, responses=examples.TECHNICIAN)
def read_technician(request: Request, reader: Figures, tech_id: IdInPath, window: str = DEFAULT_WINDOW) -> Response:
    """One technician's score, band, focus and figures, whether or not they have a row in that window."""
    principal_of(request).require_technician(tech_id)

    def document(view: View) -> object:
        board = Board(view)
        whole = board.window(window)
        require_known(view, Scope.TECH, tech_id)
        card = board.technician(whole, tech_id, roster.names(view.connection, [tech_id])[tech_id])
        told = {"name": card.name, "score": number(card.score), "band": card.band, "focus": card.focus}
        kpis = [kpi_document(figure) for figure in card.kpis]
        return {**_moment(view, whole), "tech_id": tech_id, **told, "kpis": kpis}

    return answer(request, reader, document)


@_all.get("/api/v1/queues", response_model=None, responses=examples.QUEUES)
def list_queues(request: Request, reader: Figures, cursor: After = _BEFORE_ALL, limit: Limit = ITEMS) -> Response:
    """The queues in which any KPI ever had a figure. Names are null until picklists are read."""

    def document(view: View) -> object:
        names = queue_names(view.connection)
        ids = _ids(view, Scope.QUEUE, cursor, limit)
        return _items([{"queue_id": one, "name": names.get(one)} for one in ids], "queue_id", limit)

    return answer(request, reader, document)


@_all.get("/api/v1/queues/{queue_id}/scorecard", response_model=None, responses=examples.QUEUE)
def read_queue(request: Request, reader: Figures, queue_id: IdInPath, window: str = DEFAULT_WINDOW) -> Response:
    """One queue's figures. A queue has no score: people have."""

    def document(view: View) -> object:
        return _figures(view, window, Scope.QUEUE, queue_id, queue_names(view.connection).get(queue_id))

    return answer(request, reader, document)


@_all.get("/api/v1/companies", response_model=None, responses=examples.COMPANIES)
def list_companies(request: Request, reader: Figures, cursor: After = _BEFORE_ALL, limit: Limit = ITEMS) -> Response:
    """The companies of which any KPI ever had a figure."""

    def document(view: View) -> object:
        ids = _ids(view, Scope.COMPANY, cursor, limit)
        names = company_names(view.connection, ids)
        return _items([{"company_id": one, "name": names[one]} for one in ids], "company_id", limit)

    return answer(request, reader, document)


@_all.get("/api/v1/companies/{company_id}/scorecard", response_model=None, responses=examples.COMPANY)
def read_company(request: Request, reader: Figures, company_id: IdInPath, window: str = DEFAULT_WINDOW) -> Response:
    """One company's figures."""

    def document(view: View) -> object:
        name = company_names(view.connection, [company_id])[company_id]
        return _figures(view, window, Scope.COMPANY, company_id, name)

    return answer(request, reader, document)


def _ids(view: View, scope: Scope, after: int, limit: int) -> list[int]:
    """One more than asked for, to know whether there are more."""
    return ids_after(view.connection, scope, after, limit + 1)


def _items(found: list[dict[str, Any]], key: str, limit: int) -> dict[str, Any]:
    items = found[:limit]
    return {"items": items, "next_cursor": str(items[-1][key]) if len(found) > limit else None}


def _figures(view: View, window: str, scope: Scope, scope_id: int, name: str | None) -> dict[str, Any]:
    board = Board(view)
    whole = board.window(window)
    require_known(view, scope, scope_id)
    figures = board.figures(whole, scope, (scope_id,))[scope_id]
    return {
        **_moment(view, whole),
        f"{scope.value}_id": scope_id,
        "name": name,
        "kpis": [kpi_document(figure) for figure in figures],
    }


def _moment(view: View, whole: Window) -> dict[str, Any]:
    return {
        "as_of": isoformat(view.as_of),
        "position": view.version.position,
        "generation": view.version.generation,
        "window": window_document(whole),
    }


router = APIRouter()
router.include_router(_own)
router.include_router(_all)
