"""The benchmarks measure what they say: a short run stores every event it counts, bars go by their sign."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks import ledger, plots, rebuilding, rendering
from benchmarks.bars import Bar, Results, as_json, table
from benchmarks.history import past
from benchmarks.ingest import Measured, measure, results
from benchmarks.load import Outcome, events
from ingest.webhooks import fact_of
from models.clock import WallClock
from models.entities import TICKET
from service.projection.verify import Verification
from service.scorecards.scorecard import scorecard


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


def test_a_past_is_counted_by_every_kpi() -> None:
    """Nothing of it is set aside, its ledger is proven, and each KPI has a sample of it."""
    with ledger.built("sqlite", past(40, WallClock().now())) as one:
        one.project([one.event(number) for number in range(9)])
        report = Verification(one.inbox, one.ledger, rules=one.mandate.rules, measures=one.mandate.measures).run()
        with one.view() as view:
            figures = scorecard(view, "30d").team.kpis
    assert ([], 0, 0) == (report.differences, report.parked, report.parked_events)
    assert [] == [figure.kpi for figure in figures if not figure.sample_size and not figure.denominator]


def test_pasts_of_two_lengths_are_compared() -> None:
    """The longest against the shortest, with an event of each kind of ticket; drawn as three curves."""
    small, large = ledger.measure("sqlite", [20, 40], entries=20, events=50)
    bars = ledger.results("sqlite", [small, large]).bars
    assert [large.in_life / small.in_life, large.many_entries / large.few_entries] == [bar.measured for bar in bars[:2]]
    assert ["P4"] * 4 == [bar.name for bar in bars]


def test_plots_are_images(tmp_path: Path) -> None:
    """Three files of well-formed SVG, each with its curves."""
    costs = [ledger.Costs(10**power, 0.002, 0.003 * power, 0.02, 0.03, 0.004, 0.05) for power in (4, 5, 6)]
    texts = {path.name: path.read_text("utf-8") for path in plots.draw(tmp_path, "sqlite", costs)}
    assert {"sqlite-event.svg", "sqlite-rendering.svg", "sqlite-scorecard.svg"} == texts.keys()
    drawn = ET.fromstring(texts["sqlite-event.svg"])  # noqa: S314 -- our own
    assert 6 == len(drawn.findall("{http://www.w3.org/2000/svg}circle"))


def test_a_rebuild_beside_events_and_a_start_are_timed() -> None:
    """Two builds of the same events, the memory of the worker, and readiness with and without them."""
    measured = rebuilding.measure("sqlite", events=300, starts=1)
    assert 300 == measured.events
    assert 0 < min(measured.first, measured.rebuild, measured.resident, *measured.ready)
    assert ["P5", "P5", "P7", "P7"] == [bar.name for bar in rebuilding.results("sqlite", measured).bars]


def test_metrics_of_several_technicians_are_rendered_and_scraped() -> None:
    """Each scrape is timed; the rendering holds every technician."""
    measured = rendering.measure("sqlite", tickets=20, seconds=0.5, technicians=3)
    assert 0 < measured.rendering < 10 * measured.busy_rendering
    assert 0 < min(measured.scrapes)
    assert ["P6", "P6", "P6"] == [bar.name for bar in rendering.results("sqlite", measured).bars]
