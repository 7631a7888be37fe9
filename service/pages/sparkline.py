"""A KPI over thirteen months as a small picture: its points on a canvas, and the same in words for who cannot see it.

Pure. Months without data break the line; a month with too small a sample is a hollow dot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.instants import date_of
from service.pages import words
from service.scorecards.trend import Point

WIDTH, HEIGHT = 156, 36
_EDGE = 4


@dataclass(frozen=True, slots=True)
class Dot:
    """One month on the canvas, and in words."""

    x: int
    y: int
    hollow: bool
    last: bool


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month of the table beside a picture. ``window`` is its name in addresses."""

    window: str
    label: str
    value: str
    sample: str
    note: str


@dataclass(frozen=True, slots=True)
class Sparkline:
    """``strokes``: the points of each unbroken line; ``target``: the height of the target; ``said``: all in words."""

    strokes: tuple[str, ...]
    dots: tuple[Dot, ...]
    target: int
    said: str
    months: tuple[MonthLine, ...]


def sparkline(kpi: str, points: Sequence[Point], target: Fraction) -> Sparkline | None:
    """The picture of a KPI's months, oldest first; ``None`` where no month has a value."""
    values = [one.value for one in points if one.value is not None]
    if not values:
        return None
    low, high = min(*values, target), max(*values, target)
    step = (WIDTH - 2 * _EDGE) // max(1, len(points) - 1)

    def height(value: Fraction) -> int:
        way = Fraction(1, 2) if high == low else (value - low) / (high - low)
        return round(HEIGHT - _EDGE - way * (HEIGHT - 2 * _EDGE))

    dots: list[Dot] = []
    strokes: list[list[Dot]] = [[]]
    for number, one in enumerate(points):
        if one.value is None:
            strokes.append([])
            continue
        dots.append(Dot(_EDGE + number * step, height(one.value), not one.sufficient, number == len(points) - 1))
        strokes[-1].append(dots[-1])
    lines = tuple(" ".join(f"{dot.x},{dot.y}" for dot in stroke) for stroke in strokes if len(stroke) > 1)
    months = tuple(_month(kpi, one, target) for one in points)
    told = "; ".join(f"{one.label} {one.value}{f' ({one.note})' if one.note else ''}" for one in months)
    return Sparkline(lines, tuple(dots), height(target), f"{told}; target {words.goal(kpi, target)}", months)


def _month(kpi: str, one: Point, target: Fraction) -> MonthLine:
    first = date_of(one.first_day)
    note = "" if one.value is None or one.sufficient else "sample too small"
    value = "no data" if one.value is None else words.amount(kpi, one.value, target)
    return MonthLine(f"{first:%Y-%m}", f"{first:%b %Y}", value, words.count(one.sums.sample), note)
