"""A manager's contest applied to what a KPI says of a ticket (kpis.md §2): credit moved, and every such row counted.

Taking a ticket out of a KPI is an exclusion and so the KPI's own matter (``population.exclusion``); moving the
credit is the same for all of them, but for those that have one contribution per technician.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from service.kpis.contributions import Contribution, Verdict
from service.projection.story import Contest, EntryStory, Story, TicketStory

CONTESTED = "contested"
"""The hidden measure ``<kpi>.contested``: one sample for each contribution that a contest stands on."""
NO_CREDIT = frozenset({"estimate_accuracy", "escalation_rate", "reactive_hours_per_endpoint"})
"""The KPIs whose credit nobody can move: one contribution per technician, or to nobody at all."""
CONTESTABLE = (TicketStory, EntryStory)
_STAYS = frozenset({"utilization.time_coverage"})
"""What was logged was logged by who logged it, whoever is credited."""


def contest_of(story: Story, kpi: str) -> Contest | None:
    """The contest that stands on a story's ticket for a KPI. Credit that goes to no technician goes nowhere (R9)."""
    if not isinstance(story, CONTESTABLE):
        return None
    contest = story.contests.get(kpi)
    if contest is None or contest.credit_to is None:
        return contest
    moves = kpi not in NO_CREDIT and story.is_technician(contest.credit_to)
    return contest if moves else replace(contest, credit_to=None)


def contested(verdict: Verdict, kpi: str, contest: Contest) -> Verdict:
    """A verdict with the contest applied."""
    return verdict._replace(contributions=tuple(_apply(verdict, kpi, contest)))


def _apply(verdict: Verdict, kpi: str, contest: Contest) -> Iterator[Contribution]:
    moved = {row.part for row in verdict.contributions if row.measure == kpi}
    for given in verdict.contributions:
        row = given
        if contest.credit_to is not None and row.part in moved and row.measure not in _STAYS:
            row = given._replace(tech_id=contest.credit_to)
        yield row
        if row.measure == kpi:
            yield Contribution(
                measure=f"{kpi}.{CONTESTED}",
                day=row.day,
                happened_at=row.happened_at,
                part=row.part,
                tech_id=row.tech_id,
                queue_id=row.queue_id,
                company_id=row.company_id,
                sample=1,
            )
