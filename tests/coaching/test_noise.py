"""The noise of figures: Wilson for shares, the ratio of sums for hours, and when a fall is more than chance."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.entities import MILLION
from service.coaching.noise import FEWEST_DAYS, Interval, fell, interval, wilson
from service.kpis.client_survey import wilson_low
from service.kpis.companions import Sums

SHARES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
HOURS = st.lists(
    st.tuples(st.integers(0, 12 * MILLION), st.integers(1, 12 * MILLION)), min_size=FEWEST_DAYS, max_size=40
)


def share(positive: int, n: int) -> Sums:
    """So many tickets met of so many."""
    return Sums(positive * MILLION, n * MILLION, n)


def figure(positive: int, n: int) -> tuple[Fraction, Interval]:
    """A share with its interval."""
    found = wilson(positive, n)
    assert found is not None
    return Fraction(positive, n), found


@pytest.mark.parametrize(
    ("positive", "n", "expected"),
    [(0, 10, (0, 277_533)), (5, 10, (236_593, 763_407)), (10, 10, (722_467, 1_000_000)), (90, 100, (825_633, 944_771))],
)
def test_wilson_as_published(positive: int, n: int, expected: tuple[int, int]) -> None:
    """Textbook values, rounded outwards to a millionth."""
    found = wilson(positive, n)
    assert found is not None
    assert [True, True] == [abs(one - other) <= 1 for one, other in zip(found, expected, strict=True)]


@given(SHARES)
def test_wilson_s_laws(drawn: tuple[int, int]) -> None:
    """It holds the share, stays within 0 and 1, is mirrored by its complement, and is the survey's own lower bound."""
    positive, n = drawn
    low, high = wilson(positive, n) or Interval(0, 0)
    assert 0 <= low <= MILLION * positive / n <= high <= MILLION
    assert (MILLION - high, MILLION - low) == wilson(n - positive, n)
    bound = wilson_low(positive, n)
    assert bound is not None
    assert low <= bound * MILLION < low + 1


@given(SHARES, st.integers(2, 10))
def test_more_tickets_less_noise(drawn: tuple[int, int], times: int) -> None:
    """The same share of more is known better."""
    positive, n = drawn
    few, many = wilson(positive, n), wilson(positive * times, n * times)
    assert few is not None
    assert many is not None
    assert few.low <= many.low <= many.high <= few.high


@given(SHARES, SHARES, st.booleans())
def test_what_did_not_get_worse_did_not_fall(then: tuple[int, int], now: tuple[int, int], better: bool) -> None:
    """Never both directions at once, and never without a fall; what lies clear of the other's interval has fallen."""
    before, after = figure(*then), figure(*now)
    is_worse = after[0] < before[0] if better else after[0] > before[0]
    found = fell(before, after, higher_is_better=better)
    assert not found or is_worse
    assert not (found and fell(before, after, higher_is_better=not better))
    if is_worse and (after[1].high < before[1].low if better else after[1].low > before[1].high):
        assert found


@given(SHARES, SHARES)
def test_a_fall_is_mirrored(then: tuple[int, int], now: tuple[int, int]) -> None:
    """Misses rising is hits falling."""
    (a, n), (b, m) = then, now
    up = fell(figure(n - a, n), figure(m - b, m), higher_is_better=False)
    assert up == fell(figure(a, n), figure(b, m), higher_is_better=True)


@given(HOURS)
def test_the_interval_of_hours_holds_the_ratio(drawn: list[tuple[int, int]]) -> None:
    """Of whatever days, in whatever order."""
    days = [Sums(y, x, 1) for y, x in drawn]
    found = interval(days)
    whole = Fraction(sum(y for y, _ in drawn), sum(x for _, x in drawn)) * MILLION
    assert found is not None
    assert found.low <= whole <= found.high
    assert found == interval(days[::-1])


def test_hours_of_equal_days_have_hardly_any_noise() -> None:
    """Eight days of 6 of 8 hours are 0.75; a ninth unlike them tells how much days differ."""
    even = [Sums(6 * MILLION, 8 * MILLION, 1)] * FEWEST_DAYS
    assert Interval(750_000, 750_000) == interval(even)
    found = interval([*even, Sums(0, 8 * MILLION, 1)])
    assert found is not None
    assert (True, True) == (found.low < 600_000, found.high > 800_000)


def test_too_few_days_have_no_interval() -> None:
    """Nor has nothing; a share has one from the first ticket."""
    days = [Sums(6 * MILLION, 8 * MILLION, 1)] * (FEWEST_DAYS - 1)
    assert (None, None) == (interval(days), interval([]))
    assert wilson(1, 1) == interval([share(1, 1)])


def test_shares_of_many_days_are_one_share() -> None:
    """Wilson's interval is of all tickets, however they fell on days."""
    assert wilson(5, 10) == interval([share(2, 3), share(3, 7)])


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [((19, 20), (12, 20), True), ((19, 20), (16, 20), False), ((190, 200), (160, 200), True), ((1, 1), (0, 1), False)],
)
def test_a_fall_and_chance(then: tuple[int, int], now: tuple[int, int], expected: bool) -> None:
    """Three tickets of twenty are chance, seven are not; of two hundred thirty are not either."""
    assert expected == fell(figure(*then), figure(*now), higher_is_better=True)
