"""``GET /api/v1/parked``: the events that cannot be read and the subjects whose KPI raises, oldest first (I6)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from models.errors import Refused
from models.instants import isoformat
from models.ledger import ParkedKind
from service.access.guard import needs
from service.access.scopes import Need
from service.api.figures import FROZEN_HEADER
from service.api.problems import RETRY_AFTER_SECONDS, problem
from service.api.reader import Figures
from service.parked import ParkedItem, parked_items
from service.projection.ledger.parked import Place
from service.reading import NoFiguresYet
from service.web import web_of

MOST_ITEMS = 500
_MOST = 2**63 - 1
_EXAMPLE = {
    "items": [
        {
            "kind": "event",
            "item": "17",
            "position": 17,
            "subject_type": None,
            "subject_id": None,
            "reason": "bad_value",
            "detail": "createDate: 'yesterday'",
            "since": "2026-09-14T12:00:00Z",
            "attempts": 3,
            "entity": {"type": "Ticket", "id": 351182},
            "next_retry_at": "2026-09-14T12:07:00Z",
        }
    ],
    "next_cursor": None,
}

router = APIRouter(tags=["operations"], route_class=needs(Need.READ))


@router.get(
    "/api/v1/parked",
    response_model=None,
    responses={HTTPStatus.OK: {"content": {"application/json": {"example": _EXAMPLE}}}},
)
def read_parked(
    request: Request,
    reader: Figures,
    kind: ParkedKind | None = None,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS)] = 100,
) -> Response:
    """What is set aside, the longest first; ``item`` is the word for ``techscore parked retry|discard``."""
    web = web_of(request)
    after = _place(cursor) if cursor else None
    try:
        with reader.view() as view:
            found = parked_items(web.database, view, after=after, kind=kind, limit=limit + 1)
    except NoFiguresYet as error:
        return problem(503, "no_figures_yet", str(error), headers={"retry-after": str(RETRY_AFTER_SECONDS)})
    items = found[:limit]
    next_cursor = _cursor(items[-1].place) if len(found) > limit else None
    body = orjson.dumps({"items": [_document(item) for item in items], "next_cursor": next_cursor})
    # Not a figure: retries change it without a new version, so the tag is the body's own (design §6).
    headers = {"ETag": f'"{sha256(body).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}
    if web.clock.frozen:
        headers[FROZEN_HEADER] = isoformat(web.clock.now())
    given = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if headers["ETag"] in given or "*" in given:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, HTTPStatus.OK, headers, "application/json")


def _document(item: ParkedItem) -> dict[str, Any]:
    is_event = item.kind is ParkedKind.EVENT
    return {
        "kind": item.kind.value,
        "item": item.word,
        "position": item.key.id if is_event else None,
        "subject_type": None if is_event else item.key.type,
        "subject_id": None if is_event else item.key.id,
        "reason": item.reason,
        "detail": item.detail or None,
        "since": isoformat(item.since),
        "attempts": item.attempts,
        "entity": None if item.entity is None else {"type": item.entity.type, "id": item.entity.id},
        "next_retry_at": isoformat(item.next_retry_at),
    }


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def _place(cursor: str) -> Place:
    """The place a cursor names; it grants nothing. ``Refused`` 400 for what we never gave."""
    try:
        since, kind, item_type, item_id = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        kind = ParkedKind(kind)
    except (ValueError, TypeError):
        raise _bad_cursor() from None
    numbers = all(type(one) is int and abs(one) <= _MOST for one in (since, item_id))
    if not numbers or not isinstance(item_type, str) or not item_type.isalnum():
        raise _bad_cursor()
    return since, kind.value, item_type, item_id


def _bad_cursor() -> Refused:
    return Refused("bad_cursor", HTTPStatus.BAD_REQUEST, "give next_cursor back as it was given")
