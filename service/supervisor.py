"""``serve --role all``: web and worker as two processes, kept up together (design §7).

Two, because in one a busy projector starves the door through the interpreter lock. They are forks of this process,
which has loaded everything and done nothing yet: it has no thread, no connection and no event loop. So the code is
loaded once and not three times, which is most of a start, and a child that ended is back at once.

A child that ends is started again after a pause that doubles; one that cannot be kept up ends the whole service.
Children hold the reading end of a pipe and end themselves when this process is gone, however it went.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from service import memory
from service.commands import guarded

STEADY_SECONDS = 30.0
MAX_RESTARTS = 5
STOP_SECONDS = 15.0
_POLL_SECONDS = 0.2

Run = Callable[[], int]
"""What a child does; its exit code."""

_fork = multiprocessing.get_context("fork")
log: Any = structlog.get_logger()


class Child:
    """One supervised process."""

    def __init__(self, role: str, run: Run, lifeline: tuple[int, int]) -> None:
        self.role = role
        self._run = run
        self._lifeline = lifeline
        self._restarts = 0
        self._started = 0.0
        self._not_before = 0.0
        self.process = self._start()

    def tend(self) -> bool:
        """Start it again if it ended; ``False`` when it cannot be kept up."""
        if self.process.is_alive():
            return True
        now = time.monotonic()
        if not self._not_before:
            self._restarts = 0 if now - self._started > STEADY_SECONDS else self._restarts + 1
            log.error("process_ended", role=self.role, exit_code=self.process.exitcode, restarts=self._restarts)
            if self._restarts > MAX_RESTARTS or self.process.exitcode == os.EX_CONFIG:
                return False
            self._not_before = now + 0.5 * 2.0**self._restarts
        elif now >= self._not_before:
            self.process = self._start()
        return True

    def ask_to_end(self) -> None:
        """In good order."""
        if self.process.is_alive():
            self.process.terminate()

    def end(self, until: float) -> None:
        """Wait for it to end, and make it end."""
        self.process.join(max(0.0, until - time.monotonic()))
        if self.process.is_alive():
            log.error("process_killed", role=self.role)
            self.process.kill()
            self.process.join()

    def _start(self) -> multiprocessing.process.BaseProcess:
        self._started, self._not_before = time.monotonic(), 0.0
        process = _fork.Process(target=_child, args=(self.role, self._run, self._lifeline), name=self.role)
        process.start()
        return process


def supervise(roles: Mapping[str, Run]) -> int:
    """Run each role in a process of its own until a signal; the exit code of the service."""
    reading, writing = os.pipe()
    stop = threading.Event()
    stop_on_signals(stop)
    memory.settle()
    children = [Child(role, run, (reading, writing)) for role, run in roles.items()]
    failed = False
    try:
        while not stop.wait(_POLL_SECONDS) and not failed:
            failed = sum(child.tend() for child in children) < len(children)
    finally:
        until = time.monotonic() + STOP_SECONDS
        for child in children:
            child.ask_to_end()
        for child in children:
            child.end(until)
        os.close(reading)
        os.close(writing)
    return 1 if failed else 0


def _child(role: str, run: Run, lifeline: tuple[int, int]) -> None:
    """What a fork does: a session, a name and signals of its own, and the lifeline, before anything else."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    reading, writing = lifeline
    os.close(writing)
    os.setsid()
    with suppress(OSError):
        Path("/proc/self/comm").write_text(f"tscore-{role}")  # for ps and top, where there is such a file
    threading.Thread(target=_end_with_parent, args=(reading,), name="lifeline", daemon=True).start()
    sys.exit(guarded(run))


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)  # returns only when the other end is closed
    os.kill(os.getpid(), signal.SIGTERM)


def stop_on_signals(stop: threading.Event) -> None:
    """Set ``stop`` on SIGTERM and SIGINT."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
