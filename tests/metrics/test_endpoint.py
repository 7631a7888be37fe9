"""``GET /metrics``: the snapshot, what is read at the scrape, and the process's own, with no family twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from models.clock import FrozenClock
from models.database import Database
from models.entities import MILLION
from service.desk import Pointer
from service.metrics.packed import Packed
from service.metrics.worker import WorkerMetrics
from service.projection.ledger.snapshot import read_snapshot, write_snapshot
from service.snapshots import take_snapshot
from tests.api.conftest import serving_figures
from tests.door import problem_of
from tests.metrics.text import check, samples, value
from tests.projection.harness import GENERATION
from tests.scorecards.shop import ANN, Shop, open_shop

PATH = "/metrics"


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with a decision and a technician."""
    with open_shop(database) as opened:
        opened.tell(
            opened.decided("2026-09-14 09:00"),
            *opened.worked("2026-09-14", ANN),
            opened.resource(ANN, "Ann", "Archer"),
        )
        yield opened


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application on the shop's figures."""
    async with serving_figures(shop.database, shop.harness.clock) as running:
        yield running


def snap(shop: Shop) -> None:
    """Take a snapshot as the leading worker does."""
    worker = WorkerMetrics()
    worker.stepped(3, 2, 0.01)
    take_snapshot(shop.harness.ledger, Pointer(GENERATION, 1), shop.policy, 1, shop.harness.clock, worker.exposition())


async def test_a_scrape_is_compressed_for_who_asks_for_it(shop: Shop, client: httpx.AsyncClient) -> None:
    """Prometheus does; whoever does not reads the very same text."""
    snap(shop)
    packed = await client.get(PATH, params={"part": "ledger"}, headers={"Accept-Encoding": "gzip"})
    plain = await client.get(PATH, params={"part": "ledger"}, headers={"Accept-Encoding": "identity"})

    assert plain.content == packed.content
    assert ("gzip", None) == tuple(one.headers.get("Content-Encoding") for one in (packed, plain))
    assert ("Accept-Encoding", "Accept-Encoding") == tuple(one.headers["Vary"] for one in (packed, plain))


async def test_all_parts_are_one_valid_scrape(shop: Shop, client: httpx.AsyncClient) -> None:
    """Ledger, worker, live and process metrics together are clean to promtool, and no family is there twice."""
    snap(shop)
    response = await client.get(PATH)

    assert "text/plain; version=0.0.4; charset=utf-8" == response.headers["content-type"]
    assert 1 == value(response.content, "techscore_team_kpi_value", kpi="sla_completion", window="mtd")
    assert 3 == value(response.content, "techscore_projected_facts_total")
    assert 0 == value(response.content, "techscore_inbox_backlog")
    assert "techscore_build_info" in samples(response.content)
    check(response.content)


async def test_parts_by_name(shop: Shop, client: httpx.AsyncClient) -> None:
    """The ledger's part is the same on every replica; the process's part is its own; together they are the whole."""
    snap(shop)
    ledger = samples((await client.get(PATH, params={"part": "ledger"})).content).keys()
    process = samples((await client.get(PATH, params={"part": "process"})).content).keys()

    assert {"techscore_team_kpi_value", "techscore_inbox_backlog"} <= ledger
    assert {"techscore_build_info", "techscore_inbox_events_total"} <= process
    assert not ledger & process


async def test_dashboards_are_told_where_the_service_is(client: httpx.AsyncClient) -> None:
    """The address that people's browsers use, of the process that is scraped."""
    text = (await client.get(PATH, params={"part": "process"})).content
    assert 1 == value(text, "techscore_address_info", url="http://127.0.0.1:8000")


async def test_an_unknown_part_is_refused(client: httpx.AsyncClient) -> None:
    """A mistyped part is an error and not an empty scrape."""
    assert (400, "unknown_part") == problem_of(await client.get(PATH, params={"part": "all"}))


async def test_the_snapshot_is_not_rendered_at_the_scrape(shop: Shop, client: httpx.AsyncClient) -> None:
    """Figures are those of the last snapshot; what must stay true without a worker is read anew."""
    snap(shop)
    shop.harness.store(shop.decided("2026-09-14 10:00", met=False))
    text = (await client.get(PATH)).content

    assert 1 == value(text, "techscore_team_kpi_sample_size", kpi="sla_completion", window="mtd")
    assert 1 == value(text, "techscore_inbox_backlog")


async def test_before_the_first_snapshot(client: httpx.AsyncClient) -> None:
    """Live and process metrics are there from the beginning."""
    text = (await client.get(PATH)).content

    assert 0 == value(text, "techscore_projection_lag_seconds")
    assert "techscore_team_kpi_value" not in samples(text)
    assert "techscore_build_info" in samples(text)


async def test_before_the_first_ledger(database: Database) -> None:
    """A service whose worker never ran can be scraped."""
    async with serving_figures(database, FrozenClock(0)) as client:
        response = await client.get(PATH)

    assert (200, 0) == (response.status_code, value(response.content, "techscore_inbox_backlog"))


def test_there_is_one_snapshot(shop: Shop) -> None:
    """A newer snapshot takes the place of the one before."""
    with shop.harness.ledger.write() as connection:
        assert read_snapshot(connection) is None
        write_snapshot(connection, "test.1.1.1.1", b"first", MILLION)
        write_snapshot(connection, "test.1.1.2.1", b"second", 2 * MILLION)
    with shop.harness.ledger.read() as connection:
        assert Packed.of(b"second") == read_snapshot(connection)
