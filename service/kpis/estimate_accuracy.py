"""Estimated against actual hours, each technician's share of the estimate by the hours they worked (kpis.md §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from models.entities import TICKET, Value
from models.instants import Instant, local_day
from service.kpis.contributions import Contribution, Verdict
from service.kpis.definition import Definition, Flag
from service.kpis.population import REASONS, exclusion
from service.kpis.watched import ticket_row
from service.projection.story import Moment, Story, TicketStory

DEFINITION = Definition(
    key="estimate_accuracy",
    title="Estimated vs actual",
    meaning="Estimated hours of completed tickets ÷ the hours they took.",
    higher_is_better=True,
    target=Fraction(1),
    floor=Fraction("0.50"),
    minimum_sample=10,
    slot="estimate_accuracy",
    tech_weight=Fraction(1, 8),
    team_weight=Fraction(1, 8),
    flags=(Flag("padding", "Estimates are more than half again as long as the work.", Fraction("1.5")),),
    reasons={
        **REASONS,
        "open": "The ticket is not complete.",
        "no_estimate": "It had no estimate when work on it began, and got none later.",
        "no_hours": "No technician logged hours on it.",
    },
)


def shares(estimate: int, hours: Mapping[int, int]) -> dict[int, int]:
    """An estimate split by hours, in whole millionths: the highest id gets what the others leave (R5)."""
    if len(hours) == 1:
        return dict.fromkeys(hours, estimate)
    whole = sum(hours.values())
    split = {tech_id: round(Fraction(estimate * worked, whole)) for tech_id, worked in hours.items()}
    last = max(hours)
    split[last] = estimate - sum(share for tech_id, share in split.items() if tech_id != last)
    return split


@dataclass(frozen=True)
class EstimateAccuracy:
    """The KPI whose subject is a completed ticket with the technicians who worked on it."""

    definition: Definition = DEFINITION
    revision: int = 1

    subject_type = TICKET

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One contribution per technician with hours; ``part`` is their id."""
        assert isinstance(story, TicketStory)
        completions = story.completions(moment.now)
        at = completions.last.at if completions.complete and completions.last is not None else None
        hours = {tech_id: one.hours for tech_id, one in story.work.by_technician.items() if one.hours > 0}
        estimate = _estimate(story)
        reason = exclusion(story, self.key) or ("" if at is not None else "open")
        reason = reason or ("no_estimate" if not estimate else "" if hours else "no_hours")
        if reason or at is None or not estimate:
            rows: tuple[Contribution, ...] = (ticket_row(story, self.key, at, story.primary(), reason=reason),)
        else:
            rows = self._shared(story, at, shares(estimate, hours), hours)
        return Verdict(rows, next_change_at=completions.undecided_until)

    def _shared(
        self, story: TicketStory, at: Instant, split: Mapping[int, int], hours: Mapping[int, int]
    ) -> tuple[Contribution, ...]:
        return tuple(
            Contribution(
                measure=self.key,
                day=local_day(at, story.rules.zone),
                happened_at=at,
                part=tech_id,
                tech_id=tech_id,
                queue_id=story.queue_before(at),
                company_id=story.company,
                numerator=split[tech_id],
                denominator=hours[tech_id],
                sample=1,
            )
            for tech_id in sorted(hours)
        )


def _estimate(story: TicketStory) -> int:
    """The estimate in force when the earliest-created entry was created, else the first one after it; 0 for none."""
    history, since = story.history("estimatedHours"), story.work.first_created
    held: Value = None if since is None else history.in_force(since)
    if isinstance(held, int) and held:
        return max(0, held)
    later = (point.value for point in history.points if since is None or point.at > since)
    return next((value for value in later if isinstance(value, int) and value > 0), 0)


ESTIMATE_ACCURACY = EstimateAccuracy()
