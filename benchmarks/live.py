"""Events at a steady, modest rate beside whatever is measured: the desk goes on working."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvloop

from benchmarks.load import connect, events, post
from benchmarks.running import Site


async def trickle(on: Site, port: int, per_second: float, *, first: int) -> None:
    """Post events one after the other until cancelled; ``SystemExit`` when one is not taken."""
    connection = await connect(port)
    loop = asyncio.get_running_loop()
    due = loop.time()
    try:
        for content in events(first):
            if (status := await connection.ask(post(on.door, content, on.secret))) != 202:
                raise SystemExit(f"an event was answered with {status}")
            due += 1 / per_second
            await asyncio.sleep(max(0.0, due - loop.time()))
    finally:
        connection.close()


@dataclass
class _Beside:
    failure: BaseException | None = None


@contextmanager
def beside(on: Site, port: int, per_second: float, *, first: int = 0) -> Iterator[None]:
    """A thread that posts events as long as the block runs; its failure is raised at the end."""
    stop = threading.Event()
    told = _Beside()

    async def run() -> None:
        posting = asyncio.create_task(trickle(on, port, per_second, first=first))
        while not stop.is_set() and not posting.done():  # noqa: ASYNC110 -- another thread's event and a task
            await asyncio.sleep(0.05)
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        if not posting.cancelled():
            told.failure = posting.exception()

    def work() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if told.failure is not None:
        raise told.failure
