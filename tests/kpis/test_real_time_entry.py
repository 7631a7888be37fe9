"""Real-time time entry: worked example 8 of kpis.md §6 and one example per rule, through the HTTP door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.database import Database
from models.instants import isoformat
from models.ledger import LEDGER_METADATA
from tests.kpis.desk import ANN, BOB, CAT, INTERNAL, SYSTEM, TRIAGE, VACATION, Desk, moment, open_desk
from tests.kpis.office import Office, Row

KPI = "real_time_entry"
ONE = 1_000_000
MONDAY = 20260914
CLIENT = 7


@pytest.fixture
async def desk(main: Database) -> AsyncIterator[Desk]:
    """A desk with one ticket of a client."""
    async with open_desk(main, TRIAGE) as opened:
        await opened.ticket("08:00", "Create", status=1, company=CLIENT, queue=5)
        yield opened


async def entry(desk: Desk, when: str, *, end: str = "", created: str = "", **fields: Any) -> None:
    """Ann's entry 1 on the client's ticket, ``end`` and ``created`` as clock times."""
    times = {
        name: isoformat(moment(value)) for name, value in (("endDateTime", end), ("createDateTime", created)) if value
    }
    who = fields.pop("who", ANN)
    await desk.entry(when, who, start=fields.pop("start", "08:30"), **(times | fields))


def seen(desk: Desk, measure: str = KPI) -> tuple[int, int, int, str] | None:
    """Numerator, denominator, day and reason of entry 1, or ``None``."""
    row = desk.stored(1, measure)
    return None if row is None else (row["numerator"], row["denominator"], row["day"], row["reason"])


async def test_example_8(desk: Desk) -> None:
    """Ended 17:00, created 17:10, hours edited next day: on time, and counted as restated."""
    await entry(desk, "17:10", end="17:00", created="17:10", hoursWorked="1.5")
    assert (ONE, ONE, MONDAY, "") == seen(desk)
    assert seen(desk, f"{KPI}.restated") is None
    await entry(desk, "2026-09-15 09:00", end="17:00", created="17:10", hoursWorked="2.5")
    assert (ONE, ONE, MONDAY, "") == seen(desk)
    restated = desk.stored(1, f"{KPI}.restated")
    assert restated is not None
    assert (1, MONDAY) == (restated["sample"], restated["day"])


@pytest.mark.parametrize(
    ("created", "on_time"),
    [("17:15", 1), ("17:15:00.5", 0), ("16:50", 1)],
    ids=["15 minutes", "15 minutes and half a second", "before its end"],
)
async def test_the_limit_is_inclusive(desk: Desk, created: str, on_time: int) -> None:
    """15 min is on time, 15 min 0.5 s is late, a negative lag is on time."""
    await entry(desk, "18:00", end="17:00", created=f"2026-09-14 {created}")
    assert (on_time * ONE, ONE, MONDAY, "") == seen(desk)


@pytest.mark.parametrize(("created", "on_time"), [("23:59", 1), ("2026-09-15 00:01", 0)])
async def test_without_an_end_the_day_decides(desk: Desk, created: str, on_time: int) -> None:
    """No end: on time when created on or before the day worked, and counted on that day."""
    await entry(desk, "2026-09-15 08:00", created=created)
    assert (on_time * ONE, ONE, MONDAY, "") == seen(desk)


async def test_the_day_is_that_of_the_end(desk: Desk) -> None:
    """An entry that ends after midnight counts on the day it ends, whatever the day worked says."""
    await entry(desk, "2026-09-15 01:00", end="2026-09-15 00:30", created="2026-09-15 00:40")
    assert (ONE, ONE, 20260915, "") == seen(desk)


async def test_the_earliest_creation_ever_seen_counts(desk: Desk) -> None:
    """A later observation with another creation time does not make it late."""
    await entry(desk, "17:10", end="17:00", created="17:10")
    await entry(desk, "19:00", end="17:00", created="19:00")
    assert (ONE, ONE, MONDAY, "") == seen(desk)


async def test_entered_by_another_technician(desk: Desk) -> None:
    """Bob typed Ann's time: proxy_entered."""
    await entry(desk, "17:10", end="17:00", created="17:10", creatorUserID=BOB)
    assert (0, 0, MONDAY, "proxy_entered") == seen(desk)


@pytest.mark.parametrize("creator", [None, ANN])
async def test_own_entries(desk: Desk, creator: int | None) -> None:
    """Creator null or the same is the technician's own."""
    await entry(desk, "17:10", end="17:00", created="17:10", creatorUserID=creator)
    assert (ONE, ONE, MONDAY, "") == seen(desk)


async def test_imported_by_the_system_user(desk: Desk) -> None:
    """Created by an ignored resource: imported."""
    await entry(desk, "17:10", end="17:00", created="17:10", creatorUserID=SYSTEM)
    assert (0, 0, MONDAY, "imported") == seen(desk)


async def test_a_creator_who_turns_out_to_be_an_api_user(desk: Desk) -> None:
    """The Resource fact that makes an API user of the creator arrives later: imported then."""
    await entry(desk, "17:10", end="17:00", created="17:10", creatorUserID=CAT)
    assert (0, 0, MONDAY, "proxy_entered") == seen(desk)
    await desk.resource("17:20", CAT, 7)
    assert (0, 0, MONDAY, "imported") == seen(desk)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"who": SYSTEM}, "not_a_technician"),
        ({"ticket": 99}, "unknown_company"),
        ({"billingCodeID": VACATION}, "time_off"),
        ({"ticketID": None}, "internal"),
    ],
)
async def test_left_out(desk: Desk, fields: dict[str, Any], reason: str) -> None:
    """What is not customer-facing work of a technician has denominator 0 and a reason."""
    await entry(desk, "17:10", end="17:00", created="17:10", **fields)
    assert (0, 0, MONDAY, reason) == seen(desk)


async def test_internal_companies(desk: Desk) -> None:
    """Work for one's own house is no customer-facing work."""
    await desk.ticket("08:10", company=INTERNAL)
    await entry(desk, "17:10", end="17:00", created="17:10")
    assert (0, 0, MONDAY, "internal") == seen(desk)


async def test_a_ticket_that_becomes_known_mends_the_entry(desk: Desk) -> None:
    """An entry that came before its ticket counts as soon as the ticket is there."""
    await entry(desk, "17:10", end="17:00", created="17:10", ticket=2)
    assert (0, 0, MONDAY, "unknown_company") == seen(desk)
    await desk.ticket("17:20", "Create", number=2, status=1, company=CLIENT)
    assert (ONE, ONE, MONDAY, "") == seen(desk)


async def test_project_work_counts_once_task_and_project_are_known(desk: Desk) -> None:
    """Edge after edge: the entry's task, then the task's project, then the project's company."""
    await entry(desk, "17:10", end="17:00", created="17:10", ticketID=None, taskID=70)
    assert (0, 0, MONDAY, "unknown_company") == seen(desk)
    await desk.event("Task", 70, "17:11", {"projectID": 80})
    assert (0, 0, MONDAY, "unknown_company") == seen(desk)
    await desk.event("Project", 80, "17:12", {"companyID": CLIENT})
    assert (ONE, ONE, MONDAY, "") == seen(desk)


async def test_deleted_entries_and_entries_of_deleted_tickets(desk: Desk) -> None:
    """A deleted entry counts nowhere, nor does any entry of a deleted ticket."""
    await entry(desk, "17:10", end="17:00", created="17:10")
    await desk.event("Ticket", 1, "17:30", {}, action="Delete")
    assert (0, 0, MONDAY, "deleted") == seen(desk)
    await desk.ticket("17:40", company=CLIENT)
    assert (ONE, ONE, MONDAY, "") == seen(desk)
    await desk.event("TimeEntry", 1, "17:50", {}, action="Delete")
    assert (0, 0, MONDAY, "deleted") == seen(desk)


async def test_no_creation_time_is_not_guessed(desk: Desk) -> None:
    """An entry whose creation nobody saw is left out and says so."""
    await entry(desk, "17:10", end="17:00")
    assert (0, 0, MONDAY, "no_create_time") == seen(desk)


async def test_hours_weigh_the_companion(desk: Desk) -> None:
    """The same ratio by hours: a late entry of two hours weighs two."""
    await entry(desk, "18:00", end="17:00", created="17:50", hoursWorked="2")
    assert (0, 2 * ONE, MONDAY, "") == seen(desk, f"{KPI}.real_time_entry_hours")


async def test_the_queue_is_the_one_before_the_end(desk: Desk) -> None:
    """A ticket that moves on after the work leaves the entry where it was; a move found out late does not."""
    await desk.ticket("12:00", queue=8)
    await entry(desk, "17:10", end="17:00", created="17:10")
    await desk.ticket("17:30", queue=9)
    row = desk.stored(1, KPI)
    assert row is not None
    assert 8 == row["queue_id"]
    await desk.ticket("16:00", queue=6, arrives="18:00")
    row = desk.stored(1, KPI)
    assert row is not None
    assert 6 == row["queue_id"]


async def test_it_counts_for_the_technician_and_the_team(desk: Desk) -> None:
    """Credit goes to who worked; team, technician, queue and company count the same contribution."""
    await entry(desk, "17:10", end="17:00", created="17:10")
    counter = LEDGER_METADATA.tables["counter"]
    with desk.harness.ledger.read() as connection:
        rows = connection.execute(counter.select().where(counter.c.measure == KPI)).all()
    assert {("company", CLIENT), ("queue", 5), ("team", 0), ("tech", ANN)} == {(r.scope, r.scope_id) for r in rows}
    assert {(MONDAY, ONE, ONE, 1, 0)} == {tuple(r[3:]) for r in rows}


async def test_contested(office: Office) -> None:
    """Every entry of a ticket that a manager took out; given to Bob, they are his (§2)."""
    await office.open_ticket("08:00")
    await office.work("17:10", start="16:00", end="17:00")
    office.contest("17:20", KPI, credit_to=BOB)
    assert [Row("2026-09-14", BOB, 1, 1)] == await office.rows(KPI)
    office.contest("17:30", KPI, number=2)
    assert [(0, 0, "contested")] == [row[2:] for row in await office.rows(KPI)]


@pytest.mark.parametrize(("entries", "sufficient"), [(19, False), (20, True)])
async def test_minimum(office: Office, entries: int, sufficient: bool) -> None:
    """R3: twenty entries make it sufficient; time coverage is shown beside it."""
    await office.open_ticket("08:00")
    for _ in range(entries):
        await office.work("08:40", start="08:30", end="08:35")
    figure = await office.figure(KPI)
    assert (sufficient, entries) == (figure["sufficient"], figure["sample_size"])
    assert {"real_time_entry_hours", "time_coverage", "restated"} == figure["companions"].keys()
