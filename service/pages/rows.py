"""One line of evidence as the pages show it: which ticket, whose, when, met or missed, and why it does not count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from models.entities import MILLION, TECHNICIAN_DAYS
from service.kpis.contributions import Outcome
from service.kpis.definition import Definition
from service.pages import words
from service.pages.words import DEFINITIONS, Tone
from service.reading import View
from service.scorecards import roster
from service.scorecards.evidence import Evidence

_OUTCOME_WORDS = {Outcome.EXCLUDED: "Left out", Outcome.PENDING: "Pending"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row. ``ticket_id`` is ``None`` without a page to go to."""

    ticket_id: int | None
    number: str
    title: str
    holder: str
    tech_id: int | None
    when: str
    kpi: str
    tone: Tone
    verdict: str
    why: str
    provisional: bool


def lines(view: View, kpi: str, rows: Collection[Evidence]) -> tuple[Line, ...]:
    """Rows of one KPI in words."""
    people = holders(view.connection, [row.tech_id for row in rows])
    return tuple(_line(view, kpi, row, people) for row in rows)


def holders(connection: Connection, ids: Collection[int]) -> Mapping[int, str]:
    """Names by id; -1 is nobody."""
    return {-1: "Nobody", **roster.names(connection, ids)}


def _line(view: View, kpi: str, row: Evidence, people: Mapping[int, str]) -> Line:
    definition, cursor = DEFINITIONS[kpi], row.cursor
    tone, verdict = verdict_of(definition, row.outcome, row.numerator, row.denominator)
    is_day = cursor.subject_type == TECHNICIAN_DAYS
    subject = "The day's hours" if is_day else f"{cursor.subject_type} {cursor.subject_id}"
    return Line(
        ticket_id=row.ticket_id,
        number=row.ticket_number or (f"#{row.ticket_id}" if row.ticket_id is not None else subject),
        title=row.title or "",
        holder=people.get(row.tech_id, ""),
        tech_id=row.tech_id if row.tech_id >= 0 else None,
        when=words.moment(cursor.happened_at, view.as_of, view.policy.zone),
        kpi=definition.title,
        tone=tone,
        verdict=verdict,
        why=definition.reasons.get(row.reason, row.reason) or definition.rules.get(row.rule, ""),
        provisional=bool(row.provisional),
    )


def verdict_of(definition: Definition, outcome: str, numerator: int, denominator: int) -> tuple[Tone, str]:
    """What a contribution says, as a tone and in a word."""
    if outcome != Outcome.COUNTED:
        return Tone.NONE, _OUTCOME_WORDS[Outcome(outcome)]
    best = numerator >= denominator if definition.higher_is_better else numerator <= 0
    if denominator == MILLION and numerator in (0, MILLION):
        return (Tone.GOOD, "Met") if best else (Tone.ACT, "Missed")
    return Tone.GOOD if best else Tone.WATCH, f"{numerator / MILLION:g} of {denominator / MILLION:g}"
