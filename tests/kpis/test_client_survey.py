"""Client survey: one example per rule, reason and companion of kpis.md §3, read by the API."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import Database
from models.instants import isoformat
from tests.kpis.desk import ALERT, ANN, BOB, CAT, COMPLETE, SYSTEM, WORKING, moment
from tests.kpis.office import CLIENT, EXCLUSIONS, FIRST_LINE, SECOND_LINE, Office, Row, open_office, policy

KPI = "client_survey"
MONDAY, TUESDAY = "2026-09-14", "2026-09-15"


async def completed(office: Office, *, by: int | None = ANN) -> None:
    """Ticket 1, completed on Monday at 10:00."""
    await office.open_ticket("08:30", primary=CAT)
    await office.ticket("10:00", status=COMPLETE, completed_by=by)


async def answer(
    office: Office, when: str, rating: str | None = "5", *, number: int = 1, done: str = "", **fields: Any
) -> None:
    """Contact 9 answers the survey of ticket 1."""
    named = {
        "ticketID": 1,
        "contactID": 9,
        "surveyRating": rating,
        "sendDate": isoformat(moment("10:30")),
        "completeDate": isoformat(moment(done or when)),
    }
    await office.event("SurveyResults", number, when, named | fields)


@pytest.mark.parametrize(("rating", "positive"), [("5", 1), ("4", 1), ("3.999999", 0), ("3", 0), ("1", 0)])
async def test_positive_from_four(office: Office, rating: str, positive: int) -> None:
    """4 of 5 is positive; neutral stays in the denominator."""
    await completed(office)
    await answer(office, "12:00", rating)
    assert [Row(MONDAY, ANN, positive, 1)] == await office.rows(KPI)


async def test_the_policy_s_scale(main: Database) -> None:
    """On a scale of 10, positive from 9."""
    async with open_office(main, policy(survey={"maximum": 10, "positive_from": 9})) as office:
        await completed(office)
        await answer(office, "12:00", "8")
        await answer(office, "12:00", "9", number=2, contactID=10)
        assert (1, 2) == await office.sums(KPI)


async def test_the_day_is_the_answer_s(main: Database) -> None:
    """The local date of completeDate (R4), in the queue just before it (R8)."""
    async with open_office(main, policy(timezone="America/New_York")) as office:
        await completed(office)
        await office.ticket("11:00", queue=SECOND_LINE)
        await answer(office, f"{TUESDAY} 09:00", done=f"{TUESDAY} 03:30")
        await office.ticket(f"{TUESDAY} 09:00", queue=FIRST_LINE)
        assert [Row(MONDAY, ANN, 1, 1)] == await office.rows(KPI)
        assert (1, 1) == await office.sums(KPI, queue=SECOND_LINE)


class TestCredit:
    """Who is praised."""

    async def _twice_completed(self, office: Office) -> None:
        """By Ann on Monday at 10:00, by Bob on Tuesday at 10:00; Cat is the primary."""
        await completed(office)
        await office.ticket("15:00", status=WORKING)
        await office.ticket(f"{TUESDAY} 10:00", status=COMPLETE, completed_by=BOB)

    @pytest.mark.parametrize(
        ("done", "who"),
        [("12:00", ANN), (f"{TUESDAY} 09:59", ANN), (f"{TUESDAY} 10:00", BOB), ("09:00", BOB)],
        ids=["after the first", "before the second", "at the second", "before any: the last of all"],
    )
    async def test_the_completer_of_the_last_completion(self, office: Office, done: str, who: int) -> None:
        """At or before the response; else of the last completion at all."""
        await self._twice_completed(office)
        await answer(office, f"{TUESDAY} 12:00", done=done)
        assert [who] == [row.tech_id for row in await office.rows(KPI)]

    async def test_else_the_primary(self, office: Office) -> None:
        """Never completed: the primary at the response."""
        await office.open_ticket("08:30", primary=BOB)
        await answer(office, "12:00", done="11:00")
        await office.ticket("11:30", primary=CAT, arrives="12:01")
        assert [BOB] == [row.tech_id for row in await office.rows(KPI)]

    async def test_a_non_technician_is_absent(self, office: Office) -> None:
        """R9: completed by the system user, the primary in force is the completer."""
        await completed(office, by=SYSTEM)
        await answer(office, "12:00")
        assert [CAT] == [row.tech_id for row in await office.rows(KPI)]

    async def test_credit_moved(self, office: Office) -> None:
        """§2: a contest gives it to somebody else."""
        await completed(office)
        await answer(office, "12:00")
        office.contest("12:10", KPI, credit_to=BOB)
        assert [Row(MONDAY, BOB, 1, 1)] == await office.rows(KPI)


class TestReasons:
    """Which answers do not count."""

    @pytest.mark.parametrize("missing", ["surveyRating", "completeDate"])
    async def test_no_rating(self, office: Office, missing: str) -> None:
        """Without a rating or a completion: on the local date of sendDate."""
        await completed(office)
        fields: dict[str, Any] = {missing: None}
        await answer(office, f"{TUESDAY} 12:00", **fields)
        (row,) = await office.rows(KPI)
        assert (MONDAY, 0, 0, "no_rating") == (row.day, *row[2:])

    async def test_superseded(self, office: Office) -> None:
        """The latest (completeDate, id) per ticket and contact counts."""
        await completed(office)
        await answer(office, "12:00", "5", number=3, done="11:00")
        await answer(office, "12:00", "1", number=1, done="11:30")
        await answer(office, "12:00", "5", number=2, done="11:30")
        await answer(office, "12:00", "1", number=4, done="11:00", contactID=10)
        told = sorted(row[2:] for row in await office.rows(KPI))
        assert [(0, 0, "superseded"), (0, 0, "superseded"), (0, 1, None), (1, 1, None)] == told

    async def test_a_later_answer_without_rating_supersedes_nothing(self, office: Office) -> None:
        """Only answers with rating and completion compete."""
        await completed(office)
        await answer(office, "12:00")
        await answer(office, "13:00", None, number=2)
        assert (1, 1) == await office.sums(KPI)

    async def test_a_deleted_answer_is_gone(self, office: Office) -> None:
        """An existing response counts, and one deleted leaves the place to the one before it."""
        await completed(office)
        await answer(office, "12:00", "5")
        await answer(office, "13:00", "1", number=2)
        assert (0, 1) == await office.sums(KPI)
        await office.event("SurveyResults", 2, "14:00", {}, action="Delete")
        assert (1, 1) == await office.sums(KPI)

    async def test_without_a_ticket(self, office: Office) -> None:
        """For the team only, each by itself, whoever the contact is."""
        await answer(office, "12:00", "5", ticketID=None)
        await answer(office, "12:30", "2", number=2, ticketID=None)
        assert [Row(MONDAY, None, 1, 1), Row(MONDAY, None, 0, 1)] == await office.rows(KPI)

    async def test_unknown_ticket(self, office: Office) -> None:
        """Its ticket is not known; it counts as soon as it is."""
        await answer(office, "12:00")
        assert [Row(MONDAY, None, 0, 0, "unknown_ticket")] == await office.rows(KPI)
        await office.open_ticket("12:10", primary=CAT)
        assert [Row(MONDAY, CAT, 1, 1)] == await office.rows(KPI)

    @pytest.mark.parametrize("reason", EXCLUSIONS)
    async def test_excluded(self, office: Office, reason: str) -> None:
        """Every exclusion of §2, by the ticket's state now."""
        await completed(office)
        await office.work("10:10")
        await answer(office, "12:00")
        await office.exclude("12:10", KPI, reason)
        (row,) = await office.rows(KPI)
        assert (0, 0, reason) == row[2:]

    async def test_alert_without_labour(self, office: Office) -> None:
        """An alert nobody worked on."""
        await office.open_ticket("08:30", kind=ALERT)
        await answer(office, "12:00")
        assert ["alert_without_labour"] == [row.reason for row in await office.rows(KPI)]


class TestBeside:
    """Companions and window."""

    async def test_response_rate(self, office: Office) -> None:
        """Answers ÷ completions in the same days: 1 answer to 2 completions, whoever's they are."""
        await completed(office)
        await office.ticket("15:00", status=WORKING)
        await office.ticket(f"{TUESDAY} 10:00", status=COMPLETE, completed_by=BOB)
        await answer(office, f"{TUESDAY} 12:00")
        assert 0.5 == (await office.figure(KPI))["companions"]["survey_response_rate"]
        assert 1.0 == (await office.figure(KPI, who=BOB))["companions"]["survey_response_rate"]

    async def test_wilson(self, office: Office) -> None:
        """1 of 1, z = 1.959964: 1 ÷ (1 + z²) = 0.206549; 1 of 2: 0.094531; none: no data."""
        await completed(office)
        lows = [(await office.figure(KPI))["companions"]["survey_wilson_low"]]
        for number, rating in ((1, "5"), (2, "1")):
            await answer(office, "12:00", rating, number=number, contactID=number)
            lows.append((await office.figure(KPI))["companions"]["survey_wilson_low"])
        assert [None, 0.206549, 0.094531] == lows

    @pytest.mark.parametrize(("now", "expected"), [("2026-12-12 12:00", (1, 1)), ("2026-12-13 12:00", (0, 0))])
    async def test_ninety_days(self, office: Office, now: str, expected: tuple[float, float]) -> None:
        """Every window covers the 90 days ending with its last day: Monday is in until 12 December."""
        await completed(office)
        await answer(office, "12:00")
        office.look(now)
        assert expected == await office.sums(KPI, "today")
        figure = await office.figure(KPI, "2026-09")
        assert ("2026-07-03", "2026-09-30", 1_000_000) == (figure["from"], figure["to"], figure["denominator"])

    @pytest.mark.parametrize(("answers", "sufficient"), [(9, False), (10, True)])
    async def test_minimum(self, office: Office, answers: int, sufficient: bool) -> None:
        """R3: ten answers make it sufficient."""
        await office.open_ticket("08:30", company=CLIENT)
        for number in range(1, answers + 1):
            await answer(office, "12:00", number=number, contactID=number)
        assert sufficient == (await office.figure(KPI))["sufficient"]
