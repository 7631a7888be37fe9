"""Business time: wall-clock hours of business days, exact over changes of the clock."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.instants import HOUR, MINUTE, NEVER, isoformat, parse_instant
from models.policy import BusinessDay
from service.scorecards.calendar import HORIZON_DAYS, BusinessCalendar

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = BusinessCalendar(BusinessDay(), NEW_YORK, frozenset({20260907}))
"""08:00-17:00, Monday to Friday; Labor Day is a holiday."""
NIGHTS = BusinessCalendar(
    BusinessDay(start=time(0), end=time(6), days=("sat", "sun")), ZoneInfo("Europe/London"), frozenset()
)
"""Weekend nights, on which clocks change."""

DAY = 24 * HOUR
INSTANTS = st.integers(parse_instant("2025-01-01T00:00:00Z"), parse_instant("2027-01-01T00:00:00Z"))
CALENDARS = st.sampled_from([OFFICE, NIGHTS])


def at(text: str) -> int:
    """An instant by New York's clock in September (UTC-4)."""
    return parse_instant(f"2026-09-{text}:00-04:00")


class TestBetween:
    """How much business time lies between two instants."""

    @pytest.mark.parametrize(
        ("a", "b", "expected"),
        [
            ("15T09:00", "15T10:30", 90 * MINUTE),
            ("15T06:00", "15T08:00", 0),
            ("15T06:00", "15T20:00", 9 * HOUR),
            ("15T16:00", "16T09:00", 2 * HOUR),
            ("11T16:00", "14T09:00", 2 * HOUR),
            ("04T16:00", "08T09:00", 2 * HOUR),
            ("12T00:00", "14T00:00", 0),
            ("15T10:00", "15T10:00", 0),
        ],
    )
    def test_only_business_hours_count(self, a: str, b: str, expected: int) -> None:
        """Nights, the weekend and the holiday of 7 September are no time."""
        assert expected == OFFICE.business_micros(at(a), at(b))
        assert -expected == OFFICE.business_micros(at(b), at(a))

    @pytest.mark.parametrize(
        ("midnight", "hours"),
        [("2026-03-29T00:00:00Z", 5), ("2026-10-25T00:00:00+01:00", 7), ("2026-10-24T00:00:00+01:00", 6)],
    )
    def test_a_day_on_which_the_clock_changes(self, midnight: str, hours: int) -> None:
        """00:00 to 06:00 by the wall is five hours in March, seven in October, six otherwise."""
        start = parse_instant(midnight)

        assert hours * HOUR == NIGHTS.business_micros(start, start + 8 * HOUR)

    def test_a_business_day_never_has_negative_length(self) -> None:
        """01:30 does not exist on that night and stands for 02:30, which is after the end at 02:15: no time."""
        skipped = BusinessCalendar(
            BusinessDay(start=time(1, 30), end=time(2, 15), days=("sun",)), ZoneInfo("Europe/London"), frozenset()
        )
        midnight = parse_instant("2026-03-29T00:00:00Z")

        assert 0 == skipped.business_micros(midnight, midnight + DAY)
        assert 45 * MINUTE == skipped.business_micros(midnight + 7 * DAY - HOUR, midnight + 8 * DAY)

    def test_a_far_due_date_is_bounded(self) -> None:
        """A due date at the end of time costs ten years of days, once."""
        now = at("15T12:00")

        assert OFFICE.business_micros(now, now + HORIZON_DAYS * DAY) == OFFICE.business_micros(now, NEVER)

    @given(CALENDARS, INSTANTS, INSTANTS, INSTANTS)
    def test_it_adds_up(self, calendar: BusinessCalendar, a: int, b: int, c: int) -> None:
        """From a to b and from b to c is from a to c, in any order of the three."""
        assert calendar.business_micros(a, c) == calendar.business_micros(a, b) + calendar.business_micros(b, c)


class TestBefore:
    """The instant so much business time ago."""

    @pytest.mark.parametrize(
        ("now", "micros", "expected"),
        [
            ("15T10:00", 45 * MINUTE, "15T09:15"),
            ("15T08:30", 45 * MINUTE, "14T16:45"),
            ("14T08:30", 45 * MINUTE, "11T16:45"),
            ("08T08:30", 45 * MINUTE, "04T16:45"),
            ("15T20:00", 9 * HOUR, "15T08:00"),
            ("15T09:00", HOUR, "15T08:00"),
            ("12T12:00", 0, "12T12:00"),
        ],
    )
    def test_it_steps_over_closed_hours(self, now: str, micros: int, expected: str) -> None:
        """The latest such instant: at the very opening rather than in the night before."""
        assert isoformat(at(expected)) == isoformat(OFFICE.before(at(now), micros))

    @given(CALENDARS, INSTANTS, st.integers(0, 200 * HOUR))
    def test_it_undoes_business_time(self, calendar: BusinessCalendar, now: int, micros: int) -> None:
        """Between it and now lies exactly the time asked for, and later there is less."""
        start = calendar.before(now, micros)

        assert micros == calendar.business_micros(start, now)
        assert start == now or micros - 1 == calendar.business_micros(start + 1, now)

    def test_without_enough_business_time_it_ends(self) -> None:
        """A business of one second a week never has nine hours; the search stops at the horizon."""
        now = at("15T12:00")
        hardly_open = BusinessCalendar(
            BusinessDay(start=time(8), end=time(8, 0, 1), days=("mon",)), NEW_YORK, frozenset()
        )

        assert now - HORIZON_DAYS * DAY == hardly_open.before(now, 9 * HOUR)

    def test_a_negative_span_is_a_mistake(self) -> None:
        """Time before an instant lies before it."""
        with pytest.raises(ValueError, match="negative"):
            OFFICE.before(at("15T12:00"), -1)


class TestSpans:
    """The spans of burn rates."""

    def test_spans_on_a_tuesday_noon(self) -> None:
        """Minutes and hours of business, one business day and five, over a weekend."""
        assert {
            "45bm": "2026-09-15T15:15:00Z",
            "2bh": "2026-09-15T14:00:00Z",
            "3bh": "2026-09-15T13:00:00Z",
            "1bd": "2026-09-14T16:00:00Z",
            "5bd": "2026-09-08T16:00:00Z",
        } == {span: isoformat(start) for span, start in OFFICE.spans(at("15T12:00")).items()}

    def test_five_business_days_step_over_the_holiday(self) -> None:
        """From Wednesday 9 September back over Labor Day and the weekend before."""
        assert "2026-09-01T16:00:00Z" == isoformat(OFFICE.spans(at("09T12:00"))["5bd"])


class TestDays:
    """Which days are worked."""

    @pytest.mark.parametrize(
        ("day", "expected"),
        [(20260904, True), (20260905, False), (20260906, False), (20260907, False), (20260908, True)],
    )
    def test_weekends_and_holidays_are_none(self, day: int, expected: bool) -> None:
        """Around Labor Day."""
        assert expected is OFFICE.is_business_day(day)

    @pytest.mark.parametrize(
        ("now", "expected"),
        [("01T00:00", 21), ("29T16:59", 2), ("30T16:59", 1), ("30T17:00", 0), ("05T12:00", 17)],
    )
    def test_days_left_in_the_month(self, now: str, expected: int) -> None:
        """Today counts until its end of business."""
        assert expected == OFFICE.business_days_left_in_month(at(now))
