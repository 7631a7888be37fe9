"""Errands: jobs that go to Autotask and wait there, each in a thread of its own, so that the worker's loop goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import structlog

from ingest.autotask.permissions import said
from models.desk import JobState
from models.errors import AutotaskError, TechscoreError
from models.settings import Settings
from service.autotask import Autotask
from service.past import BACKFILL, RECONCILE, backfill, reconcile
from service.webhooks import WEBHOOKS, webhooks

Work: TypeAlias = Callable[[Callable[[str], None]], Awaitable[bool]]
"""Does the errand and is told where to say how it goes; whether the answer is yes."""

CLOSE_SECONDS = 10.0
log: Any = structlog.get_logger()


class Errand:
    """One errand under way. What it says is its progress: piled up, line by line, or only the last of it."""

    def __init__(self, work: Work, *, only_last: bool = False) -> None:
        self._work = work
        self._only_last = only_last
        self._lines: list[str] = []
        self._state = JobState.RUNNING
        self._is_closed = False
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[bool] | None = None
        self._thread = threading.Thread(target=self._run, name="errand", daemon=True)
        self._thread.start()

    def standing(self) -> tuple[JobState, str]:
        """How far it is."""
        state = self._state  # before the lines: whoever sees the end sees all that was said before it
        return state, "\n".join(self._lines)

    def close(self) -> None:
        """End it, done or not; twice is fine."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join(CLOSE_SECONDS)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _cancel(self) -> None:
        self._is_closed = True
        if self._task is not None:
            self._task.cancel()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                is_yes = runner.run(self._go())
            self._state = JobState.DONE if is_yes else JobState.FAILED
        except AutotaskError as error:
            self._fail(f"Autotask: {said(error)}")
        except TechscoreError as error:
            self._fail(str(error))
        except asyncio.CancelledError:
            self._fail("ended before it was done")
        except Exception:
            log.exception("errand_failed")
            self._fail("an error in Techscore itself; the worker's log tells more")

    async def _go(self) -> bool:
        if self._is_closed:
            raise asyncio.CancelledError
        self._task = asyncio.ensure_future(self._work(self._say))
        return await self._task

    def _fail(self, words: str) -> None:
        self._say(words)
        self._state = JobState.FAILED

    def _say(self, words: str) -> None:
        self._lines = [words] if self._only_last else [*self._lines, words]


Start: TypeAlias = Callable[[str | None], Errand]
"""Begins an errand with a job's arguments."""


def errands(settings: Settings, autotask: Autotask) -> Mapping[str, Start]:
    """Every errand there is, by the kind of its job."""
    return {
        WEBHOOKS: lambda arguments: Errand(lambda say: webhooks(settings, autotask, arguments, say)),
        BACKFILL: lambda arguments: Errand(lambda say: backfill(settings, autotask, arguments, say), only_last=True),
        RECONCILE: lambda arguments: Errand(lambda say: reconcile(settings, autotask, arguments, say), only_last=True),
    }
