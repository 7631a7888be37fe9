"""Business time (kpis.md §3, sla companions): the hours of business days, which burn rates and due times count in.

A *business day* is a day of the policy's ``business_day.days`` that is no holiday of the default location; its
hours are the wall clock from ``start`` to ``end`` in the policy's timezone, so that it may be an hour longer or
shorter where the clock changes within. Nothing here looks further than ``HORIZON_DAYS`` from where it starts.
"""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from models.instants import HOUR, MINUTE, Day, Instant, add_days, date_of, local_day, to_instant
from models.policy import BusinessDay
from models.policy_values import WEEKDAYS
from service.scorecards.windows import last_day_of, month_of

HORIZON_DAYS = 3_660
_HORIZON: Instant = HORIZON_DAYS * 24 * HOUR


class BusinessCalendar:
    """Business hours of one policy and one set of holidays; remembers the days it worked out."""

    def __init__(self, business_day: BusinessDay, zone: ZoneInfo, holidays: frozenset[Day]) -> None:
        self._start = business_day.start
        self._end = business_day.end
        self._weekdays = frozenset(WEEKDAYS.index(day) for day in business_day.days)
        self._zone = zone
        self._holidays = holidays
        self._hours: dict[Day, tuple[Instant, Instant]] = {}

    @property
    def day_micros(self) -> Instant:
        """The length of one business day by the wall clock (``1bd``)."""
        return _since_midnight(self._end) - _since_midnight(self._start)

    def is_business_day(self, day: Day) -> bool:
        """Whether that local day is worked."""
        return day not in self._holidays and date_of(day).weekday() in self._weekdays

    def is_open(self, moment: Instant) -> bool:
        """Whether an instant lies in business hours, their end included."""
        opens, closes = self._hours_of(local_day(moment, self._zone))
        return opens <= moment <= closes and opens < closes

    def business_micros(self, a: Instant, b: Instant) -> Instant:
        """Business time from ``a`` to ``b`` in microseconds, negative when ``b`` lies before ``a``.

        Of a longer way than ``HORIZON_DAYS`` only the part next to ``a`` is counted.
        """
        if b < a:
            return -self._between(max(b, a - _HORIZON), a)
        return self._between(a, min(b, a + _HORIZON))

    def _between(self, a: Instant, b: Instant) -> Instant:
        day, last = local_day(a, self._zone), local_day(b, self._zone)
        total = 0
        while day <= last:
            opens, closes = self._hours_of(day)
            total += max(0, min(b, closes) - max(a, opens))
            day = add_days(day, 1)
        return total

    def before(self, now: Instant, micros: Instant) -> Instant:
        """The latest instant with ``micros`` of business time between it and ``now``.

        The instant ``HORIZON_DAYS`` ago when there is not so much business time since.
        """
        if micros < 0:
            raise ValueError("business time before an instant cannot be negative")
        earliest = now - _HORIZON
        day, first = local_day(now, self._zone), local_day(earliest, self._zone)
        left = micros
        while left and day >= first:
            opens, closes = self._hours_of(day)
            worked = max(0, min(now, closes) - opens)
            if worked >= left:
                return max(earliest, min(now, closes) - left)
            left -= worked
            day = add_days(day, -1)
        return earliest if left else now

    def spans(self, as_of: Instant) -> dict[str, Instant]:
        """Where the burn-rate spans that end at ``as_of`` begin: ``45bm, 2bh, 3bh, 1bd, 5bd``."""
        lengths = {
            "45bm": 45 * MINUTE,
            "2bh": 2 * HOUR,
            "3bh": 3 * HOUR,
            "1bd": self.day_micros,
            "5bd": 5 * self.day_micros,
        }
        return {span: self.before(as_of, length) for span, length in lengths.items()}

    def business_days_left_in_month(self, as_of: Instant) -> int:
        """Business days of the local month whose end is still to come, today's included."""
        day = local_day(as_of, self._zone)
        last = last_day_of(month_of(day))
        left = 0
        while day <= last:
            left += self.is_business_day(day) and as_of < self._hours_of(day)[1]
            day = add_days(day, 1)
        return left

    def _hours_of(self, day: Day) -> tuple[Instant, Instant]:
        """When that day opens and closes; the same instant twice when it is not worked."""
        found = self._hours.get(day)
        if found is None:
            date = date_of(day)
            opens = to_instant(datetime.combine(date, self._start, self._zone))
            closes = to_instant(datetime.combine(date, self._end, self._zone))
            # Where the clock is put forward past both, "end" may come before "start": no time then.
            found = (opens, max(opens, closes) if self.is_business_day(day) else opens)
            self._hours[day] = found
        return found


def _since_midnight(moment: time) -> Instant:
    return moment.hour * HOUR + moment.minute * MINUTE + moment.second * 1_000_000
