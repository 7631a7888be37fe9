"""``/api/v1/coaching-plans``: one number a technician works on, with a goal and dates to look again.

Managers write; whoever reads figures reads plans; a technician's own token is shown their own plans and nobody else's.
Every change is a fact of the inbox with its author. States are computed at each look (``service.coaching``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from secrets import randbelow
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import JSONResponse, Response

from ingest.own import coaching_fact
from models.errors import Refused
from models.instants import day_of
from models.ledger import Scope
from service.access.guard import needs, principal_of
from service.access.scopes import Need, Principal
from service.api.asking import MOST, ROWS, IdInPath, require_known, require_kpi
from service.api.coaching_documents import BRIEF, FULL, SUMMARY, brief_document, full_document, summary_document
from service.api.examples import answers, written
from service.api.figures import answer
from service.api.reader import Figures
from service.coaching import start
from service.coaching.brief import brief
from service.coaching.plan import Kind, Plan
from service.coaching.standing import State, standing
from service.coaching.store import plans
from service.reading import Reader, View
from service.scorecards import roster
from service.scorecards.evidence import MOST_ROWS
from service.scorecards.scorecard import Board
from service.web import Web, web_of

PATH = "/api/v1/coaching-plans"
_IDS = 2**53
"""Ids are drawn below this, so that every program reads them exactly."""
_STORED = {"id": 5831209471236, "position": 48212}

Said: TypeAlias = dict[str, Any]
T = TypeVar("T")

_reading = APIRouter(tags=["coaching"], route_class=needs(Need.OWN))
_writing = APIRouter(tags=["coaching"], route_class=needs(Need.MANAGE))

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
Goal = Annotated[Decimal, Field(ge=0, le=1_000, max_digits=10, decimal_places=6, allow_inf_nan=False)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPlan(_Body):
    """Whom a plan is for. What is left out: the KPI that costs the score most, the next step, two weeks and a month."""

    tech_id: int = Field(ge=0, le=MOST)
    kpi: str | None = Field(default=None, max_length=40)
    goal: Goal | None = None
    check_backs: list[date] | None = Field(default=None, max_length=start.MOST_CHECK_BACKS)
    note: Note = ""


class ChangedPlan(_Body):
    """What is to be another; one at least."""

    goal: Goal | None = None
    check_backs: list[date] | None = Field(default=None, max_length=start.MOST_CHECK_BACKS)
    note: Note | None = None


class CheckBack(_Body):
    """What was agreed at a check-back."""

    note: Note = ""


class Closing(_Body):
    """How a plan ends, in a sentence."""

    sentence: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class PlansQuery(BaseModel):
    """Which plans are wanted; ``cursor`` is how many came before."""

    tech_id: int | None = Field(default=None, ge=0, le=MOST)
    kpi: str = Field(default="", max_length=40)
    state: State | None = None
    cursor: int = Field(default=0, ge=0, le=1_000_000)
    limit: int = Field(default=ROWS, ge=1, le=MOST_ROWS)


@_reading.get(
    PATH,
    response_model=None,
    responses=answers({"items": [SUMMARY], "next_cursor": None}, scope_missing="403"),
)
def list_plans(request: Request, reader: Figures, query: Annotated[PlansQuery, Query()]) -> Response:
    """Plans, the newest first, open and closed, each with its state; a technician's own token is given their own."""
    web, principal = web_of(request), principal_of(request)
    if query.tech_id is not None:
        principal.require_technician(query.tech_id)

    def document(view: View) -> object:
        board = Board(view)
        wanted = [one for one in visible_plans(web, principal) if _wanted(one, query)]
        if query.state is None:
            page = wanted[query.cursor : query.cursor + query.limit]
            found, more = [standing(board, one) for one in page], len(wanted)
        else:
            every = [now for now in (standing(board, one) for one in wanted) if now.state is query.state]
            found, more = every[query.cursor : query.cursor + query.limit], len(every)
        after = query.cursor + len(found)
        names = roster.names(view.connection, [one.plan.tech_id for one in found])
        return {
            "items": [summary_document(one, names[one.plan.tech_id], web.settings) for one in found],
            "next_cursor": str(after) if after < more else None,
        }

    return answer(request, reader, document, tag_of_body=True)


@_reading.get(f"{PATH}/{{plan_id}}", response_model=None, responses=answers(FULL, unknown_plan="404"))
def read_plan(request: Request, reader: Figures, plan_id: IdInPath) -> Response:
    """A plan: where it began and on what evidence, where it stands, what it guards, and what was changed by whom."""
    web, plan = web_of(request), known_plan(request, plan_id)

    def document(view: View) -> object:
        name = roster.names(view.connection, [plan.tech_id])[plan.tech_id]
        return full_document(standing(Board(view), plan), name, web.settings)

    return answer(request, reader, document, tag_of_body=True)


@_reading.get(f"{PATH}/{{plan_id}}/brief", response_model=None, responses=answers(BRIEF, unknown_plan="404"))
def read_brief(request: Request, reader: Figures, plan_id: IdInPath) -> Response:
    """The check-back brief: then and now, what cost most and what went right since, what slipped, what to ask."""
    web, plan = web_of(request), known_plan(request, plan_id)
    return answer(
        request, reader, lambda view: brief_document(brief(Board(view), plan), web.settings), tag_of_body=True
    )


@_writing.post(
    PATH,
    status_code=HTTPStatus.CREATED,
    response_model=None,
    responses=written(
        _STORED,
        status=HTTPStatus.CREATED,
        bad_goal="400",
        bad_check_back="400",
        not_measurable="400",
        unknown_kpi="404",
        unknown_technician="404",
        no_focus="409",
        plan_open="409",
    ),
)
async def start_plan(request: Request, reader: Figures, wanted: NewPlan) -> Response:
    """Start a plan: the baseline is frozen from the figures on show, with its evidence and the guard list."""
    return JSONResponse(await begin(request, reader, wanted), HTTPStatus.CREATED)


async def begin(request: Request, reader: Reader, wanted: NewPlan) -> Said:
    """Start a plan; its id and the fact's position, or ``Refused``."""
    web = web_of(request)
    if wanted.kpi is not None:
        require_kpi(wanted.kpi)

    def said() -> Said:
        with reader.view() as view:
            require_known(view, Scope.TECH, wanted.tech_id)
            begun = start.started(
                Board(view),
                wanted.tech_id,
                kpi=wanted.kpi,
                goal=wanted.goal,
                check_backs=None if wanted.check_backs is None else [day_of(day) for day in wanted.check_backs],
                note=wanted.note,
            )
        with web.database.read() as connection:
            others = plans(connection)
        if any(one.closed is None and (one.tech_id, one.kpi) == (wanted.tech_id, begun["kpi"]) for one in others):
            raise Refused("plan_open", HTTPStatus.CONFLICT, "there is an open plan of this technician on this KPI")
        return begun

    return await _store(request, randbelow(_IDS), await asyncio.to_thread(said))


@_writing.patch(
    f"{PATH}/{{plan_id}}",
    response_model=None,
    responses=written(
        _STORED,
        bad_goal="400",
        bad_check_back="400",
        not_measurable="400",
        nothing_to_change="400",
        unknown_plan="404",
        plan_closed="409",
    ),
)
async def change_plan(request: Request, reader: Figures, plan_id: IdInPath, wanted: ChangedPlan) -> Response:
    """Change goal, check-backs or note; the answer tells the position of the last change."""
    changed = await change(request, reader, plan_id, wanted)
    if changed is None:
        raise Refused("nothing_to_change", HTTPStatus.BAD_REQUEST, "give goal, check_backs or note")
    return JSONResponse(changed)


async def change(request: Request, reader: Reader, plan_id: int, wanted: ChangedPlan) -> Said | None:
    """Change what is to be another; id and position, ``None`` when that is nothing, or ``Refused``."""
    plan = known_plan(request, plan_id)
    _require_open(plan)

    def said(board: Board) -> list[Said]:
        made: list[Said] = []
        if wanted.goal is not None:
            made.append(start.changed_goal(board, plan, wanted.goal))
        if wanted.check_backs is not None:
            made.append(start.changed_check_backs(board, plan, [day_of(day) for day in wanted.check_backs]))
        if wanted.note is not None:
            made.append({"kind": Kind.NOTE, "note": wanted.note})
        return made

    made = await _on_board(reader, said)
    return await _store(request, plan_id, *made, plan=plan) if made else None


@_writing.post(
    f"{PATH}/{{plan_id}}/check-backs",
    response_model=None,
    responses=written(_STORED, unknown_plan="404", plan_closed="409"),
)
async def hold_check_back(request: Request, reader: Figures, plan_id: IdInPath, held: CheckBack) -> Response:
    """A check-back was held: how the plan stood is kept with the note, and the next date is what counts."""
    return JSONResponse(await hold(request, reader, plan_id, held))


async def hold(request: Request, reader: Reader, plan_id: int, held: CheckBack) -> Said:
    """Note a check-back; id and position, or ``Refused``."""
    plan = known_plan(request, plan_id)
    _require_open(plan)
    made = await _on_board(reader, lambda board: start.checked_back(board, plan, held.note))
    return await _store(request, plan_id, made, plan=plan)


@_writing.put(
    f"{PATH}/{{plan_id}}/closing",
    response_model=None,
    responses=written(_STORED, unknown_plan="404", plan_closed="409"),
)
async def close_plan(request: Request, reader: Figures, plan_id: IdInPath, closing: Closing) -> Response:
    """Close a plan in a sentence."""
    return JSONResponse(await end(request, reader, plan_id, closing))


async def end(request: Request, reader: Reader, plan_id: int, closing: Closing) -> Said:
    """Close a plan; id and position, or ``Refused``."""
    plan = known_plan(request, plan_id)
    _require_open(plan)
    made = await _on_board(reader, lambda board: start.closed(board, plan, closing.sentence))
    return await _store(request, plan_id, made, plan=plan)


@_writing.delete(
    f"{PATH}/{{plan_id}}/closing",
    response_model=None,
    responses=written(_STORED, unknown_plan="404", plan_not_closed="409"),
)
async def reopen_plan(request: Request, plan_id: IdInPath) -> Response:
    """Take a closing back; both stay in the history."""
    return JSONResponse(await reopen(request, plan_id))


async def reopen(request: Request, plan_id: int) -> Said:
    """Take a closing back; id and position, or ``Refused``."""
    plan = known_plan(request, plan_id)
    if plan.closed is None:
        raise Refused("plan_not_closed", HTTPStatus.CONFLICT, "this plan is open")
    return await _store(request, plan_id, {"kind": Kind.REOPENED}, plan=plan)


def visible_plans(web: Web, principal: Principal) -> list[Plan]:
    """The plans a principal may see, the newest first."""
    with web.database.read() as connection:
        found = plans(connection)
    return [one for one in found if principal.may_see_technician(one.tech_id)]


def known_plan(request: Request, plan_id: int) -> Plan:
    """A plan; ``Refused`` 404 in the same words for one there is not and one that is not theirs to see."""
    with web_of(request).database.read() as connection:
        found = plans(connection, plan_id, plan_id)
    if not found or not principal_of(request).may_see_technician(found[0].tech_id):
        raise Refused("unknown_plan", HTTPStatus.NOT_FOUND, "there is no plan of this id")
    return found[0]


def _require_open(plan: Plan) -> None:
    if plan.closed is not None:
        raise Refused("plan_closed", HTTPStatus.CONFLICT, "this plan is closed; take the closing back first")


def _wanted(plan: Plan, query: PlansQuery) -> bool:
    return query.tech_id in (None, plan.tech_id) and query.kpi in ("", plan.kpi)


async def _on_board(reader: Reader, make: Callable[[Board], T]) -> T:
    def made() -> T:
        with reader.view() as view:
            return make(Board(view))

    return await asyncio.to_thread(made)


async def _store(request: Request, plan_id: int, *changes: Said, plan: Plan | None = None) -> Said:
    """Store changes, each later than the one before, also where the clock was set back."""
    web = web_of(request)
    now = web.clock.now()
    at = now if plan is None else max(now, plan.last_change_at + 1)
    author = principal_of(request).token or "open access"
    position = 0
    for later, change in enumerate(changes):
        fact = coaching_fact(plan_id, {**change, "author": author}, at=at + later, received_at=now)
        position = (await web.writer.store(fact)).position
    return {"id": plan_id, "position": position}


router = APIRouter()
router.include_router(_reading)
router.include_router(_writing)
