"""Reactive hours per endpoint and month: how much the customers' machines cost in break-fix work (kpis.md §3).

The numerator is here, an entry at a time; the endpoints are in ``service.kpis.endpoints``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from models.entities import TIME_ENTRY
from models.instants import start_of_day
from models.ledger import NOBODY, NONE, Scope
from service.kpis.contributions import Contribution, Verdict
from service.kpis.definition import Definition
from service.kpis.endpoints import ENDPOINTS_MEASURE
from service.kpis.population import REASONS, exclusions
from service.projection.story import EntryStory, Moment, Story, TicketStory

DEFINITION = Definition(
    key="reactive_hours_per_endpoint",
    title="Reactive hours per endpoint",
    meaning="Hours on incidents and alerts of managed companies ÷ their endpoints, per month.",
    higher_is_better=False,
    target=Fraction("0.25"),
    floor=Fraction("0.50"),
    minimum_sample=0,
    slot="",
    tech_weight=Fraction(0),
    team_weight=Fraction(0),
    scopes=frozenset({Scope.TEAM, Scope.COMPANY}),
    spells=ENDPOINTS_MEASURE,
    reasons={
        **REASONS,
        "time_off": "It is time off, not work.",
        "not_a_technician": "Who worked it is not a technician.",
        "unknown_company": "For which company it was worked is not known yet.",
        "wrong_type": "The ticket is neither an incident nor an alert.",
        "unmanaged": "The company is not managed.",
    },
)


@dataclass(frozen=True)
class ReactiveHours:
    """The KPI, of which a time entry on a ticket is a numerator."""

    definition: Definition = DEFINITION
    revision: int = 1

    subject_type = TIME_ENTRY

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """The hours of one entry on a ticket; the first reason that holds keeps them out."""
        assert isinstance(story, EntryStory)
        if story.worked_on is None or story.state.number("ticketID") is None:
            return Verdict()
        reason = self._reason(story, story.on_ticket)
        hours = 0 if reason else story.hours
        row = Contribution(
            measure=self.key,
            day=story.worked_on,
            happened_at=start_of_day(story.worked_on, story.rules.zone),
            company_id=NONE if story.company is None else story.company,
            numerator=hours,
            sample=int(hours != 0),
            reason=reason,
        )
        return Verdict((row,))

    def _reason(self, story: EntryStory, ticket: TicketStory | None) -> str:
        if story.deleted or story.time_off:
            return "deleted" if story.deleted else "time_off"
        if ticket is None or story.company is None:
            return "unknown_company"
        # An entry by a technician makes its ticket worked on, so an alert is never without labour here.
        excluded = next((one for one in exclusions(ticket, self.key) if one != "alert_without_labour"), "")
        if excluded == "contested":
            return excluded
        if story.technician == NOBODY:
            return "not_a_technician"
        if excluded:
            return excluded
        if ticket.history("ticketType").now not in story.rules.incident_types | story.rules.alert_types:
            return "wrong_type"
        return "unmanaged" if story.company in story.rules.unmanaged_companies else ""


REACTIVE_HOURS_PER_ENDPOINT = ReactiveHours()
