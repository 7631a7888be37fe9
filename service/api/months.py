"""``/api/v1/months``: months as they were reported, and what changed since (kpis.md §5)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.errors import Refused
from models.instants import isoformat, local_day
from service.access.guard import needs
from service.access.scopes import Need
from service.api.examples import answers
from service.api.figures import answer
from service.api.reader import Figures
from service.api.scorecard import document_of
from service.months.closing import closed_months, first_month, formula
from service.months.differences import differences
from service.reading import View
from service.scorecards.scorecard import scorecard
from service.scorecards.windows import Month, UnknownWindow, month_name, month_of, months_back, parse_month
from service.web import Web, web_of

LISTED = 13
BEFORE_THE_INBOX = "before_the_inbox"
NOT_CLOSED_YET = "not_closed_yet"

_ITEM = {"month": "2026-08", "reported_at": "2026-09-08T04:00:10Z", "reason": None}
_CHANGED = {
    "scope": "team",
    "tech_id": None,
    "kpi": "sla_triage",
    "field": "numerator",
    "reported": 97000000,
    "corrected": 98000000,
    "causes": ["fact"],
}
_MONTH = {**_ITEM, "reported": None, "corrected": {"as_of": "2026-09-14T12:00:00Z"}, "differences": [_CHANGED]}

router = APIRouter(tags=["figures"], route_class=needs(Need.READ))


@router.get(
    "/api/v1/months",
    response_model=None,
    responses=answers({"items": [_ITEM], "next_cursor": None}),
)
def list_months(request: Request, reader: Figures) -> Response:
    """The last 13 months: when each was reported, or why it was not."""
    web = web_of(request)

    def document(view: View) -> object:
        closed = closed_months(web.database)
        this_month = month_of(local_day(view.as_of, view.policy.zone))
        items = []
        for back in range(LISTED):
            month = months_back(this_month, back)
            at = isoformat(closed[month].reported_at) if month in closed else None
            reason = None if at else why_not(web, view, month)
            items.append({"month": month_name(month), "reported_at": at, "reason": reason})
        return {"items": items, "next_cursor": None}

    return answer(request, reader, document, tag_of_body=True)


@router.get(
    "/api/v1/months/{month}",
    response_model=None,
    responses=answers(_MONTH, unknown_month="404"),
)
def read_month(request: Request, reader: Figures, month: str) -> Response:
    """A month as reported, as corrected, and every difference with its causes: ``fact``, ``rule``, ``code``."""
    web = web_of(request)

    def document(view: View) -> object:
        number = _month(month, view)
        closed = closed_months(web.database).get(number)
        corrected: dict[str, Any] = {**document_of(scorecard(view, month_name(number))), "formula": formula(view)}
        return {
            "month": month_name(number),
            "reported_at": None if closed is None else isoformat(closed.reported_at),
            "reason": None if closed is not None else why_not(web, view, number),
            "reported": None if closed is None else closed.document,
            "corrected": corrected,
            "differences": [] if closed is None else differences(closed.document, corrected),
        }

    return answer(request, reader, document, tag_of_body=True)


def _month(name: str, view: View) -> Month:
    try:
        number = parse_month(name)
    except UnknownWindow as error:
        raise Refused("unknown_month", HTTPStatus.NOT_FOUND, str(error)) from None
    if number > month_of(local_day(view.as_of, view.policy.zone)):
        raise Refused("unknown_month", HTTPStatus.NOT_FOUND, "that month has not begun")
    return number


def why_not(web: Web, view: View, month: Month) -> str:
    """The word for why a month was not reported."""
    first = first_month(web.database, view.policy)
    return BEFORE_THE_INBOX if first is None or month < first else NOT_CLOSED_YET
