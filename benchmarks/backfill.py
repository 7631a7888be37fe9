"""``python -m benchmarks.backfill``: a big past read through the whole client, killed on the way, and gone on with.

Prints rows a second and the peak memory of the reading processes; exit 1 when a row is missing or stored twice. The
tenant is served by a process of its own (``benchmarks.tenant``), the reader is what ``techscore backfill`` runs.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import text

from benchmarks.running import DATABASES, Site, site
from benchmarks.tenant import Tenant, create_app
from models.clock import WallClock
from models.database import Database
from models.settings import load_settings
from service.autotask import Autotask
from service.past import backfill

KILL_AT = 0.4
_PATIENCE_SECONDS = 3_600.0
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows stored, the seconds both readers took, the peak memory of the greater one, rows stored more than once."""

    rows: int
    seconds: float
    peak_mib: float
    killed_at: int
    twice: int


def measure(kind: str, *, tickets: int, entries: int) -> Measured:
    """One backfill on a fresh database, killed once."""
    with site(kind) as made, _tenant(tickets, entries) as address:
        environment = made.environment | {
            "TECHSCORE_AUTOTASK_USERNAME": "api@example.test",
            "TECHSCORE_AUTOTASK_SECRET": "secret",
            "TECHSCORE_AUTOTASK_INTEGRATION_CODE": "code",
            "TECHSCORE_AUTOTASK_ZONE_URL": f"{address}/atservicesrest",
            "TECHSCORE_AUTOTASK_HOURLY_BUDGET": "10000",
        }
        started = time.perf_counter()
        reader = _reader(environment)
        while made.inbox_count() < KILL_AT * (tickets + entries) and reader.poll() is None:
            time.sleep(0.2)
        first_peak = _peak_kib(reader.pid)
        reader.send_signal(signal.SIGKILL)
        reader.wait()
        killed_at = made.inbox_count()
        reader = _reader(environment)
        output, _ = reader.communicate(timeout=_PATIENCE_SECONDS)
        seconds = time.perf_counter() - started
        print(output.strip().splitlines()[-2], file=sys.stderr)
        peak = max(first_peak, int(output.split()[-1]))
        rows, different = _stored(made)
        return Measured(rows, seconds, peak / _KIB, killed_at, rows - different)


def main(arguments: list[str] | None = None) -> int:
    """Measure, or be one of the processes measured; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--entries", type=int, default=600_000)
    parser.add_argument("--serve", type=int, metavar="PORT", help="be the tenant")
    parser.add_argument("--read", action="store_true", help="be the reader")
    given = parser.parse_args(arguments)
    if given.serve is not None:
        tenant = Tenant(given.tickets, given.entries, WallClock().now())
        uvicorn.run(create_app(tenant), port=given.serve, log_level="warning")
        return 0
    if given.read:
        settings = load_settings()
        is_complete = asyncio.run(backfill(settings, Autotask(settings), "13mo", print))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return 0 if is_complete else 1
    found = measure(given.database, tickets=given.tickets, entries=given.entries)
    expected = given.tickets + given.entries
    print(
        f"{given.database}: {found.rows} rows, killed at {found.killed_at} and gone on with, {found.seconds:.0f} s, "
        f"{found.rows / found.seconds:.0f} rows/s, peak {found.peak_mib:.0f} MiB, {found.twice} stored twice"
    )
    return 0 if found.rows >= expected and not found.twice else 1


@contextmanager
def _tenant(tickets: int, entries: int) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = ["--serve", str(port), "--tickets", str(tickets), "--entries", str(entries)]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.backfill", *given])
    try:
        address = f"http://127.0.0.1:{port}"
        _answers(address)
        yield address
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            httpx.get(f"{address}/atservicesrest/v1.0/ThresholdInformation", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the tenant does not answer")


def _reader(environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.backfill", "--read"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _peak_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def _stored(made: Site) -> tuple[int, int]:
    """How many rows are stored, and of how many entities."""
    database = Database(made.url)
    with database.read() as connection:
        rows = connection.execute(text("SELECT count(*) FROM inbox")).scalar_one()
        entities = "SELECT count(*) FROM (SELECT DISTINCT entity_type, entity_id FROM inbox) AS every"
        different = connection.execute(text(entities)).scalar_one()
    database.close()
    return int(rows), int(different)


if __name__ == "__main__":
    sys.exit(main())
