"""The pages ``/scorecard`` and ``/health``: everybody's figures of a month, and how Techscore itself is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from service.access.guard import needs, principal_of
from service.access.scopes import Need
from service.access.visibility import visible
from service.api.months import why_not
from service.api.reader import Figures
from service.months.closing import closed_months
from service.months.reported import reported_card
from service.pages import render
from service.pages.answering import answer_page, menu_of, page_of
from service.pages.health import health_sheet
from service.pages.scorecard import CORRECTED, REPORTED, Asked, scorecard_sheet, sort_asked, standing_of
from service.reading import View
from service.scorecards.places import places
from service.scorecards.scorecard import Board
from service.scorecards.windows import month_name, month_of, previous_month
from service.web import web_of

router = APIRouter()
_own = APIRouter(include_in_schema=False, route_class=needs(Need.OWN))
_all = APIRouter(include_in_schema=False, route_class=needs(Need.READ))


@_own.get("/scorecard", response_model=None)
def scorecard_page(
    request: Request,
    reader: Figures,
    month: str = "",
    version: Annotated[str, Query(alias="as")] = CORRECTED,
    sort: str = "",
) -> Response:
    """Technicians by KPIs of a month; a technician's own token shows the team's and their own."""
    web, principal = web_of(request), principal_of(request)

    def body(view: View) -> str:
        board = Board(view)
        whole = board.window(month or month_name(month_of(board.today)))
        number = month_of(whole.first_day)
        everybody = board.scorecard(month_name(number))
        closed = closed_months(web.database).get(number)
        then = None if closed is None else reported_card(closed, everybody)
        wants_reported = version == REPORTED and then is not None
        shown = then if wants_reported and then is not None else everybody
        asked = Asked(month_name(number), REPORTED if wants_reported else CORRECTED, sort_asked(board, sort))
        sheet = scorecard_sheet(
            board,
            asked,
            shown=visible(shown, principal),
            reported=None if wants_reported or then is None else visible(then, principal),
            before=visible(board.scorecard(month_name(previous_month(number))), principal),
            standing=standing_of(closed, "" if closed is not None else why_not(web, view, number), board),
            places=places(shown.technicians, view.policy),
        )
        return page_of(request, view, "scorecard.html", f"Scorecard, {sheet.month_word}", sheet)

    return answer_page(request, reader, body, tag_of_body=True)


@_all.get("/health", response_model=None)
def health_page(request: Request, reader: Figures) -> Response:
    """How Techscore itself is: inbox, lag, feeds, webhooks, budget, drift, parked, proof."""
    web = web_of(request)

    def body(view: View) -> str:
        return page_of(request, view, "health.html", "Health", health_sheet(web, view))

    def without_ledger() -> str:
        return render.sheet("health.html", "Health", sheet=health_sheet(web, None), menu=menu_of(request))

    return answer_page(request, reader, body, tag_of_body=True, without_ledger=without_ledger)


router.include_router(_own)
router.include_router(_all)
