"""The forms of the coaching pages: start a plan, note a check-back, close. What they do is what the API does.

A form is sent by a page of ours or by nobody: the guard refuses a foreign origin before a byte is read.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import RedirectResponse, Response

from models.errors import Refused
from service.access.guard import needs
from service.access.scopes import Need
from service.api.asking import IdInPath
from service.api.coaching import CheckBack, Closing, NewPlan, begin, end, hold
from service.api.reader import Figures
from service.pages.answering import refused
from service.web import web_of

MAX_BODY_BYTES = 32_768
_FIELDS = 10

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


async def _said(request: Request, body: type[Body]) -> Body:
    """The form's fields as the API's body; an empty one was not filled in. ``Refused`` 400 for what is none."""
    web = web_of(request)
    raw = await web.bodies.read(request, MAX_BODY_BYTES, web.body_timeout_seconds)
    try:
        form = parse_qs(raw.decode("utf-8"), max_num_fields=_FIELDS)
        return body.model_validate({name: values[0] for name, values in form.items()})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused("invalid_request", HTTPStatus.BAD_REQUEST, f"{where}: {first['msg']}") from None
    except ValueError:
        raise Refused("invalid_request", HTTPStatus.BAD_REQUEST, "the form could not be read") from None
