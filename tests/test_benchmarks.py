"""The benchmarks measure what they say: a short run stores every event it counts."""

from __future__ import annotations

from collections import Counter

from benchmarks.__main__ import report
from benchmarks.ingest import Measured, measure
from benchmarks.load import Outcome


def test_a_short_run_counts_only_events_that_are_stored() -> None:
    """Every answer is a 202, and the inbox holds as many events as were acknowledged."""
    measured = measure(connections=4, seconds=0.2)
    assert "" == measured.complaint
    assert measured.acknowledged == measured.stored
    assert 0 < measured.stored


def test_an_event_that_was_lost_spoils_the_figures() -> None:
    """Acknowledged and not stored, or not acknowledged at all, is said below the table."""
    good = Outcome(1.0, Counter({202: 2}), [0.001, 0.002])
    bad = Outcome(1.0, Counter({503: 2}), [0.001, 0.002])
    assert report(Measured([good], [good], 2, 1)).endswith("2 events were acknowledged, 1 are stored")
    assert report(Measured([good], [bad], 0, 0)).endswith("not every answer was 202: {202: 2, 503: 2}")
    assert report(Measured([good], [good], 2, 2)).endswith("2 events acknowledged, 2 stored")
