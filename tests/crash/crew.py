"""The harness of the crash tests: web and worker as processes of their own, a load of signed events, a count.

Processes come from a fork server that has imported the service once: a start costs milliseconds, so that twenty
crashes fit in a test. ``Load`` remembers for every event whether it was acknowledged, and where it then stands.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from ingest import inbox
from models.clock import WallClock
from models.database import Database
from models.instants import MINUTE, SECOND, isoformat
from models.settings import Settings
from service import desk
from service.projection.ledger.progress import read_progress
from service.projection.ledgers import open_ledger
from service.proof import prove
from tests.crash.launcher import Part, Point, run
from tests.door import DOOR, settings_for, signed
from tests.e2e.running import PATIENCE_SECONDS, event, free_port

CONNECTIONS = 8
_TICKETS = 100
_FORK_SERVER = multiprocessing.get_context("forkserver")
_FORK_SERVER.set_forkserver_preload(["tests.crash.launcher"])


async def eventually(what: str, holds: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition while the load goes on, with a bound."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        await asyncio.sleep(0.005)


class Crew:
    """Web and worker on one database; each can be killed and started again."""

    def __init__(self, folder: Path, database_url: str, service_url: str) -> None:
        self.folder = folder
        self.settings: Settings = settings_for(database_url)
        self.database = Database(database_url)
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._parts = {role: Part(role, service_url, folder, self.port) for role in ("web", "worker")}
        self._processes: dict[str, ForkServerProcess] = {}

    def add(self, role: str, of: str) -> None:
        """Another process of the role of ``of``, by a name of its own."""
        part = self._parts[of]
        self._parts[role] = replace(part, port=part.port + len(self._parts))

    def start(self, role: str, point: Point = Point.NONE, signal_number: int = signal.SIGKILL) -> None:
        """Start a process; it stops itself at ``point`` once ``trigger`` was called."""
        part = replace(self._parts[role], point=point, signal_number=signal_number)
        part.trigger.unlink(missing_ok=True)
        self._processes[role] = _FORK_SERVER.Process(target=run, args=(part,), daemon=True)
        self._processes[role].start()

    def trigger(self, role: str) -> None:
        """From now on the process stops at its point."""
        self._parts[role].trigger.touch()

    def is_alive(self, role: str) -> bool:
        """Whether the process runs."""
        return self._processes[role].is_alive()

    def pid(self, role: str) -> int:
        """The process id."""
        pid = self._processes[role].pid
        assert pid is not None
        return pid

    def signal(self, role: str, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid(role), number)

    def log(self, role: str) -> str:
        """What the process logged."""
        return self._parts[role].log.read_text(errors="replace")

    def answer(self, path: str) -> httpx.Response | None:
        """``GET path``; ``None`` while nobody listens."""
        try:
            return httpx.get(self.base_url + path, timeout=10)
        except httpx.TransportError:
            return None

    def ready(self) -> dict[str, Any]:
        """What ``/readyz`` says; empty while nobody listens."""
        response = self.answer("/readyz")
        return {} if response is None else response.json()

    async def wait_ready(self) -> None:
        """Until ``/readyz`` says so."""
        await eventually(f"ready: {self.ready()}", lambda: self.ready().get("ready"))

    def position(self) -> int:
        """The inbox position that the ledger on show has reached."""
        with self.database.read() as connection:
            pointer = desk.read_pointer(connection)
        if pointer is None:
            return -1
        ledger = open_ledger(self.database, pointer.generation, pointer.build)
        try:
            with ledger.read() as connection:
                progress = read_progress(connection)
        finally:
            ledger.close()
        return -1 if progress is None else progress.position

    def stored(self) -> dict[bytes, list[int]]:
        """Positions in the inbox by de-duplication key."""
        found: dict[bytes, list[int]] = {}
        with self.database.read() as connection:
            for key, position in connection.execute(text("SELECT dedup_key, position FROM inbox")):
                found.setdefault(bytes(key), []).append(position)
        return found

    async def wait_projected(self) -> int:
        """Until every fact is in the figures; the position."""
        with self.database.read() as connection:
            last = inbox.last_position(connection)
        await eventually(f"position {last}", lambda: self.position() >= last)
        return last

    def verify(self) -> str:
        """``techscore verify``: ``equal``, or everything it said."""
        return verdict(self.settings)

    def close(self) -> None:
        """Leave nothing running."""
        for process in self._processes.values():
            process.kill()
            process.join()
            process.close()
        self.database.close()


def verdict(settings: Settings) -> str:
    """What ``techscore verify`` comes to: ``equal``, or everything it said."""
    said: list[str] = []
    prove(settings, said.append)
    return said[-1] if said[-1] == "equal" else "\n".join(said)


@contextmanager
def crew_on(folder: Path, database_url: str, service_url: str = "") -> Iterator[Crew]:
    """A crew with web and worker started; ``service_url``: where these find the database, if elsewhere."""
    crew = Crew(folder, database_url, service_url or database_url)
    try:
        crew.start("web")
        crew.start("worker")
        yield crew
    finally:
        crew.close()


@dataclass
class Load:
    """Events sent: ``acknowledged`` with their positions, ``in_flight`` without an answer, ``lost`` for good."""

    base_url: str
    acknowledged: dict[bytes, int] = field(default_factory=dict)
    in_flight: set[bytes] = field(default_factory=set)
    lost: list[bytes] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)
    _stopping: bool = False

    @asynccontextmanager
    async def running(self) -> Any:
        """Send from several connections, each its next event when the last was answered, until the block ends."""
        async with httpx.AsyncClient(base_url=self.base_url, timeout=10) as client, asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(self._send_all(client))
            try:
                yield self
            finally:
                self._stopping = True

    async def send(self, client: httpx.AsyncClient, body: bytes) -> httpx.Response | None:
        """Post one event; ``None`` when the connection broke before the answer."""
        self.in_flight.add(body)
        try:
            response = await client.post(DOOR, content=body, headers=signed(body))
        except httpx.TransportError:
            return None
        finally:
            self.in_flight.discard(body)
        if response.status_code == 202:
            self.acknowledged[body] = response.json()["position"]
        return response

    async def _send_all(self, client: httpx.AsyncClient) -> None:
        while not self._stopping:
            body = next(_BODIES)
            response = await self.send(client, body)
            if response is None:
                self.lost.append(body)
                return
            if response.status_code != 202:
                self.lost.append(body)
                self.refused.append(response)


def key_of(body: bytes) -> bytes:
    """The de-duplication key of a webhook's body."""
    return sha256(body).digest()


def _bodies() -> Iterator[bytes]:
    """Ticket updates, each of which turns the ticket's first response from met to missed or back."""
    began = WallClock().now()
    for number in itertools.count():
        at = began - 60 * MINUTE + number * SECOND // 10
        fields = {
            "TicketNumber": f"T{number % _TICKETS}",
            "Status": "1",
            "QueueID": str(10 + number % 3),
            "CompanyID": 7,
            "CreateDate": isoformat(began - 180 * MINUTE),
            "FirstResponseDueDateTime": isoformat(began - 90 * MINUTE),
            "FirstResponseDateTime": isoformat(began - (60 + number // _TICKETS % 2 * 60) * MINUTE),
        }
        yield event("Ticket", 1 + number % _TICKETS, at, fields, SequenceNumber=number + 1)


_BODIES = _bodies()
