"""The ledger's metrics: natural units, absent and not NaN, labels that survive any name."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from models.database import Database
from models.ledger import NOBODY
from models.policy import KpiPolicy, Policy
from service.metrics import ledger
from tests.metrics.text import check, samples, value
from tests.scorecards.shop import ANN, BOB, Shop, open_shop

HOSTILE = 'Ann <script>alert("1")</script> \\ {x="y"}\nnext'
LISTED = 'Ann <script>alert("1")</script> \\ {x="y"}\nnext O\'Neil'


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


def rendered(shop: Shop, *, frozen: bool = False) -> bytes:
    """The metrics of the shop's ledger."""
    with shop.view() as view:
        return ledger.render(view, frozen)


def test_team_figures_are_in_natural_units(shop: Shop) -> None:
    """Two of three tickets are 2 and 3, not millionths; windows differ."""
    shop.tell(
        shop.decided("2026-09-01 09:00"),
        shop.decided("2026-09-14 09:00", met=False),
        shop.decided("2026-09-14 10:00"),
    )
    text = rendered(shop)
    mtd = {"kpi": "sla_completion", "window": "mtd"}

    assert (2, 3) == (
        value(text, "techscore_team_kpi_numerator", **mtd),
        value(text, "techscore_team_kpi_denominator", **mtd),
    )
    assert 2 / 3 == value(text, "techscore_team_kpi_value", **mtd)
    assert (3, 0, 0) == tuple(
        value(text, f"techscore_team_kpi_{name}", **mtd) for name in ("sample_size", "sufficient", "provisional")
    )
    assert 0.5 == value(text, "techscore_team_kpi_value", kpi="sla_completion", window="today")
    assert -1 == value(text, "techscore_team_companion", kpi="sla_completion", companion="misses_left", window="mtd")


def test_what_has_no_value_is_absent(shop: Shop) -> None:
    """No data and not measurable have sums and no value; nothing is ever NaN."""
    shop.tell(shop.overdue("2026-09-14 09:00"))
    text = rendered(shop)

    assert 1 == value(text, "techscore_team_kpi_denominator", kpi="sla_completion", window="today")
    assert {} == samples(text).get("techscore_team_kpi_value", {})
    assert {} == samples(text).get("techscore_team_score", {})
    assert b"NaN" not in text
    info = {"title": "Completion", "direction": "higher", "reason": "no_event_in_90_days"}
    assert (0, 1) == (
        value(text, "techscore_kpi_measurable", kpi="sla_completion"),
        value(text, "techscore_kpi_info", kpi="sla_completion", **info),
    )


def test_an_empty_ledger_starts_at_zero(shop: Shop) -> None:
    """Team figures, targets, allowances and the clock are there before any fact."""
    text = rendered(shop)

    assert 0 == value(text, "techscore_team_kpi_sample_size", kpi="sla_triage", window="30d")
    assert (0.97, 0.75) == (
        value(text, "techscore_kpi_target", kpi="sla_triage"),
        value(text, "techscore_kpi_floor", kpi="sla_triage"),
    )
    assert (0, 0) == tuple(value(text, f"techscore_sla_misses_{name}", event="triage") for name in ("allowed", "left"))
    assert shop.now / 1_000_000 == value(text, "techscore_as_of_timestamp_seconds")


def test_a_hostile_name_is_a_label_and_nothing_more(shop: Shop) -> None:
    """Quotes, backslashes, line ends and markup in a name come back as they were, in one series each."""
    shop.tell(
        shop.decided("2026-09-14 09:00", who=ANN, met=False),
        *shop.worked("2026-09-14", ANN),
        shop.resource(ANN, HOSTILE, "O'Neil"),
    )
    only = {"sla_completion": KpiPolicy(minimum_sample=1), "utilization": KpiPolicy(weight=Decimal(0))}
    shop.put_in_force(Policy(timezone="UTC", kpis=only))
    text = rendered(shop)
    tech = {"tech": LISTED, "tech_id": str(ANN)}

    assert 1 == value(text, "techscore_tech_kpi_denominator", kpi="sla_completion", window="today", **tech)
    assert 0 == value(text, "techscore_tech_kpi_attainment", kpi="sla_completion", window="mtd", **tech)
    assert 1 == value(text, "techscore_tech_focus", kpi="sla_completion", **tech)
    assert 100 == value(text, "techscore_tech_kpi_effect", kpi="sla_completion", **tech)
    labels = {"kpi": "sla_completion", "companion": "misses_left", "window": "mtd"}
    assert -1 == value(text, "techscore_tech_companion", **labels, **tech)


def test_two_of_one_name_are_two_series(shop: Shop) -> None:
    """The id tells them apart."""
    shop.tell(
        *shop.worked("2026-09-14", ANN),
        *shop.worked("2026-09-14", BOB),
        shop.resource(ANN, "Sam", "Smith"),
        shop.resource(BOB, "Sam", "Smith"),
    )
    series = samples(rendered(shop))["techscore_tech_kpi_sample_size"]

    assert {str(ANN), str(BOB)} == {dict(labels)["tech_id"] for labels in series}


def test_queues_are_ids_or_none(shop: Shop) -> None:
    """A queue's label is its id; tickets in no queue are ``none``; a queue of long ago keeps its zeros."""
    shop.tell(
        shop.decided("2026-09-14 11:50", queue=29, met=False),
        shop.overdue("2026-09-14 09:30", queue=NOBODY),
        shop.decided("2026-07-01 09:00", queue=5),
    )
    text = rendered(shop)
    today = {"kpi": "sla_completion", "window": "today"}

    assert [0, 1, 1] == [value(text, "techscore_queue_kpi_denominator", **today, queue=q) for q in ("5", "29", "none")]
    span = {"event": "completion", "span": "45bm"}
    assert [0, 1, 0] == [value(text, "techscore_sla_span_misses", **span, queue=q) for q in ("5", "29", "none")]
    assert [0, 1, 0] == [value(text, "techscore_sla_span_decisions", **span, queue=q) for q in ("5", "29", "none")]
    assert 10 == pytest.approx(value(text, "techscore_sla_burn_rate", **span))
    assert value(text, "techscore_sla_burn_rate", event="triage", span="45bm") is None


def test_everything_is_a_gauge_of_ours(shop: Shop) -> None:
    """Whatever comes from the ledger can go down again, so none is a counter; every name has the prefix."""
    types = [line.split() for line in rendered(shop).decode().splitlines() if line.startswith("# TYPE")]

    assert {"gauge"} == {kind for *_, kind in types}
    assert all(name.startswith("techscore_") for _, _, name, _ in types)


@pytest.mark.parametrize("frozen", [False, True])
def test_a_frozen_clock_is_told(shop: Shop, frozen: bool) -> None:
    """A replay is never taken for today."""
    assert int(frozen) == value(rendered(shop, frozen=frozen), "techscore_clock_frozen")


def test_promtool_finds_nothing(shop: Shop) -> None:
    """Names, help texts and format are as Prometheus wants them."""
    shop.tell(
        shop.decided("2026-09-14 09:00", met=False), *shop.worked("2026-09-14", ANN), shop.resource(ANN, HOSTILE, "")
    )

    check(rendered(shop))
