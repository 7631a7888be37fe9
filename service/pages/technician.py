"""The values of the page ``/technicians/{id}``: a person's figures, what they missed, and what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from service.kpis.contributions import Outcome
from service.pages import words
from service.pages.cells import FigureCell, figure_cell, figures_of
from service.pages.coaching import PlanLine
from service.pages.explained import before_of, months_of
from service.pages.home import WINDOWS, WindowLink
from service.pages.rows import Line, lines
from service.pages.sparkline import Sparkline
from service.pages.words import DEFINITIONS
from service.scorecards import roster
from service.scorecards.evidence import Asking, Misses, evidence
from service.scorecards.scorecard import Board
from service.scorecards.windows import Window

LINES = 20


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI of a person, with their last thirteen months."""

    title: str
    meaning: str
    target: str
    cell: FigureCell
    months: Sparkline | None
    focus: bool


@dataclass(frozen=True, slots=True)
class TechnicianSheet:
    """Everything the template shows. ``misses`` and ``left_out`` are the newest; figures lead to all."""

    tech_id: int
    name: str
    window: str
    days: str
    as_of: str
    windows: tuple[tuple[str, WindowLink], ...]
    score: str
    band: str
    before: str
    focus: str
    figures: tuple[Figure, ...]
    plans: tuple[PlanLine, ...]
    misses: tuple[Line, ...]
    left_out: tuple[Line, ...]
    lines: int


def technician_sheet(board: Board, tech_id: int, window_name: str, plans: tuple[PlanLine, ...]) -> TechnicianSheet:
    """The page's values; ``UnknownWindow`` for a name that is none."""
    view, whole = board.view, board.window(window_name)
    name = roster.names(view.connection, [tech_id])[tech_id]
    card = board.technician(whole, tech_id, name)
    before = board.technician(board.window(before_of(whole)), tech_id, name)
    then = figures_of(before)
    names = WINDOWS if window_name in WINDOWS else (*WINDOWS, window_name)
    return TechnicianSheet(
        tech_id=tech_id,
        name=card.name,
        window=words.window_word(window_name),
        days=words.days(whole.first_day, whole.last_day),
        as_of=words.clock_time(view.as_of, view.policy.zone),
        windows=tuple(
            (
                f"/technicians/{tech_id}?{urlencode({'window': name})}",
                WindowLink(name, words.window_word(name), name == window_name),
            )
            for name in names
        ),
        score=words.points(card.score),
        band=words.BAND_WORDS.get(card.band or "", ""),
        before=words.window_word(before_of(whole)),
        focus=words.short_title(card.focus or ""),
        figures=tuple(
            Figure(
                title=DEFINITIONS[figure.kpi].title,
                meaning=DEFINITIONS[figure.kpi].meaning,
                target=words.goal(figure.kpi, figure.target),
                cell=figure_cell(figure, window=window_name, tech_id=tech_id, before=then.get(figure.kpi)),
                months=months_of(board, figure.kpi, tech_id),
                focus=figure.kpi == card.focus,
            )
            for figure in card.kpis
        ),
        plans=plans,
        misses=_newest(board, whole, tech_id, missed=True),
        left_out=_newest(board, whole, tech_id, missed=False),
        lines=LINES,
    )


def _newest(board: Board, whole: Window, tech_id: int, *, missed: bool) -> tuple[Line, ...]:
    """The newest lines of all KPIs together."""
    found: list[tuple[tuple[int, int], Line]] = []
    for terms in board.terms:
        own = board.own_window(terms.key, whole)
        against = Misses.BELOW_ONE if terms.definition.higher_is_better else Misses.ABOVE_NONE
        asking = Asking(
            measure=terms.key,
            first_day=own.first_day,
            last_day=own.last_day,
            tech_id=tech_id,
            outcome=Outcome.COUNTED if missed else Outcome.EXCLUDED,
            misses=against if missed else Misses.NOT_ASKED,
        )
        rows = evidence(board.view.connection, asking, limit=LINES).rows
        places = [(row.cursor.day, row.cursor.happened_at) for row in rows]
        found += zip(places, lines(board.view, terms.key, rows), strict=True)
    found.sort(key=lambda one: one[0], reverse=True)
    return tuple(line for _, line in found[:LINES])
