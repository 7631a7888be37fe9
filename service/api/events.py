"""``GET /api/v1/events/{position}``: the fate of one event, by the position its sender was told."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.errors import Refused
from models.instants import isoformat
from service.access.guard import needs
from service.access.scopes import Need
from service.api import examples
from service.api.asking import IdInPath
from service.api.figures import answer
from service.api.reader import Figures
from service.api.tickets import made_document
from service.reading import View
from service.scorecards.fate import fate
from service.web import web_of

router = APIRouter(tags=["events"], route_class=needs(Need.READ))


@router.get("/api/v1/events/{position}", response_model=None, responses=examples.EVENT)
def read_event(request: Request, reader: Figures, position: IdInPath) -> Response:
    """What became of an event: ``waiting``, ``applied``, ``no_effect``, ``parked`` or ``discarded``, and why.

    ``contributions``: what KPIs now make of the ticket or time entry it is about.
    """

    def document(view: View) -> object:
        found = fate(view, web_of(request).database, position)
        if found is None:
            raise Refused("unknown_event", HTTPStatus.NOT_FOUND, "no event is stored at this position")
        return {
            "position": position,
            "state": found.state,
            "reason": found.reason or None,
            "origin": found.origin,
            "received_at": isoformat(found.received_at),
            "entity_type": None if found.entity is None else found.entity.type,
            "entity_id": None if found.entity is None else found.entity.id,
            "contributions": [made_document(one) for one in found.made],
        }

    return answer(request, reader, document, tag_of_body=True)
