"""Coaching plans as the API writes them, and one of each by example."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from models.entities import MILLION
from models.instants import Day, isoformat
from models.settings import Settings
from service.api.scorecard import date_text, number
from service.coaching.brief import Brief
from service.coaching.measured import Case, Measured
from service.coaching.plan import Change, Kind
from service.coaching.standing import Guarded, Standing
from service.links import ticket_url

_FIGURE = {
    "value": 0.7,
    "low": 0.52124,
    "high": 0.833508,
    "numerator": 21000000,
    "denominator": 30000000,
    "sample_size": 30,
    "from": "2026-08-15",
    "to": "2026-09-13",
}
_NOW = {
    **_FIGURE,
    "value": 0.9,
    "numerator": 18000000,
    "denominator": 20000000,
    "sample_size": 20,
    "from": "2026-09-15",
    "to": "2026-10-05",
}
_CASE = {
    "day": "2026-09-11",
    "subject_type": "Ticket",
    "subject_id": 351182,
    "ticket_id": 351182,
    "url": None,
    "numerator": 0,
    "denominator": 1000000,
}
SUMMARY = {
    "id": 5831209471236,
    "tech_id": 29682885,
    "name": "Ada Moreau",
    "kpi": "sla_completion",
    "state": "on_course",
    "course": "on_course",
    "reason": None,
    "slipped": [],
    "goal": 0.85,
    "goal_day": "2026-10-14",
    "expected": 0.77,
    "now": _NOW,
    "since_start": _NOW,
    "baseline": {
        **_FIGURE,
        "target": 0.9,
        "pace": 0.15,
        "as_of": "2026-09-14T12:00:00Z",
        "position": 48211,
        "generation": "3f9a61c0d2be",
        "costliest": [_CASE],
    },
    "check_backs": ["2026-09-28", "2026-10-14"],
    "next_check_back": "2026-09-28",
    "is_due": False,
    "note": "Triage first thing in the morning; call before lunch.",
    "author": "ts_1a2b3c",
    "started_at": "2026-09-14T12:00:00Z",
    "closed_at": None,
    "sentence": None,
}
FULL = {
    **SUMMARY,
    "guards": [{"kpi": "utilization", "then": _FIGURE, "now": _NOW, "slipped": False, "reason": None}],
    "history": [{"at": "2026-09-14T12:00:00Z", "author": "ts_1a2b3c", "kind": "started"}],
}
BRIEF = {
    "plan": FULL,
    "script": [{"topic": "effort", "words": "Thank Ada Moreau for the effort, whatever the numbers say."}],
    "costliest": [_CASE],
    "went_right": [_CASE],
}


def summary_document(found: Standing, name: str, settings: Settings) -> dict[str, Any]:
    """A plan as lists have it."""
    plan = found.plan
    base = plan.baseline
    return {
        "id": plan.plan_id,
        "tech_id": plan.tech_id,
        "name": name,
        "kpi": plan.kpi,
        "state": found.state.value,
        "course": found.course.value,
        "reason": found.reason or None,
        "slipped": list(found.slipped),
        "goal": number(plan.goal_value),
        "goal_day": date_text(plan.goal_day),
        "expected": number(found.expected),
        "now": figure_document(found.now),
        "since_start": figure_document(found.since),
        "baseline": {
            **figure_document(base.figure),
            "target": _ratio(base.target),
            "pace": _ratio(base.pace),
            "as_of": isoformat(base.as_of),
            "position": base.position,
            "generation": base.generation,
            "costliest": [case_document(one, settings) for one in base.costliest],
        },
        "check_backs": [date_text(day) for day in plan.check_backs],
        "next_check_back": _day(plan.next_check_back),
        "is_due": found.is_due,
        "note": plan.note,
        "author": plan.author,
        "started_at": isoformat(plan.started_at),
        "closed_at": None if plan.closed is None else isoformat(plan.closed.at),
        "sentence": None if plan.closed is None else plan.closed.said["sentence"],
    }


def full_document(found: Standing, name: str, settings: Settings) -> dict[str, Any]:
    """A plan with its guard list and its history."""
    return {
        **summary_document(found, name, settings),
        "guards": [_guard(one) for one in found.guards],
        "history": [_change(one) for one in found.plan.history],
    }


def brief_document(made: Brief, settings: Settings) -> dict[str, Any]:
    """A check-back brief."""
    return {
        "plan": full_document(made.standing, made.name, settings),
        "script": [{"topic": line.topic, "words": line.words} for line in made.script],
        "costliest": [case_document(one, settings) for one in made.costliest],
        "went_right": [case_document(one, settings) for one in made.went_right],
    }


def figure_document(one: Measured) -> dict[str, Any]:
    """A figure with its 95 % interval; sums in millionths."""
    return {
        "value": number(one.value),
        "low": _ratio(one.low),
        "high": _ratio(one.high),
        "numerator": one.numerator,
        "denominator": one.denominator,
        "sample_size": one.sample,
        "from": date_text(one.first_day),
        "to": date_text(one.last_day),
    }


def case_document(one: Case, settings: Settings) -> dict[str, Any]:
    """One ticket, entry or day."""
    return {
        "day": date_text(one.day),
        "subject_type": one.subject_type,
        "subject_id": one.subject_id,
        "ticket_id": one.ticket_id,
        "url": ticket_url(settings, one.ticket_id),
        "numerator": one.numerator,
        "denominator": one.denominator,
    }


def _guard(one: Guarded) -> dict[str, Any]:
    return {
        "kpi": one.kpi,
        "then": figure_document(one.then),
        "now": figure_document(one.now),
        "slipped": one.slipped,
        "reason": one.reason or None,
    }


def _change(change: Change) -> dict[str, Any]:
    """What was changed, by whom and when; of the start the rest stands in the plan itself."""
    found: dict[str, Any] = {"at": isoformat(change.at), "author": change.author, "kind": change.kind.value}
    said = change.said
    if change.kind in (Kind.GOAL, Kind.STARTED):
        found["goal"] = _ratio(said["goal"])
    if change.kind in (Kind.CHECK_BACKS, Kind.STARTED):
        found["check_backs"] = [date_text(day) for day in said["check_backs"]]
    for name in ("note", "sentence"):
        if name in said:
            found[name] = said[name]
    if "stood" in said:
        found["stood"] = _stood(said["stood"])
    return found


def _stood(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": said["state"],
        "slipped": said["slipped"],
        "as_of": isoformat(said["as_of"]),
        "position": said["position"],
        **figure_document(Measured.loaded(said["figure"])),
    }


def _ratio(millionths: int | None) -> float | int | None:
    return None if millionths is None else number(Fraction(millionths, MILLION))


def _day(day: Day | None) -> str | None:
    return None if day is None else date_text(day)
