"""A real service for tests: ``python -m service`` in a scratch folder, its own port, its own log, ended by id."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from models.instants import isoformat
from tests.door import SECRET, TOKEN, signed

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "service")
PATIENCE_SECONDS = 30.0


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(what: str, holds: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition, with a bound."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def event(entity_type: str, entity_id: int, at: int, fields: Mapping[str, Any], **more: Any) -> bytes:
    """A webhook body."""
    document = {
        "Action": "Update",
        "EntityType": entity_type,
        "Id": entity_id,
        "Fields": fields,
        "EventTime": isoformat(at),
        "SequenceNumber": 1,
        "PersonID": 1,
    }
    return json.dumps(document | more).encode()


class Service:
    """One running service. ``stop()`` ends it in good order; ``kill()`` as a power cut would."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.port = free_port()
        self.folder = folder
        self.log = folder / "service.log"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("TECHSCORE_")} | {
            "PYTHONPATH": str(ROOT),
            "TECHSCORE_DATABASE_URL": database_url,
            "TECHSCORE_PORT": str(self.port),
            "TECHSCORE_WEBHOOK_TOKEN": TOKEN,
            "TECHSCORE_WEBHOOK_SECRETS": SECRET,
            "TECHSCORE_AUTH": "open",
            **{f"TECHSCORE_{name}": value for name, value in settings.items()},
        }
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> Service:
        """Start ``serve`` and return at once."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                (*COMMAND, "serve", *arguments),
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def wait_ready(self, seconds: float = PATIENCE_SECONDS) -> Service:
        """Until ``/readyz`` says so."""
        until(f"ready\n{self.tail()}", self.is_ready, seconds)
        return self

    def is_ready(self) -> bool:
        """Whether ``/readyz`` answers 200 now."""
        assert self.process is not None
        assert self.process.poll() is None, f"the service ended by itself\n{self.tail()}"
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def post(self, body: bytes) -> int:
        """Post a signed event; its position."""
        response = self.client.post(f"/webhooks/autotask/{TOKEN}", content=body, headers=signed(body))
        assert response.status_code == 202, response.text
        position: int = response.json()["position"]
        return position

    def scorecard(self) -> dict[str, Any]:
        """``GET /api/v1/scorecard``."""
        response = self.client.get("/api/v1/scorecard?window=today")
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.json()
        return document

    def wait_projected(self, position: int) -> None:
        """Until the figures reach a position."""
        until(f"position {position}\n{self.tail()}", lambda: self.scorecard()["position"] >= position)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another ``techscore`` command with the same settings."""
        return subprocess.run(
            (*COMMAND, *arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def children(self) -> dict[str, int]:
        """Process ids of web and worker, by role."""
        assert self.process is not None
        found: dict[str, int] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and _parent(folder) == self.process.pid:
                role = (folder / "comm").read_text().strip().removeprefix("tscore-")
                if (folder / "cmdline").read_bytes():  # a zombie has none
                    found[role] = int(folder.name)
        return found

    def stop(self) -> int:
        """SIGTERM and the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """SIGKILL to the parent alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """Leave nothing running."""
        self.client.close()
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()

    def tail(self) -> str:
        """The end of the log."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return -1
