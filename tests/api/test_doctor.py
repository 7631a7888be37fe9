"""``GET /api/v1/doctor``: each finding once, when it is told and when not (kpis.md R2, R9)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from models.database import Database
from models.inbox import Fact
from models.instants import HOUR, isoformat
from models.policy import Policy
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.kpis.office import ROLES, TIERS
from tests.projection.harness import webhook
from tests.scorecards.shop import ANN, BOB, CAT, CLIENT, QUEUE, Shop, open_shop

PATH = "/api/v1/doctor"
WHOLE = Policy(timezone="UTC", roles=ROLES, tiers=TIERS)
"""A policy in which every role and tier is said."""


@asynccontextmanager
async def doctor(database: Database, policy: Policy = WHOLE, *facts: Fact) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a shop under this policy that knows these facts."""
    with open_shop(database, policy=policy) as shop:
        shop.tell(*facts)
        async with serving_figures(database, shop.harness.clock) as client:
            yield client


async def said(client: httpx.AsyncClient) -> dict[tuple[str, str], dict[str, Any]]:
    """Every finding by KPI and reason."""
    document = (await client.get(PATH)).json()
    return {(one["kpi"], found["reason"]): found for one in document["kpis"] for found in one["findings"]}


def entry(shop: Shop, number: int, **fields: Any) -> Fact:
    """Ann's hour on ticket 900, with an end."""
    usual = {
        "resourceID": ANN,
        "ticketID": 900,
        "dateWorked": "2026-09-14T00:00:00Z",
        "hoursWorked": "1",
        "startDateTime": "2026-09-14T09:00:00Z",
        "endDateTime": "2026-09-14T10:00:00Z",
        "createDateTime": "2026-09-14T10:00:00Z",
    }
    return webhook("TimeEntry", number, shop.now, usual | fields)


def ticket(shop: Shop, number: int = 900, *, action: str = "Create", **fields: Any) -> Fact:
    """A client's ticket, watched from its creation an hour ago and complete."""
    created = shop.now - HOUR
    usual = {"companyID": CLIENT, "queueID": QUEUE, "status": 5, "createDate": isoformat(created)}
    return webhook("Ticket", number, created, usual | fields, action=action, received_at=created)


@pytest.fixture
def whole(database: Database) -> Iterator[Shop]:
    """A shop under the whole policy."""
    with open_shop(database, policy=WHOLE) as opened:
        yield opened


@pytest.fixture
async def asking(whole: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that shop."""
    async with serving_figures(whole.database, whole.harness.clock) as running:
        yield running


async def test_the_whole_document(shop: Shop, client: httpx.AsyncClient) -> None:
    """Every KPI in order, whether it can be measured, why not and what to change."""
    document = (await client.get(PATH)).json()
    assert ["as_of", "kpis", "technicians", "sources"] == list(document)
    assert isoformat(shop.now) == document["as_of"]
    assert 11 == len(document["kpis"])
    found = next(one for one in document["kpis"] if one["kpi"] == "escalation_rate")
    assert (False, "no_tiers") == (found["measurable"], found["reason"])
    assert {
        "severity": "stops",
        "reason": "no_tiers",
        "words": "Nothing is ranked, so nobody can be seen to hand a ticket up.",
        "remedy": "In the policy, [tiers.queues] or [tiers.technicians]: give ranks to queues or technicians.",
    } in found["findings"]


class TestWhatStops:
    """Not measurable, and nowhere 0 or 100 %."""

    async def test_no_event(self, whole: Shop, asking: httpx.AsyncClient) -> None:
        """Breaches of Resolution Plan and never an event in 90 days; Resolved had one."""
        whole.tell(whole.overdue("2026-09-14 09:00", kpi="sla_engagement"), whole.decided("2026-09-14 10:00"))
        found = await said(asking)
        assert "stops" == found["sla_engagement", "no_event_in_90_days"]["severity"]
        assert ("sla_completion", "no_event_in_90_days") not in found

    async def test_no_tiers(self, database: Database) -> None:
        """Gone as soon as something is ranked."""
        async with doctor(database, Policy(timezone="UTC")) as client:
            assert ("escalation_rate", "no_tiers") in await said(client)

    async def test_with_tiers(self, asking: httpx.AsyncClient) -> None:
        """Something is ranked."""
        assert ("escalation_rate", "no_tiers") not in await said(asking)


class TestRoles:
    """What the policy does not say."""

    ROLE_FINDINGS = frozenset(
        {
            ("reopen_rate", "no_merged_role"),
            ("first_contact_resolution", "no_merged_role"),
            ("sla_completion", "no_merged_role"),
            ("first_contact_resolution", "no_type_roles"),
            ("reactive_hours_per_endpoint", "no_type_roles"),
            ("utilization", "no_approved_role"),
        }
    )

    async def test_nothing_said(self, client: httpx.AsyncClient) -> None:
        """Merged, ticket types and approved time off: each a doubt, with what to write where."""
        found = await said(client)
        assert self.ROLE_FINDINGS <= found.keys()
        assert {("doubt", True)} == {
            (found[one]["severity"], "policy" in found[one]["remedy"]) for one in self.ROLE_FINDINGS
        }

    async def test_all_said(self, asking: httpx.AsyncClient) -> None:
        """None of these."""
        assert self.ROLE_FINDINGS.isdisjoint(await said(asking))

    async def test_a_label_without_an_id(self, database: Database) -> None:
        """It has no effect yet."""
        labelled = Policy.model_validate({"timezone": "UTC", "tiers": {"queues": {"Second line": 2}}})
        async with doctor(database, labelled) as client:
            assert "Second line" in (await said(client))["escalation_rate", "unresolved_label"]["words"]


class TestTime:
    """What entries and availability tell."""

    async def test_no_availability(self, whole: Shop, asking: httpx.AsyncClient) -> None:
        """By name, until a row of theirs is known."""
        whole.tell(ticket(whole), entry(whole, 1), whole.resource(ANN, "Ann", "Archer"))
        assert "Ann Archer" in (await said(asking))["utilization", "no_availability"]["words"]
        whole.tell(webhook("ResourceDailyAvailability", 1, whole.now, {"resourceID": ANN, "mondayAvailableHours": "8"}))
        assert ("utilization", "no_availability") not in await said(asking)

    @pytest.mark.parametrize(("with_end", "told"), [(19, True), (24, False)], ids=["1 of 20", "1 of 25"])
    async def test_entries_without_times(
        self, whole: Shop, asking: httpx.AsyncClient, with_end: int, told: bool
    ) -> None:
        """From 5 % on."""
        whole.tell(ticket(whole), *(entry(whole, number) for number in range(1, with_end + 1)))
        whole.tell(entry(whole, 99, endDateTime=None))
        found = await said(asking)
        assert told == (("real_time_entry", "entries_without_times") in found)
        if told:
            assert found["real_time_entry", "entries_without_times"]["words"].startswith("5 %")

    async def test_no_internal_time(self, whole: Shop, asking: httpx.AsyncClient) -> None:
        """Not one internal entry: perhaps the API user may not see them; one seen, and nothing is told."""
        whole.tell(ticket(whole), entry(whole, 1))
        assert "note" == (await said(asking))["utilization", "no_internal_time"]["severity"]
        whole.tell(entry(whole, 2, ticketID=None))
        assert ("utilization", "no_internal_time") not in await said(asking)


class TestTickets:
    """What tickets tell."""

    async def test_estimates_missing(self, whole: Shop, asking: httpx.AsyncClient) -> None:
        """One of two completed tickets."""
        whole.tell(
            ticket(whole),
            ticket(whole, 901, estimatedHours="2"),
            entry(whole, 1),
            entry(whole, 2, ticketID=901),
        )
        found = (await said(asking))["estimate_accuracy", "estimates_missing"]
        assert found["words"].startswith("50 %")

    async def test_no_surveys(self, whole: Shop, asking: httpx.AsyncClient) -> None:
        """None in 90 days, until one comes."""
        assert ("client_survey", "no_surveys") in await said(asking)
        whole.tell(
            webhook("SurveyResults", 1, whole.now, {"surveyRating": "5", "completeDate": "2026-09-14T10:00:00Z"})
        )
        assert ("client_survey", "no_surveys") not in await said(asking)

    async def test_history_unknown(self, whole: Shop, asking: httpx.AsyncClient) -> None:
        """Two tickets, one of them first met long after its creation."""
        late = {"createDate": "2026-09-01T08:00:00Z", "completedDate": "2026-09-14T09:00:00Z"}
        whole.tell(ticket(whole), ticket(whole, 901, action="Update", **late))
        found = await said(asking)
        assert found["reopen_rate", "history_unknown"]["words"].startswith("50 %")

    async def test_sla_coverage(self, whole: Shop, asking: httpx.AsyncClient) -> None:
        """One of two tickets has a due date."""
        whole.tell(whole.decided("2026-09-14 10:00"), ticket(whole, resolvedDueDateTime=None))
        assert "50 %" in (await said(asking))["sla_completion", "sla_coverage"]["words"]


async def test_who_is_in_and_who_is_out(database: Database) -> None:
    """R9 under ``auto``: everybody known, with the reason."""
    with open_shop(database, policy=WHOLE) as shop:
        shop.tell(
            ticket(shop),
            entry(shop, 1),
            entry(shop, 2, resourceID=BOB),
            shop.resource(ANN, "Ann", "Archer"),
            shop.resource(BOB, "Bob", "Baker", isActive=False),
            shop.resource(CAT, "Cat", "Carver"),
            shop.resource(4, "Auto", "Task"),
            shop.resource(200, "Api", "User", licenseType=7),
        )
        async with serving_figures(database, shop.harness.clock) as client:
            people = (await client.get(PATH)).json()["technicians"]
    assert {
        (ANN, True, "works_for_customers"),
        (BOB, False, "inactive"),
        (CAT, False, "no_customer_work_in_60_days"),
        (4, False, "ignored_resource"),
        (200, False, "api_user"),
    } == {(one["tech_id"], one["is_in"], one["reason"]) for one in people}


async def test_a_list_of_technicians(database: Database) -> None:
    """R9 under a list: listed ones are in, all others are not listed."""
    with open_shop(database, policy=Policy(timezone="UTC", technicians=(CAT,))) as shop:
        shop.tell(ticket(shop), entry(shop, 1), shop.resource(ANN, "Ann", "Archer"), shop.resource(CAT, "Cat", "C"))
        async with serving_figures(database, shop.harness.clock) as client:
            people = (await client.get(PATH)).json()["technicians"]
    assert {(ANN, False, "not_listed"), (CAT, True, "works_for_customers")} == {
        (one["tech_id"], one["is_in"], one["reason"]) for one in people
    }


async def test_a_technician_may_not_ask(shop: Shop) -> None:
    """It names people: a technician's own token is not enough."""
    token = new_token(shop.database, f"technician:{ANN}")
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as client:
        assert 403 == (await client.get(PATH, headers=bearer(token))).status_code
