"""How fast misses are used up, in business time (kpis.md §3, sla companions)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest

from models.database import Database
from models.entities import MILLION
from models.policy import KpiPolicy, Policy
from service.scorecards.burn import Burn, burn, business_calendar, default_holidays
from service.scorecards.sums import Decisions
from service.scorecards.terms import terms_in_force
from tests.projection.harness import webhook
from tests.scorecards.shop import Shop, open_shop

DONE = "sla_completion"


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """Monday noon, 08:00 to 17:00 UTC: 2bh began at 10:00, 3bh at 09:00, 1bd on Friday at 12:00."""
    with open_shop(database) as opened:
        yield opened


def burned(shop: Shop) -> Burn:
    """The burn now."""
    with shop.view() as view:
        return burn(view, terms_in_force(view.policy), business_calendar(view))


def of_spans(found: Burn, queue: int) -> dict[str, tuple[int, int]]:
    """Met and decided by span, in tickets."""
    spans = {span: d for (kpi, span, queue_id), d in found.spans.items() if (kpi, queue_id) == (DONE, queue)}
    return {span: (d.met // MILLION, d.decided // MILLION) for span, d in spans.items()}


def test_decisions_by_span_and_queue(shop: Shop) -> None:
    """Each span holds what was decided after its start and up to now, by queue."""
    shop.tell(
        shop.decided("2026-09-14 11:30", queue=1),
        shop.decided("2026-09-14 10:30", queue=1, met=False),
        shop.decided("2026-09-11 16:00", queue=1),
        shop.decided("2026-09-14 09:30", queue=2),
    )
    found = burned(shop)

    assert {"45bm": (1, 1), "2bh": (1, 2), "3bh": (1, 2), "1bd": (2, 3), "5bd": (2, 3)} == of_spans(found, 1)
    assert {"45bm": (0, 0), "2bh": (0, 0), "3bh": (1, 1), "1bd": (1, 1), "5bd": (1, 1)} == of_spans(found, 2)
    assert found.spans[DONE, "2bh", 1] == Decisions(MILLION, 2 * MILLION)


def test_a_rate_is_the_teams_share_of_misses_over_the_share_allowed(shop: Shop) -> None:
    """One miss in three decisions of two queues at a target of 0.90 burns 10/3 times what is allowed."""
    shop.tell(
        shop.decided("2026-09-14 11:30", queue=1),
        shop.decided("2026-09-14 11:30", queue=2),
        shop.decided("2026-09-14 11:40", queue=2, met=False),
    )
    rates = burned(shop).rates

    assert Fraction(10, 3) == rates[DONE, "45bm"]
    assert rates["sla_triage", "45bm"] is None


@pytest.mark.parametrize(("when", "inside"), [("2026-09-14 10:00:00", 0), ("2026-09-14 10:00:01", 1)])
def test_a_span_begins_after_its_start(shop: Shop, when: str, inside: int) -> None:
    """What was decided exactly at the span's start is not in it."""
    shop.tell(shop.decided(when, queue=1))

    assert inside == of_spans(burned(shop), 1)["2bh"][1]


def test_provisional_breaches_are_left_out(shop: Shop) -> None:
    """A breach that may still be news on its way sets off no alarm; once it stands it burns."""
    shop.tell(shop.decided("2026-09-14 11:50", queue=1), shop.overdue("2026-09-14 11:58", queue=1))
    assert (1, 1) == of_spans(burned(shop), 1)["45bm"]

    shop.tell(shop.resource(1, "Some", "Body"))
    shop.harness.advance_to(shop.now + 3 * 60 * MILLION)
    assert (1, 2) == of_spans(burned(shop), 1)["45bm"]


def test_a_target_of_everything_has_no_rate(shop: Shop) -> None:
    """Where no miss is allowed there is nothing to divide by."""
    shop.tell(shop.decided("2026-09-14 11:50", met=False))
    shop.put_in_force(Policy(timezone="UTC", kpis={DONE: KpiPolicy(target=Decimal(1))}))

    assert burned(shop).rates[DONE, "45bm"] is None


def test_holidays_of_the_default_location_are_no_business_time(shop: Shop) -> None:
    """Friday off: one business day back from Monday noon begins on Thursday."""
    shop.tell(
        webhook("InternalLocation", 1, shop.now, {"isDefault": False, "holidaySetId": 8}),
        webhook("InternalLocation", 2, shop.now, {"isDefault": True, "holidaySetId": 9}),
        webhook("Holiday", 1, shop.now, {"holidaySetID": 9, "holidayDate": "2026-09-11T00:00:00"}),
        webhook("Holiday", 2, shop.now, {"holidaySetID": 8, "holidayDate": "2026-09-10T00:00:00"}),
        webhook("Holiday", 3, shop.now, {"holidaySetID": 9, "holidayDate": "2026-09-09T00:00:00"}),
        webhook("Holiday", 3, shop.now, action="Delete", sequence=2),
        shop.decided("2026-09-10 13:00", queue=1),
    )
    with shop.view() as view:
        assert frozenset({20260911}) == default_holidays(view.connection)

    assert (1, 1) == of_spans(burned(shop), 1)["1bd"]


def test_without_a_default_location_there_are_no_holidays(shop: Shop) -> None:
    """A holiday of a set nobody goes by is none."""
    shop.tell(webhook("Holiday", 1, shop.now, {"holidaySetID": 9, "holidayDate": "2026-09-11T00:00:00"}))
    with shop.view() as view:
        assert frozenset() == default_holidays(view.connection)
