"""Contests (kpis.md §2): a manager takes a ticket out of a KPI or moves its credit, told by facts in the inbox."""

from __future__ import annotations

import pytest

from tests.kpis.desk import ANN, BOB, CAT, COMPLETE
from tests.kpis.office import Office, Row

KPI = "reopen_rate"
MONDAY = "2026-09-14"
COUNTED = Row(MONDAY, ANN, 0, 1)
OUT = Row(MONDAY, ANN, 0, 0, "contested")
BOBS = Row(MONDAY, BOB, 0, 1)


async def completed(office: Office) -> None:
    """A ticket completed by Ann."""
    await office.open_ticket("08:30")
    await office.ticket("09:00", status=COMPLETE)


async def test_exclude_and_undo(office: Office) -> None:
    """Out it is, counted beside the number, and in again when the contest is taken back."""
    await completed(office)
    office.contest("10:00", KPI)
    assert [OUT] == await office.rows(KPI)
    figure = await office.figure(KPI)
    assert (0, 1) == (figure["denominator"], figure["companions"]["contested"])
    office.undo("11:00")
    assert [COUNTED] == await office.rows(KPI)
    assert "contested" not in (await office.figure(KPI))["companions"]


async def test_of_its_kpi_only(office: Office) -> None:
    """Another KPI and another ticket are as before."""
    await completed(office)
    await office.work("09:30")
    office.contest("10:00", KPI)
    assert [Row(MONDAY, ANN, 1, 1)] == await office.rows("first_contact_resolution")
    office.contest("10:10", KPI, ticket=2, number=2)
    assert [OUT] == await office.rows(KPI)


async def test_the_latest_not_undone_stands(office: Office) -> None:
    """A later credit replaces an exclusion; undone, the exclusion stands again; that undone too, all is as it was."""
    await completed(office)
    office.contest("10:00", KPI, number=1)
    office.contest("11:00", KPI, number=2, credit_to=BOB)
    assert [BOBS] == await office.rows(KPI)
    office.undo("12:00", 2)
    assert [OUT] == await office.rows(KPI)
    office.undo("13:00", 1)
    assert [COUNTED] == await office.rows(KPI)


async def test_the_order_of_arrival_means_nothing(office: Office) -> None:
    """R10: the later made stands also where it is stored first."""
    await completed(office)
    office.contest("11:00", KPI, number=2, credit_to=BOB)
    office.contest("10:00", KPI, number=1, credit_to=CAT)
    assert [BOBS] == await office.rows(KPI)


async def test_before_all_other_exclusions(office: Office) -> None:
    """A contested ticket that is deleted as well says contested."""
    await completed(office)
    office.contest("10:00", KPI)
    await office.exclude("10:10", KPI, "deleted")
    assert [OUT] == await office.rows(KPI)


async def test_a_new_credit_is_counted_where_it_goes(office: Office) -> None:
    """Bob has the row and the count of contests, Ann neither; the team has both as before."""
    await completed(office)
    office.contest("10:00", KPI, credit_to=BOB)
    assert [(0, 0), (0, 1), (0, 1)] == [
        await office.sums(KPI, who=ANN),
        await office.sums(KPI, who=BOB),
        await office.sums(KPI),
    ]
    found = [(await office.figure(KPI, who=who))["companions"].get("contested") for who in (ANN, BOB)]
    assert [None, 1] == found
    assert 1 == (await office.figure(KPI))["companions"]["contested"]


async def test_credit_to_a_non_technician(office: Office) -> None:
    """R9: such a person is absent; the next in line is whoever had it."""
    await completed(office)
    await office.resource("09:30", BOB, 7)
    office.contest("10:00", KPI, credit_to=BOB)
    assert [COUNTED] == await office.rows(KPI)


@pytest.mark.parametrize("kpi", ["utilization", "real_time_entry"])
async def test_entries_go_with_their_ticket(office: Office, kpi: str) -> None:
    """KPIs whose subject is the entry: each entry of the ticket is out, or Bob's."""
    await office.technician("08:00", ANN)
    await office.open_ticket("08:30")
    await office.open_ticket("08:30", number=2)
    await office.work("09:30", ANN, start="09:00", end="09:30")
    await office.work("10:30", ANN, start="10:00", end="10:30")
    await office.work("10:30", BOB, start="10:00", end="10:30", ticket=2)
    assert 3 == len([row for row in await office.rows(kpi) if row.numerator])
    office.contest("11:00", kpi, credit_to=BOB)
    assert {BOB} == {row.tech_id for row in await office.rows(kpi) if row.numerator}
    office.contest("11:30", kpi, number=2)
    assert ["contested", "contested"] == [row.reason for row in await office.rows(kpi) if row.reason]
