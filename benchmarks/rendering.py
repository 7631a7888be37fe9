"""P6: rendering the metrics of many technicians and queues, and serving them while events come in.

Rendering is measured as the leading worker does it, in processor time, an event or a second's events after the
rendering before; serving over HTTP, all of ``/metrics``, with worker, web and events on the same machine.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import uvloop

from benchmarks.bars import Bar, Results
from benchmarks.history import Past, fill, past
from benchmarks.ledger import built, looking
from benchmarks.live import trickle
from benchmarks.load import connect, get, quantile
from benchmarks.running import Site, position, site, wait_for, web, worker
from models.database import Database
from models.instants import SECOND, Instant

TECHNICIANS, QUEUES, COMPANIES = 200, 30, 500
EVENTS_PER_SECOND = 50
_PAUSE_SECONDS = 0.05
_METRICS = get("/metrics", "Accept-Encoding: gzip")  # as Prometheus asks


@dataclass(frozen=True, slots=True)
class Measured:
    """Processor seconds of one rendering, after an event and after a second of them, and its bytes; seconds of each
    scrape."""

    rendering: float
    busy_rendering: float
    size: int
    scrapes: list[float]


def desk(tickets: int, now: Instant, technicians: int = TECHNICIANS) -> Past:
    """The past of a desk as big as the bars are for."""
    return past(tickets, now, technicians=technicians, queues=QUEUES, companies=COMPANIES)


def measure(kind: str, *, tickets: int, seconds: float, technicians: int = TECHNICIANS) -> Measured:
    """Render in this process, then serve from the real ones."""
    of = desk(tickets, int(time.time()) * SECOND, technicians)
    with built(kind, of) as one:
        rendering, busy = (looking(one, one.render, time.process_time, events=n) for n in (1, EVENTS_PER_SECOND))
        with one.view() as view:
            size = len(one.render(view))
    with site(kind) as on:
        database = Database(on.url)
        stored = fill(database, of.facts())
        database.close()
        with worker(on), web(on) as port:
            wait_for("everything to be counted", lambda: position(on) >= stored)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return Measured(rendering, busy, size, runner.run(_scrapes(on, port, seconds)))


def results(kind: str, measured: Measured) -> Results:
    """The bars of P6."""
    served = [1_000 * one for one in measured.scrapes]
    detail = f"p50 {quantile(served, 0.5):.1f} ms, p99 {quantile(served, 0.99):.1f} ms, {len(served)} scrapes"
    size = f"{measured.size:,} bytes"

    def rendered(what: str, seconds: float, detail: str = "") -> Bar:
        return Bar("P6", kind, what, 1_000 * seconds, 150, " ms", at_least=False, detail=detail)

    return Results(
        [
            Bar("P6", kind, "/metrics served, longest", max(served), 25, " ms", at_least=False, detail=detail),
            rendered("rendering, an event after the last", measured.rendering, size),
            rendered(f"rendering, {EVENTS_PER_SECOND} events after the last", measured.busy_rendering),
        ]
    )


async def _scrapes(on: Site, port: int, seconds: float) -> list[float]:
    events = asyncio.create_task(trickle(on, port, EVENTS_PER_SECOND, first=0))
    connection = await connect(port)
    await connection.ask(_METRICS)
    found = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        if (status := await connection.ask(_METRICS)) != 200:
            raise SystemExit(f"/metrics: {status}")
        found.append(connection.answered_at - started)
        await asyncio.sleep(_PAUSE_SECONDS)
    connection.close()
    events.cancel()
    await asyncio.gather(events, return_exceptions=True)
    return found
