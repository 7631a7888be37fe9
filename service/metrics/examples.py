"""One query for each family of metrics, as somebody would ask it; printed beside the family in ``docs/metrics.md``.

Series of the ledger are the same on every replica: ``max`` over what tells replicas apart keeps one of each.
"""

from __future__ import annotations

from collections.abc import Mapping

_FIGURES = {
    "team": 'kpi="sla_triage",window="mtd"',
    "tech": 'kpi="utilization",window="30d"',
    "queue": 'kpi="sla_completion",window="mtd"',
}
_SCOPES = {"team": "", "tech": "tech, tech_id", "queue": "queue"}


def _figures() -> Mapping[str, str]:
    found = {}
    for scope, own in _FIGURES.items():
        by = f" by ({_SCOPES[scope]})" if _SCOPES[scope] else ""
        family = f"techscore_{scope}_kpi_"
        for name in ("numerator", "denominator", "value", "sample_size", "provisional"):
            found[family + name] = f"max{by} ({family}{name}{{{own}}})"
        matched = " on ()" if not by else ""
        found[f"{family}sufficient"] = (
            f"max{by} ({family}value{{{own}}}) and{matched} max{by} ({family}sufficient{{{own}}}) == 1"
        )
    return found


EXAMPLES: Mapping[str, str] = {
    **_figures(),
    "techscore_tech_kpi_attainment": (
        'bottomk(3, max by (tech, kpi) (techscore_tech_kpi_attainment{window="mtd",kpi="real_time_entry"}))'
    ),
    "techscore_tech_score": 'sort_desc(max by (tech) (techscore_tech_score{window="mtd"}))',
    "techscore_tech_focus": "count by (kpi) (max by (tech_id, kpi) (techscore_tech_focus) == 1)",
    "techscore_tech_kpi_effect": "topk(3, max by (tech, kpi) (techscore_tech_kpi_effect))",
    "techscore_tech_companion": (
        'max by (tech) (techscore_tech_companion{kpi="utilization",companion="time_coverage",window="30d"}) < 0.9'
    ),
    "techscore_tech_score_month": "max by (tech, month) (techscore_tech_score_month)",
    "techscore_team_score": 'max(techscore_team_score{window="mtd"})',
    "techscore_team_companion": (
        'max(techscore_team_companion{kpi="client_survey",companion="survey_response_rate",window="mtd"})'
    ),
    "techscore_team_kpi_month_value": 'max by (month) (techscore_team_kpi_month_value{kpi="sla_completion"})',
    "techscore_kpi_target": (
        'max by (kpi) (techscore_team_kpi_value{window="mtd"}) - on (kpi) max by (kpi) (techscore_kpi_target)'
    ),
    "techscore_kpi_floor": "max by (kpi) (techscore_kpi_floor)",
    "techscore_kpi_measurable": "max by (kpi) (techscore_kpi_measurable) == 0",
    "techscore_kpi_info": (
        'max by (kpi) (techscore_team_kpi_value{window="mtd"}) * on (kpi) group_left (title) '
        "max by (kpi, title) (techscore_kpi_info)"
    ),
    "techscore_sla_span_decisions": ('sum(max by (queue) (techscore_sla_span_decisions{event="triage",span="3bh"}))'),
    "techscore_sla_span_misses": ('topk(3, max by (queue) (techscore_sla_span_misses{event="completion",span="5bd"}))'),
    "techscore_sla_burn_rate": 'max by (event) (techscore_sla_burn_rate{span="1bd"}) > 1',
    "techscore_sla_misses_allowed": "max by (event) (techscore_sla_misses_allowed)",
    "techscore_sla_misses_left": (
        "max by (event) (techscore_sla_misses_left) / max by (event) (techscore_sla_misses_allowed > 0)"
    ),
    "techscore_month_business_days_left": "max(techscore_month_business_days_left)",
    "techscore_lost_utilization_cost": 'max by (currency) (techscore_lost_utilization_cost{window="30d"})',
    "techscore_open_tickets": "sum by (priority) (max by (queue, priority) (techscore_open_tickets))",
    "techscore_queue_info": (
        "sum by (queue) (max by (queue, priority) (techscore_open_tickets)) "
        "* on (queue) group_left (name) max by (queue, name) (techscore_queue_info)"
    ),
    "techscore_priority_info": (
        "sum by (priority) (max by (queue, priority) (techscore_open_tickets)) "
        "* on (priority) group_left (name) max by (priority, name) (techscore_priority_info)"
    ),
    "techscore_unassigned_tickets": "sum(max by (queue) (techscore_unassigned_tickets))",
    "techscore_sla_at_risk": (
        'sum by (event) (max by (event, queue, band) (techscore_sla_at_risk{band=~"over|15m|30m"}))'
    ),
    "techscore_sla_at_risk_ticket_minutes": (
        "sort(min by (slot, event, ticket, queue, tech) (techscore_sla_at_risk_ticket_minutes))"
    ),
    "techscore_tickets_created": 'sum(max by (queue) (techscore_tickets_created{window="today"}))',
    "techscore_tickets_completed": 'sum(max by (queue) (techscore_tickets_completed{window="today"}))',
    "techscore_tickets_reopened": (
        'sum(max by (queue) (techscore_tickets_reopened{window="30d"})) '
        '/ sum(max by (queue) (techscore_tickets_completed{window="30d"}))'
    ),
    "techscore_as_of_timestamp_seconds": "time() - max(techscore_as_of_timestamp_seconds)",
    "techscore_clock_frozen": "max(techscore_clock_frozen) == 1",
    "techscore_inbox_backlog": "max(techscore_inbox_backlog)",
    "techscore_projection_lag_seconds": "max(techscore_projection_lag_seconds)",
    "techscore_parked": "sum(max by (kind) (techscore_parked))",
    "techscore_parked_oldest_timestamp_seconds": "time() - min by (kind) (techscore_parked_oldest_timestamp_seconds)",
    "techscore_coaching_plan": ('max by (tech, kpi) (techscore_coaching_plan{state=~"behind|slipping"}) > 0'),
    "techscore_coaching_check_back_timestamp_seconds": (
        "sort(max by (tech, kpi) (techscore_coaching_check_back_timestamp_seconds) - time())"
    ),
    "techscore_ledger_mismatch": "max by (kind) (techscore_ledger_mismatch) > 0",
    "techscore_source_last_success_timestamp_seconds": (
        "time() - max by (feed) (techscore_source_last_success_timestamp_seconds)"
    ),
    "techscore_webhook_active": "min by (entity) (techscore_webhook_active)",
    "techscore_reconcile_drift": "max by (entity, kind) (techscore_reconcile_drift) > 0",
    "techscore_in_business_time": "max(techscore_in_business_time)",
    "techscore_projected_facts_total": "sum(rate(techscore_projected_facts_total[5m]))",
    "techscore_evaluated_subjects_total": "sum(rate(techscore_evaluated_subjects_total[5m]))",
    "techscore_projection_step_seconds": (
        "histogram_quantile(0.99, sum by (le) (rate(techscore_projection_step_seconds_bucket[5m])))"
    ),
    "techscore_render_seconds": (
        "sum(rate(techscore_render_seconds_sum[5m])) / sum(rate(techscore_render_seconds_count[5m]))"
    ),
    "techscore_autotask_requests_total": (
        'sum by (endpoint, outcome) (increase(techscore_autotask_requests_total{outcome!="ok"}[1h]))'
    ),
    "techscore_autotask_budget_used_ratio": "max(techscore_autotask_budget_used_ratio)",
    "techscore_webhooks_mended_total": "sum by (entity) (increase(techscore_webhooks_mended_total[1d]))",
    "techscore_inbox_events_total": "sum by (entity) (rate(techscore_inbox_events_total[5m]))",
    "techscore_webhook_rejections_total": "sum by (reason) (increase(techscore_webhook_rejections_total[15m])) > 0",
    "techscore_webhook_deactivation_hints_total": "sum(increase(techscore_webhook_deactivation_hints_total[1d]))",
    "techscore_callouts_total": "sum by (outcome) (rate(techscore_callouts_total[5m]))",
    "techscore_http_request_seconds": (
        "histogram_quantile(0.99, sum by (route, le) (rate(techscore_http_request_seconds_bucket[5m])))"
    ),
    "techscore_inbox_append_seconds": (
        "histogram_quantile(0.99, sum by (le) (rate(techscore_inbox_append_seconds_bucket[5m])))"
    ),
    "techscore_address_info": "count by (url) (techscore_address_info)",
    "techscore_build_info": "count by (version) (techscore_build_info)",
}
