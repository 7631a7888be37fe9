"""P3: how long after its POST an event is seen: in the API, in the stream and in the metrics, at a steady 100 a second.

Events leave at their time whatever happened to those before them. Three readers look on beside: the scorecard is read
again and again, the stream is listened to, the metrics are scraped; each counts events seen by what it was told.
"""

from __future__ import annotations

import asyncio
import bisect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import orjson
import uvloop

from benchmarks.bars import Bar, Results
from benchmarks.load import Connection, connect, events, get, post, quantile
from benchmarks.running import Site, site, wait_for, web, worker
from benchmarks.running import position as shown_position

EVENTS_PER_SECOND = 100
TECHNICIANS = 30
_CONNECTIONS = 8
_PAUSE_SECONDS = 0.02
_SCRAPE_SECONDS = 0.05
_WARM_UP_SECONDS = 2.0
_PATIENCE_SECONDS = 30.0
_SCORECARD = get("/api/v1/scorecard?window=30d")
_METRICS = get("/metrics?part=ledger")
_STREAM = get("/api/v1/stream")
_SAMPLE = b'techscore_team_kpi_sample_size{kpi="sla_triage",window="30d"} '


@dataclass
class Sent:
    """When each event was due to leave, by its position; sorted when all are acknowledged."""

    at: dict[int, float] = field(default_factory=dict)


@dataclass
class Seen:
    """What a reader knew, and when: ``(how far, moment)``, both rising."""

    marks: list[tuple[int, float]] = field(default_factory=list)

    def mark(self, reached: int) -> None:
        """The reader was told ``reached`` just now."""
        if not self.marks or reached > self.marks[-1][0]:
            self.marks.append((reached, time.perf_counter()))

    def when(self, wanted: int) -> float:
        """The moment at which ``wanted`` was reached."""
        return self.marks[bisect.bisect_left(self.marks, (wanted, 0.0))][1]


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from POST to being seen."""

    api: list[float]
    stream: list[float]
    metrics: list[float]
    complaint: str


def measure(kind: str, *, seconds: float) -> Measured:
    """Run a service on an empty database and look at it for so long."""
    with site(kind) as on, web(on) as port, worker(on):
        wait_for("the first snapshot", lambda: shown_position(on) >= 0)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_measure(on, port, seconds))


def results(kind: str, measured: Measured) -> Results:
    """The bars of P3."""

    def bar(what: str, values: list[float], milliseconds: float) -> Bar:
        detail = f"p50 {1_000 * quantile(values, 0.5):,.0f} ms, {len(values):,} events"
        return Bar("P3", kind, what, 1_000 * quantile(values, 0.99), milliseconds, " ms", at_least=False, detail=detail)

    bars = [
        bar("POST → API, p99", measured.api, 250),
        bar("POST → stream, p99", measured.stream, 250),
        bar("POST → /metrics, p99", measured.metrics, 1_500),
    ]
    return Results(bars, [f"{kind}: {measured.complaint}"] if measured.complaint else [])


async def _measure(on: Site, port: int, seconds: float) -> Measured:
    api, stream, metrics = Seen(), Seen(), Seen()
    readers = [
        asyncio.create_task(_poll(port, _SCORECARD, _PAUSE_SECONDS, api, _position_of)),
        asyncio.create_task(_poll(port, _METRICS, _SCRAPE_SECONDS, metrics, _sample_of)),
        asyncio.create_task(_listen(port, stream)),
    ]
    sent, refused = await _send(on, port, _WARM_UP_SECONDS + seconds)
    last = max(sent)
    created = sorted(sent)[::2]  # events come in pairs: the first of each is a ticket more in the sample
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and not (  # noqa: ASYNC110 -- three readers' conditions, with a bound
        _reached(api, last) and _reached(stream, last) and _reached(metrics, len(created))
    ):
        await asyncio.sleep(_SCRAPE_SECONDS)
    complaint = f"{refused} events were refused" if refused else ""
    for reader in readers:
        reader.cancel()
    for result in await asyncio.gather(*readers, return_exceptions=True):
        if isinstance(result, Exception):
            complaint = f"a reader failed: {result!r}"
    if not (_reached(api, last) and _reached(stream, last) and _reached(metrics, len(created))):
        raise SystemExit(f"not every event was seen: {complaint}")
    measured = sorted(sent)[int(_WARM_UP_SECONDS * EVENTS_PER_SECOND) :]
    tickets = list(enumerate(created, 1))[int(_WARM_UP_SECONDS * EVENTS_PER_SECOND / 2) :]
    return Measured(
        [api.when(position) - sent[position] for position in measured],
        [stream.when(position) - sent[position] for position in measured],
        [metrics.when(count) - sent[position] for count, position in tickets],
        complaint,
    )


def _reached(seen: Seen, wanted: int) -> bool:
    return bool(seen.marks) and seen.marks[-1][0] >= wanted


async def _send(on: Site, port: int, seconds: float) -> tuple[dict[int, float], int]:
    """Post at the steady rate; when each left, by position, and how many were not taken."""
    number_of_events = int(seconds * EVENTS_PER_SECOND)
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    sent: dict[int, float] = {}
    refused = 0

    async def work(connection: Connection) -> None:
        nonlocal refused
        while True:
            due, content = await waiting.get()
            if await connection.ask(post(on.door, content, on.secret)) == 202:
                sent[orjson.loads(connection.content)["position"]] = due
            else:
                refused += 1
            waiting.task_done()

    workers = [asyncio.create_task(work(await connect(port))) for _ in range(_CONNECTIONS)]
    started = time.perf_counter()
    for number, content in enumerate(islice(events(0), number_of_events)):
        due = started + number / EVENTS_PER_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        waiting.put_nowait((due, content))
    await waiting.join()
    for one in workers:
        one.cancel()
    return sent, refused


async def _poll(port: int, request: bytes, pause: float, seen: Seen, read: Callable[[bytes], int]) -> None:
    connection = await connect(port)
    while True:
        if await connection.ask(request) == 200:
            seen.mark(read(connection.content))
        await asyncio.sleep(pause)


async def _listen(port: int, seen: Seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_STREAM)
    async for line in reader:
        if line.startswith(b"data: "):
            seen.mark(orjson.loads(line.removeprefix(b"data: "))["position"])


def _position_of(content: bytes) -> int:
    position: int = orjson.loads(content)["position"]
    return position


def _sample_of(content: bytes) -> int:
    at = content.find(_SAMPLE)
    return -1 if at < 0 else int(float(content[at + len(_SAMPLE) :].split(b"\n", 1)[0]))
