"""``GET /api/v1/scorecard.xlsx`` and ``….csv``: a month for people with a spreadsheet, and for scripts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import mkstemp
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from models.errors import Refused
from service.access.guard import needs, principal_of
from service.access.scopes import Need
from service.access.visibility import visible
from service.api.examples import answers
from service.api.figures import etag, has_it, standing
from service.api.problems import RETRY_AFTER_SECONDS, problem
from service.api.reader import Figures
from service.reading import NoFiguresYet, Reader, View
from service.scorecards.scorecard import scorecard
from service.scorecards.windows import UnknownWindow, month_name, parse_month
from service.web import web_of
from service.workbook.csv import csv_of
from service.workbook.writing import CONTENT_TYPE, write_workbook

MADE_AT_ONCE = 2
"""Workbooks a process makes at a time; each takes seconds of one processor, and next to no memory."""

CSV_TYPE = "text/csv; charset=utf-8"
_LINE = "scope,tech_id,name,score,band,focus,kpi,value,…\r\nteam,,,91.2,on_track,sla_triage,utilization,0.78,…\r\n"

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))
_makers = BoundedSemaphore(MADE_AT_ONCE)
_Month = Annotated[str, Query(description="`YYYY-MM`, up to the present one", max_length=7)]


def _file(content_type: str, example: str, **problems: str) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that gives a file."""
    content = {content_type: {"schema": {"type": "string"}, "example": example}}
    found = answers(None, unknown_month="400", **problems)
    return {**found, 200: {"description": "a file, as of the ledger's moment", "content": content}}


@router.get(
    "/api/v1/scorecard.xlsx", response_class=FileResponse, responses=_file(CONTENT_TYPE, "a zip file", busy="503")
)
def read_workbook(request: Request, reader: Figures, month: _Month) -> Response:
    """The month as a workbook whose ratios and scores are formulas over its evidence.

    A technician's own token gets the team's figures as numbers, that technician's sheet, and their evidence.
    """
    settings, principal = web_of(request).settings, principal_of(request)

    def write(view: View, headers: dict[str, str]) -> Response:
        handle, name = mkstemp(prefix="techscore-", suffix=".xlsx")
        os.close(handle)
        path = Path(name)
        try:
            write_workbook(view, month, principal, settings, path)
        except BaseException:
            path.unlink()
            raise
        return FileResponse(
            path, headers=headers, media_type=CONTENT_TYPE, background=BackgroundTask(path.unlink, missing_ok=True)
        )

    if not _makers.acquire(blocking=False):
        return problem(503, "busy", "other workbooks are being made", headers={"retry-after": str(RETRY_AFTER_SECONDS)})
    try:
        return _answer(request, reader, month, "xlsx", write)
    finally:
        _makers.release()


@router.get("/api/v1/scorecard.csv", response_class=Response, responses=_file("text/csv", _LINE))
def read_csv(request: Request, reader: Figures, month: _Month) -> Response:
    """The month as CSV: one line per KPI of the team and of each technician, numbers as in the scorecard's JSON."""
    principal = principal_of(request)

    def write(view: View, headers: dict[str, str]) -> Response:
        return Response(csv_of(visible(scorecard(view, month), principal)), 200, headers, CSV_TYPE)

    return _answer(request, reader, month, "csv", write)


def _answer(
    request: Request, reader: Reader, month: str, kind: str, write: Callable[[View, dict[str, str]], Response]
) -> Response:
    try:
        name = month_name(parse_month(month))
        with reader.view() as view:
            headers = standing(request, etag(view.version, request))
            if has_it(request, headers["ETag"]):
                return Response(status_code=304, headers=headers)
            disposition = f'attachment; filename="techscore-{name}.{kind}"'
            return write(view, {**headers, "Content-Disposition": disposition})
    except UnknownWindow:
        raise Refused("unknown_month", 400, "write YYYY-MM, a month up to the present one") from None
    except NoFiguresYet as error:
        return problem(503, "no_figures_yet", str(error), headers={"retry-after": str(RETRY_AFTER_SECONDS)})
