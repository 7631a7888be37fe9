"""Windows are local days that end today (kpis.md §5)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from models.instants import add_days, parse_instant
from service.scorecards.windows import (
    UnknownWindow,
    Window,
    ending,
    last_day_of,
    month_name,
    month_of,
    months_back,
    previous_month,
    window,
)

NEW_YORK = ZoneInfo("America/New_York")
SUNDAY_EVENING = parse_instant("2026-03-01T23:30:00-05:00")  # already Monday in UTC


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", 20260301, 20260301),
        ("7d", 20260223, 20260301),
        ("30d", 20260131, 20260301),
        ("90d", 20251202, 20260301),
        ("wtd", 20260223, 20260301),
        ("mtd", 20260301, 20260301),
        ("last_month", 20260201, 20260228),
        ("2026-03", 20260301, 20260301),
        ("2026-02", 20260201, 20260228),
        ("2024-02", 20240201, 20240229),
        ("2025-12", 20251201, 20251231),
    ],
)
def test_a_window_is_a_range_of_local_days(name: str, first: int, last: int) -> None:
    """Each name on a Sunday that opens a month, late in the evening of New York."""
    assert Window(name, first, last) == window(name, SUNDAY_EVENING, NEW_YORK)


def test_the_zone_decides_what_today_is() -> None:
    """The same instant is Monday, the first day of a week, in London."""
    assert Window("wtd", 20260302, 20260302) == window("wtd", SUNDAY_EVENING, ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    "name",
    ["2026-04", "2027-01", "2026-13", "2026-00", "2026-3", "02026-03", "1969-12", "0000-01", "2026-03\n", "٢٠٢٦-٠٣"],
)
def test_months_to_come_and_malformed_ones_are_unknown(name: str) -> None:
    """A month that has not begun has no figures, and nothing else is guessed."""
    with pytest.raises(UnknownWindow):
        window(name, SUNDAY_EVENING, NEW_YORK)


@pytest.mark.parametrize("name", ["", "week", "TODAY", "8d", "x" * 10_000])
def test_other_names_are_unknown_and_the_error_lists_the_known(name: str) -> None:
    """The message helps and stays short, whatever was asked."""
    with pytest.raises(UnknownWindow, match="allowed: today, 7d, 30d, 90d, wtd, mtd, last_month, YYYY-MM") as caught:
        window(name, SUNDAY_EVENING, NEW_YORK)

    assert len(str(caught.value)) < 200


def test_the_present_month_by_name_is_month_to_date() -> None:
    """Windows end today, under either name."""
    as_of = parse_instant("2026-02-10T12:00:00Z")

    assert (20260201, 20260210) == (
        window("2026-02", as_of, NEW_YORK).first_day,
        window("2026-02", as_of, NEW_YORK).last_day,
    )


@pytest.mark.parametrize(
    ("name", "days", "first"), [("last_month", 90, 20251201), ("mtd", 28, 20260202), ("today", 1, 20260301)]
)
def test_a_kpi_may_look_back_further_than_its_window(name: str, days: int, first: int) -> None:
    """Surveys and burn-out count the days ending with the window's last day."""
    whole = window(name, SUNDAY_EVENING, NEW_YORK)

    assert Window(name, first, whole.last_day) == ending(whole, days)


def test_days_cross_months_years_and_leap_days() -> None:
    """Day arithmetic is the calendar's."""
    assert [20240229, 20240301, 20251231, 20260101] == [
        add_days(20240228, 1),
        add_days(20240228, 2),
        add_days(20260101, -1),
        add_days(20251231, 1),
    ]


def test_months_count_back_over_years() -> None:
    """Thirteen months back is last year's month before."""
    assert [202601, 202512, 202502, 202501] == [
        month_of(20260131),
        previous_month(202601),
        months_back(202602, 12),
        months_back(202602, 13),
    ]
    assert [20240229, 20251231] == [last_day_of(202402), last_day_of(202512)]
    assert "2026-01" == month_name(202601)
