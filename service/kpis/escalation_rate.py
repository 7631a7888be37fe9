"""Escalation rate: how often a technician hands a ticket up instead of finishing it (kpis.md §3).

One contribution per ticket and technician who worked on it: charged with a hand-up, ever, or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from models.entities import TICKET
from models.instants import Instant, local_day
from service.kpis.contributions import Verdict
from service.kpis.definition import Definition
from service.kpis.population import REASONS, exclusion
from service.kpis.watched import COVERAGE, HISTORY_UNKNOWN, ticket_row, with_coverage
from service.kpis.watched import REASONS as WATCHED_REASONS
from service.projection.handups import hand_ups
from service.projection.rules import Rules
from service.projection.story import Moment, Story, TicketStory


def _without_tiers(rules: Rules) -> str:
    return "" if rules.has_tiers else "no_tiers"


DEFINITION = Definition(
    key="escalation_rate",
    title="Escalation rate",
    meaning="Of the tickets a technician worked on, those that were handed up from them.",
    higher_is_better=False,
    target=Fraction("0.15"),
    floor=Fraction("0.40"),
    minimum_sample=20,
    slot="escalation_rate",
    tech_weight=Fraction(1, 8),
    team_weight=Fraction(1, 8),
    companions=(COVERAGE,),
    unfit=_without_tiers,
    reasons={
        **REASONS,
        **WATCHED_REASONS,
        "top_tier": "There is nobody above this technician.",
        "pending": "The ticket is open and was not handed up so far.",
    },
)


@dataclass(frozen=True)
class EscalationRate:
    """The KPI whose subject is a ticket with the technicians who worked on it."""

    definition: Definition = DEFINITION
    revision: int = 2

    subject_type = TICKET

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One contribution per technician with an entry; ``part`` is their id."""
        assert isinstance(story, TicketStory)
        excluded = exclusion(story, self.key)
        completions = story.completions(moment.now)
        last = completions.last
        completed_at = last.at if last is not None and completions.complete else None
        ever = moment.now if last is None else last.at
        charged: dict[int, Instant] = {}
        for hand_up in hand_ups(story) if story.work.sums else ():
            charged.setdefault(hand_up.charged, hand_up.at)
        rows = []
        for tech_id in sorted(story.work.by_technician):
            charged_at = charged.get(tech_id)
            at = completed_at if charged_at is None else charged_at
            until = ever if charged_at is None else charged_at
            reason = excluded or _reason(story, moment, tech_id, at, until)
            met = None if reason else charged_at is not None
            rows.append(ticket_row(story, self.key, at, tech_id, part=tech_id, met=met, reason=reason))
        changes_at = min(completions.undecided_until, story.history_changes_at(moment.now))
        return Verdict(with_coverage(rows), next_change_at=changes_at)


def _reason(story: TicketStory, moment: Moment, tech_id: int, at: Instant | None, until: Instant) -> str:
    """Why a pair does not count; ``at``: the hand-up or completion it would count by."""
    if not story.history_complete(until, moment.now):
        return HISTORY_UNKNOWN
    day = local_day(story.created if at is None else at, story.rules.zone)
    rank = story.rules.technician_tier(tech_id, day)
    if rank is not None and rank == story.rules.top_rank(day):
        return "top_tier"
    return "pending" if at is None else ""


ESCALATION_RATE = EscalationRate()
