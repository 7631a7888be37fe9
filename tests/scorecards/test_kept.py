"""What is kept of figures is used for equal sums only, and never under another policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.database import Database
from models.instants import SECOND
from models.policy import KpiPolicy, Policy
from service.scorecards.scorecard import scorecard
from tests.scorecards.shop import ANN, BOB, Shop, open_shop

TRIAGE = "sla_triage"


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """Two technicians, a decided ticket each."""
    with open_shop(database) as opened:
        opened.tell(*opened.worked("2026-09-14", ANN), *opened.worked("2026-09-14", BOB))
        opened.tell(opened.decided("2026-09-14 09:00", who=ANN), opened.decided("2026-09-14 09:00", who=BOB))
        yield opened


def test_an_event_renews_the_cards_it_changes_and_no_other(shop: Shop) -> None:
    """The card of whom nothing happened to is the very card of before."""
    ann, bob = shop.card().technicians
    shop.tell(shop.decided("2026-09-14 10:00", who=BOB, met=False))
    ann_after, bob_after = shop.card().technicians
    assert ann_after is ann
    assert bob_after is not bob
    assert [1, 2] == [
        next(k for k in card.kpis if k.kpi == "sla_completion").denominator // 10**6 for card in (bob, bob_after)
    ]


def test_a_card_with_another_name_is_another(shop: Shop) -> None:
    """Names are no figures, and change without any."""
    shop.tell(shop.resource(ANN, "Ann", "First"))
    before = shop.card().technicians[0]
    shop.harness.clock.advance(SECOND)
    shop.tell(shop.resource(ANN, "Ann", "Other"))
    after = next(one for one in shop.card().technicians if one.tech_id == ANN)
    assert ("Ann First", "Ann Other") == (before.name, after.name)
    assert before.kpis is after.kpis


def test_another_policy_begins_anew(shop: Shop) -> None:
    """Equal sums against another target are other figures; what was kept under the first still holds there."""
    strict = Policy(timezone="UTC", kpis={TRIAGE: KpiPolicy(target="0.99")})
    before = shop.card()
    first = shop.policy
    shop.put_in_force(strict)
    assert {float(one.target) for one in shop.card().team.kpis if one.kpi == TRIAGE} == {0.99}
    shop.put_in_force(first)
    assert before.team.kpis == shop.card().team.kpis


def test_windows_are_kept_apart(shop: Shop) -> None:
    """The same sums in two windows are figures of other days."""
    with shop.view() as view:
        days = {name: scorecard(view, name).team.kpis[0].first_day for name in ("today", "mtd", "30d")}
    assert {"today": 20260914, "mtd": 20260901, "30d": 20260816} == days
