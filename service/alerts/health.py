"""Alerts of what comes in, of single tickets and plans, and of Techscore itself; the same under every policy."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.signature import REASONS
from service.alerts.rule import Rule

_EVERY_SECONDS = "Tickets|TimeEntries"
_EVERY_MINUTES = "ConfigurationItems|SurveyResults|TimeOffRequests|Companies|Tasks|Projects|Deleted.*"
_FEED_AGE = "time() - max by (feed) (techscore_source_last_success_timestamp_seconds"


def ticket_rules() -> Iterator[Rule]:
    """One alert for each ticket that nobody holds and that is about to breach."""
    yield Rule(
        alert="TechscoreBreachUnassigned",
        about="ticket",
        severity="critical",
        expr='min by (event, ticket, queue) (techscore_sla_at_risk_ticket_minutes{tech="none"}) > 0 <= 30',
        summary=(
            "Nobody holds ticket {{ $labels.ticket }}, and its {{ $labels.event }} is due in "
            '{{ printf "%.0f" $value }} business minutes'
        ),
        held="1m",
    )


def coaching_rules() -> Iterator[Rule]:
    """A reminder in business hours, for whoever leads the talk, until the check-back is noted or the date is moved."""
    yield Rule(
        alert="TechscoreCheckBackDue",
        about="coaching",
        severity="info",
        expr=(
            "time() - min by (tech, tech_id, kpi) (techscore_coaching_check_back_timestamp_seconds) >= 0\n"
            "and on () max(techscore_in_business_time) == 1"
        ),
        summary=(
            "A check-back with {{ $labels.tech }} about {{ $labels.kpi }} is due: "
            "open the brief under /coaching, talk, and note what was agreed"
        ),
    )


def source_rules() -> Iterator[Rule]:
    """What comes in, or does not."""
    yield Rule(
        alert="TechscoreSourceSilent",
        about="source",
        severity="critical",
        expr=(
            f'(\n  {_FEED_AGE}{{feed=~"{_EVERY_SECONDS}"}}) > 300\n'
            f'  or\n  {_FEED_AGE}{{feed=~"{_EVERY_MINUTES}"}}) > 1800\n)\n'
            "and on () max(techscore_in_business_time) == 1"
        ),
        summary=(
            "Nothing has been read of {{ $labels.feed }} for {{ humanizeDuration $value }}: "
            "figures stand still until it answers again"
        ),
        held="2m",
    )
    yield Rule(
        alert="TechscoreWebhookInactive",
        about="source",
        severity="warning",
        expr="min by (entity) (techscore_webhook_active) == 0",
        summary="Autotask has switched off the webhook for {{ $labels.entity }}: its changes come by the feeds only",
        held="10m",
    )
    yield Rule(
        alert="TechscoreSignaturesRejected",
        about="source",
        severity="warning",
        expr=f'sum(increase(techscore_webhook_rejections_total{{reason=~"{"|".join(REASONS)}"}}[15m])) >= 5',
        summary=(
            '{{ printf "%.0f" $value }} webhook calls of the last 15 minutes were not signed with our secret: '
            "it was changed on one side, or somebody is trying the door"
        ),
    )
    yield Rule(
        alert="TechscoreEventTooLarge",
        about="source",
        severity="warning",
        expr='sum(increase(techscore_webhook_rejections_total{reason="body_too_large"}[15m])) > 0',
        summary="Autotask sent an event of more than 1 MiB, which was refused: only the feeds can bring what it said",
    )
    yield Rule(
        alert="TechscoreReconcileDrift",
        about="source",
        severity="warning",
        expr="max by (entity, kind) (techscore_reconcile_drift) >= 10",
        summary=(
            '{{ printf "%.0f" $value }} rows of {{ $labels.entity }} were {{ $labels.kind }} when compared with '
            "Autotask; they are repaired, but something did not arrive"
        ),
    )
    yield Rule(
        alert="TechscoreApiBudget",
        about="source",
        severity="warning",
        expr="max(techscore_autotask_budget_used_ratio) > 0.9",
        summary=(
            "{{ humanizePercentage $value }} of our hourly share of Autotask's requests are used: "
            "feeds slow down, reference data first"
        ),
        held="15m",
    )


def health_rules() -> Iterator[Rule]:
    """Techscore itself."""
    yield Rule(
        alert="TechscoreTargetDown",
        about="health",
        severity="critical",
        expr='min by (job) (up{job=~"techscore.*"}) == 0\nor absent(up{job=~"techscore.*"})',
        summary=(
            "Techscore cannot be reached{{ with $labels.job }} ({{ . }}){{ end }}: "
            "figures on the wall are old, and webhooks may be refused"
        ),
        held="2m",
    )
    yield Rule(
        alert="TechscoreLag",
        about="health",
        severity="critical",
        expr="max(techscore_projection_lag_seconds) > 60",
        summary=(
            "Figures are {{ humanizeDuration $value }} behind what has come in, "
            "{{ with query `max(techscore_inbox_backlog)` }}"
            '{{ . | first | value | printf "%.0f" }}{{ else }}?{{ end }} events wait'
        ),
        held="5m",
    )
    yield Rule(
        alert="TechscoreParkedAgeing",
        about="health",
        severity="warning",
        expr="time() - min by (kind) (techscore_parked_oldest_timestamp_seconds) > 4 * 3600",
        summary="Set aside for {{ humanizeDuration $value }} ({{ $labels.kind }}), and in no figure",
    )
    yield Rule(
        alert="TechscoreLedgerMismatch",
        about="health",
        severity="critical",
        expr="max by (kind) (techscore_ledger_mismatch) > 0",
        summary=(
            '{{ printf "%.0f" $value }} differences between the figures and the facts behind them '
            "({{ $labels.kind }} verification): trust no figure until it is rebuilt"
        ),
    )
