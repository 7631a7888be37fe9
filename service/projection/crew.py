"""The helpers of a build, and the build alone where there are none: tasks in, slices out, in any order.

Evaluating is most of a build's work, and one process has one core. Helpers (``service.projection.helper``) only read,
so one that falls out costs nothing but its tasks, which are done by another or by this process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import Pipe
from queue import Empty, SimpleQueue
from threading import Thread

from models.database import Database
from service.kpis.registry import by_subject
from service.projection.helper import Done, Errand, Task, meaning
from service.projection.mandate import Mandate
from service.projection.slices import Terms

WORTH_HELP = 20_000
"""From so many facts on helpers are worth the second they take to start."""
MOST_HELPERS = 2
AHEAD = 2
"""So many tasks a helper holds, so that it never waits for the next one."""
PATIENCE_SECONDS = 0.02
"""How long the builder waits for a slice before it lets the live ledger go on."""


def helpers_worth(facts: int, mandate: Mandate) -> int:
    """How many helpers a build of so many facts shall have; none with measures that a helper would not know."""
    if facts < WORTH_HELP or mandate.measures != by_subject():
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return MOST_HELPERS if cores > 1 else 0


class Helper:
    """One helper process. What it answers is put into ``answers``; ``None`` when it is gone."""

    def __init__(self, errand: bytes, answers: SimpleQueue[tuple[Helper, bytes | None]]) -> None:
        self.tasks: deque[Task] = deque()
        self._channel, theirs = Pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter with our own module
                (sys.executable, "-m", "service.projection.helper", str(theirs.fileno())),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C is the builder's to hear
            )
        finally:
            theirs.close()
        self._reader = Thread(target=self._read, args=(answers,), name="helper", daemon=True)
        self._reader.start()
        self._send(errand)

    def give(self, task: Task) -> None:
        """Have a task done."""
        self.tasks.append(task)
        self._send(pickle.dumps(task))

    def close(self) -> None:
        """End the process, whatever it is at: it only reads. Twice is fine."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._channel.close()

    def _send(self, message: bytes) -> None:
        with suppress(OSError):  # it is gone, and the reader says so
            self._channel.send_bytes(message)

    def _read(self, answers: SimpleQueue[tuple[Helper, bytes | None]]) -> None:
        try:
            while True:
                answers.put((self, self._channel.recv_bytes()))
        except (EOFError, OSError):
            answers.put((self, None))


def _url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


class Crew:
    """Works tasks out with helpers, or ``alone``. ``close()`` ends the helpers."""

    def __init__(self, alone: Callable[[Task], Done]) -> None:
        self._alone = alone
        self._helpers: list[Helper] = []
        self._answers: SimpleQueue[tuple[Helper, bytes | None]] = SimpleQueue()
        self._left: deque[Task] = deque()

    @property
    def helped(self) -> bool:
        """Whether there is a helper."""
        return bool(self._helpers)

    def hire(self, count: int, inbox: Database, ledger: Database, terms: Terms) -> None:
        """Start helpers, as many as can be started."""
        errand = pickle.dumps(Errand(_url(inbox), _url(ledger), ledger.schema, terms, meaning()))
        with suppress(OSError):  # too many processes, or no memory: then with fewer, or alone
            for _ in range(count):
                self._helpers.append(Helper(errand, self._answers))

    def work_out(self, tasks: Iterator[Task]) -> Iterator[Done | None]:
        """The slices of all tasks, in any order; ``None`` now and then while there is none yet."""
        while True:
            for helper in self._helpers:
                while len(helper.tasks) < AHEAD and (task := self._next(tasks)) is not None:
                    helper.give(task)
            if not any(helper.tasks for helper in self._helpers):
                if (task := self._next(tasks)) is None:
                    return
                yield self._alone(task)
                continue
            try:
                helper, answer = self._answers.get(timeout=PATIENCE_SECONDS)
            except Empty:
                yield None
                continue
            if answer is None:
                self._dismiss(helper)
            else:
                helper.tasks.popleft()
                yield pickle.loads(answer)  # noqa: S301 -- of a process that this one started

    def close(self) -> None:
        """End the helpers. Twice is fine."""
        for helper in list(self._helpers):
            self._dismiss(helper)

    def _next(self, tasks: Iterator[Task]) -> Task | None:
        return self._left.popleft() if self._left else next(tasks, None)

    def _dismiss(self, helper: Helper) -> None:
        self._helpers.remove(helper)
        self._left.extend(helper.tasks)
        helper.close()
