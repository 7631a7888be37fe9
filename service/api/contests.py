"""``/api/v1/contests``: a manager takes a ticket out of a KPI, or gives its credit to somebody else (kpis.md §2).

Every contest is a fact of the inbox with its reason and author, undoable, and counted on every number it touches.
"""

from __future__ import annotations

from http import HTTPStatus
from secrets import randbelow
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import JSONResponse, Response

from ingest.own import contest_fact, contest_undone_fact
from models.entities import TICKET
from models.errors import Refused
from models.instants import isoformat
from models.ledger import Scope
from service.access.guard import needs, principal_of
from service.access.scopes import Need
from service.api.asking import MOST, require_known, require_kpi
from service.api.examples import answers, written
from service.api.figures import answer
from service.api.reader import Figures
from service.contests import Made, contests
from service.kpis.contests import NO_CREDIT
from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import Key
from service.web import Web, web_of

_IDS = 2**53
"""Ids are drawn below this, so that every program reads them exactly."""
_ITEMS = 500
_EXAMPLE = {
    "id": 5831209471236,
    "ticket_id": 351182,
    "kpi": "sla_triage",
    "action": "exclude",
    "tech_id": None,
    "reason": "The customer's line was down.",
    "author": "ts_1a2b3c",
    "made_at": "2026-09-14T12:00:00Z",
    "undone_at": None,
    "undone_by": None,
}

_STORED = {"id": 5831209471236, "position": 1043}

_reading = APIRouter(tags=["contests"], route_class=needs(Need.READ))
_writing = APIRouter(tags=["contests"], route_class=needs(Need.MANAGE))


class Contested(BaseModel):
    """What a manager says; ``tech_id`` is who gets the credit."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: int = Field(ge=0, le=MOST)
    kpi: str = Field(max_length=40)
    action: Literal["exclude", "credit"]
    tech_id: int | None = Field(default=None, ge=0, le=MOST)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


@_reading.get(
    "/api/v1/contests",
    response_model=None,
    responses=answers({"items": [_EXAMPLE], "next_cursor": None}),
)
def list_contests(
    request: Request,
    reader: Figures,
    ticket_id: Annotated[int | None, Query(ge=0, le=MOST)] = None,
    kpi: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The newest 500 contests, standing and undone, of a ticket or a KPI if given."""
    database = web_of(request).database

    def document(_view: object) -> object:
        with database.read() as connection:
            found = contests(connection)
        wanted = [one for one in found if ticket_id in (None, one.ticket_id) and kpi in ("", one.kpi)]
        return {"items": [contest_document(one) for one in wanted[:_ITEMS]], "next_cursor": None}

    return answer(request, reader, document, tag_of_body=True)


@_writing.post(
    "/api/v1/contests",
    status_code=HTTPStatus.CREATED,
    response_model=None,
    responses=written(
        _STORED,
        status=HTTPStatus.CREATED,
        bad_contest="400",
        no_credit="400",
        unknown_kpi="404",
        unknown_ticket="404",
        unknown_technician="404",
    ),
)
async def make_contest(request: Request, reader: Figures, said: Contested) -> Response:
    """Contest a ticket; the answer tells the id to undo it by, and the fact's position in the inbox."""
    web = web_of(request)
    require_kpi(said.kpi)
    if (said.action == "credit") != (said.tech_id is not None):
        raise Refused("bad_contest", HTTPStatus.BAD_REQUEST, "credit needs tech_id, exclude has none")
    if said.action == "credit" and said.kpi in NO_CREDIT:
        raise Refused("no_credit", HTTPStatus.BAD_REQUEST, f"{said.kpi} has no credit that could be moved")
    with reader.view() as view:
        if not load_states(view.connection, [Key(TICKET, said.ticket_id)]):
            raise Refused("unknown_ticket", HTTPStatus.NOT_FOUND, "no fact of this ticket has arrived")
        if said.tech_id is not None:
            require_known(view, Scope.TECH, said.tech_id)
    now = web.clock.now()
    contest_id = randbelow(_IDS)
    fact = contest_fact(
        contest_id,
        said.ticket_id,
        said.kpi,
        at=now,
        reason=said.reason,
        author=_author(request),
        received_at=now,
        credit_to=said.tech_id,
    )
    receipt = await web.writer.store(fact)
    return JSONResponse({"id": contest_id, "position": receipt.position}, HTTPStatus.CREATED)


@_writing.delete(
    "/api/v1/contests/{contest_id}",
    response_model=None,
    responses=written(_STORED, unknown_contest="404", already_undone="409"),
)
async def undo_contest(request: Request, contest_id: Annotated[int, Path(ge=0, le=MOST)]) -> Response:
    """Take a contest back."""
    web = web_of(request)
    made = _known(web, contest_id)
    if made.undone_at is not None:
        raise Refused("already_undone", HTTPStatus.CONFLICT, "this contest was taken back before")
    now = max(web.clock.now(), made.made_at + 1_000_000)  # after the contest also where both fall in one second
    fact = contest_undone_fact(contest_id, at=now, author=_author(request), received_at=web.clock.now())
    receipt = await web.writer.store(fact)
    return JSONResponse({"id": contest_id, "position": receipt.position})


def _known(web: Web, contest_id: int) -> Made:
    with web.database.read() as connection:
        found = contests(connection, contest_id, contest_id)
    if not found:
        raise Refused("unknown_contest", HTTPStatus.NOT_FOUND, "there is no contest of this id")
    return found[0]


def _author(request: Request) -> str:
    return principal_of(request).token or "open access"


def contest_document(one: Made) -> dict[str, Any]:
    """A contest as the API writes it."""
    return {
        "id": one.contest_id,
        "ticket_id": one.ticket_id,
        "kpi": one.kpi,
        "action": "exclude" if one.credit_to is None else "credit",
        "tech_id": one.credit_to,
        "reason": one.reason,
        "author": one.author,
        "made_at": isoformat(one.made_at),
        "undone_at": None if one.undone_at is None else isoformat(one.undone_at),
        "undone_by": one.undone_by,
    }


router = APIRouter()
router.include_router(_reading)
router.include_router(_writing)
