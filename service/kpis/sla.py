"""SLA performance: triage, technician engagement, completion (kpis.md §3, rules 1-7).

Three KPIs of one shape over Autotask's SLA events First Response, Resolution Plan and Resolved. A ticket is
decided at the earlier of event and due date, so an open breach counts at once and nothing waits for closure.

Beside each KPI two measures of their own: ``….sla_coverage`` (scored tickets by creation, with a due date or
not) and ``….decided_by_event`` (decisions by rule 3, without which the KPI is not measurable).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from models.entities import TICKET
from models.instants import NEVER, Instant, local_day
from service.kpis.companions import Companion, Ground, ratio_of_measure
from service.kpis.contributions import ONE, Contribution, Verdict
from service.kpis.definition import Definition, Witness
from service.kpis.population import REASONS, exclusion
from service.kpis.sla_case import Case, SlaEvent
from service.projection.completions import Completion
from service.projection.story import Moment, Story, TicketStory

COVERAGE = "sla_coverage"
DECIDED_BY_EVENT = "decided_by_event"


@dataclass(frozen=True)
class SlaKpi:
    """One SLA KPI: a measure with its definition."""

    definition: Definition
    event: SlaEvent
    revision: int = 2

    subject_type = TICKET

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """Contributions of one ticket (kpis.md, SLA rules; first match wins)."""
        assert isinstance(story, TicketStory)
        case = Case(story, self.event, moment)
        if excluded := exclusion(story, self.key):
            return Verdict((self._uncounted(case, excluded, "exclusion"),))
        verdict = self._judge(case)
        return Verdict(
            verdict.contributions + self._coverage(case),
            min(verdict.next_change_at, self._undecided_until(case)),
            verdict.next_heard_at,
        )

    def _judge(self, case: Case) -> Verdict:
        due, happened, now = case.due, case.happened, case.moment.now
        if due is None:
            return self._left_out(case, "no_sla", "1")
        if case.first_due_at is not None and due <= case.first_due_at:
            return self._left_out(case, "late_sla", "2")
        if happened is not None:
            met = case.flag if case.flag is not None else happened <= due
            return self._decided(case, min(happened, due), self._credit(case, happened), met, "3")
        completions = case.story.completions(now)
        if completions.complete and completions.last is not None:
            if case.flag is None:
                return self._left_out(case, "closed_without_event", "4")
            closed_at = completions.last.at
            return self._decided(case, closed_at, self._credit(case, closed_at), case.flag, "4")
        if due > now:
            return Verdict((self._uncounted(case, "pending", "5"),), next_change_at=due)
        if case.paused:
            return self._left_out(case, "paused", "6")
        return self._open_breach(case, due)

    def _open_breach(self, case: Case, due: Instant) -> Verdict:
        grace_over = due + case.story.rules.breach_grace
        contribution = Contribution(
            measure=self.key,
            day=local_day(due, case.story.rules.zone),
            happened_at=due,
            tech_id=case.story.primary(),
            queue_id=case.story.queue_before(due),
            company_id=case.story.company,
            denominator=ONE,
            sample=1,
            reason="open_breach",
            rule="7",
            provisional=case.moment.now < grace_over or case.moment.heard < due,
        )
        return Verdict(
            (contribution,),
            next_change_at=grace_over if case.moment.now < grace_over else NEVER,
            next_heard_at=due if case.moment.heard < due else NEVER,
        )

    def _decided(self, case: Case, at: Instant, tech_id: int, met: bool, rule: str) -> Verdict:
        row = Contribution(
            measure=self.key,
            day=local_day(at, case.story.rules.zone),
            happened_at=at,
            tech_id=tech_id,
            queue_id=case.story.queue_before(at),
            company_id=case.story.company,
            numerator=ONE if met else 0,
            denominator=ONE,
            sample=1,
            rule=rule,
        )
        if rule != "3":
            return Verdict((row,))
        witness = Contribution(
            measure=f"{self.key}.{DECIDED_BY_EVENT}", day=row.day, happened_at=at, sample=1, rule=rule
        )
        return Verdict((row, witness))

    def _left_out(self, case: Case, reason: str, rule: str) -> Verdict:
        return Verdict((self._uncounted(case, reason, rule),))

    def _uncounted(self, case: Case, reason: str, rule: str) -> Contribution:
        """A row that counts nothing; it stands on the day it waits for, with queue and primary of now (R6)."""
        at = case.due if case.due is not None else case.story.created
        return Contribution(
            measure=self.key,
            day=local_day(at, case.story.rules.zone),
            happened_at=at,
            tech_id=case.story.primary(),
            queue_id=case.story.queue_now,
            company_id=case.story.company,
            reason=reason,
            rule=rule,
        )

    def _coverage(self, case: Case) -> tuple[Contribution, ...]:
        created = case.story.state.number("createDate")
        if created is None:
            return ()
        row = Contribution(
            measure=f"{self.key}.{COVERAGE}",
            day=local_day(created, case.story.rules.zone),
            happened_at=created,
            queue_id=case.story.queue_before(created),
            company_id=case.story.company,
            numerator=0 if case.due is None else ONE,
            denominator=ONE,
            sample=1,
        )
        return (row,)

    def _credit(self, case: Case, at: Instant) -> int:
        """Who is credited with a decided event; ``at`` is the event's time, or the completion's under rule 4."""
        result_person = case.result_value(self.event.result_person)
        if self.event.ticket_person:
            return case.story.technician(result_person, case.story.state.value(self.event.ticket_person))
        if (named := case.story.technician(result_person)) >= 0:
            return named
        completion = self._last_completion(case) if self.event is RESOLVED else None
        return case.story.primary(at) if completion is None else case.story.completer(completion)

    def _last_completion(self, case: Case) -> Completion | None:
        return case.story.completions(case.moment.now).last

    def _undecided_until(self, case: Case) -> Instant:
        return case.story.completions(case.moment.now).undecided_until


TRIAGE = SlaEvent(
    "firstResponseDateTime",
    "firstResponseDueDateTime",
    "isFirstResponseMet",
    "firstResponseInitiatingResourceID",
    "firstResponseInitiatingResourceID",
)
ENGAGEMENT = SlaEvent(
    "resolutionPlanDateTime", "resolutionPlanDueDateTime", "isResolutionPlanMet", "resolutionPlanResourceID"
)
RESOLVED = SlaEvent("resolvedDateTime", "resolvedDueDateTime", "isResolutionMet", "resolutionResourceID")


def _misses_allowed(ground: Ground) -> int:
    decisions = max(ground.this_month.denominator, ground.last_month.denominator)
    return floor((1 - ground.target) * Fraction(decisions, ONE))


def _misses_left(ground: Ground) -> int:
    misses = (ground.this_month.denominator - ground.this_month.numerator) // ONE
    return _misses_allowed(ground) - misses


_COMPANIONS = (
    Companion(
        COVERAGE,
        "Scored tickets created in the window with a due date ÷ scored tickets created in it.",
        ratio_of_measure,
        has_measure=True,
        for_technicians=False,  # tickets are created for nobody in particular
    ),
    Companion("misses_allowed", "Misses the target allows this month.", _misses_allowed, by_month=True),
    Companion(
        "misses_left",
        "Misses allowed less misses so far this month; negative when overdrawn.",
        _misses_left,
        by_month=True,
    ),
)
_RULES = {
    "1": "Without a due date there is nothing to meet.",
    "2": "The ticket got its first due date only when that had already passed.",
    "3": "The event has happened: decided at the event or at its due date, whichever was first.",
    "4": "The ticket was completed without the event: Autotask's own verdict counts where it gave one.",
    "5": "The due date is still to come.",
    "6": "The SLA clock stood still at the due date, and Autotask has not given a new one since.",
    "7": "The due date has passed and the event has not happened: an open breach counts at once.",
    "exclusion": "The ticket is not scored as it stands now.",
}
_REASONS = {
    **REASONS,
    "no_sla": "It has no due date for this event.",
    "late_sla": "Its first due date was set when it had already passed.",
    "closed_without_event": "It was completed without this event, and Autotask gave no verdict.",
    "pending": "It is not due yet.",
    "paused": "Its SLA clock is paused.",
    "open_breach": "It is past due, and the event has not happened.",
}
_WITNESS = Witness(DECIDED_BY_EVENT, days=90, reason="no_event_in_90_days")


def _definition(key: str, title: str, meaning: str, target: str, floor: str, tech_weight: Fraction) -> Definition:
    return Definition(
        key=key,
        title=title,
        meaning=meaning,
        higher_is_better=True,
        target=Fraction(target),
        floor=Fraction(floor),
        minimum_sample=20,
        slot="sla",
        tech_weight=tech_weight,
        team_weight=Fraction(1, 24),
        companions=_COMPANIONS,
        witness=_WITNESS,
        rules=_RULES,
        reasons=_REASONS,
    )


SLA_TRIAGE = SlaKpi(
    _definition(
        "sla_triage",
        "Triage",
        "Tickets whose first response came by its SLA due date.",
        "0.97",
        "0.75",
        Fraction(0),
    ),
    TRIAGE,
)
SLA_ENGAGEMENT = SlaKpi(
    _definition(
        "sla_engagement",
        "Tech engagement",
        "Tickets a technician engaged with (Resolution Plan) by the SLA due date.",
        "0.95",
        "0.70",
        Fraction(1, 16),
    ),
    ENGAGEMENT,
)
SLA_COMPLETION = SlaKpi(
    _definition(
        "sla_completion",
        "Completion",
        "Tickets resolved by their SLA due date.",
        "0.90",
        "0.65",
        Fraction(1, 16),
    ),
    RESOLVED,
)
