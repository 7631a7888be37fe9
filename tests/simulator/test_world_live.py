"""The make-believe MSP's present: the same life at speed, in real time, with a day's worth of hours in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

import pytest

from models.instants import HOUR, MINUTE, Instant, parse_instant
from simulator.autotask.changes import Change
from simulator.callouts import Action
from simulator.world import World
from simulator.world.cast import technicians

START = parse_instant("2026-10-01T04:00:00Z")
END = parse_instant("2026-11-25T18:00:00Z")
SATURDAY = parse_instant("2026-11-28T09:30:00Z")
SPEED = 600.0


def lived(seed: int, end: Instant, minutes: float, speed: float = SPEED) -> tuple[list[Change], list[Change]]:
    """A past up to ``end``, and so many minutes of the present."""
    world = World(seed, START, end)
    past = list(world.history())
    until = end + int(minutes * MINUTE)
    return past, list(takewhile(lambda change: change.at <= until, world.live(end, speed)))


@pytest.fixture(scope="module")
def lives() -> tuple[list[Change], list[Change]]:
    """Ten minutes at six hundred times the clock."""
    return lived(1, END, 10)


def hours(changes: Sequence[Change]) -> float:
    """All hours written."""
    return sum(float(str(one.fields["hoursWorked"])) for one in entries(changes))


def entries(changes: Sequence[Change]) -> list[Change]:
    """The entries written."""
    return [one for one in changes if one.collection == "TimeEntries" and one.action is Action.CREATE]


def test_the_present_is_the_same_for_the_same_seed() -> None:
    """A function of seed, times and speed."""
    assert lived(3, END, 1) == lived(3, END, 1)


@pytest.mark.parametrize("end", [END, SATURDAY])
def test_it_goes_on_at_once_in_order_whatever_the_day(end: Instant) -> None:
    """The first change comes within seconds, also on a weekend, and none before its time."""
    past, present = lived(1, end, 2)
    assert past[-1].at <= end <= present[0].at < end + MINUTE / 3
    instants = [change.at for change in present]
    assert instants == sorted(instants)
    assert len(present) > 200


def test_what_was_open_goes_on(lives: tuple[list[Change], list[Change]]) -> None:
    """Tickets of the past are worked on in the present, and only what exists is changed."""
    past, present = lives
    known = {(one.collection, one.entity_id) for one in past if one.action is Action.CREATE}
    alive = known - {(one.collection, one.entity_id) for one in past if one.action is Action.DELETE}
    assert any((one.collection, one.entity_id) in alive for one in present if one.collection == "Tickets")
    for change in present:
        row = (change.collection, change.entity_id)
        assert (row in alive) == (change.action is not Action.CREATE)
        alive.add(row)
        if change.action is Action.DELETE:
            alive.remove(row)


def test_a_promise_is_a_matter_of_seconds(lives: tuple[list[Change], list[Change]]) -> None:
    """At six hundred a first response is due in one and a half to twelve seconds."""
    created = [one for one in lives[1] if one.collection == "Tickets" and one.action is Action.CREATE]
    promised = [one.fields for one in created if one.fields["firstResponseDueDateTime"]]
    seconds = {
        round((parse_instant(str(one["firstResponseDueDateTime"])) - parse_instant(str(one["createDate"]))) / 1e6, 1)
        for one in promised
    }
    assert seconds == {1.5, 3.0, 6.0, 12.0}
    assert len(created) > 100


def test_hours_written_leave_the_utilization_of_today_what_it_is(lives: tuple[list[Change], list[Change]]) -> None:
    """Ten days in ten minutes do not write ten days' hours: some quarters of an hour a technician, all of today."""
    present = lives[1]
    assert 100 < len(entries(present))
    assert hours(present) / len(technicians()) < 2.5
    dates = {one.fields["dateWorked"] for one in entries(present)}
    assert dates <= {"2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"}


def test_late_work_is_work_of_earlier_on(lives: tuple[list[Change], list[Change]]) -> None:
    """Some entries end a quarter of an hour and more before they are written; most do not."""
    lags = [
        one.at - parse_instant(str(one.fields["endDateTime"])) for one in entries(lives[1]) if one.fields["endDateTime"]
    ]
    late = sum(lag > 15 * MINUTE for lag in lags)
    assert 0 < late < len(lags) / 3
    assert min(lags) >= 0
    assert max(lags) < 96 * HOUR  # one of last week, left for the day after tomorrow


def test_nobody_is_away_on_a_day_that_flies_by(lives: tuple[list[Change], list[Change]]) -> None:
    """No time off of today is asked for: it would be missing from a day that really passes."""
    asked = [one for one in lives[1] if one.collection == "TimeOffRequests" and one.action is Action.CREATE]
    assert Counter(one.fields["requestDate"] for one in asked)["2026-11-25T00:00:00Z"] == 0
