"""Which days a digest is about. Numbers are those of windows the pages have too, so that each can be followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from models.instants import HOUR, Day, Instant, add_days, date_of, day_of, local_day, start_of_day
from models.policy import Policy
from service.scorecards.windows import Window, month_name, month_of, previous_month

LOOKS_BACK_DAYS = 7
"""In its first days a month says nothing yet: until the eighth the month before is told."""

SENT_AT_HOUR = 7
LATE_HOURS = 24
"""A worker that comes back so much later does not send any more: Tuesday's news is no Monday digest."""


@dataclass(frozen=True, slots=True)
class Period:
    """``week``: the date of its Monday; months as ``YYYY-MM``; the last whole week and the one before."""

    week: str
    month: str
    month_before: str
    last_week: Window
    week_before: Window


def period_of(as_of: Instant, policy: Policy) -> Period:
    """The period of the digest of the week in which ``as_of`` lies."""
    today = local_day(as_of, policy.zone)
    monday = _monday(today)
    month = month_of(add_days(today, -LOOKS_BACK_DAYS))
    last, before = add_days(monday, -7), add_days(monday, -14)
    return Period(
        week=week_of(as_of, policy),
        month=month_name(month),
        month_before=month_name(previous_month(month)),
        last_week=Window("last_week", last, add_days(monday, -1)),
        week_before=Window("week_before", before, add_days(last, -1)),
    )


def week_of(as_of: Instant, policy: Policy) -> str:
    """The date of the Monday of the week in which ``as_of`` lies."""
    return date_of(_monday(local_day(as_of, policy.zone))).isoformat()


def is_due(as_of: Instant, policy: Policy) -> bool:
    """Whether it is Monday after seven, tenant's time, or not much later."""
    monday = _monday(local_day(as_of, policy.zone))
    begins = start_of_day(monday, policy.zone) + SENT_AT_HOUR * HOUR
    return begins <= as_of < begins + LATE_HOURS * HOUR


def _monday(day: Day) -> Day:
    date = date_of(day)
    return day_of(date - timedelta(days=date.weekday()))
