"""What requests ask for by parameter: ids of 64 bits, windows, KPIs and scopes that exist.

Who may see one technician only is refused another by name (403, whether or not there is such a one), gets lists
cut to what is theirs, and finds no ticket (404) with which they have nothing to do.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, TypeAlias

from fastapi import Path, Query
from pydantic import BaseModel, Field

from models.errors import Refused
from models.ledger import Scope
from service.access.scopes import Need, Principal
from service.kpis.contributions import Outcome
from service.kpis.registry import KPIS
from service.reading import View
from service.scorecards.evidence import MOST_ROWS, Asking, BadCursor, Cursor, cursor_of
from service.scorecards.scopes import WORDS, is_known
from service.scorecards.scorecard import DEFAULT_WINDOW, Board

MOST = 2**63 - 1

IdInPath: TypeAlias = Annotated[int, Path(ge=0, le=MOST)]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=MOST_ROWS)]

ROWS = 100
OUTCOMES = tuple(outcome.value for outcome in Outcome)
_KPIS = frozenset(kpi.key for kpi in KPIS)


def require_kpi(kpi: str) -> None:
    """``Refused`` 404 ``unknown_kpi`` for a word that names none."""
    if kpi not in _KPIS:
        raise Refused("unknown_kpi", HTTPStatus.NOT_FOUND, f"allowed: {', '.join(one.key for one in KPIS)}")


def require_known(view: View, scope: Scope, scope_id: int) -> None:
    """``Refused`` 404 ``unknown_technician``, ``unknown_queue`` or ``unknown_company``."""
    if not is_known(view.connection, scope, scope_id):
        raise Refused(f"unknown_{WORDS[scope]}", HTTPStatus.NOT_FOUND, "no fact and no figure has this id")


def outcome_asked(text: str) -> Outcome | None:
    """An outcome, ``None`` for an empty text; ``Refused`` 400 ``unknown_outcome`` for a word that names none."""
    if text and text not in OUTCOMES:
        raise Refused("unknown_outcome", HTTPStatus.BAD_REQUEST, f"allowed outcomes: {', '.join(OUTCOMES)}")
    return Outcome(text) if text else None


def cursor_asked(text: str) -> Cursor | None:
    """A page's place, ``None`` for an empty text; ``Refused`` 400 ``bad_cursor`` for what we never gave."""
    try:
        return cursor_of(text) if text else None
    except BadCursor:
        raise Refused("bad_cursor", HTTPStatus.BAD_REQUEST, "give next_cursor back as it was given") from None


class EvidenceQuery(BaseModel):
    """The parameters of a request for evidence. Empty words ask for nothing."""

    tech_id: int | None = Field(default=None, ge=0, le=MOST)
    queue_id: int | None = Field(default=None, ge=0, le=MOST)
    company_id: int | None = Field(default=None, ge=0, le=MOST)
    window: str = DEFAULT_WINDOW
    outcome: str = Field(default="", description=f"one of {', '.join(OUTCOMES)}; empty for all")
    reason: str = Field(default="", max_length=40, pattern="^[a-z_]*$", description="rows of one reason only")
    cursor: str = Field(default="", description="`next_cursor` of the page before")
    limit: int = Field(default=ROWS, ge=1, le=MOST_ROWS)


def asking_of(board: Board, principal: Principal, kpi: str, query: EvidenceQuery) -> Asking:
    """Which evidence a request may have; of whoever sees one technician only, that one's rows."""
    if query.tech_id is not None:
        principal.require_technician(query.tech_id)
    asked = ((Scope.TECH, query.tech_id), (Scope.QUEUE, query.queue_id), (Scope.COMPANY, query.company_id))
    for scope, scope_id in asked:
        if scope_id is not None:
            require_known(board.view, scope, scope_id)
    own = board.own_window(kpi, board.window(query.window))
    return Asking(
        measure=kpi,
        first_day=own.first_day,
        last_day=own.last_day,
        tech_id=query.tech_id if principal.may(Need.READ) else principal.technician_id,
        queue_id=query.queue_id,
        company_id=query.company_id,
        outcome=outcome_asked(query.outcome),
        reason=query.reason or None,
    )
