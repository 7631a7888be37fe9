"""Goals: one best month towards the target, half way when unknown, never beyond, in either direction."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.entities import MILLION
from service.coaching.goal import best_step, is_between, next_step
from service.kpis.companions import NOTHING
from service.scorecards.trend import Point

RATIOS = st.fractions(min_value=0, max_value=2, max_denominator=10_000)


def months(*values: str | None) -> list[Point]:
    """Months with these values; one with a question mark has too small a sample."""
    return [
        Point(0, 0, NOTHING, None if one is None else Fraction(one.rstrip("?")), one is not None and "?" not in one)
        for one in values
    ]


@pytest.mark.parametrize(
    ("told", "better", "expected"),
    [
        (("0.5", "0.6", "0.8", "0.7"), True, "0.2"),
        (("0.5", "0.6", "0.8", "0.7"), False, "0.1"),
        (("0.5", None, "0.9"), True, None),
        (("0.5", "0.9?", "0.6"), True, None),
        (("0.9", "0.8"), True, None),
        ((), True, None),
    ],
)
def test_the_best_month(told: tuple[str | None, ...], better: bool, expected: str | None) -> None:
    """Between neighbours with enough of a sample only; nobody's best month is a step back."""
    found = best_step(months(*told), higher_is_better=better)
    assert (None if expected is None else Fraction(expected)) == found


@pytest.mark.parametrize(
    ("value", "target", "step", "better", "expected"),
    [
        ("0.70", "0.90", "0.10", True, 800_000),
        ("0.70", "0.90", "0.30", True, 900_000),
        ("0.70", "0.90", None, True, 800_000),
        ("0.20", "0.03", "0.05", False, 150_000),
        ("0.20", "0.03", "0.50", False, 30_000),
        ("0.20", "0.10", None, False, 150_000),
        (None, "0.90", "0.10", True, 900_000),
        ("0.99", "0.97", "0.10", True, 970_000),
        ("0.01", "0.03", None, False, 30_000),
    ],
)
def test_the_next_step(value: str | None, target: str, step: str | None, better: bool, expected: int) -> None:
    """Examples in both directions; without a value, or past the target, the goal is the target."""
    given = None if value is None else Fraction(value)
    pace = None if step is None else Fraction(step)
    assert expected == next_step(given, Fraction(target), pace, higher_is_better=better)


@given(st.none() | RATIOS, RATIOS, st.none() | RATIOS.filter(bool), st.booleans())
def test_never_beyond_the_target(value: Fraction | None, target: Fraction, step: Fraction | None, better: bool) -> None:
    """Nor worse than where it began by more than the rounding."""
    goal = Fraction(next_step(value, target, step, higher_is_better=better), MILLION)
    assert goal <= target if better else goal >= target
    if value is not None and value != target and (value < target) == better:
        tiny = Fraction(1, MILLION)
        assert goal >= value - tiny if better else goal <= value + tiny


@pytest.mark.parametrize(
    ("goal", "value", "better", "expected"),
    [
        (800_000, "0.7", True, True),
        (900_000, "0.7", True, True),
        (900_001, "0.7", True, False),
        (700_000, "0.7", True, False),
        (900_000, "0.95", True, True),
        (800_000, None, True, True),
        (950_000, "0.99", False, True),
        (890_000, "0.99", False, False),
    ],
)
def test_what_may_be_a_goal(goal: int, value: str | None, better: bool, expected: bool) -> None:
    """Better than the baseline, not beyond the target of 0.9; the target always."""
    begun = None if value is None else Fraction(value)
    assert expected == is_between(goal, begun, Fraction("0.9"), higher_is_better=better)
