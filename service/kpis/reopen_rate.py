"""Reopen rate: completions that did not last a week (kpis.md §3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from models.entities import TICKET
from models.instants import NEVER, Instant
from service.kpis.contributions import Contribution, Verdict
from service.kpis.definition import Definition
from service.kpis.population import REASONS, exclusion
from service.kpis.watched import COVERAGE, HISTORY_UNKNOWN, ticket_row, with_coverage
from service.kpis.watched import REASONS as WATCHED_REASONS
from service.projection.completions import REOPEN_WITHIN, Completion
from service.projection.story import Moment, Story, TicketStory

DEFINITION = Definition(
    key="reopen_rate",
    title="Reopen rate",
    meaning="Of all completions of tickets, those that were undone within seven days.",
    higher_is_better=False,
    target=Fraction("0.03"),
    floor=Fraction("0.10"),
    minimum_sample=30,
    slot="reopen_rate",
    tech_weight=Fraction(1, 8),
    team_weight=Fraction(1, 8),
    companions=(COVERAGE,),
    reasons={**REASONS, **WATCHED_REASONS, "open": "The ticket was never completed."},
)


def reopened(completion: Completion) -> bool:
    """Whether a completion was left within seven days, inclusive."""
    return completion.left_at is not None and completion.left_at <= completion.at + REOPEN_WITHIN


@dataclass(frozen=True)
class ReopenRate:
    """The KPI whose subject is a ticket with its completions."""

    definition: Definition = DEFINITION
    revision: int = 1

    subject_type = TICKET

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One contribution per completion; ``part`` is its number."""
        assert isinstance(story, TicketStory)
        excluded = exclusion(story, self.key)
        completions = story.completions(moment.now)
        rows = [self._row(story, moment, number, one, excluded) for number, one in enumerate(completions.items)]
        if not rows:
            rows = [ticket_row(story, self.key, None, story.primary(), reason=excluded or "open")]
        decided = [one.at + REOPEN_WITHIN for one in completions.items]
        until = min(completions.undecided_until, story.history_changes_at(moment.now))
        return Verdict(with_coverage(rows), next_change_at=min([until, *(at for at in decided if at > moment.now)]))

    def _row(
        self, story: TicketStory, moment: Moment, number: int, completion: Completion, excluded: str
    ) -> Contribution:
        decided_at: Instant = completion.at + REOPEN_WITHIN
        known = story.history_complete(min(moment.now, decided_at), moment.now)
        reason = excluded or ("" if known else HISTORY_UNKNOWN)
        return ticket_row(
            story,
            self.key,
            completion.at,
            story.completer(completion),
            part=number,
            met=None if reason else reopened(completion),
            reason=reason,
            provisional=moment.now < decided_at < NEVER,
        )


REOPEN_RATE = ReopenRate()
