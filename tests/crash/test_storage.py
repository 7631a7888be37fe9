"""The database goes away for a while, or its disk is full: refused with 503, said in /readyz, mended by itself.

PostgreSQL stands behind a TCP proxy that can be cut. SQLite's disk is filled by the kernel's limit on the size of
files a process may write, lowered and raised from outside while the service runs.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from tests.crash.crew import Crew, Load, crew_on, eventually, key_of
from tests.crash.proxy import Proxy
from tests.databases import PostgresServer, SqliteServer

_ENOUGH = 50


async def _trouble_and_recovery(crew: Crew, begin: Callable[[], None], end: Callable[[], None]) -> None:
    """Load before, during and after; what was acknowledged at any time is there, and the figures agree."""
    await crew.wait_ready()
    load = Load(crew.base_url)
    pids = {role: crew.pid(role) for role in ("web", "worker")}
    async with load.running():
        await eventually("answers before", lambda: len(load.acknowledged) > _ENOUGH)
        begin()
        await eventually("refusals", lambda: len(load.refused) > _ENOUGH)
        known = len(load.acknowledged)
        assert {(503, "storage_unavailable")} == {_refusal(response) for response in load.refused}
        assert all(0 < int(response.headers["retry-after"]) for response in load.refused)
        response = crew.answer("/readyz")
        assert response is not None
        assert (503, False) == (response.status_code, response.json()["ready"])
        assert "storage_unavailable" in response.json()["checks"].values()
        assert "alive" == (crew.answer("/healthz") or response).json()["status"]
        end()
        await eventually("answers afterwards", lambda: len(load.acknowledged) > known + _ENOUGH)
    await crew.wait_ready()
    assert pids == {role: crew.pid(role) for role in pids if crew.is_alive(role)}
    stored = crew.stored()
    assert {body: [position] for body, position in load.acknowledged.items()} == {
        body: stored.get(key_of(body), []) for body in load.acknowledged
    }
    assert [] == [body for body in load.lost if len(stored.get(key_of(body), [])) > 1]
    await crew.wait_projected()
    assert "equal" == crew.verify()


def _refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["reason"]


@pytest.fixture
def proxied(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[tuple[Crew, Proxy]]:
    """A service whose PostgreSQL can be cut off; the harness itself looks past the proxy."""
    url = postgres_server.create()
    direct = make_url(url)
    proxy = Proxy(f"{direct.query['host']}/.s.PGSQL.{direct.port or 5432}")
    through = direct.set(host="127.0.0.1", port=proxy.port, query={})
    with crew_on(tmp_path, url, service_url=through.render_as_string(hide_password=False)) as crew:
        yield crew, proxy
    proxy.close()
    postgres_server.drop(url)


async def test_a_database_that_cannot_be_reached_is_waited_for(proxied: tuple[Crew, Proxy]) -> None:
    """Every connection breaks under load and new ones are refused; when the way is free again, all goes on."""
    crew, proxy = proxied
    await _trouble_and_recovery(crew, proxy.cut, proxy.mend)


async def test_a_short_interruption_costs_nothing_but_refusals(proxied: tuple[Crew, Proxy]) -> None:
    """Ten cuts in a row, each mended at once: no acknowledged event is missing, none is there twice."""
    crew, proxy = proxied
    await crew.wait_ready()
    load = Load(crew.base_url)
    async with load.running():
        for _ in range(10):
            known = len(load.acknowledged)
            proxy.cut()
            proxy.mend()
            await eventually("answers", lambda known=known: len(load.acknowledged) > known + _ENOUGH)  # type: ignore[misc]
    stored = crew.stored()
    assert [] == [body for body in load.acknowledged if stored.get(key_of(body)) != [load.acknowledged[body]]]
    await crew.wait_projected()
    assert "equal" == crew.verify()


@pytest.mark.parametrize("roles", [("web",), ("worker",), ("web", "worker")], ids=" and ".join)
async def test_a_full_disk_is_waited_for(sqlite_server: SqliteServer, tmp_path: Path, roles: tuple[str, ...]) -> None:
    """No file may grow any more: the door refuses (or only the figures stand still), and recovers by itself."""
    url = sqlite_server.create()
    with crew_on(tmp_path, url) as crew:
        if roles == ("worker",):
            await _worker_without_disk(crew)
        else:
            await _trouble_and_recovery(crew, lambda: _fill_disk(crew, roles), lambda: _free_disk(crew, roles))
    sqlite_server.drop(url)


def _fill_disk(crew: Crew, roles: tuple[str, ...]) -> None:
    """From now on no file of these processes may grow: not the databases, not their logs."""
    for role in roles:
        resource.prlimit(crew.pid(role), resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def _free_disk(crew: Crew, roles: tuple[str, ...]) -> None:
    for role in roles:
        resource.prlimit(crew.pid(role), resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def _worker_without_disk(crew: Crew) -> None:
    """The door stays open while the ledger cannot be written: facts wait in the inbox."""
    await crew.wait_ready()
    load = Load(crew.base_url)
    async with load.running():
        _fill_disk(crew, ("worker",))
        known, reached = len(load.acknowledged), crew.position()
        await eventually("answers", lambda: len(load.acknowledged) > known + _ENOUGH)
        assert crew.position() == reached
        _free_disk(crew, ("worker",))
    assert [] == load.refused
    assert crew.is_alive("worker")
    await crew.wait_projected()
    assert "equal" == crew.verify()
