"""How figures and spans of time are told."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from models.instants import HOUR, MINUTE, SECOND
from service.pages import words
from tests.projection.harness import at

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("expected", "met", "decided", "target"),
    [
        ("97.5", 39, 40, "0.97"),
        ("96.9", 9_696, 10_000, "0.97"),
        ("97.0", 9_700, 10_000, "0.97"),
        ("97.0", 9_701, 10_000, "0.97"),
        ("94.5", 94_450, 100_000, "0.9445"),
        ("0", 0, 40, "0.97"),
        ("0.1", 1, 40_000, "0.97"),
        ("99.9", 39_999, 40_000, "0.97"),
        ("100", 40, 40, "0.97"),
        ("104.2", 1_042, 1_000, "0.8"),
    ],
)
def test_a_ratio_is_never_rounded_across_what_it_is_judged_by(
    expected: str, met: int, decided: int, target: str
) -> None:
    """A miss never reads as a hit, something never as nothing, and nearly all never as all."""
    assert expected == words.percent(Fraction(met, decided), Fraction(target))


def test_a_score_never_reads_as_the_band_above() -> None:
    """Scores are cut, not rounded."""
    assert ["95.9", "96.0", "100", ""] == [
        words.points(Fraction("95.99")),
        words.points(Fraction(96)),
        words.points(Fraction(100)),
        words.points(None),
    ]


@pytest.mark.parametrize(
    ("expected", "micros"),
    [
        ("0 s", -5 * SECOND),
        ("59 s", 59 * SECOND),
        ("5 min", 5 * MINUTE + SECOND),
        ("2 h", 2 * HOUR),
        ("2 h 5 min", 2 * HOUR + 5 * MINUTE),
        ("3 d 4 h", 76 * HOUR),
        ("40 d", 40 * 24 * HOUR + HOUR),
    ],
)
def test_spans_have_at_most_two_units(expected: str, micros: int) -> None:
    """A span is told as coarsely as it is long."""
    assert expected == words.span(micros)


@pytest.mark.parametrize(
    ("expected", "then"),
    [
        ("09:12", "2026-09-14 13:12"),
        ("13 Sep 23:59", "2026-09-14 03:59"),
        ("3 Dec 2025", "2025-12-03 15:00"),
    ],
)
def test_a_moment_is_told_in_the_policys_timezone(expected: str, then: str) -> None:
    """Today by the clock, otherwise with its date; the day is the policy's, not UTC's."""
    assert expected == words.moment(at(then), at("2026-09-14 18:00"), ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("expected", "first", "last"),
    [
        ("Mon 14 Sep 2026", 20260914, 20260914),
        (f"1{DASH}14 Sep 2026", 20260901, 20260914),
        (f"16 Aug {DASH} 14 Sep 2026", 20260816, 20260914),
        (f"16 Dec 2025 {DASH} 14 Jan 2026", 20251216, 20260114),
    ],
)
def test_days_say_no_more_than_needed(expected: str, first: int, last: int) -> None:
    """A window's dates repeat neither month nor year."""
    assert expected == words.days(first, last)


def test_windows_have_names() -> None:
    """Named windows and months read as people say them."""
    assert ["This month", "7 days", "September 2026"] == [words.window_word(name) for name in ("mtd", "7d", "2026-09")]


def test_every_sla_kpi_says_what_to_change_when_it_cannot_be_measured() -> None:
    """No KPI that may be unmeasurable is left without words."""
    assert {kpi for kpi, one in words.DEFINITIONS.items() if one.slot == "sla"} == set(words.NOT_MEASURABLE)


def test_an_amount_has_its_own_unit() -> None:
    """Ratios are percentages; hours per endpoint are a number."""
    hours = "reactive_hours_per_endpoint"

    assert "96.4%" == words.amount("sla_triage", Fraction(964, 1000))
    assert ("0.25", "0.25") == (words.amount(hours, Fraction(1, 4)), words.goal(hours, Fraction(1, 4)))
    assert "97%" == words.goal("sla_triage", Fraction(97, 100))


def test_a_change_has_its_sign() -> None:
    """Up, down, and not to be seen."""
    third, half = Fraction(1, 3), Fraction(1, 2)

    assert "+16.7" == words.change("sla_triage", half, third)
    assert f"{MINUS}16.7" == words.change("sla_triage", third, half)
    assert "±0" == words.change("sla_triage", half, half + Fraction(1, 10_000))
    assert f"{MINUS}0.17" == words.change("reactive_hours_per_endpoint", third, half)
