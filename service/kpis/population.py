"""Which tickets are scored, and why the others are not (kpis.md §2)."""

from __future__ import annotations

from service.projection.story import TicketStory

REASONS = {
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


def exclusion(story: TicketStory) -> str:
    """The first exclusion that holds for a ticket's state now, or an empty string for a scored ticket."""
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
    return next((reason for reason, holds in checks if holds), "")


def _is_alert(story: TicketStory) -> bool:
    is_alert_type = story.history("ticketType").now in story.rules.alert_types
    return is_alert_type or story.state.value("source") in story.rules.monitoring_sources
