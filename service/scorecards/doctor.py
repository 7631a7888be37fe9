"""What can be measured here, what cannot, and what to change in Autotask or the policy (kpis.md R2).

A *finding* is one thing the doctor noticed about a KPI, with a stable word, a sentence, and what would mend it. It
looks at the 90 days ending today, and at who is a technician.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from models.entities import AVAILABILITY, RESOURCE
from models.instants import Day, add_days
from models.ledger import Scope
from models.policy import Policy
from service.kpis.registry import KPIS
from service.kpis.roster import ROSTER
from service.projection.fold import EntityState
from service.projection.ledger.facts import states_of
from service.projection.ledger.tables import CONTRIBUTION
from service.projection.rules import Rules
from service.projection.story import API_USER, MEMBER_DAYS
from service.reading import View
from service.scorecards import roster
from service.scorecards.scorecard import Board
from service.scorecards.sums import ids_on_days

DAYS = 90
MUCH = 5
"""A share of this many percent or more is told."""


class Severity(StrEnum):
    """Whether a finding stops a KPI, makes it doubtful, or is only good to know."""

    STOPS = "stops"
    DOUBT = "doubt"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed. ``reason``: a stable word; ``remedy``: what to change, where."""

    kpi: str
    severity: Severity
    reason: str
    words: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Person:
    """A resource that is known, whether it has a scorecard row today, and why or why not."""

    tech_id: int
    name: str
    is_in: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything the doctor says. ``measurable``: why not, by KPI; ``None`` for one that can be measured."""

    measurable: Mapping[str, str | None]
    findings: tuple[Finding, ...]
    people: tuple[Person, ...]


class _Counts:
    """How many rows each KPI has in the days looked at, by outcome, reason and rule."""

    def __init__(self, view: View, first_day: Day, last_day: Day) -> None:
        row = CONTRIBUTION.c
        self._rows: Counter[tuple[str, str, str, str]] = Counter()
        for kpi in KPIS:
            found = view.connection.execute(
                select(row.outcome, row.reason, row.rule, func.count())
                .where(row.measure == kpi.key, row.day.between(first_day, last_day))
                .group_by(row.outcome, row.reason, row.rule)
            )
            for outcome, reason, rule, number in found:
                self._rows[kpi.key, outcome, reason, rule] += number

    def of(self, kpi: str, *, outcome: str = "", reason: str = "", rule: str = "") -> int:
        """The rows of a KPI, of an outcome, reason or rule only if given."""
        asked = (outcome, reason, rule)
        return sum(
            number
            for (key, *words), number in self._rows.items()
            if key == kpi and all(not want or want == have for want, have in zip(asked, words, strict=True))
        )


def diagnose(view: View) -> Diagnosis:
    """Look at everything at the view's moment."""
    board = Board(view)
    first_day = add_days(board.today, 1 - DAYS)
    counts = _Counts(view, first_day, board.today)
    rules = Rules.of(view.policy)
    people = tuple(_people(view, board.today))
    findings = [
        *_stops(board),
        *_of_roles(view.policy, rules),
        *_of_time(counts, view, people),
        *_of_tickets(counts),
        *_of_coverage(board),
    ]
    order = {kpi.key: number for number, kpi in enumerate(KPIS)}
    findings = [one for one in findings if one.kpi in order]
    findings.sort(key=lambda one: (order[one.kpi], list(Severity).index(one.severity), one.reason))
    return Diagnosis({kpi.key: board.reasons.get(kpi.key) for kpi in KPIS}, tuple(findings), people)


_STOPS = {
    "no_event_in_90_days": (
        "No ticket had this SLA event in the last 90 days.",
        "In Autotask: map a status to this SLA event (Admin > Statuses; Resolution Plan has none by default).",
    ),
    "no_tiers": (
        "Nothing is ranked, so nobody can be seen to hand a ticket up.",
        "In the policy, [tiers.queues] or [tiers.technicians]: give ranks to queues or technicians.",
    ),
}


def _stops(board: Board) -> Iterator[Finding]:
    for kpi, reason in board.reasons.items():
        words, remedy = _STOPS.get(reason, ("It cannot be measured here.", ""))
        yield Finding(kpi, Severity.STOPS, reason, words, remedy)


def _of_roles(policy: Policy, rules: Rules) -> Iterator[Finding]:
    if not rules.merged and not rules.merged_queues:
        for kpi in ("reopen_rate", "first_contact_resolution", "sla_completion"):
            yield Finding(
                kpi,
                Severity.DOUBT,
                "no_merged_role",
                "No status or queue is known to mean merged, so merged tickets count.",
                "In the policy, [roles.status] merged: name the status your merged tickets get.",
            )
    if not rules.incident_types and not rules.request_types:
        yield Finding(
            "first_contact_resolution",
            Severity.DOUBT,
            "no_type_roles",
            "No ticket type is known to be an incident or a request, so no ticket counts.",
            "In the policy, [roles.type] incident and request: name your ticket types.",
        )
    if not rules.incident_types and not rules.alert_types:
        yield Finding(
            "reactive_hours_per_endpoint",
            Severity.DOUBT,
            "no_type_roles",
            "No ticket type is known to be an incident or an alert, so no hours count.",
            "In the policy, [roles.type] incident and alert: name your ticket types.",
        )
    if not rules.approved_time_off:
        yield Finding(
            "utilization",
            Severity.DOUBT,
            "no_approved_role",
            "No status of a time-off request is known to mean approved, so nobody is ever off.",
            "In the policy, [roles.time_off_status] approved: name the status.",
        )
    for label in policy.unresolved_labels():
        kpi = "escalation_rate" if label.startswith("tiers") else "first_contact_resolution"
        yield Finding(
            kpi,
            Severity.DOUBT,
            "unresolved_label",
            f"The policy's label has no id yet and no effect: {label}.",
            "Just started: wait some minutes. Else write it as Autotask shows it, or write the id.",
        )


def _of_time(counts: _Counts, view: View, people: tuple[Person, ...]) -> Iterator[Finding]:
    with_row = {state.number("resourceID") for state in states_of(view.connection, AVAILABILITY) if state.exists}
    without = [one.name for one in people if one.is_in and one.tech_id not in with_row]
    if without:
        yield Finding(
            "utilization",
            Severity.DOUBT,
            "no_availability",
            f"No availability is known of {', '.join(without[:10])}{' and others' if len(without) > 10 else ''};"
            " the policy's default stands in.",
            "Let the API user read ResourceDailyAvailabilities, or set [default_availability].",
        )
    entries = counts.of("real_time_entry", outcome="counted")
    no_end = counts.of("real_time_entry", outcome="counted", rule="date_worked")
    if _percent(no_end, entries) >= MUCH:
        yield Finding(
            "real_time_entry",
            Severity.DOUBT,
            "entries_without_times",
            f"{_percent(no_end, entries)} % of time entries have no end time: these can only be judged by the day.",
            "In Autotask, Admin > Time Sheets: require start and stop times.",
        )
    logged = counts.of("utilization")
    if logged and not counts.of("utilization", reason="internal"):
        yield Finding(
            "utilization",
            Severity.NOTE,
            "no_internal_time",
            "Not one internal or non-customer entry was seen in 90 days.",
            "If there are some: the API user's security level must be allowed to view non-billable time.",
        )


def _of_tickets(counts: _Counts) -> Iterator[Finding]:
    judged = counts.of("estimate_accuracy", outcome="counted") + counts.of("estimate_accuracy", reason="no_estimate")
    missing = counts.of("estimate_accuracy", reason="no_estimate")
    if _percent(missing, judged) >= MUCH:
        yield Finding(
            "estimate_accuracy",
            Severity.DOUBT,
            "estimates_missing",
            f"{_percent(missing, judged)} % of completed tickets have no estimate.",
            "In Autotask: have estimated hours set when a ticket is triaged, or by a workflow rule.",
        )
    if not counts.of("client_survey"):
        yield Finding(
            "client_survey",
            Severity.DOUBT,
            "no_surveys",
            "No survey was seen in 90 days.",
            "Send surveys from Autotask, or bring them in as signed SurveyResults events.",
        )
    for kpi in ("escalation_rate", "reopen_rate", "first_contact_resolution"):
        unknown = counts.of(kpi, reason="history_unknown")
        known = counts.of(kpi, outcome="counted")
        if _percent(unknown, unknown + known) >= MUCH:
            yield Finding(
                kpi,
                Severity.DOUBT,
                "history_unknown",
                f"{_percent(unknown, unknown + known)} % of tickets were not watched from the start.",
                "Import their TicketHistory, or wait: tickets created from now on are watched.",
            )


def _of_coverage(board: Board) -> Iterator[Finding]:
    team = board.figures(board.window("90d"), Scope.TEAM, (0,))[0]
    for figure in team:
        coverage = figure.companions.get("sla_coverage")
        if coverage is not None and coverage < 1 - MUCH / 100:
            yield Finding(
                figure.kpi,
                Severity.DOUBT,
                "sla_coverage",
                f"Only {round(100 * coverage)} % of tickets have an SLA due date for this event.",
                "In Autotask: give contracts or ticket categories a default service level agreement.",
            )


def _people(view: View, today: Day) -> Iterator[Person]:
    states = {state.entity_id: state for state in states_of(view.connection, RESOURCE)}
    first_day = add_days(today, 1 - MEMBER_DAYS)
    working = set(ids_on_days(view.connection, ROSTER.key, Scope.TECH, first_day, today))
    ids = sorted(number for number in states.keys() | working if number >= 0)
    names = roster.names(view.connection, ids)
    for number in ids:
        reason = _why_out(number, states.get(number), view.policy, working)
        yield Person(number, names[number], not reason, reason or "works_for_customers")


def _why_out(number: int, state: EntityState | None, policy: Policy, working: set[int]) -> str:
    """Why somebody has no row today, or an empty string."""
    if number in policy.ignored_resources:
        return "ignored_resource"
    if state is not None and state.value("licenseType") == API_USER:
        return "api_user"
    if state is not None and (not state.exists or state.tracked("isActive") is False):
        return "inactive"
    listed = Rules.of(policy).listed
    if listed is not None:
        return "" if number in listed else "not_listed"
    return "" if number in working else "no_customer_work_in_60_days"


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
