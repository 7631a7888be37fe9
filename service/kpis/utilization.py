"""Resource utilization: hours worked for customers ÷ hours scheduled (kpis.md §3).

The numerator is here, an entry at a time; the denominator in ``service.kpis.scheduled``, a technician's day at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from models.entities import MILLION, TIME_ENTRY
from models.instants import start_of_day
from models.ledger import NOBODY, Scope
from service.kpis.companions import Companion, CompanionValue, Ground, ratio_of_measure
from service.kpis.contests import contest_of
from service.kpis.contributions import Contribution, Verdict
from service.kpis.definition import Definition, Flag
from service.kpis.population import REASONS, is_taken_out
from service.kpis.scheduled import TIME_COVERAGE
from service.kpis.scheduled import UTILIZATION as KEY
from service.projection.story import EntryStory, Moment, Story

TIME_COVERAGE_COMPANION = Companion(
    "time_coverage",
    "All logged hours ÷ scheduled hours: work never logged is invisible.",
    ratio_of_measure,
    has_measure=True,
    measure=TIME_COVERAGE,
)


def _lost(ground: Ground) -> CompanionValue:
    """What the hours below target would have brought in."""
    if not ground.own.denominator:
        return None
    value = Fraction(ground.own.numerator, ground.own.denominator)
    return max(Fraction(0), ground.target - value) * Fraction(ground.own.denominator, MILLION) * ground.rate


DEFINITION = Definition(
    key=KEY,
    title="Utilization",
    meaning="Hours worked for customers ÷ hours scheduled.",
    higher_is_better=True,
    target=Fraction("0.80"),
    floor=Fraction("0.50"),
    minimum_sample=1,
    slot="utilization",
    tech_weight=Fraction(1, 8),
    team_weight=Fraction(1, 8),
    scopes=frozenset({Scope.TEAM, Scope.TECH}),
    companions=(
        TIME_COVERAGE_COMPANION,
        Companion("lost_utilization_cost", "What the hours below target would have brought in.", _lost, digits=2),
    ),
    flags=(Flag("burnout_risk", "Above 90 % over 28 days: nobody keeps that up.", Fraction("0.90"), days=28),),
    reasons={
        "contested": REASONS["contested"],
        "deleted": "The entry, or the ticket it stands on, was deleted.",
        "time_off": "It is time off, not work.",
        "not_a_technician": "Who worked it is not a technician.",
        "not_a_member": "Who worked it has no capacity on that day.",
        "internal": "It is work for the house itself, not for a customer.",
        "unknown_company": "For which company it was worked is not known yet.",
    },
)


@dataclass(frozen=True)
class Utilization:
    """The KPI, of which a time entry is a numerator."""

    definition: Definition = DEFINITION
    revision: int = 1

    subject_type = TIME_ENTRY

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """The hours of one entry; the first reason that holds keeps them out."""
        assert isinstance(story, EntryStory)
        if story.worked_on is None:
            return Verdict()
        nowhere = "deleted" if story.deleted else "time_off" if story.time_off else ""
        contest = contest_of(story, self.key)
        credited = story.technician if contest is None or contest.credit_to is None else contest.credit_to
        stranger = "" if story.is_member(credited) else "not_a_member"
        reason = nowhere or _reason(story) or stranger or _unpaid(story)
        rows = [self._row(self.key, story, 0 if reason else story.hours, reason)]
        if not nowhere and story.is_member(story.technician):
            rows.append(self._row(TIME_COVERAGE, story, story.hours, ""))
        return Verdict(tuple(rows))

    def _row(self, measure: str, story: EntryStory, hours: int, reason: str) -> Contribution:
        assert story.worked_on is not None
        return Contribution(
            measure=measure,
            day=story.worked_on,
            happened_at=start_of_day(story.worked_on, story.rules.zone),
            tech_id=story.technician,
            numerator=hours,
            reason=reason,
        )


def _reason(story: EntryStory) -> str:
    if is_taken_out(story.contests.get(KEY)):
        return "contested"
    return "not_a_technician" if story.technician == NOBODY else ""


def _unpaid(story: EntryStory) -> str:
    if story.company is None:
        return "internal" if story.general else "unknown_company"
    return "" if story.customer_facing else "internal"


UTILIZATION = Utilization()
