"""When a KPI can be measured: an SLA event was heard of in the 90 days ending today (kpis.md §3, R2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.database import Database
from models.instants import HOUR, isoformat
from service.scorecards.measurability import not_measurable
from tests.projection.harness import at, webhook
from tests.scorecards.shop import Shop, open_shop

TODAY = 20260914


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


def reasons(shop: Shop) -> dict[str, str]:
    """What cannot be measured today, and why."""
    with shop.view() as view:
        return not_measurable(view.connection, view.policy, TODAY)


@pytest.mark.parametrize(("when", "measurable"), [("2026-06-17 09:00", True), ("2026-06-16 09:00", False)])
def test_ninety_days_ending_today(shop: Shop, when: str, measurable: bool) -> None:
    """An event on the first of the 90 days is enough; a day earlier is not."""
    shop.tell(shop.decided(when))

    assert measurable == ("sla_completion" not in reasons(shop))


def test_each_kpi_is_judged_by_itself(shop: Shop) -> None:
    """A tenant without Resolution Plan still measures the other two."""
    shop.tell(shop.decided("2026-09-14 09:00"), shop.decided("2026-09-14 09:00", kpi="sla_triage"))

    assert {"sla_engagement": "no_event_in_90_days", "escalation_rate": "no_tiers"} == reasons(shop)


def test_a_miss_by_an_event_is_as_good(shop: Shop) -> None:
    """What counts is that the event happened, not that it was in time."""
    shop.tell(shop.decided("2026-09-14 09:00", met=False))

    assert "sla_completion" not in reasons(shop)


def test_breaches_and_flags_without_an_event_measure_nothing(shop: Shop) -> None:
    """An open breach, and a completed ticket decided by the flag alone, are no sign that events are mapped."""
    due = at("2026-09-14 09:00")
    fields = {"companyID": 7, "createDate": isoformat(due - HOUR), "resolvedDueDateTime": isoformat(due), "status": 5}
    shop.tell(
        shop.overdue("2026-09-14 09:00"),
        webhook("Ticket", 900, due - HOUR, fields | {"completedDate": isoformat(due - HOUR)}, action="Create"),
        webhook("ServiceLevelAgreementResults", 1, due, {"ticketID": 900, "isResolutionMet": True}),
    )

    assert 2 == shop.figure().sample_size
    assert "no_event_in_90_days" == reasons(shop)["sla_completion"]
