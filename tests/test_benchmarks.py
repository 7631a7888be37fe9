"""The benchmarks measure what they say: a short run stores every event it counts, bars go by their sign."""

from __future__ import annotations

import json
from collections import Counter

from benchmarks.bars import Bar, Results, as_json, table
from benchmarks.ingest import Measured, measure, results
from benchmarks.load import Outcome, events
from ingest.webhooks import fact_of
from models.clock import WallClock
from models.entities import TICKET


def test_a_short_run_counts_only_events_that_are_stored() -> None:
    """Every answer is a 202, and the inbox holds as many events as were acknowledged."""
    measured = measure("sqlite", connections=4, seconds=0.2, drain=False)
    assert "" == measured.complaint
    assert measured.acknowledged == measured.stored
    assert 0 < measured.stored


def test_an_event_that_was_lost_spoils_the_figures() -> None:
    """Acknowledged and not stored, not acknowledged at all, or no backlog left to drain, is complained of."""
    good = Outcome(1.0, Counter({202: 2}), [0.001, 0.002])
    bad = Outcome(1.0, Counter({503: 2}), [0.001, 0.002])
    assert "" == Measured([good], [good], 4, 4, [good], (9, 1)).complaint
    assert "2 events were acknowledged, 1 are stored" == Measured([good], [good], 2, 1).complaint
    assert "not every answer was 202: {202: 2, 503: 2}" == Measured([good], [bad], 0, 0).complaint
    drained = Measured([good], [good], 4, 4, [good], (9, 0))
    assert ["sqlite: the backlog was drained before the measurement ended"] == results("sqlite", drained).complaints


def test_the_table_and_the_document_say_whether_a_bar_was_met() -> None:
    """More is better or less is, as the bar says; both forms agree."""
    fast = Bar("P1", "sqlite", "ratio", 0.61, 0.5)
    slow = Bar("P1", "sqlite", "p99", 180.0, 100, " ms", at_least=False)
    assert (True, False) == (fast.met, slow.met)
    assert [True, False] == [line.endswith("yes") for line in table([fast, slow]).splitlines()[1:]]
    document = json.loads(as_json(Results([fast, slow]), ["alone"]))
    assert [True, False] == [bar["met"] for bar in document["bars"]]


def test_a_load_is_of_tickets_created_and_completed() -> None:
    """Two events in a row are of one ticket, readable at the door, and no two are alike."""
    made = events(10)
    facts = [fact_of(next(made), WallClock().now()) for _ in range(4)]
    assert [(TICKET, 1_000_005), (TICKET, 1_000_005), (TICKET, 1_000_006), (TICKET, 1_000_006)] == [
        (fact.entity_type, fact.entity_id) for fact in facts
    ]
    assert 4 == len({fact.dedup_key for fact in facts})
