"""The metrics of coaching plans: how they stand, and when to look again.

Two plans of a technician on one KPI, of which one is closed, are one series: a number of plans in a state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import product
from zoneinfo import ZoneInfo

from models.instants import SECOND, Day, start_of_day
from service.coaching.standing import Standing, State
from service.metrics.families import Families

FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "coaching_plan": (
        "Coaching plans of a technician on a KPI in a state; closed ones for thirty days.",
        ("tech", "tech_id", "kpi", "state"),
    ),
    "coaching_check_back_timestamp_seconds": (
        "When the day of the next check-back of an open plan begins.",
        ("tech", "tech_id", "kpi"),
    ),
}


def add_plans(families: Families, found: Iterable[Standing], shown: Callable[[int], str], zone: ZoneInfo) -> None:
    """The plans; ``shown``: the label of a technician. Every state of a plan's technician and KPI starts at 0."""
    counted: Counter[tuple[int, str, State]] = Counter()
    due: dict[tuple[int, str], Day] = {}
    pairs: dict[tuple[int, str], None] = {}
    for one in sorted(found, key=lambda one: (one.plan.tech_id, one.plan.kpi)):
        whose = (one.plan.tech_id, one.plan.kpi)
        pairs[whose] = None
        counted[*whose, one.state] += 1
        day = one.plan.next_check_back
        if day is not None:
            due[whose] = min(day, due.get(whose, day))
    for (tech_id, kpi), state in product(pairs, State):
        families.add("coaching_plan", counted[tech_id, kpi, state], shown(tech_id), str(tech_id), kpi, state.value)
    for (tech_id, kpi), day in due.items():
        at = start_of_day(day, zone) / SECOND
        families.add("coaching_check_back_timestamp_seconds", at, shown(tech_id), str(tech_id), kpi)
