"""P5 and P7: a ledger built anew beside a working desk, and how soon a service is ready that has so much behind it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.bars import Bar, Results
from benchmarks.history import fill, past
from benchmarks.live import beside
from benchmarks.load import connect, get, quantile
from benchmarks.running import Site, process, site, wait_for, web, worker
from models.database import Database
from models.desk import JobState
from models.instants import SECOND
from service import desk
from service.jobs import REBUILD

EVENTS_PER_SECOND = 50
MILLION = 1_000_000
SECONDS_A_MILLION = 300
_EVENTS_A_TICKET = 1.6
_STARTS = 3
_READY = get("/readyz")


@dataclass(frozen=True, slots=True)
class Measured:
    """``first``: seconds to the first ledger, with nothing beside; ``rebuild``: with a ledger on show and live events;
    ``resident``: most bytes the worker and its helpers held; ``ready``: seconds from start to ready, empty and full."""

    events: int
    first: float
    rebuild: float
    resident: int
    ready: tuple[float, float]


def measure(kind: str, *, events: int, starts: int = _STARTS) -> Measured:
    """Fill an inbox, build its ledger twice, then start the service on it and on an empty database in turns."""
    now = int(time.time()) * SECOND
    with site(kind) as on, site(kind) as empty:
        database = Database(on.url)
        stored = fill(database, islice(past(int(events / _EVENTS_A_TICKET) + 1, now).facts(), events))
        started = time.perf_counter()
        with worker(on) as running:
            first = time.perf_counter() - started
            with web(on) as port, beside(on, port, EVENTS_PER_SECOND):
                rebuild, helpers = _rebuild(database, running)
            resident = _peak_resident(running.pid) + helpers
        database.close()
        turns = [(_ready(empty), _ready(on)) for _ in range(starts)]
    ready = tuple(quantile([turn[which] for turn in turns], 0.5) for which in (0, 1))
    return Measured(stored, first, rebuild, resident, (ready[0], ready[1]))


def results(kind: str, measured: Measured) -> Results:
    """The bars of P5 and P7."""
    a_million = measured.rebuild * MILLION / measured.events
    rate = measured.events / measured.rebuild
    detail = (
        f"{measured.events:,} events in {measured.rebuild:.1f} s, {rate:,.0f}/s; first build {measured.first:.1f} s"
    )
    empty, full = measured.ready
    starts = f"{full:.2f} s, {empty:.2f} s"
    many = f"ready on {measured.events:,} events"
    return Results(
        [
            Bar(
                "P5",
                kind,
                "rebuild, a million events",
                a_million,
                SECONDS_A_MILLION,
                " s",
                at_least=False,
                detail=detail,
            ),
            Bar(
                "P5", kind, "most memory of worker and helpers", measured.resident / 2**20, 500, " MiB", at_least=False
            ),
            Bar("P7", kind, f"{many} ÷ on none", full / empty, 1.2, "x", at_least=False, detail=starts),
            Bar("P7", kind, many, full, 4, " s", at_least=False),
        ]
    )


def _rebuild(database: Database, running: subprocess.Popen[bytes]) -> tuple[float, int]:
    """Seconds, and the most bytes that the worker's helpers held."""
    peaks: dict[int, int] = {}
    started = time.perf_counter()
    with database.write() as connection:
        job = desk.add_job(connection, REBUILD, int(time.time()) * SECOND)

    def done() -> bool:
        peaks.update({pid: resident for pid in _children(running.pid) if (resident := _peak_resident(pid))})
        with database.read() as connection:
            state, said = desk.read_job(connection, job)
        if state is JobState.FAILED:
            raise SystemExit(f"the rebuild failed: {said}")
        return state is JobState.DONE

    wait_for("the rebuild", done, running)
    return time.perf_counter() - started, sum(peaks.values())


def _children(pid: int) -> list[int]:
    """The processes a process started; none where the system does not say."""
    return [int(one) for listed in Path(f"/proc/{pid}/task").glob("*/children") for one in listed.read_text().split()]


def _peak_resident(pid: int) -> int:
    """The most memory a process held, in bytes; 0 where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    lines = (line.split() for line in status.read_text().splitlines())
    return next((int(words[1]) * 1_024 for words in lines if words[:1] == ["VmHWM:"]), 0)


def _ready(on: Site) -> float:
    """Seconds from starting ``serve`` to its first 200 on ``/readyz``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = time.perf_counter()
    with process(on, "service", "serve", TECHSCORE_PORT=str(port)) as running:
        wait_for("readiness", lambda: asyncio.run(_is_ready(port)), running)
        return time.perf_counter() - started


async def _is_ready(port: int) -> bool:
    try:
        connection = await connect(port)
        status = await connection.ask(_READY)
        connection.close()
    except OSError:
        return False
    return status == 200
