"""``GET /api/v1/kpis/{kpi}/evidence``: the exact rows behind a figure, and why others do not count (I10)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from models.instants import isoformat
from models.settings import Settings
from service.access.guard import needs, principal_of
from service.access.scopes import Need
from service.api import examples
from service.api.asking import EvidenceQuery, asking_of, cursor_asked, require_kpi
from service.api.figures import answer
from service.api.reader import Figures
from service.api.scorecard import date_text
from service.links import ticket_url
from service.reading import View
from service.scorecards.evidence import Evidence, evidence
from service.scorecards.scorecard import Board
from service.web import web_of

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))


@router.get("/api/v1/kpis/{kpi}/evidence", response_model=None, responses=examples.EVIDENCE)
def read_evidence(request: Request, reader: Figures, kpi: str, query: Annotated[EvidenceQuery, Query()]) -> Response:
    """Every contribution to a KPI in a scope and window, newest first, with the sums of all of them.

    Numerators and denominators are in millionths; nobody and none are null. The sums are those of the scorecard's
    figure for the same scope and window. A technician's own token is given that technician's rows.
    """
    require_kpi(kpi)
    place = cursor_asked(query.cursor)
    settings = web_of(request).settings

    def document(view: View) -> object:
        board = Board(view)
        asking = asking_of(board, principal_of(request), kpi, query)
        page = evidence(view.connection, asking, place, query.limit)
        return {
            "kpi": kpi,
            "as_of": isoformat(view.as_of),
            "position": view.version.position,
            "window": {"name": query.window, "from": date_text(asking.first_day), "to": date_text(asking.last_day)},
            "totals": {
                "numerator": page.totals.numerator,
                "denominator": page.totals.denominator,
                "sample_size": page.totals.sample,
                "provisional": page.totals.provisional,
            },
            "items": [row_document(row, settings) for row in page.rows],
            "next_cursor": None if page.next_cursor is None else str(page.next_cursor),
        }

    return answer(request, reader, document)


def row_document(row: Evidence, settings: Settings) -> dict[str, Any]:
    """A row as the API writes it (design §6)."""
    return {
        "subject_type": row.cursor.subject_type,
        "subject_id": row.cursor.subject_id,
        "ticket_id": row.ticket_id,
        "ticket_number": row.ticket_number,
        "url": ticket_url(settings, row.ticket_id),
        "tech_id": id_or_null(row.tech_id),
        "queue_id": id_or_null(row.queue_id),
        "company_id": id_or_null(row.company_id),
        "day": date_text(row.cursor.day),
        "happened_at": isoformat(row.cursor.happened_at),
        "numerator": row.numerator,
        "denominator": row.denominator,
        "sample": row.sample,
        "outcome": row.outcome,
        "reason": row.reason or None,
        "provisional": bool(row.provisional),
    }


def id_or_null(number: int) -> int | None:
    """An id, ``None`` for the ledger's -1."""
    return None if number < 0 else number
