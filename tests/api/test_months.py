"""``/api/v1/months``: a month as it was reported, as it is corrected, and why the two differ (kpis.md §5)."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from ingest.own import month_close_fact
from models.database import Database
from models.desk import JobState
from models.entities import MILLION
from models.policy import Policy
from models.policy_tables import KpiPolicy
from service import desk
from service.jobs import REBUILD
from service.months.closing import close_months
from service.past import BACKFILL
from tests.api.conftest import serving_figures
from tests.door import problem_of
from tests.projection.harness import at
from tests.scorecards.shop import Shop, open_shop

PATH = "/api/v1/months"
OCTOBER, NOVEMBER_8 = "2026-10", "2026-11-08 00:00"
KPI = "sla_completion"


def told(shop: Shop) -> None:
    """The inbox begins in September; two decisions in October."""
    shop.tell(shop.decided("2026-09-14 09:00"))
    shop.harness.advance_to(at("2026-10-20 12:00"))
    shop.tell(shop.decided("2026-10-19 09:00"), shop.decided("2026-10-20 09:00", met=False))


def close(shop: Shop, when: str = NOVEMBER_8) -> list[int]:
    """What the worker does once the ledger stands at ``when``; the months it closed."""
    shop.harness.advance_to(at(when))
    with shop.view() as view:
        closed = close_months(shop.database, view, shop.now)
    shop.harness.settle()
    return closed


def figure(card: dict[str, Any]) -> tuple[int, int]:
    """The team's completions in a card."""
    found = next(one for one in card["team"]["kpis"] if one["kpi"] == KPI)
    return found["numerator"] // MILLION, found["denominator"] // MILLION


async def month(client: httpx.AsyncClient, name: str = OCTOBER) -> dict[str, Any]:
    """A month's document."""
    answer = await client.get(f"{PATH}/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def causes(document: dict[str, Any], kpi: str | None = KPI) -> dict[str, list[str]]:
    """The causes of each differing field of the team's KPI."""
    lines = [one for one in document["differences"] if one["scope"] == "team" and one["kpi"] == kpi]
    return {one["field"]: one["causes"] for one in lines}


class TestClosing:
    """When a month is reported."""

    async def test_on_the_close_day(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """From local 00:00 of the 8th of the next month, and not before (the ledger moves by the minute)."""
        told(shop)
        assert [] == close(shop, "2026-11-07 23:58")
        before = await month(client)
        assert (None, "not_closed_yet") == (before["reported_at"], before["reason"])
        assert [202610] == close(shop)
        document = await month(client)
        assert ("2026-11-08T00:00:00Z", None) == (document["reported_at"], document["reason"])
        assert (1, 2) == figure(document["reported"]) == figure(document["corrected"])
        assert [] == document["differences"]

    @pytest.mark.parametrize(("when", "closed"), [("2026-11-02 04:59", []), ("2026-11-02 05:00", [202610])])
    def test_the_policy_s_day_and_zone(self, database: Database, when: str, closed: list[int]) -> None:
        """The 2nd at midnight in New York."""
        with open_shop(database, policy=Policy(timezone="America/New_York", close_day=2)) as shop:
            told(shop)
            assert closed == close(shop, when)

    def test_not_while_a_fact_waits(self, shop: Shop) -> None:
        """A fact that is stored and not folded yet holds it up."""
        told(shop)
        shop.harness.advance_to(at(NOVEMBER_8))
        with shop.view() as view:
            shop.harness.store(shop.decided("2026-10-21 09:00"))
            assert [] == close_months(shop.database, view, shop.now)
        shop.harness.settle()
        assert [202610] == close(shop)

    def test_not_while_the_past_is_read(self, shop: Shop) -> None:
        """A backfill that has not ended holds it up; another job does not."""
        told(shop)
        with shop.database.write() as connection:
            past = desk.add_job(connection, BACKFILL, shop.now)
            desk.add_job(connection, REBUILD, shop.now)
        assert [] == close(shop)
        with shop.database.write() as connection:
            desk.note_job(connection, past, JobState.DONE, "all read", shop.now)
        assert [202610] == close(shop)

    async def test_one_per_month(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """The first stands: neither a later turn nor another worker's fact makes a second."""
        told(shop)
        close(shop)
        assert [] == close(shop, "2026-11-09 00:00")
        reported = (await month(client))["reported"]
        other = orjson.dumps({**reported, "as_of": "2026-11-09T00:00:00Z"}).decode()
        shop.tell(month_close_fact(202610, other, at=shop.now, received_at=shop.now))
        document = await month(client)
        assert ("2026-11-08T00:00:00Z", reported) == (document["reported_at"], document["reported"])

    async def test_before_the_inbox(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """September had begun before the first row was received: no copy, and it says so."""
        told(shop)
        close(shop)
        document = await month(client, "2026-09")
        assert (None, "before_the_inbox", None, []) == tuple(
            document[key] for key in ("reported_at", "reason", "reported", "differences")
        )
        assert (1, 1) == figure(document["corrected"])

    async def test_months_missed(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """A worker that was away closes what is due, in order; the list tells thirteen months."""
        told(shop)
        assert [202610, 202611] == close(shop, "2026-12-08 00:00")
        items = (await client.get(PATH)).json()["items"]
        assert 13 == len(items)
        assert [
            ("2026-12", None, "not_closed_yet"),
            ("2026-11", "2026-12-08T00:00:00Z", None),
            ("2026-10", "2026-12-08T00:00:00Z", None),
            ("2026-09", None, "before_the_inbox"),
        ] == [(one["month"], one["reported_at"], one["reason"]) for one in items[:4]]


class TestDifferences:
    """Reported against corrected, each number with its cause."""

    async def test_a_fact(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """A decision of October told in November moves the corrected figure only."""
        told(shop)
        close(shop)
        shop.tell(shop.decided("2026-10-21 09:00"))
        document = await month(client)
        assert ((1, 2), (2, 3)) == (figure(document["reported"]), figure(document["corrected"]))
        assert {
            "value": ["fact"],
            "numerator": ["fact"],
            "denominator": ["fact"],
            "sample_size": ["fact"],
            "attainment": ["fact"],
        } == causes(document)

    async def test_a_rule(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """Another target: the target and what it makes of the same value."""
        told(shop)
        close(shop)
        lower = KpiPolicy.model_validate({"target": "0.50", "floor": "0.10"})
        shop.put_in_force(shop.policy.model_copy(update={"kpis": {KPI: lower}}))
        assert {"attainment": ["rule"], "target": ["rule"], "floor": ["rule"]} == causes(await month(client))

    async def test_code(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """It was reported by another revision of the KPI, which made another number."""
        told(shop)
        shop.harness.advance_to(at(NOVEMBER_8))
        reported = (await month(client))["corrected"]
        reported["formula"]["measures"][KPI] -= 1
        next(one for one in reported["team"]["kpis"] if one["kpi"] == KPI)["numerator"] = 2 * MILLION
        fact = month_close_fact(202610, orjson.dumps(reported).decode(), at=shop.now, received_at=shop.now)
        shop.tell(fact)
        assert {"numerator": ["code"]} == causes(await month(client))

    async def test_rule_and_code(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """Where both changed, both are told."""
        told(shop)
        shop.harness.advance_to(at(NOVEMBER_8))
        reported = (await month(client))["corrected"]
        reported["formula"]["story"] -= 1
        shop.tell(month_close_fact(202610, orjson.dumps(reported).decode(), at=shop.now, received_at=shop.now))
        lower = KpiPolicy.model_validate({"target": "0.80"})
        shop.put_in_force(shop.policy.model_copy(update={"kpis": {KPI: lower}}))
        assert ["rule", "code"] == causes(await month(client))["target"]

    async def test_it_says_by_what_it_was_made(self, shop: Shop, client: httpx.AsyncClient) -> None:
        """The formula version: release, revisions, policy."""
        told(shop)
        close(shop)
        formula = (await month(client))["reported"]["formula"]
        assert {"release", "generation", "measures", "fold", "story", "policy"} == formula.keys()
        assert "UTC" == formula["policy"]["timezone"]


@pytest.mark.parametrize("name", ["2026-13", "october", "2027-01"])
async def test_no_such_month(client: httpx.AsyncClient, name: str) -> None:
    """What is no month, or has not begun."""
    assert (404, "unknown_month") == problem_of(await client.get(f"{PATH}/{name}"))


async def test_an_empty_inbox(database: Database) -> None:
    """Nothing was ever received: every month is before the inbox."""
    with open_shop(database) as shop:
        async with serving_figures(database, shop.harness.clock) as client:
            items = (await client.get(PATH)).json()["items"]
    assert {"before_the_inbox"} == {one["reason"] for one in items}
