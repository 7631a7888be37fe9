"""``POST /api/v1/what-if``: the scores under other targets, floors, weights and samples; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from models.errors import Refused
from models.policy import Policy
from models.policy_tables import KpiPolicy
from service.access.guard import needs, principal_of
from service.access.scopes import Need
from service.access.visibility import visible
from service.api.asking import require_kpi
from service.api.examples import answers
from service.api.figures import answer
from service.api.reader import Figures
from service.api.scorecard import document_of, number
from service.reading import View
from service.scorecards.cards import Card, Scorecard
from service.scorecards.scorecard import DEFAULT_WINDOW, scorecard
from service.scorecards.terms import misdirected, terms_in_force

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))


class WhatIf(BaseModel):
    """Other terms by KPI, as the policy file has them; a KPI's number that is not given stays as it is."""

    model_config = ConfigDict(extra="forbid")

    kpis: Mapping[str, KpiPolicy]


_SCORES = {"team": {"score": 88.1, "band": "on_track"}, "technicians": []}
_EXAMPLE = {"scores": {"now": _SCORES, "what_if": _SCORES}, "scorecard": {"as_of": "2026-09-14T12:00:00Z"}}


@router.post(
    "/api/v1/what-if",
    response_model=None,
    responses=answers(_EXAMPLE, unknown_window="400", misdirected="400", unknown_kpi="404"),
)
def read_what_if(request: Request, reader: Figures, asked: WhatIf, window: str = DEFAULT_WINDOW) -> Response:
    """The scorecard under these terms, and beside it the scores as they are."""
    for kpi in asked.kpis:
        require_kpi(kpi)

    def document(view: View) -> object:
        policy = _changed(view.policy, asked.kpis)
        if wrong := misdirected(terms_in_force(policy)):
            raise Refused("misdirected", HTTPStatus.BAD_REQUEST, "; ".join(wrong))
        now = visible(scorecard(view, window), principal_of(request))
        other = View(view.connection, policy, view.version, view.as_of, view.heard)
        then = visible(scorecard(other, window), principal_of(request))
        return {"scores": {"now": _scores(now), "what_if": _scores(then)}, "scorecard": document_of(then)}

    return answer(request, reader, document, tag_of_body=True)


def _changed(policy: Policy, kpis: Mapping[str, KpiPolicy]) -> Policy:
    merged = dict(policy.kpis)
    for kpi, terms in kpis.items():
        known = merged.get(kpi, KpiPolicy())
        merged[kpi] = known.model_copy(update=terms.model_dump(exclude_none=True))
    return policy.model_copy(update={"kpis": merged})


def _scores(card: Scorecard) -> dict[str, Any]:
    return {"team": _score(card.team), "technicians": [_person(one) for one in card.technicians]}


def _score(card: Card) -> dict[str, Any]:
    return {"score": number(card.score), "band": card.band}


def _person(card: Card) -> dict[str, Any]:
    return {"tech_id": card.tech_id, "name": card.name, **_score(card), "focus": card.focus}
