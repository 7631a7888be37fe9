"""``techscore demo``: a service of its own, a month of history at its door, then an MSP's day at speed.

Every event goes in over HTTP, signed; every number shown comes out over HTTP. Whatever ends the demo, it first
lets the service finish, has ``verify`` recompute every number, and says what was sent and what was answered.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, nullcontext, suppress

import httpx
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from models.clock import WallClock
from models.instants import HOUR, SECOND
from simulator.desk import HISTORY_DAYS, day, history
from simulator.faults import Faults, Posting, with_faults
from simulator.process import COMMAND, DemoFailed, Service
from simulator.sender import Sender
from simulator.summary import View, line, position, screen

DEFAULT_SECONDS = 20.0
DEFAULT_SPEED = 600.0
INTERRUPTED = 130
_CONNECTIONS = 32
_DRAIN_SECONDS = 120.0
_LINE_SECONDS = 5.0
_SCREEN_SECONDS = 0.5
_POLL_SECONDS = 0.2


def run_demo(
    *,
    duration: float | None,
    exit_after: bool,
    port: int | None,
    seed: int,
    speed: float,
    keep: bool,
    history_days: int = HISTORY_DAYS,
    command: Sequence[str] = COMMAND,
) -> int:
    """Run the demo; the exit code: 0 when ``verify`` agreed and no event was lost, 130 after a second Ctrl-C.

    ``duration``: seconds of the live day (the history comes before it); ``None`` = until Ctrl-C, or 20 s with
    ``exit_after``. ``speed``: working seconds in each second. ``keep``: leave the scratch folder in place.
    """
    console = Console(highlight=False)
    if exit_after and duration is None:
        duration = DEFAULT_SECONDS
    try:
        service = Service(port=port, command=command)
    except DemoFailed as error:
        console.print(str(error), markup=False)
        return 1
    demo = _Demo(service, console, seed=seed, speed=speed, history_days=history_days)
    try:
        code = asyncio.run(demo.run(duration, exit_after=exit_after))
    except asyncio.CancelledError:
        code = INTERRUPTED
    if keep or code not in {0, INTERRUPTED}:
        console.print(f"Database and log are left in {service.folder}", markup=False, soft_wrap=True)
    else:
        service.remove()
    return code


class _Demo:
    def __init__(self, service: Service, console: Console, *, seed: int, speed: float, history_days: int) -> None:
        self._service = service
        self._console = console
        self._seed = seed
        self._speed = speed
        self._history_days = history_days
        self._stop = asyncio.Event()
        self._view: View | None = None

    async def run(self, duration: float | None, *, exit_after: bool) -> int:
        self._catch_signals()
        limits = httpx.Limits(max_connections=_CONNECTIONS + 2)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._stop_service)
            open_client = httpx.AsyncClient(base_url=self._service.url, limits=limits, trust_env=False)
            self._client = await stack.enter_async_context(open_client)
            self._sender = Sender(self._client, self._service.token, self._service.secret)
            code = 1
            try:
                code = await self._play(duration, exit_after=exit_after)
            except* DemoFailed as failures:
                for failure in failures.exceptions:
                    self._say(str(failure))
                self._say(self._sender.tally.sentence())
            return code

    async def _play(self, duration: float | None, *, exit_after: bool) -> int:
        started = time.monotonic()
        await self._service.start()
        if not await self._service.wait_ready(self._client, self._stop):
            return 0  # stopped before anything was sent: there is nothing to verify
        self._say(f"The service is up after {time.monotonic() - started:.1f} s. Look at")
        for what, path in (("page", "/"), ("API", "/api/v1/scorecard?window=mtd"), ("metrics", "/metrics")):
            self._say(f"  {what:<8} {self._service.url}{path}")
        await self._live_through_history()
        await self._live_through_the_day(duration)
        if not exit_after and not self._stop.is_set():
            self._say("No more events; the service goes on. Ctrl-C stops it.")
            while not await self._pause(1.0):
                self._service.check_alive()
        return await self._finish()

    async def _live_through_history(self) -> None:
        now = WallClock().now()
        faults = Faults(delay=6 * HOUR)
        postings = list(with_faults(history(self._seed, now, self._history_days), faults, self._seed))
        self._say(f"The last {self._history_days} days: {len(postings)} events, as fast as the door takes them.")
        started = time.monotonic()
        rest = iter(postings)
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._send_all(rest)) for _ in range(_CONNECTIONS)]
            await self._show_history(workers, len(postings))
        seconds = time.monotonic() - started
        sent = self._sender.tally.acknowledged
        self._say(f"{sent} events acknowledged in {seconds:.1f} s ({sent / max(seconds, 0.001):.0f} per second).")

    async def _send_all(self, rest: Iterator[Posting]) -> None:
        for posting in rest:
            if self._stop.is_set():
                return
            await self._sender.send(posting)

    async def _show_history(self, workers: Sequence[asyncio.Task[None]], total: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, disable=not self._console.is_terminal) as progress:
            sent = progress.add_task("history", total=total)
            next_line = time.monotonic() + _LINE_SECONDS
            while not all(worker.done() for worker in workers):
                self._service.check_alive()
                await asyncio.wait(workers, timeout=_POLL_SECONDS)
                progress.update(sent, completed=self._sender.tally.acknowledged)
                if not self._console.is_terminal and time.monotonic() >= next_line:
                    next_line += _LINE_SECONDS
                    self._say(f"  {self._sender.tally.acknowledged} of {total} acknowledged")

    async def _live_through_the_day(self, duration: float | None) -> None:
        if self._stop.is_set():
            return
        hour = 3600 / self._speed
        length = "until Ctrl-C" if duration is None else f"for {duration:.0f} s"
        self._say(f"Now a day at speed, {length}: an hour takes {hour:.1f} s. Events and due dates are of now.")
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            shown = group.create_task(self._show_day(over))
            await self._send_day(duration)
            over.set()
            await shown

    async def _send_day(self, duration: float | None) -> None:
        clock = WallClock()
        start = clock.now()
        end = None if duration is None else start + int(duration * SECOND)
        sending: set[asyncio.Task[bool]] = set()
        for posting in with_faults(day(self._seed, start, self._speed), Faults(), self._seed):
            at = posting.at if end is None else min(posting.at, end)
            if await self._pause((at - clock.now()) / SECOND) or (end is not None and posting.at > end):
                break
            if len(sending) >= _CONNECTIONS:
                await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(self._sender.send(posting))
            sending.add(task)
            task.add_done_callback(sending.discard)
        await asyncio.gather(*sending)

    async def _show_day(self, over: asyncio.Event) -> None:
        terminal = self._console.is_terminal
        live = Live(console=self._console, auto_refresh=False, transient=True) if terminal else None
        with live or nullcontext():
            while not over.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), _SCREEN_SECONDS if terminal else _LINE_SECONDS)
                self._service.check_alive()
                await self._look()
                if live is not None:
                    live.update(screen(self._view, self._sender.tally, self._service.url), refresh=True)
                else:
                    self._say(f"  {line(self._view, self._sender.tally)}")

    async def _finish(self) -> int:
        """Let the service count what it has acknowledged, then have it prove what it shows."""
        tally = self._sender.tally
        deadline = time.monotonic() + _DRAIN_SECONDS
        while position(self._view) < tally.position:
            self._service.check_alive()
            if time.monotonic() > deadline:
                raise DemoFailed(f"not counted within {_DRAIN_SECONDS:.0f} s: {line(self._view, tally)}")
            await asyncio.sleep(_POLL_SECONDS)
            await self._look()
        await self._look()
        self._say(line(self._view, tally))
        self._say("verify: every number again, from the inbox alone")
        code, output = await self._service.verify()
        self._say(output)
        self._say(tally.sentence())
        if code != 0:
            self._say(f"verify failed with exit code {code}")
        return 0 if code == 0 and tally.lost == 0 else 1

    async def _look(self) -> None:
        with suppress(httpx.TransportError):
            answer = await self._client.get("/api/v1/scorecard", params={"window": "mtd"})
            if answer.is_success:
                self._view = answer.json()

    async def _pause(self, seconds: float) -> bool:
        """Wait so long or until the demo is to stop; whether it is."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), max(seconds, 0.0))
        return self._stop.is_set()

    async def _stop_service(self) -> None:
        if not await self._service.stop():
            self._say("The service did not end in time and was killed.")

    def _catch_signals(self) -> None:
        """The first Ctrl-C ends the demo in order, the second one at once."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def interrupted() -> None:
            if self._stop.is_set() and task is not None:
                task.cancel()
                return
            self._stop.set()
            self._say("Stopping: letting the service finish (Ctrl-C again: at once).")

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupted)

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)
