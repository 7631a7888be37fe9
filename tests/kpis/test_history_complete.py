"""Complete history (kpis.md R14): which tickets were watched from the start, told by their completions' reopen rate."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import Database
from tests.kpis.desk import ANN, COMPLETE, WORKING
from tests.kpis.office import CLIENT, FIRST_LINE, SECOND_LINE, Office, line, open_office, policy

KPI = "reopen_rate"
KNOWN, UNKNOWN = None, "history_unknown"


async def reason(office: Office, kpi: str = KPI) -> Any:
    """Why the ticket's first contribution does not count."""
    return (await office.rows(kpi))[0].reason


async def completed(office: Office) -> None:
    """A ticket watched from 08:30 and completed at 10:00."""
    await office.open_ticket("08:30")
    await office.ticket("10:00", status=COMPLETE)


class TestFirstSeen:
    """(a): a Create event, or seen within an hour of its creation."""

    @pytest.mark.parametrize(
        ("created", "expected"),
        [("09:00", KNOWN), ("08:59:59.999999", UNKNOWN), (None, UNKNOWN)],
        ids=["an hour", "longer", "unknown"],
    )
    async def test_first_seen_by_an_update(self, office: Office, created: str | None, expected: str | None) -> None:
        """Seen at 10:00: up to an hour after its creation it was watched; without createDate it was not."""
        dates: dict[str, Any] = {} if created is None else {"created": created}
        await office.ticket("10:00", company=CLIENT, status=WORKING, **dates)
        await office.ticket("10:30", status=COMPLETE)
        assert expected == await reason(office)

    @pytest.mark.parametrize("dates", [{}, {"created": "2026-09-01 08:00"}])
    async def test_a_create_event_will_always_do(self, office: Office, dates: dict[str, Any]) -> None:
        """Also without createDate, and with one long ago."""
        await office.ticket("10:00", "Create", company=CLIENT, status=WORKING, **dates)
        await office.ticket("10:30", status=COMPLETE)
        assert KNOWN is await reason(office)

    async def test_the_creation_as_known_now(self, office: Office) -> None:
        """createDate arrives later and mends it."""
        await office.ticket("10:00", company=CLIENT, status=WORKING)
        await office.ticket("10:30", status=COMPLETE)
        assert UNKNOWN == await reason(office)
        await office.ticket("10:40", created="09:30")
        assert KNOWN is await reason(office)


class TestGaps:
    """No ticket gap overlaps [createDate, E]."""

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [
            ("09:00", "09:02", KNOWN),
            ("09:00", "09:02:00.000001", UNKNOWN),
            ("08:20", "08:29:59", KNOWN),
            ("08:20", "08:30", UNKNOWN),
        ],
        ids=["two minutes", "longer", "before its creation", "until its creation"],
    )
    async def test_a_closed_gap(self, office: Office, start: str, end: str, expected: str | None) -> None:
        """More than gap_after_minutes (2), and touching the time from its creation on."""
        await completed(office)
        office.gap(start, end, told="10:30")
        assert expected == await reason(office)

    async def test_the_policy_s_minutes(self, main: Database) -> None:
        """Ten minutes do not matter where eleven are bridged."""
        async with open_office(main, policy(gap_after_minutes=11)) as office:
            await completed(office)
            office.gap("09:00", "09:10", told="10:30")
            assert KNOWN is await reason(office)

    async def test_an_open_gap(self, office: Office) -> None:
        """It lasts until now: two minutes after its start it matters, with no event arriving."""
        await completed(office)
        office.gap("11:00", None)
        office.look("11:02")
        assert KNOWN is await reason(office)
        office.look("11:02:00.000001")
        assert UNKNOWN == await reason(office)

    async def test_an_open_gap_that_closes_in_time(self, office: Office) -> None:
        """A later fact of the same gap closes it after two minutes."""
        await completed(office)
        office.gap("11:00", None)
        office.gap("11:00", "11:02", told="11:02")
        office.look("12:00")
        assert KNOWN is await reason(office)

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [("2026-09-21 10:00", "2026-09-21 11:00", UNKNOWN), ("2026-09-21 10:00:00.000001", "2026-09-21 11:00", KNOWN)],
    )
    async def test_after_seven_days_nothing_matters(
        self, office: Office, start: str, end: str, expected: str | None
    ) -> None:
        """E = T + 7 x 24 h, inclusive: completed on the 14th at 10:00, asked for until the 21st at 10:00."""
        await completed(office)
        office.gap(start, end)
        assert expected == await reason(office)


class TestLostEvents:
    """A dropped event of one ticket: a gap from its last observation before to its next one after."""

    async def test_until_the_next_observation(self, office: Office) -> None:
        """Lost at 09:00 between the sightings of 08:30 and 10:00: of this ticket only."""
        await completed(office)
        await office.open_ticket("10:10", number=2)
        await office.ticket("10:20", number=2, status=COMPLETE)
        office.lost("09:00", told="11:00")
        assert ["history_unknown", None] == [row.reason for row in await office.rows(KPI)]

    async def test_after_what_is_asked_for(self, office: Office) -> None:
        """Lost in [21st 12:00, now], after the last sighting on the 21st at 11:00: seven days are over."""
        await completed(office)
        await office.ticket("2026-09-21 11:00", queue=SECOND_LINE)
        office.lost("2026-09-21 12:00")
        assert KNOWN is await reason(office)

    async def test_before_it_was_ever_seen_again(self, office: Office) -> None:
        """Lost after the completion and nothing seen since: the gap is open and begins with the last sighting."""
        await completed(office)
        office.lost("2026-09-22 12:00")
        assert UNKNOWN == await reason(office)

    async def test_told_by_a_history_read_later(self, office: Office) -> None:
        """A ticket at rest is never seen again, but its history read after the loss tells what was lost."""
        await completed(office)
        office.lost("2026-09-16 12:00")
        assert UNKNOWN == await reason(office)
        office.imported("2026-09-17 12:00")
        assert KNOWN is await reason(office)

    async def test_not_told_by_a_history_read_before(self, office: Office) -> None:
        """What was lost after the import stays unknown."""
        await completed(office)
        office.imported("2026-09-16 12:00")
        office.lost("2026-09-17 12:00")
        assert UNKNOWN == await reason(office)


class TestImports:
    """(b): its TicketHistory was imported, every line understood, and no gap since."""

    async def _late(self, office: Office) -> None:
        """First seen at 12:00, hours after its creation, complete."""
        await office.ticket("12:00", company=CLIENT, status=COMPLETE, created="08:30", completed="11:00", primary=ANN)

    async def test_understood(self, office: Office) -> None:
        """What happened comes from its lines: completed at 09:00, reopened, completed at 11:00."""
        await self._late(office)
        assert UNKNOWN == await reason(office)
        lines = (("09:00", WORKING, COMPLETE), ("10:00", COMPLETE, WORKING), ("11:00", WORKING, COMPLETE))
        office.imported("12:30", *(line(at, "status", old, new) for at, old, new in lines))
        found = await office.evidence(KPI)
        assert [("2026-09-14T09:00:00Z", 1_000_000), ("2026-09-14T11:00:00Z", 0)] == [
            (one["happened_at"], one["numerator"]) for one in found
        ]
        assert 1.0 == (await office.figure(KPI))["companions"]["history_coverage"]

    async def test_not_understood(self, office: Office) -> None:
        """One line that nobody can read leaves it unknown."""
        await self._late(office)
        office.imported("12:30", line("11:00", "status", WORKING, COMPLETE), understood=False)
        assert UNKNOWN == await reason(office)

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [("09:00", "10:00", KNOWN), ("12:29", "12:40", UNKNOWN), ("13:00", "14:00", UNKNOWN)],
    )
    async def test_gaps_count_from_the_import_on(
        self, office: Office, start: str, end: str, expected: str | None
    ) -> None:
        """What went unseen before the import is in its lines."""
        await self._late(office)
        office.imported("12:30", line("11:00", "status", WORKING, COMPLETE))
        office.gap(start, end, told="15:00")
        assert expected == await reason(office)


class TestUntilWhen:
    """E differs by KPI."""

    async def test_a_hand_up_ends_it(self, office: Office) -> None:
        """escalation_rate: what happens after the first charged hand-up does not matter for that pair."""
        await office.open_ticket("08:30", queue=FIRST_LINE)
        await office.work("08:40", ANN)
        await office.ticket("09:00", queue=SECOND_LINE)
        office.gap("09:01", "10:00")
        assert KNOWN is await reason(office, "escalation_rate")
        office.gap("08:50", "08:55", told="10:01", number=2)
        assert UNKNOWN == await reason(office, "escalation_rate")

    async def test_the_last_completion_ends_it(self, office: Office) -> None:
        """escalation_rate: without a hand-up the last completion does; reopen_rate asks for seven days more."""
        await completed(office)
        await office.work("10:10", ANN)
        office.gap("10:30", "11:00")
        assert (KNOWN, UNKNOWN) == (await reason(office, "escalation_rate"), await reason(office))

    async def test_the_first_completion_and_seven_days(self, office: Office) -> None:
        """first_contact_resolution: as reopen_rate, with T1."""
        await completed(office)
        await office.work("10:10", ANN)
        assert KNOWN is await reason(office, "first_contact_resolution")
        office.gap("10:30", "11:00")
        assert UNKNOWN == await reason(office, "first_contact_resolution")


async def test_coverage(office: Office) -> None:
    """history_coverage: of two completions that would count, one is known."""
    await completed(office)
    await office.ticket("12:00", number=2, company=CLIENT, status=WORKING, created="08:30")
    await office.ticket("12:30", number=2, status=COMPLETE)
    figure = await office.figure(KPI)
    assert (0.5, 1_000_000, 1) == (
        figure["companions"]["history_coverage"],
        figure["denominator"],
        figure["sample_size"],
    )
