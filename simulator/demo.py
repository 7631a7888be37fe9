"""``techscore demo``: a make-believe Autotask with months of an MSP behind it, and a service of its own that reads it.

Nothing is given to the service but credentials: it registers its webhooks, reads the past and follows the present
over HTTP, as it does with the real Autotask, and every number shown comes out over HTTP. Whatever ends the demo, it
first lets the service finish, has ``verify`` recompute every number, and says what was sent and what was answered.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, nullcontext, suppress

import httpx
from rich.console import Console
from rich.live import Live

from simulator.process import COMMAND, DemoFailed, Service
from simulator.summary import WINDOW, View, is_complete, line, missing, position, screen
from simulator.tally import Tally
from simulator.tenancy import Tenancy

DEFAULT_SECONDS = 20.0
DEFAULT_SPEED = 600.0
DEFAULT_DAYS = 90
INTERRUPTED = 130
_PAST_SECONDS = 300.0
_COMPLETE_SECONDS = 300.0
_DRAIN_SECONDS = 150.0
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
    days: int = DEFAULT_DAYS,
    command: Sequence[str] = COMMAND,
) -> int:
    """Run the demo; the exit code: 0 when ``verify`` agreed and no event was lost, 130 after a second Ctrl-C.

    ``duration``: seconds of the present (the past comes before it); ``None`` = until Ctrl-C, or 20 s with
    ``exit_after``. ``speed``: working seconds in each second. ``days``: how long the past is. ``keep``: leave the
    scratch folder in place.
    """
    console = Console(highlight=False)
    if exit_after and duration is None:
        duration = DEFAULT_SECONDS
    try:
        service = Service(port=port, command=command)
    except DemoFailed as error:
        console.print(str(error), markup=False)
        return 1
    tenancy = Tenancy(seed=seed, days=days, speed=speed, callout_url=service.callout_url)
    service.connect(tenancy.zone_url, tenancy.account)
    demo = _Demo(service, tenancy, console)
    try:
        code = asyncio.run(demo.run(duration, exit_after=exit_after))
    except asyncio.CancelledError:
        code = INTERRUPTED
    finally:
        tenancy.close()
    if keep or code not in {0, INTERRUPTED}:
        console.print(f"Database and log are left in {service.folder}", markup=False, soft_wrap=True)
    else:
        service.remove()
    return code


class _Demo:
    def __init__(self, service: Service, tenancy: Tenancy, console: Console) -> None:
        self._service = service
        self._tenancy = tenancy
        self._console = console
        self._stop = asyncio.Event()
        self._started = time.monotonic()
        self._view: View | None = None
        self._tally = Tally()
        self._backlog = 0
        self._was_complete = False

    async def run(self, duration: float | None, *, exit_after: bool) -> int:
        self._catch_signals()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._stop_service)
            open_client = httpx.AsyncClient(base_url=self._service.url, trust_env=False)
            self._client = await stack.enter_async_context(open_client)
            code = 1
            try:
                code = await self._play(duration, exit_after=exit_after)
            except* DemoFailed as failures:
                for failure in failures.exceptions:
                    self._say(str(failure))
                self._say(self._tally.sentence())
            return code

    async def _play(self, duration: float | None, *, exit_after: bool) -> int:
        await self._service.start()
        if not await self._past() or not await self._service.wait_ready(self._client, self._stop):
            return 0  # stopped before anything was read: there is nothing to verify
        self._mark("the service is up. Look at")
        for what, path in (("page", "/"), ("API", f"/api/v1/scorecard?window={WINDOW}"), ("metrics", "/metrics")):
            self._say(f"  {what:<8} {self._service.url}{path}")
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            shown = group.create_task(self._show(over))
            await self._read_the_past()
            await self._live(duration)
            if not exit_after and not self._stop.is_set():
                self._say("Nothing more happens; the service goes on. Ctrl-C stops it.")
                await self._stop.wait()
            over.set()
            await shown
        return await self._finish()

    async def _past(self) -> bool:
        """Wait until the past has happened in Autotask; whether it has."""
        await self._until(self._tenancy.has_past, _PAST_SECONDS)
        if self._stop.is_set():
            return False
        if not self._tenancy.has_past():
            raise DemoFailed(f"the past was not made within {_PAST_SECONDS:.0f} s")
        rows = self._tenancy.rows
        self._mark(
            f"{self._tenancy.days} days have happened in Autotask: {self._tenancy.past_changes} changes, "
            f"{rows['Tickets']} tickets, {rows['TimeEntries']} time entries"
        )
        return True

    async def _read_the_past(self) -> None:
        """Have the service register its webhooks and read the past, until all KPIs have figures and nothing waits."""
        await asyncio.gather(
            self._have_done("webhooks", "install"), self._have_done("backfill", "--since", f"{self._tenancy.days}d")
        )
        await self._until(lambda: is_complete(self._view) and not self._backlog, _COMPLETE_SECONDS)
        if is_complete(self._view):
            self._mark("all of the past is counted" if not self._backlog else f"{self._backlog} facts still wait")
        elif not self._stop.is_set():
            self._mark(f"still without a figure: {', '.join(missing(self._view))}")

    async def _have_done(self, *words: str) -> None:
        """Run a command to its end, or until the demo is to stop."""
        command = asyncio.ensure_future(self._service.run(*words))
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait([command, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not command.done():
            command.cancel()
            await asyncio.wait([command])
            return
        code, output = command.result()
        self._mark(f"techscore {' '.join(words)}: {output.splitlines()[-1] if output else code}")
        if code != 0:
            raise DemoFailed(f"techscore {' '.join(words)} failed with exit code {code}\n{output}")

    async def _live(self, duration: float | None) -> None:
        if self._stop.is_set():
            return
        length = "until Ctrl-C" if duration is None else f"for {duration:.0f} s"
        self._mark(f"now life goes on at speed, {length}: webhooks, callouts and feeds bring it")
        await self._tenancy.go_on()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), duration)
        await self._tenancy.rest()

    async def _show(self, over: asyncio.Event) -> None:
        terminal = self._console.is_terminal
        live = Live(console=self._console, auto_refresh=False, transient=True) if terminal else None
        said = time.monotonic()
        with live or nullcontext():
            while not over.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), _SCREEN_SECONDS)
                self._service.check_alive()
                await self._look()
                if live is not None:
                    live.update(screen(self._view, self._tally, self._service.url), refresh=True)
                elif time.monotonic() - said >= _LINE_SECONDS:
                    said = time.monotonic()
                    self._mark(f"  {line(self._view, self._tally)}")

    async def _finish(self) -> int:
        """Let the service count what it has acknowledged, then have it prove what it shows."""
        await self._until(self._is_quiet, _DRAIN_SECONDS, self._look)
        if not self._is_quiet():
            raise DemoFailed(f"not counted within {_DRAIN_SECONDS:.0f} s: {line(self._view, self._tally)}")
        self._say(line(self._view, self._tally))
        self._say("verify: every number again, from the inbox alone")
        code, output = await self._service.run("verify")
        self._say(output)
        self._say(self._tally.sentence())
        if code != 0:
            self._say(f"verify failed with exit code {code}")
        return 0 if code == 0 and self._tally.lost == 0 else 1

    def _is_quiet(self) -> bool:
        """Whether all that was due was sent, and all that was acknowledged is counted."""
        return not self._tally.waiting and position(self._view) >= self._tally.position

    async def _look(self) -> None:
        self._tally = await self._tenancy.tally()
        with suppress(httpx.TransportError):
            answer = await self._client.get("/api/v1/scorecard", params={"window": WINDOW})
            if answer.is_success:
                self._view = answer.json()
            self._backlog = await self._service.backlog(self._client)
        if is_complete(self._view) and not self._was_complete:
            self._was_complete = True
            self._mark("the first scorecard with all KPIs")

    async def _until(
        self, holds: Callable[[], bool], seconds: float, look: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Wait for a condition, so long at most; ``look`` before each time. Without ``look`` a stop ends it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._service.check_alive()
            if look is not None:
                await look()
            if holds() or (look is None and self._stop.is_set()):
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _stop_service(self) -> None:
        if not await self._service.stop():
            self._say("The service did not end in time and was killed.")

    def _catch_signals(self) -> None:
        """The first Ctrl-C (or closed terminal) ends the demo in order, the second one at once."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def interrupted() -> None:
            if self._stop.is_set() and task is not None:
                task.cancel()
                return
            self._stop.set()
            self._say("Stopping: letting the service finish (Ctrl-C again: at once).")

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, interrupted)

    def _mark(self, text: str) -> None:
        """Say something with the seconds since the start."""
        self._say(f"{time.monotonic() - self._started:6.1f} s  {text}")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)
