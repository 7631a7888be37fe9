"""The values of the page ``/technicians/{id}``: a person's figures, what they missed, and what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from service.kpis.contributions import Outcome
from service.pages import words
from service.pages.home import WINDOWS, WindowLink
from service.pages.rows import Line, lines
from service.pages.words import DEFINITIONS, Tone
from service.scorecards import roster
from service.scorecards.cards import KpiFigure
from service.scorecards.evidence import Asking, Misses, evidence
from service.scorecards.scorecard import Board
from service.scorecards.windows import Window

LINES = 20


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI of a person. ``value`` is empty without one; ``note`` says why, or that the sample is small."""

    title: str
    meaning: str
    value: str
    target: str
    sample: str
    tone: Tone
    tone_word: str
    note: str
    href: str
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
    figures: tuple[Figure, ...]
    misses: tuple[Line, ...]
    left_out: tuple[Line, ...]
    lines: int


def technician_sheet(board: Board, tech_id: int, window_name: str) -> TechnicianSheet:
    """The page's values; ``UnknownWindow`` for a name that is none."""
    view, whole = board.view, board.window(window_name)
    card = board.technician(whole, tech_id, roster.names(view.connection, [tech_id])[tech_id])
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
        figures=tuple(_figure(figure, tech_id, window_name, card.focus) for figure in card.kpis),
        misses=_newest(board, whole, tech_id, missed=True),
        left_out=_newest(board, whole, tech_id, missed=False),
        lines=LINES,
    )


def _figure(figure: KpiFigure, tech_id: int, window_name: str, focus: str | None) -> Figure:
    definition = DEFINITIONS[figure.kpi]
    tone = words.tone(figure)
    note = "" if figure.sufficient else "sample too small"
    if figure.value is None:
        note = "not measurable" if figure.reason else "no data"
    return Figure(
        title=definition.title,
        meaning=definition.meaning,
        value="" if figure.value is None else words.percent(figure.value, figure.target),
        target=words.plain_percent(figure.target),
        sample=words.count(figure.sample_size),
        tone=tone,
        tone_word=words.TONE_WORDS[tone],
        note=note,
        href=f"/kpis/{figure.kpi}?{urlencode({'window': window_name, 'tech_id': tech_id})}",
        focus=figure.kpi == focus,
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
