"""When a ticket was completed and by whom (kpis.md §1 Completion, R12), told by completion decided by its flag.

The SLA result's flag decides a ticket completed without an event at T of its last completion, credited to the
completer: so T and completer can be read from the one row (rule 4).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.kpis.desk import (
    ANN,
    BOB,
    CANCELLED,
    CAT,
    COMPLETE,
    NEW,
    SYSTEM,
    WORKING,
    Desk,
    clock_time,
    open_breach,
    waits,
)


async def _open(desk: Desk, **fields: Any) -> None:
    """A ticket created at 08:30 whose Resolved flag is known and fresh."""
    await desk.ticket("08:30", "Create", status=NEW, primary=ANN, due="18:00", **fields)
    await desk.result("08:31", met=True)


def _completed(desk: Desk) -> tuple[str, int] | None:
    """T of the last completion and its completer; ``None`` when the ticket does not count as complete."""
    row = desk.stored()
    return (clock_time(row["happened_at"]), row["tech_id"]) if row and row["rule"] == "4" else None


class TestMoment:
    """T of a completion (R12)."""

    async def test_at_the_event(self, completion: Desk) -> None:
        """No ``completedDate``: when the status changed."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        assert ("09:00", ANN) == _completed(completion)

    @pytest.mark.parametrize(
        ("completed", "expected"), [("08:59:30", "08:59:30"), ("08:30", "09:00"), ("08:00", "09:00")]
    )
    async def test_the_completed_date_it_carries(self, completion: Desk, completed: str, expected: str) -> None:
        """Its ``completedDate``, if later than the last sighting of the status before."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE, completed=completed)
        assert (expected, ANN) == _completed(completion)

    async def test_first_seen_complete(self, completion: Desk) -> None:
        """First seen complete: ``completedDate``, else the change cursor."""
        await completion.result("08:31", met=True)
        completion.row("12:00", changed="11:00", status=COMPLETE, completed="09:00", due="18:00", primary=ANN)
        assert ("09:00", ANN) == _completed(completion)
        await completion.result("12:01", ticket=2, number=2, met=True)
        completion.row("12:01", number=2, changed="11:00", status=COMPLETE, due="18:00", primary=ANN)
        row = completion.stored(2)
        assert "11:00" == (row and clock_time(row["happened_at"]))

    async def test_all_fields_it_carries_change_then(self, completion: Desk) -> None:
        """One transition time for the whole observation: the primary in force at T includes its change."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE, completed="08:50", primary=BOB)
        assert ("08:50", BOB) == _completed(completion)

    async def test_a_repeated_sighting_is_no_new_completion(self, completion: Desk) -> None:
        """Complete seen again stays the same completion."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("10:00", status=COMPLETE, completed="09:59")
        assert ("09:00", ANN) == _completed(completion)


class TestNoise:
    """Left and entered again within 15 minutes, with no entry starting in between."""

    async def test_example_6_a_thank_you_mail(self, completion: Desk) -> None:
        """Completed 09:00, reopened 09:05, completed 09:06: one completion at 09:00."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE, completed_by=BOB)
        await completion.ticket("09:05", status=WORKING)
        await completion.ticket("09:06", status=COMPLETE, completed_by=CAT)
        assert ("09:00", BOB) == _completed(completion)
        completion.look("10:00")
        assert ("09:00", BOB) == _completed(completion)

    @pytest.mark.parametrize(("again", "expected"), [("09:20", "09:00"), ("09:20:00.000001", "09:20:00.000001")])
    async def test_fifteen_minutes_inclusive(self, completion: Desk, again: str, expected: str) -> None:
        """From leaving at 09:05 to entering at 09:20 is noise, a microsecond more is a reopening."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:05", status=WORKING)
        await completion.ticket(again, status=COMPLETE, completed=again)
        completion.look("10:00")
        assert (expected, ANN) == _completed(completion)

    @pytest.mark.parametrize(
        ("start", "expected"), [("09:05", "09:06"), ("09:06", "09:06"), ("09:04:59", "09:00"), ("09:06:01", "09:00")]
    )
    async def test_work_in_between_makes_it_a_reopening(self, completion: Desk, start: str, expected: str) -> None:
        """An entry that starts in [leaving, entering] says somebody worked; one beside it does not."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:05", status=WORKING)
        await completion.ticket("09:06", status=COMPLETE)
        completion.look("09:30")
        assert ("09:00", ANN) == _completed(completion)
        await completion.entry("09:31", BOB, start=start)
        assert (expected, ANN) == _completed(completion)

    async def test_work_of_a_non_technician_is_none(self, completion: Desk) -> None:
        """An API user's entry counts nowhere, also when that is learnt later (R9)."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:05", status=WORKING)
        await completion.ticket("09:06", status=COMPLETE)
        await completion.entry("09:31", BOB, start="09:05")
        assert ("09:06", ANN) == _completed(completion)
        await completion.resource("09:40", BOB, 7)
        assert ("09:00", ANN) == _completed(completion)

    async def test_a_deleted_or_moved_entry_is_none(self, completion: Desk) -> None:
        """The entry's start is edited away, and it is deleted."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:05", status=WORKING)
        await completion.ticket("09:06", status=COMPLETE)
        await completion.entry("09:31", BOB, start="09:05")
        await completion.entry("09:32", BOB, start="08:45")
        assert ("09:00", ANN) == _completed(completion)
        await completion.entry("09:33", BOB, start="09:05")
        assert ("09:06", ANN) == _completed(completion)
        await completion.event("TimeEntry", 1, "09:34", {}, action="Delete")
        assert ("09:00", ANN) == _completed(completion)

    async def test_chains_collapse(self, completion: Desk) -> None:
        """Noise after noise, each within 15 minutes of the last: still the first completion."""
        await _open(completion)
        for entered, left in (("09:00", "09:10"), ("09:20", "09:30"), ("09:40", "09:50")):
            await completion.ticket(entered, status=COMPLETE)
            await completion.ticket(left, status=WORKING)
        await completion.ticket("10:00", status=COMPLETE)
        completion.look("11:00")
        assert ("09:00", ANN) == _completed(completion)

    async def test_undecided_for_fifteen_minutes(self, completion: Desk) -> None:
        """Left at 09:05: complete for every rule up to 09:20, open right after, with no event arriving."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:05", status=WORKING)
        assert ("09:00", ANN) == _completed(completion)
        completion.look("09:20")
        assert ("09:00", ANN) == _completed(completion)
        completion.look("09:20:00.000001")
        assert None is _completed(completion)
        assert waits("pending") == completion.line()

    async def test_undecided_also_when_somebody_works(self, completion: Desk) -> None:
        """The matter is undecided while now <= leaving + 15 minutes, whatever is known already."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:05", status=WORKING)
        await completion.entry("09:06", BOB)
        completion.look("09:20")
        assert ("09:00", ANN) == _completed(completion)

    async def test_a_breach_waits_for_the_decision(self, completion: Desk) -> None:
        """A due date that passes while the matter is undecided is no breach until it is decided."""
        await completion.ticket("08:30", "Create", status=NEW, due="09:10")
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:05", status=WORKING)
        completion.look("09:20")
        assert {} == completion.counters()
        completion.look("09:21")
        assert open_breach("09:10", provisional=True) == completion.line()


class TestSetAside:
    """Merged, cancelled, duplicate."""

    async def test_re_entering_from_cancelled_is_no_completion(self, completion: Desk) -> None:
        """Complete, cancelled for an hour, complete: the first completion."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("10:00", status=CANCELLED)
        await completion.ticket("11:00", status=COMPLETE)
        completion.look("12:00")
        assert ("09:00", ANN) == _completed(completion)

    async def test_from_cancelled_to_work_is_leaving(self, completion: Desk) -> None:
        """Complete, cancelled, working, complete an hour later: a new completion."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("10:00", status=CANCELLED)
        await completion.ticket("11:00", status=WORKING)
        completion.look("11:16")
        assert None is _completed(completion)
        await completion.ticket("12:00", status=COMPLETE)
        assert ("12:00", ANN) == _completed(completion)


class TestCompleter:
    """Who completed it."""

    async def test_the_last_named_before_it_is_left(self, completion: Desk) -> None:
        """Named with a later sighting, corrected by a still later one; null says nothing."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:01", completed_by=BOB)
        await completion.ticket("09:02", completed_by=CAT)
        await completion.ticket("09:03", completed_by=None)
        assert ("09:00", CAT) == _completed(completion)

    async def test_whoever_tidies_up_gets_no_credit(self, completion: Desk) -> None:
        """Leaving by noise is leaving: who is named after it does not count."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE)
        await completion.ticket("09:05", status=WORKING, completed_by=None)
        await completion.ticket("09:06", status=COMPLETE, completed_by=CAT)
        assert ("09:00", ANN) == _completed(completion)

    async def test_named_before_it_entered_does_not_count(self, completion: Desk) -> None:
        """What an earlier sighting carried belongs to an earlier completion."""
        await _open(completion, completed_by=BOB)
        await completion.ticket("09:00", status=COMPLETE)
        assert ("09:00", ANN) == _completed(completion)

    async def test_each_completion_has_its_own(self, completion: Desk) -> None:
        """Completed by Bob, reopened for an hour, completed by Cat: Cat's."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE, completed_by=BOB)
        await completion.ticket("10:00", status=WORKING)
        await completion.ticket("11:00", status=COMPLETE, completed_by=CAT)
        assert ("11:00", CAT) == _completed(completion)

    async def test_the_primary_in_force_then(self, completion: Desk) -> None:
        """Nobody named: the primary at T, not the one who got it later; a non-technician is absent."""
        await _open(completion)
        await completion.ticket("09:00", status=COMPLETE, completed_by=SYSTEM)
        await completion.ticket("09:30", primary=BOB)
        assert ("09:00", ANN) == _completed(completion)
