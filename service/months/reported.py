"""A month as it was reported, read back from its document into the values that everything shows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from service.kpis.companions import ratio
from service.months.closing import Closed
from service.scorecards.cards import Card, KpiFigure, Scorecard
from service.scorecards.windows import Window


def reported_card(closed: Closed, corrected: Scorecard) -> Scorecard:
    """The scorecard as reported, in the place of the one that is known now."""
    document = closed.document
    days = document["window"]
    return replace(
        corrected,
        as_of=closed.reported_at,
        window=Window(corrected.window.name, _day(days["from"]), _day(days["to"])),
        team=_card(document["team"]),
        technicians=tuple(_card(one) for one in document["technicians"]),
    )


def _card(document: dict[str, Any]) -> Card:
    return Card(
        kpis=tuple(_figure(one) for one in document["kpis"]),
        score=_fraction(document["score"]),
        band=document["band"],
        focus=document.get("focus"),
        tech_id=document.get("tech_id"),
        name=document.get("name", ""),
    )


def _figure(document: dict[str, Any]) -> KpiFigure:
    known = document["value"] is not None
    return KpiFigure(
        kpi=document["kpi"],
        numerator=document["numerator"],
        denominator=document["denominator"],
        sample_size=document["sample_size"],
        provisional=document["provisional"],
        value=ratio(document["numerator"], document["denominator"]) if known else None,
        sufficient=document["sufficient"],
        measurable=document["measurable"],
        reason=document["reason"],
        target=Fraction(str(document["target"])),
        floor=Fraction(str(document["floor"])),
        attainment=_fraction(document["attainment"]),
        first_day=_day(document["from"]),
        last_day=_day(document["to"]),
    )


def _fraction(number: float | None) -> Fraction | None:
    return None if number is None else Fraction(str(number))


def _day(text: str) -> int:
    return int(text.replace("-", ""))
