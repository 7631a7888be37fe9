"""``GET /api/v1/kpis/{kpi}/trend``: a KPI by day, week or month (design §6)."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from models.errors import Refused
from models.instants import Day, day_of, isoformat
from models.ledger import Scope
from service.access.guard import needs, principal_of
from service.access.scopes import Need, Principal
from service.api.asking import MOST, require_known, require_kpi
from service.api.examples import answers
from service.api.figures import answer
from service.api.reader import Figures
from service.api.scorecard import date_text, number
from service.reading import View
from service.scorecards.scorecard import Board
from service.scorecards.trend import Bucket, Point, TooManyBuckets, buckets, default_start, trend

_EXAMPLE = {
    "kpi": "sla_triage",
    "bucket": "month",
    "as_of": "2026-09-14T12:00:00Z",
    "measurable": True,
    "reason": None,
    "items": [
        {
            "from": "2026-09-01",
            "to": "2026-09-14",
            "numerator": 97000000,
            "denominator": 100000000,
            "value": 0.97,
            "sample_size": 100,
            "sufficient": True,
            "provisional": 0,
        }
    ],
    "next_cursor": None,
}

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))


class TrendQuery(BaseModel):
    """What a trend is asked by; the last 13 months by default."""

    model_config = ConfigDict(populate_by_name=True)

    bucket: Bucket = Bucket.MONTH
    since: date | None = Field(default=None, alias="from")
    to: date | None = None
    tech_id: int | None = Field(default=None, ge=0, le=MOST)
    queue_id: int | None = Field(default=None, ge=0, le=MOST)
    company_id: int | None = Field(default=None, ge=0, le=MOST)


@router.get(
    "/api/v1/kpis/{kpi}/trend",
    response_model=None,
    responses=answers(
        _EXAMPLE,
        one_scope="400",
        too_many_buckets="400",
        scope_missing="403",
        unknown_kpi="404",
        unknown_technician="404",
        unknown_queue="404",
        unknown_company="404",
    ),
)
def read_trend(request: Request, reader: Figures, kpi: str, query: Annotated[TrendQuery, Query()]) -> Response:
    """The series of a KPI for the team, or for one technician, queue or company; at most 400 buckets."""
    require_kpi(kpi)

    def document(view: View) -> object:
        board = Board(view)
        scope, scope_id = _scope(view, principal_of(request), query)
        first, last = _days(board, query)
        try:
            found = trend(board, kpi, scope, scope_id, buckets(query.bucket, first, last))
        except TooManyBuckets as error:
            raise Refused("too_many_buckets", HTTPStatus.BAD_REQUEST, str(error)) from None
        reason = board.reasons.get(kpi)
        return {
            "kpi": kpi,
            "bucket": query.bucket.value,
            "as_of": isoformat(view.as_of),
            "measurable": reason is None,
            "reason": reason,
            "items": [_point(one) for one in found],
            "next_cursor": None,
        }

    return answer(request, reader, document)


def _scope(view: View, principal: Principal, query: TrendQuery) -> tuple[Scope, int]:
    asked = ((Scope.TECH, query.tech_id), (Scope.QUEUE, query.queue_id), (Scope.COMPANY, query.company_id))
    named = [(scope, number) for scope, number in asked if number is not None]
    if len(named) > 1:
        raise Refused("one_scope", HTTPStatus.BAD_REQUEST, "give one of tech_id, queue_id and company_id")
    if not named:
        return Scope.TEAM, 0
    scope, scope_id = named[0]
    if scope is Scope.TECH:
        principal.require_technician(scope_id)
    elif not principal.may(Need.READ):
        raise Refused("scope_missing", HTTPStatus.FORBIDDEN, "this token shows one technician's numbers only")
    require_known(view, scope, scope_id)
    return scope, scope_id


def _days(board: Board, query: TrendQuery) -> tuple[Day, Day]:
    last = board.today if query.to is None else min(board.today, day_of(query.to))
    return default_start(last) if query.since is None else day_of(query.since), last


def _point(one: Point) -> dict[str, Any]:
    return {
        "from": date_text(one.first_day),
        "to": date_text(one.last_day),
        "numerator": one.sums.numerator,
        "denominator": one.sums.denominator,
        "value": number(one.value),
        "sample_size": one.sums.sample,
        "sufficient": one.sufficient,
        "provisional": one.sums.provisional,
    }
