"""P2, second half: reading the team's scorecard against computing SLA numbers by SQL, on the same tickets.

The tickets lie within a year, the window is its last thirty days. Both are asked over HTTP by one connection, both
with a warm cache. Ours answers more: every KPI, score and band, for the team and each technician. *After a change* an
event comes in before each reading and is in the figures read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import quote

import orjson
from sqlalchemy import insert

from benchmarks.bars import Bar, Results
from benchmarks.load import FIRST_TICKET, TECHNICIANS, connect, get, post, quantile
from benchmarks.load import events as load_events
from benchmarks.running import Site, first_number, position, process, site, straightforward_url, wait_for, web, worker
from benchmarks.straightforward import SLA, TABLES, open_engine
from ingest.inbox import append
from ingest.webhooks import fact_of
from models.database import Database
from models.instants import HOUR, MINUTE, SECOND, to_datetime
from simulator.callouts import Action, Callout, wire_time

TIMES_FASTER = 100
_READS = 50
_SCORECARD = "/api/v1/scorecard?window=30d"
_BATCH = 1_000
_APART = 10
_SETTLE_SECONDS = 0.1
DAY = 24 * HOUR
_YEAR = 365 * DAY
_FIRST_TECHNICIAN = 30_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Median seconds of one read: ``changed`` when the figures changed since the last, ``same`` when they did not."""

    tickets: int
    changed_seconds: float
    same_seconds: float
    plain_seconds: float


@dataclass(frozen=True, slots=True)
class _Ticket:
    number: int
    created: int

    @property
    def id(self) -> int:
        return FIRST_TICKET + self.number

    @property
    def technician(self) -> int:
        return _FIRST_TECHNICIAN + self.number % TECHNICIANS

    @property
    def answered(self) -> int:
        """One answer in eight comes late."""
        return self.created + (90 if self.number % 8 == 0 else 30) * MINUTE

    def event(self) -> bytes:
        """All that became of it, as one event."""
        fields = {
            "Status": "5",
            "QueueID": str(self.number % 5),
            "CompanyID": "7",
            "TicketType": "2",
            "AssignedResourceID": str(self.technician),
            "CreateDate": wire_time(self.created),
            "FirstResponseDueDateTime": wire_time(self.created + HOUR),
            "FirstResponseDateTime": wire_time(self.answered),
            "FirstResponseInitiatingResourceID": str(self.technician),
            "ResolutionPlanDueDateTime": wire_time(self.created + 2 * HOUR),
            "ResolutionPlanDateTime": wire_time(self.answered + 10 * MINUTE),
            "ResolvedDueDateTime": wire_time(self.created + 4 * HOUR),
            "ResolvedDateTime": wire_time(self.created + 3 * HOUR),
            "CompletedDate": wire_time(self.created + 3 * HOUR),
            "CompletedByResourceID": str(self.technician),
        }
        at = self.created + 3 * HOUR
        return Callout(Action.CREATE, "Ticket", self.id, fields, at, self.number + 1, 30_691_780).body()

    def row(self) -> dict[str, object]:
        """The same as a row of the straightforward service."""
        return {
            "id": self.id,
            "status": 5,
            "queue_id": self.number % 5,
            "assigned_to": self.technician,
            "completed_by": self.technician,
            "first_responder": self.technician,
            "first_response_due": to_datetime(self.created + HOUR),
            "first_response": to_datetime(self.answered),
            "resolution_plan_due": to_datetime(self.created + 2 * HOUR),
            "resolution_plan": to_datetime(self.answered + 10 * MINUTE),
            "resolved_due": to_datetime(self.created + 4 * HOUR),
            "resolved": to_datetime(self.created + 3 * HOUR),
        }


def measure(kind: str, *, tickets: int) -> Measured:
    """Fill both services with the same tickets and read from each."""
    now = int(time.time()) * SECOND
    made = (_Ticket(number, now - DAY // 2 - _YEAR + _YEAR // tickets * number) for number in range(tickets))
    with site(kind) as on:
        _fill(on, made, now)
        with worker(on):
            wait_for("every ticket to be counted", lambda: position(on) >= tickets)
            with web(on) as port:
                changed = asyncio.run(_after_changes(on, port, tickets))
        with web(on) as port:
            same = asyncio.run(_median(port, [_SCORECARD] * _READS))
        with process(on, "benchmarks.straightforward", straightforward_url(on), on.secret) as plain:
            window = f"?start={_moment(now - 30 * DAY)}&end={_moment(now)}"
            theirs = asyncio.run(_median(first_number(plain, on), [SLA + window] * _READS))
    return Measured(tickets, changed, same, theirs)


def results(kind: str, measured: Measured) -> Results:
    """The bar, by both ways of reading."""

    def bar(what: str, seconds: float) -> Bar:
        detail = f"{1_000 * seconds:.1f} ms, {1_000 * measured.plain_seconds:.1f} ms"
        what = f"read {what} ÷ SQL, {measured.tickets:,} tickets"
        return Bar("P2", kind, what, measured.plain_seconds / seconds, TIMES_FASTER, "x", detail=detail)

    return Results([bar("after a change", measured.changed_seconds), bar("unchanged", measured.same_seconds)])


def _fill(on: Site, made: Iterator[_Ticket], now: int) -> None:
    database, engine = Database(on.url), open_engine(straightforward_url(on))
    while batch := list(islice(made, _BATCH)):
        with database.write() as connection:
            append(connection, [fact_of(ticket.event(), now) for ticket in batch])
        with engine.begin() as connection:
            connection.execute(insert(TABLES[0]), [ticket.row() for ticket in batch])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    database.close()
    engine.dispose()


async def _after_changes(on: Site, port: int, tickets: int) -> float:
    """The median seconds of a reading that shows an event which the one before did not."""
    events = load_events(tickets * _APART)
    connection = await connect(port)
    seconds: list[float] = []
    for wanted in range(tickets + 1, tickets + _READS + 1):
        await connection.ask(post(on.door, next(events), on.secret))
        shown, elapsed = 0, 0.0
        while shown < wanted:
            await asyncio.sleep(_SETTLE_SECONDS)
            started = time.perf_counter()
            await connection.ask(get(_SCORECARD))
            elapsed = connection.answered_at - started
            shown = orjson.loads(connection.content)["position"]
        seconds.append(elapsed)
    connection.close()
    return quantile(seconds[_READS // 10 :], 0.5)


async def _median(port: int, paths: Sequence[str]) -> float:
    connection = await connect(port)
    seconds: list[float] = []
    for path in paths:
        started = time.perf_counter()
        status = await connection.ask(get(path))
        seconds.append(connection.answered_at - started)
        if status != 200:
            raise SystemExit(f"{path}: {status} {connection.content[:300]!r}")
    connection.close()
    return quantile(seconds[_READS // 10 :], 0.5)


def _moment(instant: int) -> str:
    moment: datetime = to_datetime(instant)
    return quote(moment.isoformat())
