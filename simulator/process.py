"""The service under demonstration, as a child process in a scratch folder with secrets of its own.

``Service`` starts it, waits until it is ready, asks it to verify itself and stops it. It runs in a session of
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

HOST = "127.0.0.1"
USUAL_PORT = 8000
COMMAND = (sys.executable, "-m", "service")
READY_SECONDS = 60.0
VERIFY_SECONDS = 300.0
STOP_SECONDS = 20.0
_TAIL_LINES = 25
_ROOT = Path(__file__).resolve().parents[1]

POLICY = """\
# The policy of the make-believe MSP: what its picklist values mean and who stands above whom.
timezone = "America/New_York"
[roles.status]
complete = [5]
waiting = [7]
sla_paused = [7]
merged = [20]
cancelled = [21]
escalated = [11]
[roles.type]
request = [1]
incident = [2]
alert = [5]
[roles.source]
monitoring = [8]
[tiers.queues]
5 = 1
8 = 1
29682833 = 1
29682969 = 2
"""


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
        self._log = self.folder / "service.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start ``serve``; its output goes to a log in the scratch folder."""
        (self.folder / "scorecard.toml").write_text(POLICY, encoding="utf-8")
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

    def check_alive(self) -> None:
        """``DemoFailed`` with the end of the log when the service has ended by itself."""
        if self._process is not None and self._process.returncode is not None:
            raise DemoFailed(f"the service ended with exit code {self._process.returncode}\n{self.tail()}")

    async def verify(self) -> tuple[int, str]:
        """Run ``verify`` beside the running service: exit code and output."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            "verify",
            cwd=self.folder,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), VERIFY_SECONDS)
        except TimeoutError:
            raise DemoFailed(f"verify did not end within {VERIFY_SECONDS:.0f} s") from None
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
