"""The forms of the coaching pages: start a plan, change it, note a check-back, close, open again. What they do is what
the API does; people write a goal in percent.

A form is sent by a page of ours or by nobody: the guard refuses a foreign origin before a byte is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import RedirectResponse, Response

from models.entities import MILLION
from models.errors import Refused
from models.instants import day_of
from service.access.guard import needs
from service.access.scopes import Need
from service.api.asking import IdInPath
from service.api.coaching import ChangedPlan, CheckBack, Closing, NewPlan, begin, change, end, hold, known_plan, reopen
from service.api.reader import Figures
from service.coaching.plan import Plan
from service.pages.answering import refused
from service.web import web_of

MAX_BODY_BYTES = 32_768
_FIELDS = 16
_DAYS = "check_backs"

Body = TypeVar("Body", bound=BaseModel)

router = APIRouter(include_in_schema=False, route_class=needs(Need.MANAGE))


@router.post("/coaching", response_model=None)
async def start_by_form(request: Request, reader: Figures) -> Response:
    """Start a plan and show its brief."""
    try:
        made = await begin(request, reader, await _said(request, NewPlan))
    except Refused as error:
        return refused(error)
    return RedirectResponse(f"/coaching/{made['id']}", HTTPStatus.SEE_OTHER)


@router.post("/coaching/{plan_id}/changes", response_model=None)
async def change_by_form(request: Request, reader: Figures, plan_id: IdInPath) -> Response:
    """Change goal, check-backs and note, as far as the form has others than the plan; show the brief again."""
    try:
        wanted = await _said(request, ChangedPlan)
        await change(request, reader, plan_id, _others(wanted, known_plan(request, plan_id)))
    except Refused as error:
        return refused(error)
    return RedirectResponse(f"/coaching/{plan_id}", HTTPStatus.SEE_OTHER)


@router.post("/coaching/{plan_id}/check-backs", response_model=None)
async def hold_by_form(request: Request, reader: Figures, plan_id: IdInPath) -> Response:
    """Note a check-back and show the brief again."""
    try:
        await hold(request, reader, plan_id, await _said(request, CheckBack))
    except Refused as error:
        return refused(error)
    return RedirectResponse(f"/coaching/{plan_id}", HTTPStatus.SEE_OTHER)


@router.post("/coaching/{plan_id}/closing", response_model=None)
async def close_by_form(request: Request, reader: Figures, plan_id: IdInPath) -> Response:
    """Close a plan and show it closed."""
    try:
        await end(request, reader, plan_id, await _said(request, Closing))
    except Refused as error:
        return refused(error)
    return RedirectResponse(f"/coaching/{plan_id}", HTTPStatus.SEE_OTHER)


@router.post("/coaching/{plan_id}/reopening", response_model=None)
async def reopen_by_form(request: Request, plan_id: IdInPath) -> Response:
    """Take a closing back and show the plan open."""
    try:
        await reopen(request, plan_id)
    except Refused as error:
        return refused(error)
    return RedirectResponse(f"/coaching/{plan_id}", HTTPStatus.SEE_OTHER)


def _others(wanted: ChangedPlan, plan: Plan) -> ChangedPlan:
    """What is not as it was: the form has everything in it, and only a change is one."""
    goal, days, note = wanted.goal, wanted.check_backs, wanted.note
    return ChangedPlan(
        goal=None if goal is None or goal * MILLION == plan.goal else goal,
        check_backs=None if days is None or {day_of(day) for day in days} == set(plan.open_days) else days,
        note=None if note is None or note == plan.note else note,
    )


async def _said(request: Request, body: type[Body]) -> Body:
    """The form's fields as the API's body; an empty one was not filled in. ``Refused`` 400 for what is none."""
    web = web_of(request)
    raw = await web.bodies.read(request, MAX_BODY_BYTES, web.body_timeout_seconds)
    try:
        form = parse_qs(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=_FIELDS)
        return body.model_validate(dict(_fields(form)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused("invalid_request", HTTPStatus.BAD_REQUEST, f"{where}: {first['msg']}") from None
    except ValueError:
        raise Refused("invalid_request", HTTPStatus.BAD_REQUEST, "the form could not be read") from None


def _fields(form: Mapping[str, list[str]]) -> Iterable[tuple[str, Any]]:
    """The fields that were filled in; a note can be emptied, and then says nothing."""
    for name, written in form.items():
        filled = [text for text in written if text.strip()]
        if name == "note":
            yield name, written[0].replace("\r\n", "\n")
        elif name == _DAYS and filled:
            yield name, filled
        elif name == "goal_percent" and filled:
            yield "goal", _of_percent(filled[0])
        elif filled:
            yield name, filled[0]


def _of_percent(text: str) -> Decimal:
    try:
        return Decimal(text) / 100
    except ArithmeticError:  # no number, or one beyond all bounds
        raise Refused("invalid_request", HTTPStatus.BAD_REQUEST, "goal_percent: a number is needed") from None
