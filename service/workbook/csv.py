"""The month's figures as CSV for scripts: one line per KPI of the team and of each technician, numbers as the API's."""

from __future__ import annotations

import csv
from io import StringIO

from service.api.scorecard import date_text, number
from service.scorecards.cards import Scorecard
from service.workbook.texts import csv_text

HEADS = (
    *("scope", "tech_id", "name", "score", "band", "focus", "kpi", "value", "numerator", "denominator", "sample_size"),
    *("sufficient", "measurable", "reason", "target", "floor", "attainment", "provisional", "from", "to"),
)


def csv_of(card: Scorecard) -> str:
    """RFC 4180 lines with a head. Numerators and denominators are in millionths; nothing is an empty cell."""
    text = StringIO()
    lines = csv.writer(text)
    lines.writerow(HEADS)
    for one in (card.team, *card.technicians):
        scope = "team" if one.tech_id is None else "technician"
        whose = (scope, one.tech_id, csv_text(one.name), number(one.score), one.band, one.focus)
        for figure in one.kpis:
            lines.writerow(
                (
                    *whose,
                    figure.kpi,
                    number(figure.value),
                    figure.numerator,
                    figure.denominator,
                    figure.sample_size,
                    int(figure.sufficient),
                    int(figure.measurable),
                    figure.reason,
                    number(figure.target),
                    number(figure.floor),
                    number(figure.attainment),
                    figure.provisional,
                    date_text(figure.first_day),
                    date_text(figure.last_day),
                )
            )
    return text.getvalue()
