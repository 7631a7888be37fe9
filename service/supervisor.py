"""``serve --role all``: web and worker as two processes, kept up together (design §7).

Two, because in one a busy projector starves the door through the interpreter lock. A child that ends is
started again after a pause that doubles; one that cannot be kept up ends the whole service. Children hold
the reading end of a pipe and end themselves when this process is gone, however it went.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

import structlog

LIFELINE = "TECHSCORE_LIFELINE_FD"
STEADY_SECONDS = 30.0
MAX_RESTARTS = 5
STOP_SECONDS = 15.0
_POLL_SECONDS = 0.2

log: Any = structlog.get_logger()


class Child:
    """One supervised process."""

    def __init__(self, role: str, command: Sequence[str], lifeline: int) -> None:
        self.role = role
        self._command = command
        self._lifeline = lifeline
        self._restarts = 0
        self._started = 0.0
        self._not_before = 0.0
        self.process = self._start()

    def tend(self) -> bool:
        """Start it again if it ended; ``False`` when it cannot be kept up."""
        if self.process.poll() is None:
            return True
        now = time.monotonic()
        if not self._not_before:
            self._restarts = 0 if now - self._started > STEADY_SECONDS else self._restarts + 1
            log.error("process_ended", role=self.role, exit_code=self.process.returncode, restarts=self._restarts)
            if self._restarts > MAX_RESTARTS or self.process.returncode == os.EX_CONFIG:
                return False
            self._not_before = now + 0.5 * 2.0**self._restarts
        elif now >= self._not_before:
            self.process = self._start()
        return True

    def stop(self, until: float) -> None:
        """Ask it to end, wait, and make it end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("process_killed", role=self.role)
            self.process.kill()
            self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        self._started, self._not_before = time.monotonic(), 0.0
        environment = os.environ | {LIFELINE: str(self._lifeline)}
        return subprocess.Popen(  # noqa: S603 - our own interpreter with our own arguments
            self._command, env=environment, pass_fds=(self._lifeline,), start_new_session=True
        )


def supervise(roles: Sequence[str]) -> int:
    """Run ``serve --role`` for each role until a signal; the exit code of the service."""
    reading, writing = os.pipe()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    children = [Child(role, (sys.executable, "-m", "service", "serve", "--role", role), reading) for role in roles]
    failed = False
    try:
        while not stop.wait(_POLL_SECONDS) and not failed:
            failed = sum(child.tend() for child in children) < len(children)
    finally:
        until = time.monotonic() + STOP_SECONDS
        for child in children:
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in children:
            child.stop(until)
        os.close(reading)
        os.close(writing)
    return 1 if failed else 0


def end_with_parent() -> None:
    """In a child: end in good order when the supervisor is gone."""
    descriptor = os.environ.get(LIFELINE)
    if descriptor is None:
        return

    def watch() -> None:
        os.read(int(descriptor), 1)  # returns only when the other end is closed
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def stop_on_signals(stop: threading.Event) -> None:
    """Set ``stop`` on SIGTERM and SIGINT."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
