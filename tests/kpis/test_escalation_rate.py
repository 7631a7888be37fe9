"""Escalation rate: worked example 10 of kpis.md §6, hand-ups (§1) and one example per reason, read by the API.

Ann is of tier 1, Bob of tier 2, Cat of tier 3; queues: first line 1, second line 2, side line unranked.
"""

from __future__ import annotations

import pytest

from models.database import Database
from models.policy import Tiers
from tests.kpis.desk import ALERT, ANN, BOB, CAT, COMPLETE, SYSTEM, WORKING
from tests.kpis.office import (
    ESCALATED,
    EXCLUSIONS,
    FIRST_LINE,
    SECOND_LINE,
    SIDE_LINE,
    Office,
    Row,
    open_office,
    policy,
)

KPI = "escalation_rate"
MONDAY, TUESDAY = "2026-09-14", "2026-09-15"
DAN = 104
"""Ranked nowhere."""


async def worked_ticket(office: Office, who: int = ANN, *, primary: int | None = ANN, queue: int = FIRST_LINE) -> None:
    """A ticket with an entry from 09:00."""
    await office.open_ticket("08:30", primary=primary, queue=queue)
    await office.work("09:00", who)


async def charged(office: Office) -> list[int | None]:
    """Who is charged with a hand-up."""
    return [row.tech_id for row in await office.rows(KPI) if row.numerator]


class TestExample10:
    """Handed up once, reopened, completed again."""

    async def _told(self, office: Office) -> None:
        await worked_ticket(office)
        await office.ticket("10:00", queue=SECOND_LINE)
        await office.work("10:30", BOB)
        await office.ticket("11:00", status=COMPLETE)
        await office.ticket("12:00", status=WORKING)
        await office.ticket(f"{TUESDAY} 09:00", status=COMPLETE)

    async def test_example_10(self, office: Office) -> None:
        """Ann 1/1 on the date of the hand-up, Bob 0/1 on the last completion."""
        await self._told(office)
        assert [Row(MONDAY, ANN, 1, 1), Row(TUESDAY, BOB, 0, 1)] == await office.rows(KPI)
        figure = await office.figure(KPI)
        assert (0.5, 2, 1.0) == (
            figure["value"],
            figure["sample_size"],
            figure["companions"]["history_coverage"],
        )

    async def test_were_2_the_highest_tier(self, main: Database) -> None:
        """Bob 0 ÷ 0, top_tier."""
        tiers = {"queues": {str(FIRST_LINE): 1, str(SECOND_LINE): 2}, "technicians": {str(ANN): 1, str(BOB): 2}}
        async with open_office(main, policy(tiers=tiers)) as office:
            await self._told(office)
            assert [Row(MONDAY, ANN, 1, 1), Row(TUESDAY, BOB, 0, 0, "top_tier")] == await office.rows(KPI)


class TestWhatIsAHandUp:
    """A rise of tier above the last known one, or a status of role ``escalated``."""

    async def test_a_queue_of_a_higher_tier(self, office: Office) -> None:
        """It counts on its date, in the queue just before it."""
        await worked_ticket(office)
        await office.ticket("10:00", queue=SECOND_LINE)
        assert [ANN] == await charged(office)
        assert (1, 1) == await office.sums(KPI, queue=FIRST_LINE)

    async def test_a_primary_of_a_higher_tier(self, office: Office) -> None:
        """From Ann, who worked on it, to Bob."""
        await worked_ticket(office)
        await office.ticket("10:00", primary=BOB)
        assert [ANN] == await charged(office)

    async def test_a_status(self, office: Office) -> None:
        """Entering the role, whatever the tiers."""
        await worked_ticket(office)
        await office.ticket("10:00", status=ESCALATED)
        assert [ANN] == await charged(office)

    async def test_first_observed_is_no_rise(self, office: Office) -> None:
        """R11: a queue and a primary first heard of at 10:00 were in force all along."""
        await office.ticket("08:30", "Create", company=7, created="08:30")
        await office.work("09:00", ANN)
        await office.ticket("10:00", queue=SECOND_LINE, primary=CAT)
        assert [] == await charged(office)

    async def test_downwards_is_none(self, office: Office) -> None:
        """From the second line to the first."""
        await worked_ticket(office, queue=SECOND_LINE)
        await office.ticket("10:00", queue=FIRST_LINE)
        assert [] == await charged(office)

    async def test_unranked_values_neither_rise_nor_reset(self, office: Office) -> None:
        """First line, side line, first line is no rise; side line, second line is one above the first line."""
        await worked_ticket(office)
        await office.ticket("10:00", queue=SIDE_LINE)
        await office.ticket("10:10", queue=FIRST_LINE)
        await office.ticket("10:20", queue=SIDE_LINE)
        assert [] == await charged(office)
        await office.ticket("10:30", queue=SECOND_LINE)
        assert [ANN] == await charged(office)

    async def test_from_nobody_to_the_first_technician(self, office: Office) -> None:
        """No tier was known before, so nothing rose."""
        await worked_ticket(office, primary=None)
        await office.ticket("10:00", primary=CAT)
        assert [] == await charged(office)

    async def test_back_to_a_known_height(self, office: Office) -> None:
        """Down to the first line and up again is a second hand-up; the first one dates the charge."""
        await worked_ticket(office)
        await office.ticket("10:00", queue=SECOND_LINE)
        await office.ticket("11:00", queue=FIRST_LINE)
        await office.ticket(f"{TUESDAY} 10:00", queue=SECOND_LINE)
        assert [Row(MONDAY, ANN, 1, 1)] == await office.rows(KPI)

    async def test_several_changes_at_once_are_one(self, office: Office) -> None:
        """Queue, primary and status in one update: one technician is charged once."""
        await worked_ticket(office)
        await office.work("09:30", BOB)
        await office.ticket("10:00", queue=SECOND_LINE, primary=CAT, status=ESCALATED)
        assert [ANN] == await charged(office)

    async def test_tiers_apply_by_day(self, main: Database) -> None:
        """The second line ranks above the first from Tuesday on: Monday's move is no hand-up, Tuesday's is."""
        ranks = {str(FIRST_LINE): 1, str(SECOND_LINE): [{"rank": 1}, {"rank": 2, "from": TUESDAY}]}
        async with open_office(main, policy(tiers=Tiers.model_validate({"queues": ranks}))) as office:
            await worked_ticket(office)
            await office.ticket("10:00", queue=SECOND_LINE)
            assert [] == await charged(office)
            await office.ticket("11:00", queue=FIRST_LINE)
            await office.ticket(f"{TUESDAY} 10:00", queue=SECOND_LINE)
            assert [Row(TUESDAY, ANN, 1, 1)] == await office.rows(KPI)


class TestWhoIsCharged:
    """The primary just before, or whose entry began last."""

    async def test_the_primary_who_worked(self, office: Office) -> None:
        """Also where somebody else's entry is later."""
        await worked_ticket(office)
        await office.work("09:30", DAN)
        await office.ticket("10:00", queue=SECOND_LINE)
        assert [ANN] == await charged(office)

    @pytest.mark.parametrize(("start", "expected"), [("10:00", [ANN]), ("10:00:00.000001", [DAN])])
    async def test_an_entry_that_starts_by_then(self, office: Office, start: str, expected: list[int]) -> None:
        """The primary's entry must start at or before the hand-up."""
        await worked_ticket(office, DAN)
        await office.ticket("10:00", queue=SECOND_LINE)
        await office.work("10:30", ANN, start=start)
        assert expected == await charged(office)

    async def test_else_whose_entry_started_last(self, office: Office) -> None:
        """The primary never worked: the entry with the greatest start, among equal ones the greatest id."""
        await office.open_ticket("08:30")
        await office.work("09:00", CAT, number=3)
        await office.work("09:30", DAN, number=1)
        await office.work("09:30", BOB, number=2)
        await office.ticket("10:00", queue=SECOND_LINE)
        assert [BOB] == await charged(office)

    async def test_else_nobody(self, office: Office) -> None:
        """Nobody had worked: whoever works on it afterwards is not charged."""
        await office.open_ticket("08:30")
        await office.ticket("10:00", queue=SECOND_LINE)
        await office.work("10:30", BOB)
        assert [Row(MONDAY, BOB, 0, 0, "pending")] == await office.rows(KPI)

    async def test_a_non_technician_is_absent(self, office: Office) -> None:
        """R9: the system user as primary is nobody; the next in line is charged."""
        await worked_ticket(office, primary=SYSTEM)
        await office.work("09:30", SYSTEM)
        await office.ticket("10:00", queue=SECOND_LINE)
        assert [ANN] == await charged(office)


class TestPairs:
    """One contribution per ticket and technician with an entry on it."""

    async def test_a_hand_up_wins_over_a_completion(self, office: Office) -> None:
        """Charged, ever: also when the ticket is completed by the same technician later."""
        await worked_ticket(office)
        await office.ticket("10:00", queue=SECOND_LINE)
        await office.ticket(f"{TUESDAY} 10:00", status=COMPLETE, completed_by=ANN)
        assert [Row(MONDAY, ANN, 1, 1)] == await office.rows(KPI)

    async def test_pending(self, office: Office) -> None:
        """Neither handed up nor complete; on the day of its creation."""
        await worked_ticket(office)
        (row,) = await office.evidence(KPI)
        assert (MONDAY, "pending", "pending", 0) == (row["day"], row["reason"], row["outcome"], row["denominator"])

    async def test_completed(self, office: Office) -> None:
        """Not handed up: 0 ÷ 1 on the day of the last completion."""
        await worked_ticket(office)
        await office.ticket(f"{TUESDAY} 10:00", status=COMPLETE)
        assert [Row(TUESDAY, ANN, 0, 1)] == await office.rows(KPI)

    async def test_top_tier(self, office: Office) -> None:
        """There is nobody above Cat; the unranked are never top."""
        await worked_ticket(office, CAT)
        await office.work("09:30", DAN)
        await office.ticket("10:00", status=COMPLETE)
        assert [Row(MONDAY, CAT, 0, 0, "top_tier"), Row(MONDAY, DAN, 0, 1)] == await office.rows(KPI)

    async def test_who_is_at_the_top_is_told_by_the_day(self, main: Database) -> None:
        """A rank above Cat's that holds from the next month on is above nobody yet."""
        later = {str(CAT): [3, {"rank": 4, "from": "2027-01-01"}]}
        async with open_office(main, policy(tiers={"technicians": later})) as office:
            await worked_ticket(office, CAT)
            await office.ticket("10:00", status=COMPLETE)
            assert [Row(MONDAY, CAT, 0, 0, "top_tier")] == await office.rows(KPI)

    async def test_queues_have_a_top_too(self, main: Database) -> None:
        """The highest rank is that of a queue: tier 3 of technicians is not top."""
        tiers = {"queues": {str(FIRST_LINE): 4}, "technicians": {str(CAT): 3}}
        async with open_office(main, policy(tiers=tiers)) as office:
            await worked_ticket(office, CAT)
            await office.ticket("10:00", status=COMPLETE)
            assert [Row(MONDAY, CAT, 0, 1)] == await office.rows(KPI)

    async def test_history_unknown(self, office: Office) -> None:
        """First seen two hours after its creation: what happened before nobody knows (R14)."""
        await office.ticket("10:30", company=7, status=WORKING, created="08:20")
        await office.work("10:40", ANN)
        await office.ticket("11:00", status=COMPLETE)
        assert [Row(MONDAY, ANN, 0, 0, "history_unknown")] == await office.rows(KPI)
        assert 0.0 == (await office.figure(KPI))["companions"]["history_coverage"]

    async def test_no_tiers(self, main: Database) -> None:
        """R2: without tiers it is not measurable, in every scope; its sums stay visible."""
        async with open_office(main, policy(tiers=Tiers())) as office:
            await worked_ticket(office)
            await office.ticket("10:00", status=COMPLETE)
            for figure in (await office.figure(KPI), await office.figure(KPI, who=ANN)):
                assert (False, "no_tiers", None, None, 1_000_000) == tuple(
                    figure[key] for key in ("measurable", "reason", "value", "attainment", "denominator")
                )

    @pytest.mark.parametrize("reason", sorted(EXCLUSIONS.keys() - {"deleted"}))
    async def test_excluded(self, office: Office, reason: str) -> None:
        """Every exclusion of §2, by the ticket's state now."""
        await worked_ticket(office)
        await office.ticket("10:00", queue=SECOND_LINE)
        await office.exclude("11:00", KPI, reason)
        assert [(0, 0, reason)] == [row[2:] for row in await office.rows(KPI)]

    async def test_deleted(self, office: Office) -> None:
        """R13: entries of a deleted ticket count nowhere, so there is no pair left."""
        await worked_ticket(office)
        await office.exclude("11:00", KPI, "deleted")
        assert [] == await office.rows(KPI)

    async def test_alert_without_labour(self, office: Office) -> None:
        """Its technicians have no entry, so it has no pair at all."""
        await office.open_ticket("08:30", kind=ALERT)
        await office.work("09:00", SYSTEM)
        await office.ticket("10:00", status=COMPLETE)
        assert [] == await office.rows(KPI)

    async def test_credit_cannot_be_moved(self, office: Office) -> None:
        """§2: one contribution per technician."""
        await worked_ticket(office)
        await office.ticket("10:00", queue=SECOND_LINE)
        office.contest("11:00", KPI, credit_to=BOB)
        assert [ANN] == await charged(office)
