"""The pure parts: how often feeds ask, how far back, what is a gap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.plan import AHEAD, CHANGE_FEEDS, ESSENTIAL, REFERENCES, SWEEPS, patience, reaches, stretched
from ingest.feeds.rows import fact_of
from ingest.feeds.watching import NOTED_AFTER, DoorState, Gap, Watched, heard, opened, silent, vouched
from ingest.observations import read
from models.entities import TICKET, TIME_ENTRY
from models.inbox import StoredFact
from models.instants import HOUR, MINUTE, SECOND
from tests.feeds.conftest import NOON


@pytest.mark.parametrize(
    ("used", "essential", "ordinary"), [(0.0, 10, 60), (0.5, 10, 60), (0.75, 10, 390), (0.9, 25, 588), (1.2, 40, 720)]
)
def test_feeds_slow_down_as_the_budget_runs_out(used: float, essential: int, ordinary: int) -> None:
    """Ordinary ones from one half on; Tickets and TimeEntries last, never beyond a silence that is noted."""
    assert essential * SECOND == stretched(10 * SECOND, used, essential=True)
    assert ordinary * SECOND == stretched(60 * SECOND, used, essential=False)
    assert stretched(10 * SECOND, 9.9, essential=True) < NOTED_AFTER


def test_all_feeds_together_fit_into_the_budget() -> None:
    """At rest the feeds take little more than half of the default 2 000 requests an hour."""
    polls = sum(HOUR / feed.every for feed in CHANGE_FEEDS)
    sweeps = sum(HOUR / sweep.every for sweep in SWEEPS)

    assert 1_000 > round(polls + sweeps)
    assert ESSENTIAL == {feed.entity for feed in CHANGE_FEEDS if feed.essential}


def test_patience_grows_and_ends() -> None:
    """A failing feed waits longer each time, Tickets never more than half a minute."""
    assert [20, 30, 30] == [patience(10 * SECOND, n, essential=True) // SECOND for n in (1, 2, 50)]
    assert [120, 240, 300] == [patience(MINUTE, n, essential=False) // SECOND for n in (1, 2, 50)]
    assert HOUR == patience(HOUR, 3, essential=False)


def test_the_point_reached_is_the_servers_date_or_a_later_change() -> None:
    """A change time far ahead of the date does not count."""
    assert NOON == reaches(NOON, [])
    assert NOON + SECOND == reaches(NOON, [NOON - HOUR, NOON + SECOND])
    assert NOON == reaches(NOON, [NOON + AHEAD + 1])


def test_references_name_entities_that_can_be_read() -> None:
    """Whatever is fetched by id has a place in the catalogue."""
    readable = {feed.entity for feed in CHANGE_FEEDS} | {sweep.entity for sweep in SWEEPS}

    assert set() == {kind for fields in REFERENCES.values() for kind in fields.values()} - readable


def test_a_row_keeps_only_the_fields_that_are_read() -> None:
    """Prose that was served unasked is not stored; nulls are, and the id as text is one."""
    row = {"id": "5", "status": 1, "completedDate": None, "description": "secret", "lastActivityDate": "bad", "x": 1}
    fact = fact_of(
        TICKET, row, fields=("status", "completedDate"), cursor="lastActivityDate", read_at=NOON, received_at=NOON
    )
    seen = read(StoredFact(1, NOON, fact.origin, fact.body, "k"))

    assert b"secret" not in fact.body
    assert seen is not None
    assert (5, None, NOON, {"status": 1, "completedDate": None}) == (
        seen.entity_id,
        seen.changed_at,
        seen.seen_at,
        seen.fields,
    )


@given(st.integers(-100, 100), st.integers(-100, 100))
def test_a_row_was_seen_at_the_later_of_change_and_reading(changed: int, read_after: int) -> None:
    """Whichever is later bounds from below when it was true (design §4)."""
    row = {"id": 5, "lastModifiedDateTime": f"2026-03-03T{12 if changed >= 0 else 11}:00:00Z"}
    at = NOON if changed >= 0 else NOON - HOUR
    fact = fact_of(
        TIME_ENTRY,
        row,
        fields=(),
        cursor="lastModifiedDateTime",
        read_at=NOON + read_after * SECOND,
        received_at=NOON,
    )
    seen = read(StoredFact(1, NOON, fact.origin, fact.body, "k"))

    assert seen is not None
    assert (at, max(at, NOON + read_after * SECOND)) == (seen.changed_at, seen.seen_at)


def test_a_silence_is_a_gap_from_a_minute_on() -> None:
    """From the last reading to the next; the first reading of all has none before."""
    assert (Watched(NOON), None) == heard(None, NOON)
    assert (Watched(NOON + NOTED_AFTER), None) == heard(Watched(NOON), NOON + NOTED_AFTER)
    assert (Watched(NOON + HOUR), Gap(NOON, NOON + HOUR)) == heard(Watched(NOON), NOON + HOUR)
    assert (Watched(NOON), None) == heard(Watched(NOON), NOON - HOUR)


def test_a_gap_that_was_said_to_be_open_is_closed_however_short() -> None:
    """Else it would last for ever."""
    end = NOON + SECOND
    assert (Watched(end), Gap(NOON, end)) == heard(Watched(NOON, gap_open=True), end)


def test_an_active_webhook_vouches_only_behind_an_open_door() -> None:
    """Of a door that opened late it vouches from then on; of one not heard of lately not at all."""
    later = NOON + HOUR
    open_all_the_while = DoorState(NOON - HOUR, later - SECOND)
    opened_late = DoorState(NOON + 30 * MINUTE, later - SECOND)
    unheard = DoorState(NOON - HOUR, NOON)
    all_of_it = Gap(NOON, later)

    assert None is vouched(Watched(NOON), later, open_all_the_while, was_active=True).gap
    assert all_of_it == vouched(Watched(NOON), later, open_all_the_while, was_active=False).gap
    assert Gap(NOON, NOON + 30 * MINUTE) == vouched(Watched(NOON), later, opened_late, was_active=True).gap
    assert all_of_it == vouched(Watched(NOON), later, unheard, was_active=True).gap
    assert all_of_it == vouched(Watched(NOON), later, None, was_active=True).gap


def test_silence_is_said_once() -> None:
    """An open gap that was said is not said again; before anything worked there is none."""
    later = NOON + HOUR
    said = silent(Watched(NOON), later, None, is_active=False)

    assert said == (Watched(NOON, gap_open=True), Gap(NOON, None))
    assert None is silent(Watched(NOON, gap_open=True), later, None, is_active=False)
    assert None is silent(None, later, None, is_active=False)


def test_a_door_that_was_silent_for_long_was_closed() -> None:
    """A short pause is bridged by Autotask's own retries."""
    short = opened(DoorState(NOON, NOON), NOON + NOTED_AFTER)
    long = opened(DoorState(NOON, NOON), NOON + HOUR)

    assert (DoorState(NOON, NOON + NOTED_AFTER), None) == short
    assert (DoorState(NOON + HOUR, NOON + HOUR), Gap(NOON, NOON + HOUR)) == long
