"""``techscore health``: one word for each role, and an exit code that a health check understands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from models.database import Database
from models.settings import load_settings
from service.leadership import Leadership
from service.probe import WEB, WORKER, probe
from tests.e2e.running import ROOT, free_port

HEAVY = ("alembic", "fastapi", "httpx", "ingest", "prometheus_client", "service.projection", "uvicorn")


def told(database_url: str, *roles: str) -> tuple[int, list[str]]:
    """Exit code and lines; nobody listens on the port."""
    said: list[str] = []
    settings = load_settings(database_url=database_url, port=free_port(), host="0.0.0.0")  # noqa: S104 - as in a container
    return probe(settings, frozenset(roles), said.append), said


def test_a_worker_is_alive_while_one_leads(database: Database) -> None:
    """By the beat of the leader, whoever it is; before the first there is none."""
    url = database.url.render_as_string(hide_password=False)
    assert (1, ["worker: no_worker_yet"]) == told(url, WORKER)
    leadership = Leadership(database)
    assert 1 == leadership.acquire()
    assert (0, ["worker: alive"]) == told(url, WORKER)
    assert (1, ["web: no_answer", "worker: alive"]) == told(url, WEB, WORKER)
    leadership.close()


def test_a_database_that_is_not_there_is_no_crash(tmp_path: Path) -> None:
    """The word is the one that ``/readyz`` has for it."""
    assert (1, ["worker: storage_unavailable"]) == told(f"sqlite:///{tmp_path}/nowhere/x.db", WORKER)


def test_it_loads_nothing_that_it_does_not_need() -> None:
    """A container asks every half a minute, for ever: the web stack and the ledger are not read for that."""
    looked = f"import sys, service.cli, service.probe; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run((sys.executable, "-c", looked), cwd=ROOT, capture_output=True, text=True, check=True)
    assert [] == done.stdout.split()
