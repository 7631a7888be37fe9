"""The policies of tapes, and the ids both policies and histories speak of.

Only ids are used, never labels: labels need the tenant's picklists, which no tape carries.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

NEW, COMPLETE, WAITING_CUSTOMER, IN_PROGRESS, WAITING_VENDOR, ON_HOLD = 1, 5, 7, 8, 9, 10
MERGED, CANCELLED, DUPLICATE, ESCALATED, CLOSED_TOO = 12, 13, 14, 15, 16
TRIAGE, FIRST, SECOND_LINE, THIRD, MERGED_QUEUE, EXCLUDED_QUEUE, SALES = 21, 22, 23, 24, 25, 26, 27
REQUEST, INCIDENT, PROBLEM, CHANGE, ALERT = 1, 2, 3, 4, 5
PHONE, MAIL, MONITORING = 2, 4, 8
CATEGORY, EXCLUDED_CATEGORY = 3, 40
TIME_OFF_REQUESTED, TIME_OFF_APPROVED, TIME_OFF_CANCELLED = 1, 2, 3
WORK, TIME_OFF_WORK = 31, 39
SYSTEM_USER, TECHNICIANS, API_USER, UNKNOWN_RESOURCE, INACTIVE = 4, (101, 102, 103, 104), 150, 199, 160
OWN_COMPANY, LISTED_INTERNAL, UNMANAGED, UNKNOWN_COMPANY, CLIENTS = 0, 90, 91, 99, (11, 12, 13)
SERVER, WORKSTATION, PRINTER = 1, 2, 3
LOCATIONS, HOLIDAY_SETS = (501, 502, 503), (601, 602)
KPIS = (
    "utilization",
    "real_time_entry",
    "sla_triage",
    "sla_engagement",
    "sla_completion",
    "estimate_accuracy",
    "escalation_rate",
    "reopen_rate",
    "first_contact_resolution",
    "client_survey",
    "reactive_hours_per_endpoint",
)


def draw_policy(rng: Random, timezone: str, first: date, days: int) -> dict[str, Any]:
    """A policy: most keys present in most tapes, each with values about which the history turns."""

    def some_day() -> str:
        return (first + timedelta(days=rng.randint(-2, days))).isoformat()

    policy: dict[str, Any] = {"timezone": timezone, "roles": _roles(rng), "technicians": _technicians(rng, some_day())}
    if rng.random() < 0.5:
        policy["ignored_resources"] = rng.choice(([4], [4], [4, 104], []))
    policy |= _lists_and_minutes(rng) | _calendar(rng, some_day)
    if rng.random() < 0.8:
        policy["tiers"] = _tiers(rng, some_day)
    policy["kpis"] = _kpis(rng)
    return policy


def _lists_and_minutes(rng: Random) -> dict[str, Any]:
    lists = {
        "internal_companies": [LISTED_INTERNAL],
        "unmanaged_companies": [UNMANAGED],
        "excluded_queues": [EXCLUDED_QUEUE],
        "excluded_categories": [EXCLUDED_CATEGORY],
        "endpoint_types": [SERVER, WORKSTATION],
    }
    numbers = {
        "late_after_minutes": (0, 5, 15, 60),
        "breach_grace_minutes": (0, 5, 10),
        "gap_after_minutes": (0, 2, 5),
        "close_day": (1, 8, 15),
        "rate": (150.0, 99.99, 0),
    }
    return {key: values for key, values in lists.items() if rng.random() < 0.6} | {
        key: rng.choice(choices) for key, choices in numbers.items() if rng.random() < 0.4
    }


def _calendar(rng: Random, some_day: Callable[[], str]) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    if rng.random() < 0.3:
        policy["measured_from"] = some_day()
    if rng.random() < 0.3:
        policy["default_availability"] = rng.choice(
            (
                {"mon": 7.5, "tue": 7.5, "wed": 7.5, "thu": 7.5, "fri": 6.25, "sat": 0, "sun": 0},
                {"mon": 4, "tue": 0, "wed": 4, "thu": 0, "fri": 0, "sat": 3.333333, "sun": 1},
            )
        )
    if rng.random() < 0.2:
        policy["default_location"] = rng.choice((LOCATIONS[0], LOCATIONS[1], 599))
    if rng.random() < 0.3:
        policy["survey"] = rng.choice(({"maximum": 10, "positive_from": 7}, {"maximum": 5, "positive_from": 3}))
    if rng.random() < 0.4:
        policy["business_day"] = rng.choice(
            (
                {"start": "07:30", "end": "16:45"},
                {"start": "00:00", "end": "23:59", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
                {"start": "09:00", "end": "17:20", "days": ["mon", "wed", "fri", "sun"]},
            )
        )
    return policy


def _roles(rng: Random) -> dict[str, Any]:
    status = {
        "complete": rng.choice(([COMPLETE], [COMPLETE, CLOSED_TOO])),
        "waiting": rng.choice(([WAITING_CUSTOMER], [WAITING_CUSTOMER, WAITING_VENDOR])),
        "sla_paused": rng.choice(([WAITING_CUSTOMER], [WAITING_CUSTOMER, ON_HOLD])),
        "merged": [MERGED],
        "cancelled": [CANCELLED],
        "duplicate": [DUPLICATE],
        "escalated": rng.choice(([ESCALATED], [ESCALATED], [])),
    }
    for name in ("waiting", "sla_paused", "merged", "cancelled", "duplicate"):
        if rng.random() < 0.1:
            del status[name]
    roles: dict[str, Any] = {
        "status": status,
        "queue": {"merged": [MERGED_QUEUE]},
        "type": {"incident": [INCIDENT], "request": [REQUEST], "change": [CHANGE]},
        "time_off_status": {"approved": [TIME_OFF_APPROVED]},
        "work_type": {"time_off": [TIME_OFF_WORK]},
    }
    if rng.random() < 0.3:
        roles["queue"]["excluded"] = [SALES]
    if rng.random() < 0.7:
        roles["type"]["alert"] = [ALERT]
    if rng.random() < 0.6:
        roles["source"] = {"monitoring": [MONITORING]}
    return roles


def _technicians(rng: Random, since: str) -> Any:
    if rng.random() < 0.6:
        return "auto"
    listed: list[Any] = rng.sample(TECHNICIANS, rng.randint(1, 3))
    if rng.random() < 0.4:
        listed[0] = {"id": listed[0], "from": since}
    if rng.random() < 0.2:
        listed.append(UNKNOWN_RESOURCE)
    return listed


def _tiers(rng: Random, some_day: Callable[[], str]) -> dict[str, Any]:
    queues: dict[str, Any] = {str(FIRST): 1, str(SECOND_LINE): 2}
    if rng.random() < 0.6:
        queues[str(THIRD)] = rng.choice((2, 3))
    technicians: dict[str, Any] = {}
    for tech in TECHNICIANS:
        if rng.random() < 0.7:
            technicians[str(tech)] = rng.randint(1, 3)
    if rng.random() < 0.5:
        table = rng.choice((queues, technicians or queues))
        key = rng.choice(sorted(table))
        dated = {"rank": rng.randint(1, 3), "from": some_day()}
        table[key] = rng.choice((dated, [dated], [rng.randint(0, 2), dated]))
    return rng.choice(
        (
            {"queues": queues, "technicians": technicians},
            {"queues": queues, "technicians": technicians},
            {"queues": queues},
            {"technicians": technicians or {str(TECHNICIANS[0]): 2}},
        )
    )


def _kpis(rng: Random) -> dict[str, Any]:
    """Small samples suffice in most tapes, else a tape of a few tickets would never show a score."""
    kpis: dict[str, Any] = {}
    least = rng.choice((None, 1, 1, 2))
    for key in KPIS:
        changed: dict[str, Any] = {}
        if least is not None and rng.random() < 0.9:
            changed["minimum_sample"] = least
        if rng.random() < 0.1:
            changed["weight"] = rng.choice((0, 0.5, 2, 1.25))
        if changed:
            kpis[key] = changed
    if rng.random() < 0.3:
        kpis["utilization"] = {"target": 0.6, "floor": 0.2, "minimum_sample": 1}
    if rng.random() < 0.2:
        kpis["escalation_rate"] = {"target": 0.1, "floor": 0.9}
    return kpis
