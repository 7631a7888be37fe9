"""What changed of a month since it was reported, and by what: a later fact, a rule, or code (kpis.md §5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models.policy import NO_MEANING

FIELDS = ("value", "numerator", "denominator", "sample_size", "attainment")
TERMS = ("target", "floor")

Document = Mapping[str, Any]


def differences(reported: Document, corrected: Document) -> list[dict[str, Any]]:
    """Every number that differs, with whose it is and the causes there are; ``fact`` where nothing else changed."""
    return [
        {**one, "causes": _causes(reported["formula"], corrected["formula"], one)}
        for one in _lines(reported, corrected)
    ]


def _lines(reported: Document, corrected: Document) -> Iterator[dict[str, Any]]:
    yield from _of_card("team", None, reported["team"], corrected["team"])
    then = {one["tech_id"]: one for one in reported["technicians"]}
    now = {one["tech_id"]: one for one in corrected["technicians"]}
    for tech_id in sorted(then.keys() | now.keys()):
        yield from _of_card("tech", tech_id, then.get(tech_id, {}), now.get(tech_id, {}))


def _of_card(scope: str, tech_id: int | None, then: Document, now: Document) -> Iterator[dict[str, Any]]:
    if then.get("score") != now.get("score"):
        yield _line(scope, tech_id, None, "score", then.get("score"), now.get("score"))
    before = {one["kpi"]: one for one in then.get("kpis", ())}
    after = {one["kpi"]: one for one in now.get("kpis", ())}
    for kpi in [*after, *(one for one in before if one not in after)]:
        for field in (*FIELDS, *TERMS):
            old, new = before.get(kpi, {}).get(field), after.get(kpi, {}).get(field)
            if old != new:
                yield _line(scope, tech_id, kpi, field, old, new)


def _line(scope: str, tech_id: int | None, kpi: str | None, field: str, old: object, new: object) -> dict[str, Any]:
    return {"scope": scope, "tech_id": tech_id, "kpi": kpi, "field": field, "reported": old, "corrected": new}


def _causes(then: Document, now: Document, line: Mapping[str, Any]) -> list[str]:
    causes = []
    if _meaning(then["policy"]) != _meaning(now["policy"]) or _terms(then, line) != _terms(now, line):
        causes.append("rule")
    if _code(then, line["kpi"]) != _code(now, line["kpi"]):
        causes.append("code")
    return causes or ["fact"]


def _meaning(policy: Document) -> dict[str, Any]:
    return {name: value for name, value in policy.items() if name not in NO_MEANING}


def _terms(formula: Document, line: Mapping[str, Any]) -> Any:
    kpis = formula["policy"]["kpis"]
    return kpis if line["kpi"] is None else kpis.get(line["kpi"])


def _code(formula: Document, kpi: str | None) -> Any:
    measures = formula["measures"]
    own = measures if kpi is None else measures.get(kpi)
    return own, formula["fold"], formula["story"]
