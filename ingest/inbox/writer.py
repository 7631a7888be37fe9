"""The one thread of a process that appends to the inbox: whatever waits becomes one transaction.

One commit costs the same for one event and for five hundred, so grouping is what makes durable cheap. Callers
hand over a fact and await their own receipt, given only after the commit (I1). A caller that is cancelled has
handed its fact over all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeAlias

from ingest.inbox.store import append
from models.database import Database
from models.errors import InboxFull, RowRefused, StorageUnavailable
from models.inbox import Fact, Receipt

BATCH_BYTES = 8 * 2**20
CAPACITY_BYTES = 256 * 2**20
TROUBLE_SECONDS = 10.0
"""How long a failed append speaks against this process; then the next event may try."""

Outcome: TypeAlias = Receipt | Exception
Answers: TypeAlias = "list[tuple[asyncio.Future[Receipt], Outcome]]"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A fact and whoever waits for its receipt: a future of an event loop, or of a blocked thread."""

    fact: Fact
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[Receipt] | Future[Receipt]


class InboxWriter:
    """Appends facts in batches. ``close()`` stores what waits and may be called twice."""

    def __init__(
        self,
        database: Database,
        *,
        capacity: int = 10_000,
        batch: int = 500,
        observe_seconds: Callable[[float], None] = lambda _: None,
    ) -> None:
        """``observe_seconds`` is told how long each transaction took, the commit included."""
        self._database = database
        self._capacity = capacity
        self._batch = batch
        self._observe_seconds = observe_seconds
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._lock = Lock()
        self._waiting_bytes = 0
        self._closed = False
        self._failed_at: float | None = None
        self._thread = Thread(target=self._run, name="inbox-writer", daemon=True)
        self._thread.start()

    async def store(self, fact: Fact) -> Receipt:
        """Hand over ``fact`` and wait until it is durable.

        ``InboxFull`` at once when too much waits; ``StorageUnavailable`` when the database cannot be written or
        the writer is closed; ``RowRefused`` when the database refuses this very row.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._hand_over(_Waiting(fact, loop, future))
        return await future

    def store_blocking(self, fact: Fact) -> Receipt:
        """``store`` for threads."""
        future: Future[Receipt] = Future()
        self._hand_over(_Waiting(fact, None, future))
        return future.result()

    @property
    def in_trouble(self) -> bool:
        """Whether the last append found no storage, less than ``TROUBLE_SECONDS`` ago. Reads may well go on then."""
        failed_at = self._failed_at
        return failed_at is not None and time.monotonic() - failed_at < TROUBLE_SECONDS

    def close(self) -> None:
        """Refuse new facts, store those that wait, end the thread."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _hand_over(self, waiting: _Waiting) -> None:
        size = len(waiting.fact.body)
        # The lock keeps the closing mark last in the queue: behind it a fact would wait for ever.
        with self._lock:
            if self._closed:
                raise StorageUnavailable("the inbox writer is closed")
            if self._queue.qsize() >= self._capacity or self._waiting_bytes + size > CAPACITY_BYTES:
                raise InboxFull("too many events wait to be stored")
            self._waiting_bytes += size
            self._queue.put(waiting)

    def _run(self) -> None:
        is_open = True
        while is_open:
            items, is_open = self._collect()
            if items:
                _answer(items, self._outcomes([item.fact for item in items]))

    def _collect(self) -> tuple[list[_Waiting], bool]:
        """What waits, at most one batch of it; ``False`` when the closing mark was reached."""
        items: list[_Waiting] = []
        size = 0
        item = self._queue.get()
        while item is not None:
            items.append(item)
            size += len(item.fact.body)
            if len(items) >= self._batch or size >= BATCH_BYTES:
                break
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
        with self._lock:
            self._waiting_bytes -= size
        return items, item is not None

    def _outcomes(self, facts: Sequence[Fact]) -> list[Outcome]:
        """Store ``facts``; a refused row is found by halving, so that its neighbours are stored."""
        started = time.perf_counter()
        try:
            with self._database.write() as connection:
                receipts: list[Outcome] = list(append(connection, facts))
        except RowRefused as error:
            if len(facts) == 1:
                return [error]
            middle = len(facts) // 2
            return [*self._outcomes(facts[:middle]), *self._outcomes(facts[middle:])]
        except StorageUnavailable as error:
            self._failed_at = time.monotonic()
            return [StorageUnavailable(str(error)) for _ in facts]
        except Exception as error:  # the thread must live on; every caller is told
            return [error for _ in facts]
        self._failed_at = None
        self._observe_seconds(time.perf_counter() - started)
        return receipts


def _answer(items: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    """Wake every caller; each event loop once, whatever the size of the batch."""
    by_loop: dict[asyncio.AbstractEventLoop, Answers] = {}
    for item, outcome in zip(items, outcomes, strict=True):
        if isinstance(item.future, Future):
            _settle(item.future, outcome)
        elif item.loop is not None:
            by_loop.setdefault(item.loop, []).append((item.future, outcome))
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, answers)
        except RuntimeError:
            if not loop.is_closed():
                raise


def _settle_all(answers: Answers) -> None:
    for future, outcome in answers:
        _settle(future, outcome)


def _settle(future: asyncio.Future[Receipt] | Future[Receipt], outcome: Outcome) -> None:
    if future.done():  # its caller was cancelled; the fact is stored all the same
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
