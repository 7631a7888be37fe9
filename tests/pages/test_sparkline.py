"""Thirteen months as a picture: gaps, small samples, and the same in words."""

from __future__ import annotations

from fractions import Fraction

from service.kpis.companions import Sums
from service.pages.sparkline import HEIGHT, WIDTH, sparkline
from service.scorecards.trend import Point

TARGET = Fraction(9, 10)


def point(month: int, met: int | None, of: int = 20) -> Point:
    """A month's figure; ``None``: no data."""
    value = None if met is None else Fraction(met, of)
    sums = Sums(0, 0, 0 if met is None else of, 0)
    return Point(20260001 + month * 100, 20260028 + month * 100, sums, value, of >= 20)


def test_nothing_is_no_picture() -> None:
    """Without any value there is nothing to draw."""
    assert sparkline("sla_completion", [point(1, None), point(2, None)], TARGET) is None


def test_a_month_without_data_breaks_the_line() -> None:
    """Two months, a gap, one month: one stroke and a dot that stands alone."""
    drawn = sparkline("sla_completion", [point(1, 18), point(2, 20), point(3, None), point(4, 10, 10)], TARGET)

    assert drawn is not None
    assert (1, 3) == (len(drawn.strokes), len(drawn.dots))
    assert [False, False, True] == [dot.hollow for dot in drawn.dots]
    assert [False, False, True] == [dot.last for dot in drawn.dots]


def test_it_is_said_in_words() -> None:
    """What the eye sees is there for the ear, with the target."""
    drawn = sparkline("sla_completion", [point(1, 18), point(2, None), point(3, 1, 2)], TARGET)

    assert drawn is not None
    assert "Jan 2026 90.0%; Feb 2026 no data; Mar 2026 50.0% (sample too small); target 90%" == drawn.said


def test_every_dot_is_on_the_canvas() -> None:
    """Above the target and far below it, and all months equal to it, nothing leaves the picture."""
    for values in ((0, 20), (18, 18), (20,) * 13, tuple(range(13))):
        drawn = sparkline("sla_completion", [point(n % 12 + 1, met) for n, met in enumerate(values)], TARGET)
        assert drawn is not None
        assert all(0 < dot.x < WIDTH and 0 < dot.y < HEIGHT for dot in drawn.dots)
        assert 0 < drawn.target < HEIGHT
