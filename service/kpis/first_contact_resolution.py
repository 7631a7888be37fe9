"""First contact resolution: one technician, one engagement, done (kpis.md §3). Not first *call* resolution.

Judged at a ticket's first completion, by its entries that start before seven days after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from models.entities import TICKET
from models.instants import MINUTE, Instant
from service.kpis.contributions import Contribution, Verdict
from service.kpis.definition import Definition
from service.kpis.population import REASONS, exclusion
from service.kpis.reopen_rate import reopened
from service.kpis.watched import COVERAGE, HISTORY_UNKNOWN, ticket_row, with_coverage
from service.kpis.watched import REASONS as WATCHED_REASONS
from service.projection.completions import REOPEN_WITHIN, Completion
from service.projection.handups import hand_ups
from service.projection.story import Moment, Story, TicketStory
from service.projection.work import Work

PAUSE: Instant = 30 * MINUTE
"""A longer pause between entries makes two engagements."""

DEFINITION = Definition(
    key="first_contact_resolution",
    title="First contact resolution",
    meaning="Incidents and requests resolved by one technician in one engagement, not handed on and not reopened.",
    higher_is_better=True,
    target=Fraction("0.70"),
    floor=Fraction("0.30"),
    minimum_sample=20,
    slot="first_contact_resolution",
    tech_weight=Fraction(1, 8),
    team_weight=Fraction(1, 8),
    companions=(COVERAGE,),
    reasons={
        **REASONS,
        **WATCHED_REASONS,
        "wrong_type": "It is neither an incident nor a request.",
        "open": "It was never completed.",
        "no_entry": "No technician has an entry on it that started within seven days after its first completion.",
        "several_technicians": "More than one technician worked on it.",
        "several_engagements": "Work began again more than 30 minutes after it had ended.",
        "handed_on": "It was handed up, or went to another primary, after the first entry had started.",
        "waited": "It waited for the customer, a vendor or materials after the first entry had started.",
        "reopened": "It was reopened within seven days.",
    },
)


@dataclass(frozen=True)
class FirstContactResolution:
    """The KPI whose subject is a ticket at its first completion."""

    definition: Definition = DEFINITION
    revision: int = 1

    subject_type = TICKET

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One contribution; the first rule that fails is its reason."""
        assert isinstance(story, TicketStory)
        completions = story.completions(moment.now)
        first = completions.items[0] if completions.items else None
        row = self._judge(story, moment, first)
        until = min(completions.undecided_until, story.history_changes_at(moment.now))
        if first is not None and first.at + REOPEN_WITHIN > moment.now:
            until = min(until, first.at + REOPEN_WITHIN)
        return Verdict(with_coverage([row]), next_change_at=until)

    def _judge(self, story: TicketStory, moment: Moment, first: Completion | None) -> Contribution:
        opening = None if first is None else next(_looked_at(story, first), None)
        at = None if first is None else first.at
        tech_id = story.primary() if opening is None else opening.tech_id
        reason = exclusion(story, self.key) or _unfit(story)
        if reason or first is None:
            return ticket_row(story, self.key, at, tech_id, reason=reason or "open")
        decided_at = first.at + REOPEN_WITHIN
        if not story.history_complete(min(moment.now, decided_at), moment.now):
            return ticket_row(story, self.key, at, tech_id, reason=HISTORY_UNKNOWN)
        if opening is None:
            return ticket_row(story, self.key, at, tech_id, reason="no_entry")
        failed = _first_failure(story, first, opening)
        provisional = moment.now < decided_at
        return ticket_row(story, self.key, at, tech_id, met=not failed, reason=failed, provisional=provisional)


def _unfit(story: TicketStory) -> str:
    types = story.rules.incident_types | story.rules.request_types
    return "" if story.history("ticketType").now in types else "wrong_type"


def _looked_at(story: TicketStory, first: Completion) -> Iterator[Work]:
    return takewhile(lambda work: work.start < first.at + REOPEN_WITHIN, story.work.in_order())


def _first_failure(story: TicketStory, first: Completion, opening: Work) -> str:
    starts = (one.first_start for one in story.work.by_technician.values())
    if sum(0 <= start < first.at + REOPEN_WITHIN for start in starts) > 1:
        return "several_technicians"
    if _pauses(story, first):
        return "several_engagements"
    if _handed_on(story, opening, first.at):
        return "handed_on"
    if _waited(story, opening.start, first.at):
        return "waited"
    return "reopened" if reopened(first) else ""


def _pauses(story: TicketStory, first: Completion) -> bool:
    """Whether an entry starts more than 30 minutes after the greatest end so far."""
    end: Instant | None = None
    for work in _looked_at(story, first):
        if end is not None and work.start > end + PAUSE:
            return True
        end = work.end if end is None else max(end, work.end)
    return False


def _handed_on(story: TicketStory, opening: Work, until: Instant) -> bool:
    if any(opening.start < one.at <= until for one in hand_ups(story)):
        return True
    before = -1
    for number, point in enumerate(story.history("assignedResourceID").points):
        primary = story.technician(point.value)
        taken = before < 0 and primary == opening.tech_id
        if number and primary != before and not taken and opening.start < point.at <= until:
            return True
        before = primary
    return False


def _waited(story: TicketStory, start: Instant, until: Instant) -> bool:
    """Whether a status of role ``waiting`` was in force at any instant of [start, until)."""
    status, waiting = story.history("status"), story.rules.waiting
    if start >= until:
        return False
    if status.in_force(start) in waiting:
        return True
    points = status.points
    for number, point in enumerate(points):
        left = points[number + 1].at if number + 1 < len(points) else until
        if number and point.value in waiting and start <= point.at < min(left, until):
            return True
    return False


FIRST_CONTACT_RESOLUTION = FirstContactResolution()
