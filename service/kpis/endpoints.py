"""Managed endpoints as changes: who comes and who goes, never a row per device and day (kpis.md §3).

A *spell* is a stretch of days on which a configuration item is active for a managed company. It is one more on its
first day and one less on the day after its last, so that the sum up to a day is how many are active on it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

from models.entities import ENDPOINT, MILLION
from models.instants import Day, Instant, local_day, start_of_day
from models.ledger import NONE
from service.kpis.contributions import Contribution, Verdict
from service.projection.rules import Rules
from service.projection.steps import existence, steps_of
from service.projection.story import EndpointStory, Moment, Story

ENDPOINTS_MEASURE = "reactive_hours_per_endpoint.endpoints"


def share_of(day: Day) -> int:
    """The millionths of an endpoint-month that a day stands for; those of a month sum to a million."""
    length, number = monthrange(day // 10_000, day // 100 % 100)[1], day % 100
    return MILLION * number // length - MILLION * (number - 1) // length


@dataclass(frozen=True)
class Endpoints:
    """The measure of endpoints that come and go."""

    key: str = ENDPOINTS_MEASURE
    revision: int = 2

    subject_type = ENDPOINT

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """Two contributions per spell, one while it is open."""
        assert isinstance(story, EndpointStory)
        state, rules, now = story.state, story.rules, moment.now
        tracked = {name: steps_of(state, name, now, rules.zone) for name in ("isActive", "companyID", _TYPE)}
        there = existence(state, now, rules.zone)
        created = state.number("createDate")
        first = local_day(state.sightings[0].seen_at if created is None else created, rules.zone)
        days = {first, *there.days, *(day for steps in tracked.values() for day in steps.days)}
        rows: list[Contribution] = []
        company = NONE
        for day in sorted(day for day in days if first <= day <= local_day(now, rules.zone)):
            active = there.on(day) is True and tracked["isActive"].on(day) is True
            now_for = _managed(tracked["companyID"].on(day), tracked[_TYPE].on(day), rules) if active else NONE
            if now_for != company:
                rows += _change(rules, day, company, now_for)
                company = now_for
        starts = start_of_day(first, rules.zone)
        later = [there.next_at, *(steps.next_at for steps in tracked.values()), *([starts] if starts > now else [])]
        return Verdict(tuple(_numbered(rows)), next_change_at=min(later))


_TYPE = "configurationItemType"


def _managed(company: object, kind: object, rules: Rules) -> int:
    """The company an active endpoint counts for; none for one that is not managed."""
    if not isinstance(company, int) or company in rules.internal_companies | rules.unmanaged_companies:
        return NONE
    return company if not rules.endpoint_types or kind in rules.endpoint_types else NONE


def _change(rules: Rules, day: Day, before: int, after: int) -> list[Contribution]:
    return [_row(rules, day, company, sample) for company, sample in ((before, -1), (after, 1)) if company != NONE]


def _row(rules: Rules, day: Day, company: int, sample: int) -> Contribution:
    at: Instant = start_of_day(day, rules.zone)
    return Contribution(measure=ENDPOINTS_MEASURE, day=day, happened_at=at, company_id=company, sample=sample)


def _numbered(rows: list[Contribution]) -> Iterator[Contribution]:
    return (row._replace(part=number) for number, row in enumerate(rows))


ENDPOINTS = Endpoints()
