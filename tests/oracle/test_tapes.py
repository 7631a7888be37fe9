"""Tapes are what they say: one per seed, of the agreed form, with everything on them that can go wrong."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.oracle.tapes import LEAST, MOST, Tape, policy_of, stats, tape

SEEDS = range(200)
FEW = 5
FEATURES = """
about_midnight api_user api_user_entry arrival_order_shuffled availability_changed back_from_set_aside backfilled
cancelled changed_after_sla_result company_absent company_changed company_null company_without_fact completed
completed_again completed_by_no_technician completed_earlier_than_seen completer_null completer_told_later
contest_again contest_credit contest_exclude contest_undone create_date_absent creation_told_twice creator_absent
creator_null date_worked_moved dated_tiers decimal_hours dst_day due_attached_late due_edited due_first_known
due_moved_at_pause_end due_removed due_told_after_pause due_told_at_pause_end duplicate duplicate_fact endpoint
endpoint_deactivated endpoint_deleted endpoint_moved endpoint_older_than_first_seen endpoint_reactivated
endpoint_type_changed entries_half_an_hour_apart entry_7_days_after_completion entry_about_noise entry_before_its_end
entry_deleted entry_fields_absent entry_given_to_other entry_half_second_late entry_lag_on_bound entry_moved
entry_on_nothing entry_on_unknown_ticket entry_read_again entry_restated entry_revived entry_starts_at_hand_up
entry_without_creation entry_without_end entry_without_start entry_written_about_midnight estimate_change
excluded_category excluded_or_merged_queue first_contact_hand_up first_contact_nothing first_contact_pause
first_contact_primary first_contact_waiting final_moment_at_a_windows_end final_moment_on_bound first_heard_by_update
first_row_about_an_hour first_seen_complete gap gap_closed_later gap_exactly_allowed gap_left_open gap_long
gap_one_second_longer gap_open gap_short hand_up_by_primary hand_up_by_queue hand_up_by_status
hand_ups_at_one_instant heard_as_created hire_date history_empty history_not_understood history_understood holiday
holiday_deleted imported_entry inactive_resource late_entry leaves_triage_in_response listed_internal location
location_moved lost_event merged merged_queue microsecond_off_bound moment_about_bound moment_about_midnight
moment_about_month moment_about_turn month_end negative_hours no_due_at_first noise noise_15_min_1_s
noise_exactly_15_min null_weekday on_bound one_instant_several_events own_company part_timer pause_left_open
paused_about_due policy_business_day policy_default_availability policy_default_location policy_gap_after_minutes
policy_ignored_resources policy_late_after_minutes policy_measured_from policy_rate policy_survey policy_tiers
primary_api_user primary_no_technician_or_unknown priority_change project_moved proxy_entered queues_up_and_down
read_without_change reassigned reclassified reopened reopened_about_7_days repeated_values resource_back
resource_left resource_without_fact row_cursor_lags row_without_cursor second_off_bound seven_digits shared_ticket
sla_event sla_event_about_due sla_event_edited sla_result sla_result_again survey survey_no_rating survey_none
survey_not_answered survey_unknown survey_updated system_user system_user_entry task_entry task_late task_never
task_no_project technicians_auto technicians_listed ticket_arrives_late ticket_deleted ticket_fields_absent
ticket_revived time_off time_off_approved_later time_off_cancelled time_off_work_type unassigned unheard_change
unknown_resource_entry unmanaged_company waiting_status zero_hours zone_America/New_York zone_Europe/London zone_UTC
""".split()  # noqa: SIM905 - two hundred quoted words would hide the list


@pytest.fixture(scope="module")
def tapes() -> list[Tape]:
    """Two hundred tapes."""
    return [tape(seed) for seed in SEEDS]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _observations(one: Tape) -> list[dict[str, Any]]:
    """The events and rows of a tape, each once."""
    unique = {json.dumps(fact, sort_keys=True): fact for fact in one.facts if fact["kind"] in {"event", "row"}}
    return list(unique.values())


def test_same_seed_same_tape(tapes: list[Tape]) -> None:
    """A seed says everything, and no two seeds say the same."""
    assert tapes[:40] == [tape(seed) for seed in range(40)]
    assert len(tapes) == len({json.dumps(one.facts) for one in tapes})


def test_every_feature_occurs(tapes: list[Tape]) -> None:
    """Each oddity is on at least a few of the tapes."""
    counted = stats(tapes)
    assert {} == {name: counted.get(name, 0) for name in FEATURES if counted.get(name, 0) < FEW}


def test_json_able(tapes: list[Tape]) -> None:
    """Facts, policy and moments survive JSON unchanged."""
    for one in tapes:
        told = [one.facts, policy_of(one), one.moments]
        assert told == json.loads(json.dumps(told))


def test_order_of_observations_is_total(tapes: list[Tape]) -> None:
    """No two facts of an entity have equal second, rank and sequence."""
    for one in tapes:
        keys = []
        for fact in _observations(one):
            seen = _at(fact["event_time"] if fact["kind"] == "event" else fact["seen_at"])
            rank = 0 if fact["kind"] == "row" else 2 if fact["action"] == "Delete" else 1
            keys.append((fact["entity"], fact["id"], int(seen.timestamp()), rank, fact.get("sequence", 0)))
        assert len(keys) == len(set(keys))


def test_no_equal_rows(tapes: list[Tape]) -> None:
    """No two different rows of an entity have equal fields, in whatever order they arrive."""
    for one in tapes:
        rows = [fact for fact in _observations(one) if fact["kind"] == "row"]
        assert len(rows) == len({json.dumps([row["entity"], row["id"], row["fields"]], sort_keys=True) for row in rows})


def test_in_order_of_arrival_and_never_from_the_future(tapes: list[Tape]) -> None:
    """Facts lie in the order of their arrival; none arrives before it was true."""
    for one in tapes:
        arrived = [_at(fact["received_at"]) for fact in one.facts]
        assert sorted(arrived) == arrived
        for fact in one.facts:
            names = ("event_time", "seen_at", "start", "end", "at", "imported_at")
            latest = max(_at(fact[name]) for name in names if fact.get(name) is not None)
            assert latest <= _at(fact["received_at"])
            if fact["kind"] == "row" and fact["changed_at"] is not None:
                assert _at(fact["changed_at"]) <= _at(fact["seen_at"])
            if fact["kind"] == "history":
                lines = [_at(line["at"]) for line in fact["lines"]]
                assert sorted(lines) == lines
                assert all(line <= _at(fact["imported_at"]) for line in lines)


def test_sizes_and_moments(tapes: list[Tape]) -> None:
    """Tapes are of 40 to 150 facts over at most 70 days and three to six moments, the last after all facts."""
    for one in tapes:
        arrived = [_at(fact["received_at"]) for fact in one.facts]
        moments = [_at(text) for text in one.moments]
        assert LEAST <= len(one.facts) <= MOST
        assert arrived[-1] - arrived[0] <= timedelta(days=70)
        assert 3 <= len(moments) <= 6
        assert sorted(set(moments)) == moments
        assert set() == set(moments) & set(arrived)
        assert moments[-2] < arrived[-1] < moments[-1]


def test_contests_come_in_their_order(tapes: list[Tape]) -> None:
    """A contest is undone only after it was made, and ids rise with time."""
    for one in tapes:
        made = [fact for fact in one.facts if fact["kind"] == "contest"]
        assert sorted(fact["id"] for fact in made) == [fact["id"] for fact in made]
        times = {fact["id"]: fact["at"] for fact in made}
        assert all(times[fact["id"]] < fact["at"] for fact in one.facts if fact["kind"] == "contest_undone")


def test_gap_is_closed_by_a_later_fact_with_its_id(tapes: list[Tape]) -> None:
    """Facts of one gap tell the same start, arrive one after another, and only the last has an end."""
    for one in tapes:
        told: dict[int, list[dict[str, Any]]] = {}
        for fact in one.facts:
            if fact["kind"] == "gap":
                told.setdefault(fact["id"], []).append(fact)
        for facts in told.values():
            assert 1 == len({fact["start"] for fact in facts})
            assert len(facts) == len({fact["received_at"] for fact in facts})
            assert all(fact["end"] is None for fact in facts[:-1])


def test_daylight_saving_days_are_within(tapes: list[Tape]) -> None:
    """Each of the four days on which clocks turn lies within some history."""
    for turn in (date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)):
        spans = ((_at(one.facts[0]["received_at"]).date(), _at(one.facts[-1]["received_at"]).date()) for one in tapes)
        assert any(first < turn < last for first, last in spans)
