"""The service under demonstration, as a child process in a scratch folder with secrets of its own.

``Service`` starts it, waits until it is ready, runs commands beside it and stops it. It runs in a session of
its own, so that Ctrl-C in the terminal reaches only the demo, which then stops it in order.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from models.errors import TechscoreError
from models.settings_values import AUTOTASK_REQUESTS_AN_HOUR
from simulator.autotask.tenant import Account
from simulator.world import policy_text

HOST = "127.0.0.1"
USUAL_PORT = 8000
COMMAND = (sys.executable, "-m", "service")
READY_SECONDS = 60.0
COMMAND_SECONDS = 300.0
STOP_SECONDS = 20.0
BACKLOG = "techscore_inbox_backlog"
_TAIL_LINES = 25
_ROOT = Path(__file__).resolve().parents[1]


class DemoFailed(TechscoreError):
    """The demo cannot go on; the message says why, for people."""


class Service:
    """One service of its own on SQLite. ``port`` ``None``: 8000 when it is free, else any free one."""

    def __init__(self, *, port: int | None, command: Sequence[str] = COMMAND) -> None:
        self.port = _choose_port(port)
        self.folder = Path(tempfile.mkdtemp(prefix="techscore-demo-"))
        self.url = f"http://{HOST}:{self.port}"
        self.token = secrets.token_urlsafe(24)
        self.secret = secrets.token_urlsafe(32)
        self._command = tuple(command)
        self._autotask: dict[str, str] = {}
        self._log = self.folder / "service.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def callout_url(self) -> str:
        """Where Extension Callouts go."""
        return f"{self.url}/webhooks/autotask/{self.token}/callout"

    def connect(self, zone_url: str, account: Account) -> None:
        """Say where Autotask is and who may ask it; for what is started from now on.

        An hour of the demo holds weeks of an MSP, so the demo's service may use all of an hour's requests.
        """
        self._autotask = {
            "TECHSCORE_AUTOTASK_USERNAME": account.username,
            "TECHSCORE_AUTOTASK_SECRET": account.secret,
            "TECHSCORE_AUTOTASK_INTEGRATION_CODE": account.integration_code,
            "TECHSCORE_AUTOTASK_ZONE_URL": zone_url,
            "TECHSCORE_AUTOTASK_HOURLY_BUDGET": str(AUTOTASK_REQUESTS_AN_HOUR),
        }

    async def start(self) -> None:
        """Start ``serve``; its output goes to a log in the scratch folder."""
        (self.folder / "scorecard.toml").write_text(policy_text(), encoding="utf-8")
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                "serve",
                cwd=self.folder,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def wait_ready(self, client: httpx.AsyncClient, stop: asyncio.Event) -> bool:
        """Until ``GET /readyz`` answers 200 (true) or ``stop`` is set; ``DemoFailed`` after a minute."""
        clock = asyncio.get_running_loop()
        deadline = clock.time() + READY_SECONDS
        answer = "nothing"
        while not stop.is_set():
            self.check_alive()
            with suppress(httpx.TransportError):
                response = await client.get("/readyz")
                if response.status_code == httpx.codes.OK:
                    return True
                answer = f"HTTP {response.status_code} {response.text[:300]}"
            if clock.time() > deadline:
                raise DemoFailed(
                    f"the service was not ready within {READY_SECONDS:.0f} s; /readyz said {answer}\n{self.tail()}"
                )
            await asyncio.sleep(0.1)
        return False

    async def backlog(self, client: httpx.AsyncClient) -> int:
        """How many facts the ledger has not reached, as ``/metrics`` says; 0 where it does not."""
        answer = await client.get("/metrics")
        lines = answer.text.splitlines() if answer.is_success else []
        return next((int(float(line.split()[1])) for line in lines if line.startswith(f"{BACKLOG} ")), 0)

    def check_alive(self) -> None:
        """``DemoFailed`` with the end of the log when the service has ended by itself."""
        if self._process is not None and self._process.returncode is not None:
            raise DemoFailed(f"the service ended with exit code {self._process.returncode}\n{self.tail()}")

    async def run(self, *words: str) -> tuple[int, str]:
        """Run another command beside the running service: exit code and output. Cancelled, it is ended."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            *words,
            cwd=self.folder,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), COMMAND_SECONDS)
        except TimeoutError:
            raise DemoFailed(f"{words[0]} did not end within {COMMAND_SECONDS:.0f} s\n{self.tail()}") from None
        finally:
            await _end(process)
        return process.returncode or 0, output.decode(errors="replace").rstrip()

    async def stop(self) -> bool:
        """Interrupt it and wait; kill it and its children when that takes too long. Whether it ended by itself."""
        process = self._process
        if process is None or process.returncode is not None:
            return True
        process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            return False
        finally:
            await _end(process)
        return True

    def tail(self) -> str:
        """The last lines of the service's log."""
        if not self._log.exists():
            return ""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:]
        return "\n".join([f"the end of {self._log}:", *lines]) if lines else f"{self._log} is empty"

    def remove(self) -> None:
        """Remove the scratch folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TECHSCORE_")}
        path = os.pathsep.join(filter(None, (str(_ROOT), kept.get("PYTHONPATH"))))
        return kept | {
            "PYTHONPATH": path,
            "TECHSCORE_DATABASE_URL": f"sqlite:///{self.folder / 'techscore.db'}",
            "TECHSCORE_HOST": HOST,
            "TECHSCORE_PORT": str(self.port),
            "TECHSCORE_AUTH": "open",
            "TECHSCORE_WEBHOOK_TOKEN": self.token,
            "TECHSCORE_WEBHOOK_SECRETS": self.secret,
            "TECHSCORE_POLICY_FILE": str(self.folder / "scorecard.toml"),
            "TECHSCORE_PUBLIC_URL": self.url,
            **self._autotask,
        }


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _choose_port(port: int | None) -> int:
    if port is not None:
        if not _is_free(port):
            raise DemoFailed(f"port {port} is in use; --port names another")
        return port
    if _is_free(USUAL_PORT):
        return USUAL_PORT
    with socket.socket() as any_port:
        any_port.bind((HOST, 0))
        return int(any_port.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
