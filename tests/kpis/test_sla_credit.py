"""Who is credited with an SLA decision, and in which queue and company it lies (kpis.md §3 SLA, R8, R9, R11, R12)."""

from __future__ import annotations

import pytest

from tests.kpis.desk import ANN, BOB, CAT, COMPLETE, NEW, SYSTEM, WORKING, Desk, met, open_breach

API = 7
NOBODY = -1
ONE = 1_000_000


class TestTriage:
    """First response: the result's initiating resource, else the ticket's, else nobody."""

    async def test_the_result_stands_above_the_ticket(self, triage: Desk) -> None:
        """The result names Ann, the ticket Bob: Ann."""
        await triage.ticket("09:00", "Create", due="10:00", primary=CAT)
        await triage.ticket("09:30", happened="09:30", responder=BOB)
        assert triage.credit() == BOB
        await triage.result("09:31", person=ANN)
        assert triage.credit() == ANN

    async def test_nobody_named_is_nobody(self, triage: Desk) -> None:
        """The primary is no candidate."""
        await triage.ticket("09:00", "Create", due="10:00", primary=CAT)
        await triage.ticket("09:30", happened="09:30")
        assert triage.credit() == NOBODY

    async def test_the_system_user_is_absent(self, triage: Desk) -> None:
        """The result names resource 4 (ignored by default): the next in line, Bob."""
        await triage.ticket("09:00", "Create", due="10:00")
        await triage.ticket("09:30", happened="09:30", responder=BOB)
        await triage.result("09:31", person=SYSTEM)
        assert triage.credit() == BOB

    async def test_api_user_told_of_late(self, triage: Desk) -> None:
        """A resource nobody knew anything of turns out to be an API user: the credit moves on, counters too."""
        await triage.ticket("09:00", "Create", due="10:00")
        await triage.ticket("09:30", happened="09:30", responder=BOB)
        await triage.result("09:31", person=ANN)
        assert {20260914: (ONE, ONE, 1, 0)} == triage.counters("tech", ANN)
        await triage.resource("09:40", ANN, API)
        assert triage.credit() == BOB
        assert {} == triage.counters("tech", ANN)
        assert {20260914: (ONE, ONE, 1, 0)} == triage.counters("tech", BOB)
        await triage.resource("09:41", BOB, API)
        assert triage.credit() == NOBODY
        await triage.resource("09:42", ANN, 1)
        assert triage.credit() == ANN

    async def test_rule_4_credits_the_same_person(self, triage: Desk) -> None:
        """Decided by the flag alone: credit as if the event were at the completion."""
        await triage.ticket("09:00", "Create", status=NEW, due="10:00", responder=BOB)
        await triage.ticket("09:30", status=COMPLETE)
        await triage.result("09:31", met=True)
        assert met("09:30") == triage.line()
        assert triage.credit() == BOB


class TestEngagement:
    """Resolution Plan: the result's resource, else the primary at the event."""

    async def test_the_primary_at_the_event(self, engagement: Desk) -> None:
        """Bob became primary later: past credit does not move."""
        await engagement.ticket("09:00", "Create", due="10:00", primary=ANN)
        await engagement.ticket("09:30", happened="09:30")
        await engagement.ticket("09:40", primary=BOB)
        assert engagement.credit() == ANN

    async def test_a_change_stamped_exactly_then_counts(self, engagement: Desk) -> None:
        """In force at the event includes a change of that very moment (R11)."""
        await engagement.ticket("09:00", "Create", due="10:00", primary=ANN)
        await engagement.ticket("09:30", happened="09:30", primary=BOB)
        assert engagement.credit() == BOB

    async def test_at_the_event_also_when_it_was_missed(self, engagement: Desk) -> None:
        """Decided at the due date, credited to the primary at the event."""
        await engagement.ticket("09:00", "Create", due="10:00", primary=ANN)
        await engagement.ticket("10:30", primary=BOB)
        await engagement.ticket("11:00", happened="11:00")
        assert engagement.credit() == BOB

    async def test_the_result_stands_above_the_primary(self, engagement: Desk) -> None:
        """The result names Cat."""
        await engagement.ticket("09:00", "Create", due="10:00", primary=ANN)
        await engagement.ticket("09:30", happened="09:30")
        await engagement.result("09:31", person=CAT)
        assert engagement.credit() == CAT

    async def test_a_first_seen_primary_held_all_along(self, engagement: Desk) -> None:
        """The primary observed first after the event was primary then (R11)."""
        await engagement.ticket("09:30", happened="09:30", due="10:00")
        assert engagement.credit() == NOBODY
        await engagement.ticket("09:45", primary=ANN)
        assert engagement.credit() == ANN


class TestCompletion:
    """Resolved: the result's resource, else the completer, else (never completed) the primary at the event."""

    async def test_the_completer_stands_above_the_primary(self, completion: Desk) -> None:
        """Completed by Bob on Ann's ticket."""
        await completion.ticket("09:00", "Create", status=NEW, due="10:00", primary=ANN)
        await completion.ticket("09:30", status=COMPLETE, happened="09:30", completed_by=BOB)
        assert completion.credit() == BOB

    async def test_no_completer_named(self, completion: Desk) -> None:
        """The primary in force at the completion."""
        await completion.ticket("09:00", "Create", status=NEW, due="10:00", primary=ANN)
        await completion.ticket("09:30", status=COMPLETE, happened="09:30")
        await completion.ticket("09:40", primary=BOB)
        assert completion.credit() == ANN

    async def test_never_completed(self, completion: Desk) -> None:
        """No completion: the primary in force at the event."""
        await completion.ticket("09:00", "Create", status=NEW, due="10:00", primary=ANN)
        await completion.ticket("09:30", happened="09:30", status=WORKING)
        await completion.ticket("09:40", primary=BOB)
        assert completion.credit() == ANN

    async def test_the_result_stands_above_the_completer(self, completion: Desk) -> None:
        """The result names Cat; were she an API user, the completer."""
        await completion.ticket("09:00", "Create", status=NEW, due="10:00", primary=ANN)
        await completion.ticket("09:30", status=COMPLETE, happened="09:30", completed_by=BOB)
        await completion.result("09:31", person=CAT)
        assert completion.credit() == CAT
        await completion.resource("09:32", CAT, API)
        assert completion.credit() == BOB

    async def test_a_completer_who_is_no_technician(self, completion: Desk) -> None:
        """Completed by the system user: the next in line, the primary."""
        await completion.ticket("09:00", "Create", status=NEW, due="10:00", primary=ANN)
        await completion.ticket("09:30", status=COMPLETE, happened="09:30", completed_by=SYSTEM)
        assert completion.credit() == ANN


class TestOpenBreach:
    """The primary now."""

    async def test_it_moves_with_the_ticket(self, desk: Desk) -> None:
        """Handed from Ann to Bob, the breach goes with it; so do the counters."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00", primary=ANN)
        desk.look("10:10")
        assert desk.credit() == ANN
        await desk.ticket("10:11", primary=BOB)
        assert desk.credit() == BOB
        assert {} == desk.counters("tech", ANN)
        assert {20260914: (0, ONE, 1, 0)} == desk.counters("tech", BOB)

    async def test_a_primary_who_is_no_technician(self, desk: Desk) -> None:
        """Nobody, as soon as it is known."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00", primary=ANN)
        desk.look("10:10")
        await desk.resource("10:11", ANN, API)
        assert desk.credit() == NOBODY
        assert {20260914: (0, ONE, 1, 0)} == desk.counters()


class TestQueueAndCompany:
    """Queue: in force just before the decision; company: the current one."""

    async def test_the_update_that_responds_also_leaves_the_queue(self, desk: Desk) -> None:
        """From queue 10 to 11 in the very event of the response: queue 10's."""
        await desk.ticket("09:00", "Create", queue=10, due="10:00")
        await desk.ticket("09:30", queue=11, happened="09:30")
        assert {20260914: (ONE, ONE, 1, 0)} == desk.counters("queue", 10)
        assert {} == desk.counters("queue", 11)

    async def test_the_queue_of_an_open_breach(self, desk: Desk) -> None:
        """The queue just before the due date, wherever it is moved later."""
        await desk.ticket("09:00", "Create", queue=10, due="10:00")
        await desk.ticket("09:30", queue=11)
        await desk.ticket("10:00", queue=12)
        assert {20260914: (0, ONE, 1, 1)} == desk.counters("queue", 11)

    async def test_the_earliest_known_queue(self, desk: Desk) -> None:
        """First observed after the decision it held before (R8, R11)."""
        await desk.ticket("09:30", due="10:00", happened="09:30")
        await desk.ticket("11:00", queue=11)
        assert {20260914: (ONE, ONE, 1, 0)} == desk.counters("queue", 11)

    async def test_the_company_is_the_current_one(self, desk: Desk) -> None:
        """Moved to another company, the decision moves along."""
        await desk.ticket("09:00", "Create", due="10:00", happened="09:30", company=50)
        assert {20260914: (ONE, ONE, 1, 0)} == desk.counters("company", 50)
        await desk.ticket("11:00", company=51)
        assert {} == desk.counters("company", 50)
        assert {20260914: (ONE, ONE, 1, 0)} == desk.counters("company", 51)


class TestTransitions:
    """When a change took place (R12), told by the queue just before a decision at 09:30."""

    @pytest.mark.parametrize(("changed", "queue"), [("09:29", 11), ("09:30", 10), ("", 10)])
    async def test_a_row_changes_at_its_cursor(self, triage: Desk, changed: str, queue: int) -> None:
        """A row read at 09:40: the change is at its change cursor, else when it was seen."""
        await triage.ticket("09:00", "Create", queue=10, due="10:00")
        triage.row("09:40", changed=changed, queue=11, happened="09:30")
        assert met("09:30") == triage.line()
        assert {20260914: (ONE, ONE, 1, 0)} == triage.counters("queue", queue)

    async def test_not_before_the_old_value_was_still_seen(self, triage: Desk) -> None:
        """The cursor says 09:10, but at 09:30 the old queue was still there: it changed at 09:30, not before."""
        await triage.ticket("09:00", "Create", queue=10, due="10:00")
        await triage.ticket("09:30", queue=10)
        triage.row("09:40", changed="09:10", queue=11, happened="09:30")
        assert {20260914: (ONE, ONE, 1, 0)} == triage.counters("queue", 10)

    async def test_late_news_goes_to_its_place(self, triage: Desk) -> None:
        """A A B: the B at 09:20 arrives after a later A; the queue just before 09:30 is B's."""
        await triage.ticket("09:00", "Create", queue=10, due="10:00")
        await triage.ticket("09:35", queue=10, happened="09:30")
        assert {20260914: (ONE, ONE, 1, 0)} == triage.counters("queue", 10)
        await triage.ticket("09:20", queue=11, arrives="09:50")
        assert {20260914: (ONE, ONE, 1, 0)} == triage.counters("queue", 11)

    async def test_open_breach_of_a_row(self, triage: Desk) -> None:
        """A row is heard, too: its ``seen_at`` ends the provisional time."""
        triage.row("10:06", due="10:00", status=NEW)
        assert open_breach("10:00") == triage.line()
