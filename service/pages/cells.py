"""One figure as tables show it: its value, what it asks for, its sample, and how far it is from the month before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from service.pages import words
from service.pages.words import DEFINITIONS, Tone
from service.scorecards.cards import Card, KpiFigure


@dataclass(frozen=True, slots=True)
class Change:
    """How far a value moved since a month ago: signed, and whether that is the better way."""

    moved: str
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class FigureCell:
    """A figure of somebody. ``value`` is empty without one; ``note`` says why, or that the sample is small.

    ``was``: what had been reported, where that is another value.
    """

    kpi: str
    title: str
    value: str
    sample: str
    provisional: str
    tone: Tone
    tone_word: str
    note: str
    change: Change | None
    was: str
    href: str


def figure_cell(
    figure: KpiFigure,
    *,
    window: str,
    tech_id: int | None = None,
    before: KpiFigure | None = None,
    reported: KpiFigure | None = None,
) -> FigureCell:
    """A figure in words, leading to its evidence; ``before``: the same of the month before."""
    tone = words.tone(figure)
    note = "" if figure.sufficient or figure.value is None else "sample too small"
    if figure.value is None:
        note = "not measurable" if figure.reason else "no data"
    scope = {} if tech_id is None else {"tech_id": tech_id}
    value = _amount(figure)
    was = "" if reported is None else _amount(reported)
    return FigureCell(
        kpi=figure.kpi,
        title=words.short_title(figure.kpi),
        value=value,
        sample=words.count(figure.sample_size),
        provisional=words.count(figure.provisional) if figure.provisional else "",
        tone=tone,
        tone_word=words.TONE_WORDS[tone],
        note=note,
        change=None if before is None else change_of(figure, before),
        was="" if reported is None or was == value else was or "no data",
        href=f"/kpis/{figure.kpi}?{urlencode({'window': window, **scope})}",
    )


def change_of(now: KpiFigure, before: KpiFigure) -> Change | None:
    """The way from one figure to another; ``None`` where either may not be concluded from."""
    if now.value is None or before.value is None or not (now.sufficient and before.sufficient):
        return None
    moved = words.change(now.kpi, now.value, before.value)
    if now.value == before.value:
        return Change(moved, "as last month", Tone.NONE)
    better = (now.value > before.value) == DEFINITIONS[now.kpi].higher_is_better
    return Change(moved, "better" if better else "worse", Tone.GOOD if better else Tone.WATCH)


def figures_of(card: Card | None) -> Mapping[str, KpiFigure]:
    """A card's figures by KPI; none of nobody."""
    return {} if card is None else {figure.kpi: figure for figure in card.kpis}


def _amount(figure: KpiFigure) -> str:
    return "" if figure.value is None else words.amount(figure.kpi, figure.value, figure.target)
