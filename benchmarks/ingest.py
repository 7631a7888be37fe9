"""Durable, verified, de-duplicated ingest over HTTP on SQLite, against a route that does nothing (design P1).

The two take turns, so that a machine that grows slower slows both. Afterwards the inbox is counted: a rate of
events that were not stored would be no rate.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop
from sqlalchemy import text

from benchmarks.load import NO_OP_PATH, Outcome, drive
from models.database import Database

ROUNDS = 2
_WARM_UP_SECONDS = 1.0
_APART = 10_000_000
_STOP_SECONDS = 30
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Measured:
    """Both routes over all rounds; ``acknowledged`` counts warm-up too, as ``stored`` does."""

    no_op: list[Outcome]
    ingest: list[Outcome]
    acknowledged: int
    stored: int

    @property
    def ratio(self) -> float:
        """The rate of ingest as a share of the no-op's."""
        return rate(self.ingest) / rate(self.no_op)

    @property
    def complaint(self) -> str:
        """Why the figures mean nothing; empty when they do."""
        statuses = sum((outcome.statuses for outcome in (*self.no_op, *self.ingest)), Counter[int]())
        if set(statuses) != {202}:
            return f"not every answer was 202: {dict(statuses)}"
        if self.acknowledged != self.stored:
            return f"{self.acknowledged} events were acknowledged, {self.stored} are stored"
        return ""


def rate(outcomes: list[Outcome]) -> float:
    """Answers a second over several loads."""
    return sum(len(one.latencies_seconds) for one in outcomes) / sum(one.elapsed_seconds for one in outcomes)


def measure(*, connections: int, seconds: float) -> Measured:
    """Start the service in a scratch folder, load both routes in turns, count what is stored."""
    with tempfile.TemporaryDirectory(prefix="techscore-bench-") as name:
        url = f"sqlite:///{Path(name) / 'techscore.db'}"
        token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
        door = f"/webhooks/autotask/{token}"
        with _server(Path(name), url, token, secret) as port:

            def load(path: str, turn: int, length: float) -> Outcome:
                drain = drive(port, path, secret, connections=connections, seconds=length, first=turn * _APART)
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    return runner.run(drain)

            warm_up = [load(path, 0, min(_WARM_UP_SECONDS, seconds)) for path in (NO_OP_PATH, door)]
            rounds = [(load(NO_OP_PATH, turn, seconds), load(door, turn, seconds)) for turn in range(1, ROUNDS + 1)]
        no_op, ingest = [one for one, _ in rounds], [other for _, other in rounds]
        acknowledged = sum(one.statuses[202] for one in (warm_up[1], *ingest))
        return Measured(no_op, ingest, acknowledged, _stored(url))


@contextmanager
def _server(folder: Path, url: str, token: str, secret: str) -> Iterator[int]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TECHSCORE_")}
    environment = kept | {
        "PYTHONPATH": str(_ROOT),
        "TECHSCORE_DATABASE_URL": url,
        "TECHSCORE_WEBHOOK_TOKEN": token,
        "TECHSCORE_WEBHOOK_SECRETS": secret,
    }
    command = [sys.executable, "-m", "benchmarks.server"]
    log_path = folder / "service.log"
    with (
        log_path.open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log) as server,
    ):
        try:
            # The socket listens before the port is printed: requests sent from now on wait for the start-up.
            line = server.stdout.readline() if server.stdout else b""
            if not line:
                raise SystemExit(f"the service did not start:\n{log_path.read_text('utf-8', 'replace')[-2_000:]}")
            yield int(line)
        finally:
            server.terminate()
            try:
                server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def _stored(url: str) -> int:
    database = Database(url)
    with database.read() as connection:
        count = connection.execute(text("SELECT count(*) FROM inbox")).scalar_one()
    database.close()
    return int(count)
