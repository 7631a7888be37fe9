"""Which tickets are scored, and why the others are not (kpis.md §2)."""

from __future__ import annotations

from collections.abc import Iterator

from service.projection.story import Contest, TicketStory

REASONS = {
    "contested": "A manager took it out of this KPI.",
    "deleted": "It was deleted in Autotask.",
    "merged": "It was merged into another ticket.",
    "duplicate": "It is a duplicate.",
    "cancelled": "It was cancelled.",
    "internal_company": "It is for the house itself, not for a customer.",
    "excluded_queue": "It is in a queue that the policy leaves out.",
    "excluded_category": "It is of a category that the policy leaves out.",
    "alert_without_labour": "It is an alert that no technician has worked on.",
}
"""What each exclusion means."""


_STANDING = "exclusions"


def is_taken_out(contest: Contest | None) -> bool:
    """Whether a contest takes a ticket out of a KPI; one that moves the credit does not."""
    return contest is not None and contest.credit_to is None


def exclusion(story: TicketStory, kpi: str) -> str:
    """Why a ticket is not scored by a KPI: a contest, else the first exclusion that holds now; else an empty string."""
    if is_taken_out(story.contests.get(kpi)):
        return "contested"
    standing = _standing(story)
    return standing[0] if standing else ""


def exclusions(story: TicketStory, kpi: str) -> Iterator[str]:
    """All that keeps a ticket out of a KPI, the first match first."""
    if is_taken_out(story.contests.get(kpi)):
        yield "contested"
    yield from _standing(story)


def _standing(story: TicketStory) -> tuple[str, ...]:
    """What keeps a ticket out of every KPI."""
    known = story.made.get(_STANDING)
    if known is None:
        known = story.made[_STANDING] = _standing_of(story)
    return known


def _standing_of(story: TicketStory) -> tuple[str, ...]:
    rules = story.rules
    status = story.history("status").now
    queue = story.history("queueID").now
    checks = (
        ("deleted", not story.state.exists),
        ("merged", status in rules.merged or queue in rules.merged_queues),
        ("duplicate", status in rules.duplicate),
        ("cancelled", status in rules.cancelled),
        ("internal_company", story.company in rules.internal_companies),
        ("excluded_queue", queue in rules.excluded_queues),
        ("excluded_category", story.state.value("ticketCategory") in rules.excluded_categories),
        ("alert_without_labour", _is_alert(story) and not story.worked),
    )
    return tuple(reason for reason, holds in checks if holds)


def _is_alert(story: TicketStory) -> bool:
    is_alert_type = story.history("ticketType").now in story.rules.alert_types
    return is_alert_type or story.state.value("source") in story.rules.monitoring_sources
