"""What the API says of everything, so that two services can be held against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from models.ledger import LEDGER_METADATA
from service.kpis.watched import HISTORY_UNKNOWN
from tests.autotask.rig import Rig

WINDOWS = ("today", "7d", "30d", "90d", "wtd", "mtd", "last_month")
WATCHED = frozenset({"escalation_rate", "reopen_rate", "first_contact_resolution"})
"""What asks for a ticket's transitions, and counts only tickets whose history is complete (kpis.md R14)."""

Figures = Mapping[tuple[str, str, str], Any]
"""By window, owner and KPI (or ``score``, ``band``, ``focus``) what the API says."""


async def figures(rig: Rig) -> dict[tuple[str, str, str], Any]:
    """All of it."""
    found: dict[tuple[str, str, str], Any] = {}
    for window in WINDOWS:
        card = await rig.get(f"/api/v1/scorecard?window={window}")
        found |= _of(window, "team", card["team"])
        for one in card["technicians"]:
            found |= _of(window, f"technician {one['tech_id']}", one)
        for kind, name in (("queues", "queue_id"), ("companies", "company_id")):
            for one in (await rig.get(f"/api/v1/{kind}?limit=200"))["items"]:
                scope = await rig.get(f"/api/v1/{kind}/{one[name]}/scorecard?window={window}")
                found |= _of(window, f"{kind} {one[name]}", scope)
    return found


def _of(window: str, owner: str, card: Mapping[str, Any]) -> dict[tuple[str, str, str], Any]:
    said = {(window, owner, name): card[name] for name in ("score", "band", "focus") if name in card}
    return said | {(window, owner, kpi["kpi"]): kpi for kpi in card["kpis"]}


def differences(expected: Figures, actual: Figures, *, without: frozenset[str] = frozenset()) -> list[str]:
    """Where they differ, but for KPIs ``without`` and the scores that are made of these."""
    left_out = without | (frozenset({"score", "band", "focus"}) if without & WATCHED else frozenset())
    keys = sorted(key for key in expected.keys() | actual.keys() if key[2] not in left_out)
    return [
        f"{key}: {expected.get(key)} became {actual.get(key)}" for key in keys if expected.get(key) != actual.get(key)
    ]


def lines(rig: Rig) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Every contribution: what it is of, and what it says."""
    table = LEDGER_METADATA.tables["contribution"]
    with rig.shop.harness.ledger.read() as connection:
        return {
            (one["measure"], one["subject_type"], one["subject_id"], one["part"], one["tech_id"]): tuple(
                one[name] for name in ("day", "queue_id", "company_id", "numerator", "denominator", "sample", "reason")
            )
            for one in connection.execute(select(table)).mappings()
        }


def unknown(rig: Rig) -> set[int]:
    """The tickets left out as ``history_unknown``."""
    return {key[2] for key, said in lines(rig).items() if said[-1] == HISTORY_UNKNOWN}
