"""What goes wrong on purpose, and that nothing else does."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.instants import SECOND, parse_instant
from simulator.callouts import Due
from simulator.desk import day
from simulator.faults import Fault, Faults, with_faults

START = parse_instant("2026-11-20T15:00:00Z")


def stream(length: int) -> list[Due]:
    """The beginning of a day at speed."""
    return list(islice(day(3, START, 600.0), length))


@pytest.mark.parametrize(
    ("faults", "fault"),
    [
        (Faults(duplicates=0.2, late=0, out_of_order=0), Fault.DUPLICATE),
        (Faults(duplicates=0, late=0.2, out_of_order=0), Fault.LATE),
        (Faults(duplicates=0, late=0, out_of_order=0.2), Fault.OUT_OF_ORDER),
    ],
)
def test_a_fault_asked_for_is_there(faults: Faults, fault: Fault) -> None:
    """Each knob gives about its share of that fault and none of the others."""
    counts = Counter(posting.fault for posting in with_faults(stream(1_000), faults, 1))
    assert set(counts) == {Fault.NONE, fault}
    assert 100 < counts[fault] < 300


def test_without_faults_the_stream_is_unchanged() -> None:
    """All knobs at 0: every callout once, in order, at its instant."""
    dues = stream(300)
    postings = list(with_faults(dues, Faults(0, 0, 0), 1))
    assert dues == [Due(posting.at, posting.callout) for posting in postings]


def test_an_overtaken_event_comes_after_a_later_one_of_its_entity() -> None:
    """Out of order means that a greater sequence of the same entity was posted before."""
    postings = list(with_faults(stream(1_000), Faults(0, 0, 0.1), 1))
    greatest: dict[tuple[str, int], int] = {}
    overtaken = 0
    for posting in postings:
        key = (posting.callout.entity_type, posting.callout.entity_id)
        overtaken += posting.callout.sequence < greatest.get(key, 0)
        greatest[key] = max(greatest.get(key, 0), posting.callout.sequence)
    assert overtaken > 20


def test_a_late_event_leaves_after_its_time() -> None:
    """Late means at least a fifth of the delay after the instant it was due, at most all of it."""
    dues = stream(500)
    due_at = {due.callout.body(): due.at for due in dues}
    late = [
        posting.at - due_at[posting.callout.body()]
        for posting in with_faults(dues, Faults(0, 0.3, 0, delay=10 * SECOND), 1)
        if posting.fault is Fault.LATE
    ]
    assert late
    assert all(2 * SECOND <= by <= 10 * SECOND for by in late)


@settings(max_examples=30, deadline=None)
@given(st.integers(), st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 0.3), st.integers(1, 60))
def test_nothing_is_lost_and_time_does_not_run_back(
    seed: int, duplicates: float, late: float, out_of_order: float, delay: int
) -> None:
    """Whatever the knobs: every callout is posted, again only as a duplicate, in rising order of instants."""
    dues = stream(200)
    postings = list(with_faults(dues, Faults(duplicates, late, out_of_order, delay * SECOND), seed))
    first = Counter(posting.callout.body() for posting in postings if posting.fault is not Fault.DUPLICATE)
    assert Counter(due.callout.body() for due in dues) == first
    assert [posting.at for posting in postings] == sorted(posting.at for posting in postings)
