"""Scheduled hours, the denominator of utilization: one example per rule of kpis.md §4 and of R9, read by the API."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import Database
from tests.kpis.desk import ANN, BOB
from tests.kpis.office import APPROVED, Office, open_office, policy

KPI = "utilization"
MON, TUE, WED, THU = "2026-09-14", "2026-09-15", "2026-09-16", "2026-09-17"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


async def at_work(office: Office, **fields: Any) -> None:
    """Ann, who worked for a client on Monday morning."""
    await office.technician("08:00", **fields)
    await office.open_ticket("08:00")
    await office.work("08:30")


async def available(office: Office, when: str, number: int = 1, *, action: str = "Update", **hours: Any) -> None:
    """A row of Ann's availability: eight hours on every weekday not named."""
    week = {f"{day}AvailableHours": hours.get(day[:3], "8") for day in WEEKDAYS}
    await office.event("ResourceDailyAvailability", number, when, {"resourceID": ANN} | week, action=action)


async def off(office: Office, when: str, day: str, hours: str, *, number: int = 1, status: int = APPROVED) -> None:
    """A request of Ann's for time off."""
    fields = {"resourceID": ANN, "requestDate": f"{day}T00:00:00Z", "hours": hours, "status": status}
    await office.event("TimeOffRequest", number, when, fields)


async def days(office: Office, window: str = "30d") -> dict[str, float]:
    """The scheduled hours of each day that has some."""
    return {row.day: row.denominator for row in await office.rows(KPI, window) if row.denominator}


class TestAvailability:
    """Hours by weekday."""

    async def test_no_row(self, office: Office) -> None:
        """The policy's default: 8 h Monday to Friday."""
        await at_work(office)
        office.look("2026-09-21 08:00")
        week = [f"2026-09-{day}" for day in range(14, 19)]
        assert dict.fromkeys(week, 8.0) == await days(office)

    async def test_the_policy_s_default(self, main: Database) -> None:
        """Another default."""
        async with open_office(main, policy(default_availability={"mon": "7.5", "tue": 6})) as office:
            await at_work(office)
            office.look(f"{WED} 08:00")
            assert {MON: 7.5, TUE: 6.0} == await days(office)

    async def test_a_row_with_a_null(self, office: Office) -> None:
        """A weekday that is null is no hours, not the default."""
        await at_work(office)
        await available(office, "08:00", mon="7.5", tue=None)
        office.look(f"{THU} 08:00")
        assert {MON: 7.5, WED: 8.0} == await days(office)

    async def test_the_values_at_the_end_of_the_day(self, office: Office) -> None:
        """Changed on Tuesday evening: Tuesday has the new hours, Monday those first seen, held backwards."""
        await at_work(office)
        await available(office, f"{TUE} 07:00", mon="6", tue="6")
        await available(office, f"{TUE} 23:00", mon="4", tue="4")
        office.look(f"{WED} 08:00")
        assert {MON: 6.0, TUE: 4.0} == await days(office)

    async def test_a_row_that_is_gone(self, office: Office) -> None:
        """Deleted on Wednesday: the default holds from that day on, the days before keep theirs."""
        await at_work(office)
        await available(office, "08:00", mon="6", tue="6", wed="6")
        await office.event("ResourceDailyAvailability", 1, f"{WED} 12:00", {}, action="Delete")
        office.look(f"{THU} 08:00")
        assert {MON: 6.0, TUE: 6.0, WED: 8.0} == await days(office)


class TestTimeOff:
    """Approved time off is taken away."""

    async def test_several_add_up_and_none_goes_below_zero(self, office: Office) -> None:
        """2 h and 1.5 h off leave 4.5 of 8; 6 h and 6 h leave nothing."""
        await at_work(office)
        await off(office, "09:00", MON, "2")
        await off(office, "09:00", MON, "1.5", number=2)
        await off(office, "09:00", TUE, "6", number=3)
        await off(office, "09:00", TUE, "6", number=4)
        office.look(f"{WED} 08:00")
        assert {MON: 4.5} == await days(office)

    async def test_the_last_status_decides(self, office: Office) -> None:
        """Asked for is not approved; approved is; cancelled is not any more."""
        await at_work(office)
        office.look(f"{TUE} 08:00")
        for status, expected in ((1, 8.0), (APPROVED, 4.0), (3, 8.0)):
            await off(office, f"{TUE} 08:0{status}", MON, "4", status=status)
            assert {MON: expected} == {day: hours for day, hours in (await days(office)).items() if day == MON}


class TestHolidays:
    """Holidays of the location's holiday set."""

    @pytest.mark.parametrize(
        ("location", "expected"),
        [(1, {TUE: 8.0}), (2, {MON: 8.0}), (None, {MON: 8.0}), (9, {MON: 8.0})],
        ids=["its own", "the default one", "none given", "unknown"],
    )
    async def test_whose_holidays(self, office: Office, location: int | None, expected: dict[str, float]) -> None:
        """Monday is a holiday at location 1, Tuesday at the default location 2."""
        await at_work(office, locationID=location)
        await office.event("InternalLocation", 1, "08:00", {"holidaySetId": 5, "isDefault": False})
        await office.event("InternalLocation", 2, "08:00", {"holidaySetId": 6, "isDefault": True})
        await office.event("Holiday", 1, "08:00", {"holidaySetID": 5, "holidayDate": f"{MON}T00:00:00Z"})
        await office.event("Holiday", 2, "08:00", {"holidaySetID": 6, "holidayDate": f"{TUE}T00:00:00Z"})
        office.look(f"{WED} 08:00")
        assert expected == await days(office)

    async def test_no_location_at_all(self, office: Office) -> None:
        """Neither an own nor a default location: no holidays."""
        await at_work(office)
        await office.event("Holiday", 1, "08:00", {"holidaySetID": 5, "holidayDate": f"{MON}T00:00:00Z"})
        office.look(f"{TUE} 08:00")
        assert {MON: 8.0} == await days(office)

    async def test_the_policy_names_the_default_location(self, main: Database) -> None:
        """Where nobody is anywhere, the policy's location stands above Autotask's."""
        async with open_office(main, policy(default_location=1)) as office:
            await at_work(office)
            await office.event("InternalLocation", 1, "08:00", {"holidaySetId": 5, "isDefault": False})
            await office.event("Holiday", 1, "08:00", {"holidaySetID": 5, "holidayDate": f"{MON}T00:00:00Z"})
            office.look(f"{TUE} 08:00")
            assert {} == await days(office)


class TestWhoAndSinceWhen:
    """When a day counts at all."""

    async def test_hired_and_active(self, office: Office) -> None:
        """Hired on Tuesday, inactive from Thursday noon on: Tuesday and Wednesday."""
        await at_work(office, hireDate=f"{TUE}T00:00:00Z")
        await office.event("Resource", ANN, f"{THU} 12:00", {"isActive": False})
        office.look("2026-09-18 08:00")
        assert {TUE: 8.0, WED: 8.0} == await days(office)

    async def test_gone(self, office: Office) -> None:
        """A resource deleted on Wednesday had capacity until Tuesday."""
        await at_work(office)
        await office.event("Resource", ANN, f"{WED} 12:00", {}, action="Delete")
        office.look(f"{THU} 08:00")
        assert {MON: 8.0, TUE: 8.0} == await days(office)

    async def test_without_a_resource_fact(self, office: Office) -> None:
        """A technician without capacity (R9), until the fact arrives."""
        await office.open_ticket("08:00")
        await office.work("08:30")
        office.look(f"{TUE} 08:00")
        assert {} == await days(office)
        await office.technician(f"{TUE} 08:00")
        assert {MON: 8.0} == await days(office)

    async def test_an_api_user(self, office: Office) -> None:
        """Who is no technician has no capacity."""
        await at_work(office, licenseType=7)
        office.look(f"{TUE} 08:00")
        assert {} == await days(office)

    async def test_sixty_days_of_membership(self, office: Office) -> None:
        """An entry on 14 September makes a member until 12 November, the sixtieth day, and not on the next."""
        await at_work(office)
        await available(office, "08:00", mon="0", tue="0", wed="0", fri="0", sat="0", sun="0")
        await available(office, "2026-11-10 08:00", mon="0", tue="0", wed="0", fri="8", sat="0", sun="0")
        office.look("2026-11-14 08:00")
        assert "2026-11-12" == max(await days(office))

    async def test_measured_from_the_first_customer_work(self, office: Office) -> None:
        """Days before one's own first entry are not counted; an earlier entry found out moves that."""
        await at_work(office)
        office.look(f"{TUE} 08:00")
        assert [MON] == sorted(await days(office))
        await office.work(f"{TUE} 08:00", dateWorked="2026-09-10T00:00:00Z")
        assert ["2026-09-10", "2026-09-11", MON] == sorted(await days(office))

    async def test_measured_from_the_policy_s_day(self, main: Database) -> None:
        """No day before it."""
        async with open_office(main, policy(measured_from=TUE)) as office:
            await at_work(office)
            office.look(f"{WED} 08:00")
            assert {TUE: 8.0} == await days(office)

    async def test_a_list(self, main: Database) -> None:
        """Listed ones have capacity from their day on and from their first work; others have none and no row."""
        people = [{"id": ANN, "from": TUE}]
        async with open_office(main, policy(technicians=people)) as office:
            await at_work(office)
            await office.technician("08:00", BOB)
            await office.work("09:00", BOB)
            office.look(f"{WED} 08:00")
            assert {TUE: 8.0} == await days(office)
            assert {(ANN, "not_a_member"), (BOB, "not_a_member")} == {
                (row.tech_id, row.reason) for row in await office.rows(KPI) if row.reason
            }
            card = await office.read("/api/v1/scorecard", window="mtd")
            assert [ANN] == [one["tech_id"] for one in card["technicians"]]


class TestToday:
    """Today counts for the part of the business day that is over."""

    @pytest.mark.parametrize(
        ("now", "hours"),
        [
            ("08:30", 0.444444),
            ("12:30:59.999999", 4.0),
            ("17:00", 8.0),
            ("23:59", 8.0),
        ],
        ids=["half an hour of nine", "cut to the minute", "over", "after hours"],
    )
    async def test_part_of_the_day(self, office: Office, now: str, hours: float) -> None:
        """8 h times the share of 08:00 to 17:00 that is over, now cut to the whole minute, rounded once."""
        await at_work(office)
        office.look(now)
        assert {MON: hours} == await days(office, "today")

    @pytest.mark.parametrize(("now", "hours"), [("2026-11-02 13:00", {}), ("2026-11-02 17:30", {"2026-11-02": 4.0})])
    async def test_the_wall_clock_decides(self, main: Database, now: str, hours: dict[str, float]) -> None:
        """The Monday after clocks were put back in New York begins at 13:00 UTC and not at 12:00."""
        async with open_office(main, policy(timezone="America/New_York")) as office:
            await office.technician("08:00")
            await office.open_ticket("08:00")
            await office.work("2026-11-02 12:30")
            office.look(now)
            assert hours == await days(office, "today")
