"""``GET /api/v1/kpis``: what each KPI is and the terms it is held to now (kpis.md §3, the policy's ``[kpis.*]``)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.access.guard import needs
from service.access.scopes import Need
from service.api import examples
from service.api.figures import answer
from service.api.reader import Figures
from service.api.scorecard import number
from service.reading import View
from service.scorecards.terms import Terms, terms_in_force

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))


@router.get("/api/v1/kpis", response_model=None, responses=examples.KPIS)
def read_kpis(request: Request, reader: Figures) -> Response:
    """Every KPI in the order of the scorecard, with target, floor, minimum sample and weights in force.

    Weights are shares of the whole score before it is divided by what counts (an eighth is a full slot).
    """
    return answer(request, reader, _document)


def _document(view: View) -> object:
    return {"items": [definition_document(terms) for terms in terms_in_force(view.policy)], "next_cursor": None}


def definition_document(terms: Terms) -> dict[str, Any]:
    """A KPI's definition as the API writes it; ``window_days`` only where the KPI has a window of its own."""
    definition = terms.definition
    return {
        "kpi": definition.key,
        "title": definition.title,
        "meaning": definition.meaning,
        "direction": definition.direction,
        "slot": definition.slot,
        "target": number(terms.target),
        "floor": number(terms.floor),
        "minimum_sample": terms.minimum_sample,
        "tech_weight": number(terms.tech_weight),
        "team_weight": number(terms.team_weight),
        "window_days": definition.lead_days,
        "companions": {companion.key: companion.meaning for companion in definition.companions},
    }
