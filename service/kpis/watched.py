"""What the KPIs have in common that ask for a ticket's transitions: only tickets with complete history count (R14)."""

from __future__ import annotations

from models.instants import Instant, local_day
from service.kpis.companions import Companion, ratio_of_measure
from service.kpis.contributions import ONE, Contribution
from service.projection.story import TicketStory

HISTORY_UNKNOWN = "history_unknown"
HISTORY_COVERAGE = "history_coverage"
COVERAGE = Companion(
    HISTORY_COVERAGE,
    "Of what would count, the share whose ticket was watched from the start.",
    ratio_of_measure,
    has_measure=True,
)
REASONS = {HISTORY_UNKNOWN: "Not every transition of the ticket was seen, so what is not known of is not zero."}


def ticket_row(
    story: TicketStory,
    measure: str,
    at: Instant | None,
    tech_id: int,
    *,
    part: int = 0,
    met: bool | None = None,
    reason: str = "",
    provisional: bool = False,
) -> Contribution:
    """A contribution that counts one (``met`` or not) or nothing (``None``), on the day of ``at``, else of creation."""
    happened_at = story.created if at is None else at
    counts = met is not None
    return Contribution(
        measure=measure,
        day=local_day(happened_at, story.rules.zone),
        happened_at=happened_at,
        part=part,
        tech_id=tech_id,
        queue_id=story.queue_before(happened_at) if counts else story.queue_now,
        company_id=story.company,
        numerator=ONE if met else 0,
        denominator=ONE if counts else 0,
        sample=int(counts),
        reason=reason,
        provisional=provisional and counts,
    )


def with_coverage(rows: list[Contribution]) -> tuple[Contribution, ...]:
    """The rows, and of each that counts or would count but for its history one for the coverage."""
    covered = [
        row._replace(
            measure=f"{row.measure}.{HISTORY_COVERAGE}",
            numerator=ONE if row.denominator else 0,
            denominator=ONE,
            sample=1,
            reason="",
            provisional=False,
        )
        for row in rows
        if row.denominator or row.reason == HISTORY_UNKNOWN
    ]
    return (*rows, *covered)
