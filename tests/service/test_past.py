"""``techscore backfill`` and ``techscore reconcile``, from the words to what is stored."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest
import structlog
import uvicorn
from sqlalchemy import text
from typer.testing import CliRunner, Result

from benchmarks.tenant import Tenant, create_app
from models.clock import WallClock
from models.database import Database
from service.cli import app

TICKETS, ENTRIES, PEOPLE = 30, 60, 30


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty database that the settings name, and no credentials; logs as they were when the command has ended."""
    for name in [name for name in os.environ if name.startswith("TECHSCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TECHSCORE_DATABASE_URL", database_url)
    yield
    structlog.reset_defaults()


@pytest.fixture
def tenant(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A small tenant on loopback, and credentials for it."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(Tenant(TICKETS, ENTRIES, WallClock().now())), log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    monkeypatch.setenv("TECHSCORE_AUTOTASK_USERNAME", "api@example.test")
    monkeypatch.setenv("TECHSCORE_AUTOTASK_SECRET", "secret")
    monkeypatch.setenv("TECHSCORE_AUTOTASK_INTEGRATION_CODE", "code")
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/atservicesrest"
    monkeypatch.setenv("TECHSCORE_AUTOTASK_ZONE_URL", address)
    yield
    server.should_exit = True
    thread.join()


def run(*words: str) -> Result:
    """A command."""
    return CliRunner().invoke(app, list(words))


def stored(url: str) -> int:
    """How many facts there are."""
    database = Database(url)
    with database.read() as connection:
        count = connection.execute(text("SELECT count(*) FROM inbox")).scalar_one()
    database.close()
    return int(count)


@pytest.mark.usefixtures("tenant")
def test_a_backfill_and_a_reconciliation(database_url: str) -> None:
    """With no worker running the commands do it themselves; the second finds nothing to mend."""
    read = run("backfill", "--since", "13mo")
    assert (0, TICKETS + ENTRIES + PEOPLE) == (read.exit_code, stored(database_url)), read.output
    assert f"{TICKETS + ENTRIES + PEOPLE} stored" in read.output
    compared = run("reconcile", "--days", "7")
    assert (0, TICKETS + ENTRIES + PEOPLE) == (compared.exit_code, stored(database_url)), compared.output
    assert "nothing differed; error log: 0 events stored" in compared.output


def test_without_credentials() -> None:
    """What is missing is said before a job is left."""
    for words in (["backfill"], ["reconcile"]):
        result = run(*words)
        assert (os.EX_CONFIG, True) == (result.exit_code, "TECHSCORE_AUTOTASK_USERNAME" in result.output)


@pytest.mark.usefixtures("tenant")
def test_words_that_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time that is none, and a clock that stands still."""
    assert (os.EX_CONFIG, True) == ((bad := run("backfill", "--since", "soon")).exit_code, "13mo, 90d" in bad.output)
    monkeypatch.setenv("TECHSCORE_NOW", "2026-09-15T15:10:00Z")
    assert (os.EX_CONFIG, True) == ((held := run("backfill")).exit_code, "TECHSCORE_NOW" in held.output)
