"""The examples of the OpenAPI document: one answer of each route. A test holds them against real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Responses: TypeAlias = dict[int | str, dict[str, Any]]

_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def answers(example: object, *, description: str = "as of the ledger's moment", **problems: str) -> Responses:
    """The 200 of a route by example, and its refusals: ``unknown_kpi="404"`` is a 404 of that reason."""
    found: Responses = {
        200: {"description": description, "content": {"application/json": {"example": example}}},
        304: {"description": "the client has it (`If-None-Match`)"},
        422: _refusals(["invalid_request"]),
        503: _refusals(["no_figures_yet", "storage_unavailable"]),
    }
    return found | _by_status(problems)


def written(example: object, *, status: int = 200, **problems: str) -> Responses:
    """The answer of a route that stores something, by example, and its refusals."""
    stored = {"description": "stored", "content": {"application/json": {"example": example}}}
    return {
        status: stored,
        422: _refusals(["invalid_request"]),
        503: _refusals(["storage_unavailable"]),
    } | _by_status(problems)


def _by_status(problems: Mapping[str, str]) -> Responses:
    found: dict[str, list[str]] = {}
    for reason, status in problems.items():
        found.setdefault(status, []).append(reason)
    return {int(status): _refusals(reasons) for status, reasons in found.items()}


def _refusals(reasons: list[str]) -> dict[str, Any]:
    words = ", ".join(f"`{reason}`" for reason in reasons)
    return {"description": words, "content": {"application/problem+json": {"schema": _PROBLEM}}}


_MOMENT = {
    "as_of": "2026-09-14T12:00:00Z",
    "position": 48211,
    "generation": "3f9a61c0d2be",
    "window": {"name": "mtd", "from": "2026-09-01", "to": "2026-09-14"},
}
_KPI = {
    "kpi": "sla_completion",
    "value": 0.666667,
    "numerator": 2000000,
    "denominator": 3000000,
    "sample_size": 3,
    "sufficient": False,
    "measurable": True,
    "reason": None,
    "target": 0.9,
    "floor": 0.65,
    "attainment": 0.066667,
    "provisional": 0,
    "from": "2026-09-01",
    "to": "2026-09-14",
    "companions": {"sla_coverage": 1.0, "misses_allowed": 0, "misses_left": -1},
    "flags": [],
}
_PERSON = {"tech_id": 29682885, "name": "Ada Moreau", "score": None, "band": None, "focus": "sla_completion"}
_ROW = {
    "subject_type": "Ticket",
    "subject_id": 351182,
    "ticket_id": 351182,
    "ticket_number": "T20260914.0007",
    "url": "https://ww5.autotask.net/Mvc/ServiceDesk/TicketDetail.mvc?ticketId=351182",
    "tech_id": 29682885,
    "queue_id": 29683354,
    "company_id": 629,
    "day": "2026-09-14",
    "happened_at": "2026-09-14T10:00:00Z",
    "numerator": 0,
    "denominator": 1000000,
    "sample": 1,
    "outcome": "counted",
    "reason": "open_breach",
    "provisional": False,
}
_MADE = {
    "kpi": "sla_completion",
    "measure": "sla_completion",
    "subject_type": "Ticket",
    "subject_id": 351182,
    "tech_id": 29682885,
    "queue_id": 29683354,
    "company_id": 629,
    "day": "2026-09-14",
    "happened_at": "2026-09-14T10:00:00Z",
    "numerator": 0,
    "denominator": 1000000,
    "sample": 1,
    "outcome": "counted",
    "rule": "7",
    "rule_words": "The due date has passed and the event has not happened: an open breach counts at once.",
    "reason": "open_breach",
    "reason_words": "It is past due, and the event has not happened.",
    "provisional": False,
}

SCORECARD = answers(
    {
        **_MOMENT,
        "team": {"score": None, "band": None, "kpis": [_KPI]},
        "technicians": [{**_PERSON, "kpis": [_KPI]}],
    },
    unknown_window="400",
)
TECHNICIAN = answers({**_MOMENT, **_PERSON, "kpis": [_KPI]}, unknown_window="400", unknown_technician="404")
QUEUE = answers(
    {**_MOMENT, "queue_id": 29683354, "name": None, "kpis": [_KPI]}, unknown_window="400", unknown_queue="404"
)
COMPANY = answers(
    {**_MOMENT, "company_id": 629, "name": "Acme", "kpis": [_KPI]}, unknown_window="400", unknown_company="404"
)
QUEUES = answers({"items": [{"queue_id": 29683354, "name": None}], "next_cursor": None})
COMPANIES = answers({"items": [{"company_id": 629, "name": "Acme"}], "next_cursor": "629"})
KPIS = answers(
    {
        "items": [
            {
                "kpi": "sla_completion",
                "title": "Completion",
                "meaning": "Tickets resolved by their SLA due date.",
                "direction": "higher",
                "slot": "sla",
                "target": 0.9,
                "floor": 0.65,
                "minimum_sample": 20,
                "tech_weight": 0.0625,
                "team_weight": 0.041667,
                "window_days": None,
                "companions": {"misses_allowed": "Misses the target allows this month."},
            }
        ],
        "next_cursor": None,
    }
)
EVIDENCE = answers(
    {
        "kpi": "sla_completion",
        "as_of": _MOMENT["as_of"],
        "position": 48211,
        "window": _MOMENT["window"],
        "totals": {"numerator": 2000000, "denominator": 3000000, "sample_size": 3, "provisional": 0},
        "items": [_ROW],
        "next_cursor": "WzIwMjYwOTE0LDE3ODk0NjY0MDAwMDAwMDAsIlRpY2tldCIsMzUxMTgyLDBd",
    },
    unknown_window="400",
    unknown_outcome="400",
    bad_cursor="400",
    unknown_kpi="404",
    unknown_technician="404",
    unknown_queue="404",
    unknown_company="404",
)
STORY = answers(
    {
        "ticket_id": 351182,
        "ticket_number": "T20260914.0007",
        "title": "Printer on fire",
        "url": _ROW["url"],
        "as_of": _MOMENT["as_of"],
        "position": 48211,
        "exists": True,
        "now": {"status": 1, "queueID": 29683354, "resolvedDueDateTime": "2026-09-14T10:00:00Z"},
        "timeline": [
            {
                "seen_at": "2026-09-14T08:00:00Z",
                "changed_at": "2026-09-14T08:00:00Z",
                "origin": "webhook",
                "created": True,
                "actor_id": 30691780,
                "changes": [
                    {"field": "status", "at": "2026-09-14T08:00:00Z", "from": None, "to": 1, "first_seen": True}
                ],
            }
        ],
        "timeline_left_out": 0,
        "time_entries": [
            {
                "entry_id": 9001,
                "tech_id": 29682885,
                "started_at": "2026-09-14T08:10:00Z",
                "ended_at": "2026-09-14T08:40:00Z",
                "created_at": "2026-09-14T08:42:00Z",
                "hours": 0.5,
                "exists": True,
            }
        ],
        "time_entries_left_out": 0,
        "sla": {
            "name": "Gold",
            "events": [
                {
                    "kpi": "sla_completion",
                    "due_at": "2026-09-14T10:00:00Z",
                    "happened_at": None,
                    "verdict": None,
                    "tech_id": None,
                }
            ],
        },
        "contributions": [_MADE],
        "left_out": [
            {
                "kpi": "sla_triage",
                "outcome": "excluded",
                "reason": "no_sla",
                "reason_words": "It has no due date for this event.",
            }
        ],
    },
    unknown_ticket="404",
)
EVENT = answers(
    {
        "position": 48211,
        "state": "applied",
        "reason": None,
        "origin": "webhook",
        "received_at": "2026-09-14T08:00:01Z",
        "entity_type": "Ticket",
        "entity_id": 351182,
        "contributions": [_MADE],
    },
    unknown_event="404",
)
STREAM: Responses = {
    200: {
        "description": "Server-Sent Events: `version` on every change; a comment every 15 s",
        "content": {
            "text/event-stream": {
                "example": 'id: 3f9a61c0d2be.1.4.48211.77\nevent: version\ndata: {"position":48211}\n\n'
            }
        },
    },
    503: _refusals(["too_many_streams"]),
}
