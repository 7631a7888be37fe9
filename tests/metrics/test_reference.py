"""docs/metrics.md says what ``/metrics`` serves: no family more, none less, and queries that Prometheus can read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from models.database import Database
from service.metric_reference import Documented, families
from service.metrics.examples import EXAMPLES
from tests.alerts.test_rules import promtool
from tests.api.conftest import serving_figures
from tests.metrics.test_endpoint import snap
from tests.scorecards.shop import ANN, Shop, open_shop

DOCUMENTED = {one.name: one for chapter in families().values() for one in chapter}


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with a figure of every scope."""
    with open_shop(database) as opened:
        opened.tell(
            opened.decided("2026-09-14 09:00"),
            *opened.worked("2026-09-14", ANN),
            opened.resource(ANN, "Ann", "Archer"),
        )
        yield opened


@pytest.fixture
async def served(shop: Shop) -> list[Metric]:
    """The families of a scrape of everything, the second one: by then a request has been timed."""
    snap(shop)
    async with serving_figures(shop.database, shop.harness.clock) as client:
        await client.get("/metrics")
        response: httpx.Response = await client.get("/metrics")
    return list(text_string_to_metric_families(response.text))


def _name(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


def _seen(family: Metric) -> Documented:
    labels = dict.fromkeys(label for sample in family.samples for label in sample.labels if label != "le")
    return Documented(_name(family), family.type, tuple(labels), family.documentation)


async def test_every_family_served_is_documented_and_the_other_way_round(served: list[Metric]) -> None:
    """Both parts together, the worker's included."""
    assert DOCUMENTED.keys() == {_name(family) for family in served}


async def test_types_meanings_and_labels_are_those_served(served: list[Metric]) -> None:
    """For the labels only families with a series can tell, and most have one."""
    seen = [_seen(family) for family in served]
    told = [DOCUMENTED[one.name] for one in seen]
    assert [(one.type, one.documentation) for one in seen] == [(one.type, one.documentation) for one in told]
    with_series = [(one.name, sorted(one.labels)) for one in seen if one.labels]
    assert with_series == [(name, sorted(DOCUMENTED[name].labels)) for name, _ in with_series]
    assert len(with_series) > len(seen) / 2


def test_every_family_has_its_example() -> None:
    """And each example asks for its own family."""
    assert DOCUMENTED.keys() == EXAMPLES.keys()
    assert [] == [name for name, query in EXAMPLES.items() if name not in query]


def test_examples_name_only_families_there_are() -> None:
    """Sums, counts and buckets are those of histograms."""
    named = {name for query in EXAMPLES.values() for name in re.findall(r"techscore_\w+", query)}
    known = {f"{name}{end}" for name in DOCUMENTED for end in ("", "_bucket", "_sum", "_count")}
    assert set() == named - known


def test_prometheus_reads_every_example(tmp_path: Path) -> None:
    """As rules of a file that ``promtool`` checks."""
    rules = [{"record": f"example:{name}", "expr": query} for name, query in EXAMPLES.items()]
    path = tmp_path / "examples.yml"
    path.write_text(json.dumps({"groups": [{"name": "examples", "rules": rules}]}))
    assert 0 == (found := promtool("check", "rules", path))[0], found[1]
