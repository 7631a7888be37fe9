"""Scheduled hours: what utilization is measured against, per technician and local day (kpis.md §4).

A *day* counts when the technician is a member and the resource is there, hired and active; its hours are the
availability of the weekday less approved time off, none on a holiday, and of today the part that is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from ingest.autotask.catalogue import WEEKDAY_NAMES
from models.entities import TECHNICIAN_DAYS
from models.instants import MINUTE, NEVER, Day, Instant, add_days, date_of, local_day, start_of_day, to_instant
from service.kpis.contributions import Contribution, Verdict
from service.projection.fold import EntityState
from service.projection.rules import Rules
from service.projection.steps import Steps, existence, steps_of
from service.projection.story import MEMBER_DAYS, Moment, Story, TechnicianDaysStory

UTILIZATION = "utilization"
TIME_COVERAGE = "utilization.time_coverage"


@dataclass(frozen=True)
class _Availability:
    """One row of availability: when it was there, and its hours by weekday."""

    there: Steps
    hours: tuple[Steps, ...]


class Schedule:
    """One technician's days up to today."""

    def __init__(self, story: TechnicianDaysStory, now: Instant) -> None:
        self.story = story
        self.rules: Rules = story.rules
        self.now = now
        self.today: Day = local_day(now, story.rules.zone)

    def days(self) -> Iterator[Day]:
        """The days of membership up to today, ascending (R9)."""
        for first, last in self._spans():
            day = first
            while day <= min(last, self.today):
                yield day
                day = add_days(day, 1)

    def _spans(self) -> Iterable[tuple[Day, Day]]:
        """From when to when the technician is a member; the last day may be to come."""
        roster = sorted(self.story.roster_days)
        measured = self.rules.measured_from
        if self.rules.listed is not None:
            since = self.rules.listed.get(self.story.tech_id)
            first = measured if measured is not None else roster[0] if roster else None
            if since is not None and first is not None:
                yield max(since, first), self.today
            return
        spans: list[tuple[Day, Day]] = []
        for day in roster:
            last = add_days(day, MEMBER_DAYS - 1)
            if spans and day <= add_days(spans[-1][1], 1):
                spans[-1] = (spans[-1][0], last)
            else:
                spans.append((day, last))
        yield from ((first if measured is None else max(first, measured), last) for first, last in spans)

    def hours(self, day: Day) -> int:
        """The scheduled hours of a member on a day, in millionths; of today the whole day's."""
        if self.story.resource is None or not self._is_there(day) or self._is_holiday(day):
            return 0
        return max(0, self._available(day) - self._time_off.get(day, 0))

    def part_of_today(self) -> Fraction:
        """How much of today's business day is over, 0 to 1; now is cut to the whole minute."""
        opens, closes = self._business_hours
        minute = self.now // MINUTE * MINUTE
        if closes <= opens:  # the clock was put forward past both
            return Fraction(int(minute >= opens))
        return min(Fraction(1), max(Fraction(0), Fraction(minute - opens, closes - opens)))

    def next_change_at(self) -> Instant:
        """When the hours may change without a new fact."""
        if not any(True for _ in self._spans()):
            return NEVER
        later = [steps.next_at for steps in self._all_steps()]
        lives_on = self.rules.listed is not None or any(last > self.today for _, last in self._spans())
        in_span = any(first <= self.today <= last for first, last in self._spans())
        if in_span and self.hours(self.today):
            opens, closes = self._business_hours
            minute = self.now // MINUTE * MINUTE + MINUTE
            if minute <= closes:
                later.append(max(minute, opens + MINUTE))
        if in_span or lives_on:
            later.append(start_of_day(add_days(self.today, 1), self.rules.zone))
        return min(later)

    @cached_property
    def _business_hours(self) -> tuple[Instant, Instant]:
        date = date_of(self.today)
        opens, closes = (
            to_instant(datetime.combine(date, clock, self.rules.zone))
            for clock in (self.rules.business_start, self.rules.business_end)
        )
        return opens, closes

    @cached_property
    def _resource(self) -> tuple[Steps, Steps, Steps]:
        assert self.story.resource is not None
        state, zone = self.story.resource, self.rules.zone
        return (
            existence(state, self.now, zone),
            steps_of(state, "isActive", self.now, zone),
            steps_of(state, "locationID", self.now, zone),
        )

    def _is_there(self, day: Day) -> bool:
        there, active, _ = self._resource
        assert self.story.resource is not None
        hired = self.story.resource.number("hireDate")
        return (hired is None or hired <= day) and there.on(day) is True and active.on(day) is True

    @cached_property
    def _availability(self) -> list[_Availability]:
        zone = self.rules.zone
        return [
            _Availability(
                existence(state, self.now, zone),
                tuple(steps_of(state, f"{day}AvailableHours", self.now, zone) for day in WEEKDAY_NAMES),
            )
            for state in sorted(self.story.availability, key=lambda one: -one.entity_id)
        ]

    def _available(self, day: Day) -> int:
        weekday = date_of(day).weekday()
        for row in self._availability:
            if row.there.on(day) is True:
                hours = row.hours[weekday].on(day)
                return hours if isinstance(hours, int) else 0
        return self.rules.default_availability[weekday]

    @cached_property
    def _time_off(self) -> dict[Day, int]:
        off: dict[Day, int] = {}
        for request in self.story.time_off:
            day, hours = request.number("requestDate"), request.number("hours")
            if request.exists and request.number("status") in self.rules.approved_time_off and day is not None:
                off[day] = off.get(day, 0) + (hours or 0)
        return off

    @cached_property
    def _locations(self) -> dict[int, EntityState]:
        return {state.entity_id: state for state in self.story.locations if state.exists}

    @cached_property
    def _default_location(self) -> EntityState | None:
        if self.rules.default_location is not None:
            return self._locations.get(self.rules.default_location)
        return next((one for _, one in sorted(self._locations.items()) if one.value("isDefault") is True), None)

    @cached_property
    def _holidays(self) -> frozenset[tuple[int | None, Day | None]]:
        known = (state for state in self.story.holidays if state.exists)
        return frozenset((state.number("holidaySetID"), state.number("holidayDate")) for state in known)

    def _is_holiday(self, day: Day) -> bool:
        here = self._resource[2].on(day)
        location = self._locations.get(here) if isinstance(here, int) else None
        location = self._default_location if location is None else location
        holiday_set = None if location is None else location.number("holidaySetId")
        return holiday_set is not None and (holiday_set, day) in self._holidays

    def _all_steps(self) -> Iterator[Steps]:
        yield Steps()
        if self.story.resource is not None:
            yield from self._resource
        for row in self._availability:
            yield row.there
            yield from row.hours


@dataclass(frozen=True)
class ScheduledHours:
    """The measure that is the denominator of utilization and of time coverage."""

    key: str = "scheduled_hours"
    revision: int = 2

    subject_type = TECHNICIAN_DAYS

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One contribution to each per day with scheduled hours; ``part`` is the day."""
        assert isinstance(story, TechnicianDaysStory)
        if not story.is_technician:
            return Verdict()
        schedule = Schedule(story, moment.now)
        rows: list[Contribution] = []
        for day in schedule.days():
            hours = schedule.hours(day)
            if day == schedule.today:
                hours = round(hours * schedule.part_of_today())
            if hours:
                rows += (_row(UTILIZATION, story, day, hours), _row(TIME_COVERAGE, story, day, hours))
        return Verdict(tuple(rows), next_change_at=schedule.next_change_at())


def _row(measure: str, story: TechnicianDaysStory, day: Day, hours: int) -> Contribution:
    return Contribution(
        measure=measure,
        day=day,
        happened_at=start_of_day(day, story.rules.zone),
        part=day,
        tech_id=story.tech_id,
        denominator=hours,
        sample=1,
    )


SCHEDULED_HOURS = ScheduledHours()
