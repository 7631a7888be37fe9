"""``GET /api/v1/scorecard``: the team's and the technicians' figures in a window (design §6)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.instants import Day, date_of, isoformat
from service.access.guard import needs, principal_of
from service.access.scopes import Need
from service.access.visibility import visible
from service.api import examples
from service.api.figures import answer
from service.api.reader import Figures
from service.reading import View
from service.scorecards.cards import Card, KpiFigure, Scorecard
from service.scorecards.score import round_half_even
from service.scorecards.scorecard import DEFAULT_WINDOW, scorecard
from service.scorecards.windows import Window

_DOCUMENTS = "documents"

router = APIRouter(tags=["figures"], route_class=needs(Need.OWN))


@router.get("/api/v1/scorecard", response_model=None, responses=examples.SCORECARD)
def read_scorecard(request: Request, reader: Figures, window: str = DEFAULT_WINDOW) -> Response:
    """Score, band and every KPI of the team and of each technician, at the ledger's ``as_of``.

    Numerators and denominators are exact integers in millionths; ratios are rounded half-even to 6 decimals.
    """

    def document(view: View) -> object:
        return document_of(visible(scorecard(view, window), principal_of(request)))

    return answer(request, reader, document)


def document_of(card: Scorecard) -> dict[str, Any]:
    """A scorecard as the API writes it."""
    return {
        "as_of": isoformat(card.as_of),
        "position": card.version.position,
        "generation": card.version.generation,
        "window": window_document(card.window),
        "team": {"score": number(card.team.score), "band": card.team.band, "kpis": _kpis(card.team)},
        "technicians": [
            {
                "tech_id": one.tech_id,
                "name": one.name,
                "score": number(one.score),
                "band": one.band,
                "focus": one.focus,
                "kpis": _kpis(one),
            }
            for one in card.technicians
        ],
    }


def window_document(window: Window) -> dict[str, str]:
    """A window as the API writes it."""
    return {"name": window.name, "from": date_text(window.first_day), "to": date_text(window.last_day)}


def kpi_document(figure: KpiFigure) -> dict[str, Any]:
    """A KPI object, the same in every answer that has one."""
    return {
        "kpi": figure.kpi,
        "value": number(figure.value),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "sample_size": figure.sample_size,
        "sufficient": figure.sufficient,
        "measurable": figure.measurable,
        "reason": figure.reason,
        "target": number(figure.target),
        "floor": number(figure.floor),
        "attainment": number(figure.attainment),
        "provisional": figure.provisional,
        "from": date_text(figure.first_day),
        "to": date_text(figure.last_day),
        "companions": {name: number(value) for name, value in figure.companions.items()},
        "flags": list(figure.flags),
    }


def number(value: Fraction | int | None) -> float | int | None:
    """A fraction rounded half-even to 6 decimals; integers and ``None`` as they are."""
    return round_half_even(value) if isinstance(value, Fraction) else value


def _kpis(card: Card) -> list[dict[str, Any]]:
    """A card's KPIs as the API writes them; made once of a card, for rounding fractions is dear."""
    if _DOCUMENTS not in card.made:
        card.made[_DOCUMENTS] = [kpi_document(figure) for figure in card.kpis]
    documents: list[dict[str, Any]] = card.made[_DOCUMENTS]
    return documents


def date_text(day: Day) -> str:
    """A day as the API writes it, ``2026-09-14``."""
    return date_of(day).isoformat()
