"""What the preview starts: each process in a session of its own, with a log, ended by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE_SECONDS = 20.0
"""So long a process may take to end in good order."""
_POLL_SECONDS = 0.2


class PreviewFailed(Exception):
    """The preview cannot go on; the message says why."""


class Child:
    """One process. ``close()`` ends it, waits, and kills its group when that takes too long; twice is fine."""

    def __init__(
        self, log: Path, *command: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=_without_settings() | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def output(self) -> str:
        """All it has said."""
        return self.log.read_text("utf-8", errors="replace")

    def until(self, what: str, holds: Callable[[], bool], seconds: float) -> None:
        """Wait for something that needs this process, so long at most."""
        deadline = time.monotonic() + seconds
        while not holds():
            if self._process.poll() is not None:
                raise PreviewFailed(f"waiting for {what}: it ended by itself\n{self.output()[-3000:]}")
            if time.monotonic() > deadline:
                raise PreviewFailed(f"not within {seconds:.0f} s: {what}\n{self.output()[-3000:]}")
            time.sleep(_POLL_SECONDS)

    def close(self, seconds: float = PATIENCE_SECONDS) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TECHSCORE_")}
