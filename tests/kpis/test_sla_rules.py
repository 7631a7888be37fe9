"""The numbered SLA rules of kpis.md §3, each through the HTTP door, and the worked examples 3 and 9 of §6."""

from __future__ import annotations

import pytest

from tests.kpis.desk import COMPLETE, NEW, WAITING, WORKING, Desk, left_out, met, missed, open_breach, waits

ONE = 1_000_000
MONDAY = 20260914


class TestExample3:
    """Due 10:00."""

    async def test_event_after_due_is_missed(self, desk: Desk) -> None:
        """The event at 10:05: missed, decided at 10:00."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("10:05", happened="10:05")
        assert missed("10:00") == desk.line()
        assert {MONDAY: (0, ONE, 1, 0)} == desk.counters()

    async def test_due_date_passes_by_itself(self, desk: Desk) -> None:
        """No event: pending at 09:59, an open breach at 10:00, in the counters, with nobody asking."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        desk.look("09:59")
        assert waits("pending") == desk.line()
        assert {} == desk.counters()
        desk.look("10:00")
        assert open_breach("10:00", provisional=True) == desk.line()
        assert {MONDAY: (0, ONE, 1, 1)} == desk.counters()

    async def test_late_news_of_an_event_in_time_retracts_the_miss(self, desk: Desk) -> None:
        """An event that arrives later with time 09:58: met, decided 09:58."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        desk.look("10:02")
        assert {MONDAY: (0, ONE, 1, 1)} == desk.counters()
        await desk.ticket("09:58", happened="09:58", arrives="10:03")
        assert met("09:58") == desk.line()
        assert {MONDAY: (ONE, ONE, 1, 0)} == desk.counters()


class TestExample9:
    """Due 10:00, and the status of role ``sla_paused``."""

    async def test_paused_after_due_is_still_a_breach(self, desk: Desk) -> None:
        """Put into it at 11:00: still an open breach."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("11:00", status=WAITING)
        assert open_breach("10:00") == desk.line()

    async def test_paused_before_due_and_still_there(self, desk: Desk) -> None:
        """Put there 09:30 and still there: paused."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:30", status=WAITING)
        desk.look("09:59")
        assert waits("pending") == desk.line()
        desk.look("11:00")
        assert waits("paused") == desk.line()
        assert {} == desk.counters()

    async def test_paused_until_the_due_date_is_observed_again(self, desk: Desk) -> None:
        """Taken out at 12:00: paused until the due date is observed again; unmoved: open breach decided 10:00."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:30", status=WAITING)
        await desk.ticket("12:00", status=WORKING)
        assert waits("paused") == desk.line()
        await desk.ticket("12:05", due="10:00")
        assert open_breach("10:00") == desk.line()
        assert {MONDAY: (0, ONE, 1, 0)} == desk.counters()


class TestRule1:
    """No due date."""

    async def test_no_due_date_known(self, desk: Desk) -> None:
        """A ticket without due date counts nothing, reason no_sla, whatever happened."""
        await desk.ticket("09:00", "Create", status=NEW)
        assert left_out("no_sla") == desk.line()
        await desk.ticket("09:30", happened="09:30")
        assert left_out("no_sla") == desk.line()
        assert {} == desk.counters()

    async def test_due_date_taken_away(self, desk: Desk) -> None:
        """A due date set to null is none."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:10", due=None)
        desk.look("11:00")
        assert left_out("no_sla") == desk.line()


class TestRule2:
    """The first ever due date, set when it was past."""

    @pytest.mark.parametrize("due", ["10:30", "11:00"])
    async def test_first_due_date_past_when_set(self, desk: Desk, due: str) -> None:
        """Observed null, then first set at 11:00 to a time at or before 11:00: late_sla."""
        await desk.ticket("09:00", "Create", status=NEW, due=None)
        await desk.ticket("11:00", due=due)
        assert left_out("late_sla") == desk.line()

    async def test_first_due_date_ahead_when_set(self, desk: Desk) -> None:
        """Set a minute ahead it counts."""
        await desk.ticket("09:00", "Create", status=NEW, due=None)
        await desk.ticket("11:00", due="11:01")
        assert waits("pending") == desk.line()
        desk.look("11:01")
        assert open_breach("11:01", provisional=True) == desk.line()

    async def test_before_the_event_counts_for_nothing(self, desk: Desk) -> None:
        """Rule 2 stands before rule 3: an event does not make a late due date count."""
        await desk.ticket("09:00", "Create", status=NEW, due=None)
        await desk.ticket("11:00", due="10:30", happened="10:00")
        assert left_out("late_sla") == desk.line()

    async def test_first_observed_value_is_never_late(self, desk: Desk) -> None:
        """An old ticket first met with a past due date was not attached late (R11)."""
        await desk.ticket("11:00", due="10:00")
        assert open_breach("10:00") == desk.line()

    async def test_a_field_not_carried_is_not_null(self, desk: Desk) -> None:
        """An earlier event without the due date says nothing of it: absent is not null."""
        await desk.ticket("09:00", "Create", status=NEW)
        await desk.ticket("11:00", due="10:00")
        assert 1 == desk.line().decided

    async def test_editing_moves_the_decision(self, desk: Desk) -> None:
        """An edit to a past time is not late, it moves the decision."""
        await desk.ticket("09:00", "Create", status=NEW, due="12:00")
        await desk.ticket("11:00", due="10:30")
        desk.look("11:30")
        assert open_breach("10:30") == desk.line()

    async def test_setting_again_is_not_first(self, desk: Desk) -> None:
        """Null, set in time, taken away, set again to a past time: the first ever time was in time."""
        await desk.ticket("09:00", "Create", status=NEW, due=None)
        await desk.ticket("09:30", due="10:00")
        await desk.ticket("09:40", due=None)
        await desk.ticket("11:00", due="10:15")
        desk.look("11:30")
        assert open_breach("10:15") == desk.line()

    async def test_moved_past_the_time_it_was_set_counts(self, desk: Desk) -> None:
        """It is the current due date that is compared with the time of the first."""
        await desk.ticket("09:00", "Create", status=NEW, due=None)
        await desk.ticket("11:00", due="10:30")
        await desk.ticket("11:10", due="13:00")
        assert waits("pending") == desk.line()


class TestRule3:
    """The event has a time."""

    async def test_exactly_at_due_is_met(self, desk: Desk) -> None:
        """Event at the due date: met."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("10:00", happened="10:00")
        assert met("10:00") == desk.line()

    async def test_a_microsecond_after_due_is_missed(self, desk: Desk) -> None:
        """Compared in microseconds (R4)."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("10:01", happened="10:00:00.000001")
        assert missed("10:00") == desk.line()

    @pytest.mark.parametrize("flag", [True, False])
    async def test_the_results_flag_decides(self, desk: Desk, flag: bool) -> None:
        """A known flag stands above the comparison; the time of the decision does not change."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:50", happened="09:50")
        await desk.result("09:51", met=flag)
        assert (met if flag else missed)("09:50") == desk.line()

    async def test_a_null_flag_is_unknown(self, desk: Desk) -> None:
        """Null is unknown, never false."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:50", happened="09:50")
        await desk.result("09:51", met=None)
        assert met("09:50") == desk.line()

    async def test_the_greatest_result_counts(self, desk: Desk) -> None:
        """Of several results the one with the greatest id, also when its flag is null."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:50", happened="09:50")
        await desk.result("09:51", number=2, met=False)
        await desk.result("09:52", number=1, met=True)
        assert missed("09:50") == desk.line()
        await desk.result("09:53", number=3, met=None)
        assert met("09:50") == desk.line()
        await desk.result("09:54", number=3, action="Delete")
        assert missed("09:50") == desk.line()

    async def test_a_flag_of_before_the_last_change_is_stale(self, desk: Desk) -> None:
        """A flag not seen since the event's time changed is unknown, until it is seen again."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00", happened=None)
        await desk.result("09:30", met=False)
        await desk.ticket("09:50", happened="09:50")
        assert met("09:50") == desk.line()
        await desk.result("09:50", met=False)
        assert missed("09:50") == desk.line()

    async def test_a_moved_due_date_makes_the_flag_stale(self, desk: Desk) -> None:
        """The same for the due date; a repetition of its value is no change."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:50", happened="09:50")
        await desk.result("09:51", met=False)
        await desk.ticket("09:52", due="10:00")
        assert missed("09:50") == desk.line()
        await desk.ticket("09:53", due="10:30")
        assert met("09:50") == desk.line()

    async def test_a_result_before_its_ticket(self, desk: Desk) -> None:
        """The result may arrive first; it finds its ticket."""
        await desk.result("09:51", met=False)
        assert None is desk.stored()
        await desk.ticket("09:50", due="10:00", happened="09:50", arrives="09:52")
        assert missed("09:50") == desk.line()

    async def test_leaves_a_witness(self, desk: Desk) -> None:
        """Only decisions by rule 3 make the KPI measurable: they leave a sample of their own."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        witness = f"{desk.sla.key}.decided_by_event"
        desk.look("10:00")
        assert None is desk.stored(measure=witness)
        await desk.ticket("10:05", happened="10:05")
        row = desk.stored(measure=witness)
        assert (1, 0) == (row["sample"], row["denominator"]) if row else None


class TestRule4:
    """The ticket is complete without an event."""

    async def test_complete_without_event(self, desk: Desk) -> None:
        """A completed ticket is never an open breach."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:30", status=COMPLETE, completed="09:30")
        assert left_out("closed_without_event") == desk.line()
        desk.look("12:00")
        assert left_out("closed_without_event") == desk.line()

    @pytest.mark.parametrize("flag", [True, False])
    async def test_the_flag_decides_at_the_last_completion(self, desk: Desk, flag: bool) -> None:
        """With the flag known it counts, decided at T of the last completion; no witness of rule 3."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("10:30", status=COMPLETE, completed="10:30")
        await desk.result("10:31", met=flag)
        assert (met if flag else missed)("10:30") == desk.line()
        assert None is desk.stored(measure=f"{desk.sla.key}.decided_by_event")

    async def test_completion_after_the_breach_retracts_it(self, desk: Desk) -> None:
        """An open breach that is completed leaves the counters."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        desk.look("10:30")
        assert 1 == desk.line().decided
        await desk.ticket("10:31", status=COMPLETE, completed="10:31")
        assert {} == desk.counters()

    async def test_reopened_it_is_open_again(self, desk: Desk) -> None:
        """Left ``complete``: complete for 15 minutes more (undecided), then an open breach."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:30", status=COMPLETE, completed="09:30")
        await desk.ticket("11:00", status=WORKING)
        assert left_out("closed_without_event") == desk.line()
        desk.look("11:15")
        assert left_out("closed_without_event") == desk.line()
        desk.look("11:15:00.000001")
        assert open_breach("10:00") == desk.line()


class TestRule5:
    """Due in the future."""

    async def test_pending_until_due(self, desk: Desk) -> None:
        """Pending on the day of the due date, to the microsecond."""
        await desk.ticket("09:00", "Create", status=NEW, due="2026-09-16T10:00:00Z")
        desk.look("2026-09-16T09:59:59.999999Z")
        assert waits("pending") == desk.line()
        row = desk.stored()
        assert 20260916 == (row["day"] if row else None)
        desk.look("2026-09-16T10:00:00Z")
        assert 1 == desk.line().decided


class TestRule6:
    """Paused when it was due."""

    async def test_paused_in_the_very_moment_it_is_due(self, desk: Desk) -> None:
        """A spell holds its beginning."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("10:00", status=WAITING)
        assert waits("paused") == desk.line()

    async def test_left_in_the_very_moment_it_is_due(self, desk: Desk) -> None:
        """A spell does not hold its end."""
        await desk.ticket("09:00", "Create", status=WAITING, due="10:00")
        await desk.ticket("10:00", status=WORKING)
        assert 1 == desk.line().decided

    async def test_observed_in_the_very_event_that_ends_it(self, desk: Desk) -> None:
        """The same due date carried by the event that takes it out counts as observed again."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:30", status=WAITING)
        await desk.ticket("12:00", status=WORKING, due="10:00")
        assert open_breach("10:00") == desk.line()

    async def test_observed_again_with_a_new_due_date(self, desk: Desk) -> None:
        """Autotask moved the due date on: pending until then."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:30", status=WAITING)
        await desk.ticket("12:00", status=WORKING, due="12:30")
        assert waits("pending") == desk.line()
        desk.look("12:30")
        assert open_breach("12:30", provisional=True) == desk.line()

    async def test_observed_within_the_spell_is_not_after_it(self, desk: Desk) -> None:
        """An observation before the end says nothing about after it."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:30", status=WAITING)
        await desk.ticket("11:59", due="10:00")
        await desk.ticket("12:00", status=WORKING)
        assert waits("paused") == desk.line()

    async def test_first_seen_paused(self, desk: Desk) -> None:
        """A ticket first met in the role was in it all along (R11)."""
        await desk.ticket("11:00", status=WAITING, due="10:00")
        assert waits("paused") == desk.line()

    async def test_the_event_stands_above_the_pause(self, desk: Desk) -> None:
        """Rule 3 comes first."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.ticket("09:30", status=WAITING)
        await desk.ticket("11:00", happened="11:00")
        assert missed("10:00") == desk.line()


class TestRule7:
    """Open breaches count at once, provisional at first."""

    async def test_provisional_until_grace_is_over_and_autotask_was_heard(self, desk: Desk) -> None:
        """Heard after the due date, the breach is provisional until the grace of 5 minutes ends."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        desk.look("10:00")
        await desk.hear("10:00")
        desk.look("10:04:59.999999")
        assert open_breach("10:00", provisional=True) == desk.line()
        desk.look("10:05")
        assert open_breach("10:00") == desk.line()
        assert {MONDAY: (0, ONE, 1, 0)} == desk.counters()

    async def test_a_fact_that_nothing_reads_is_heard_too(self, desk: Desk) -> None:
        """*Heard* is of all observations of the tenant: a note nobody reads ends Autotask's silence."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        desk.look("10:06")
        assert open_breach("10:00", provisional=True) == desk.line()
        await desk.event("TicketNote", 3, "10:06", {"title": "called back"})
        assert open_breach("10:00") == desk.line()

    async def test_provisional_while_autotask_is_silent(self, desk: Desk) -> None:
        """The grace over and nothing heard since before the due date: provisional, however long."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.hear("09:59:59")
        desk.look("16:00")
        assert open_breach("10:00", provisional=True) == desk.line()
        await desk.hear("10:00")
        assert open_breach("10:00") == desk.line()
        assert {MONDAY: (0, ONE, 1, 0)} == desk.counters()

    async def test_heard_does_not_fall_back(self, desk: Desk) -> None:
        """Heard is the greatest time of all observations: late news does not lower it."""
        await desk.ticket("09:00", "Create", status=NEW, due="10:00")
        await desk.hear("10:01")
        await desk.ticket("09:30", number=2, due="10:00", arrives="10:10")
        assert open_breach("10:00") == desk.line(2)


class TestCoverage:
    """The companion ``sla_coverage``."""

    async def test_scored_tickets_by_creation(self, desk: Desk) -> None:
        """With a due date 1 of 1, without 0 of 1, on the day of creation; excluded tickets not at all."""
        await desk.ticket("09:00", "Create", number=1, created="09:00", due="2026-09-20T10:00:00Z")
        await desk.ticket("09:00", "Create", number=2, created="09:00", due=None)
        await desk.ticket("09:00", "Create", number=3, created="09:00", due="10:00", company=0)
        measure = f"{desk.sla.key}.sla_coverage"
        rows = {number: desk.stored(number, measure) for number in (1, 2, 3)}
        assert {1: (ONE, ONE, MONDAY), 2: (0, ONE, MONDAY), 3: None} == {
            number: r and (r["numerator"], r["denominator"], r["day"]) for number, r in rows.items()
        }
