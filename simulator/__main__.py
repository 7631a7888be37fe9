"""``python -m simulator``: the make-believe Autotask alone, for trying Techscore on it as on one's own tenant.

It says what a ``.env`` needs, lets life go on as fast as asked, and keeps nothing when it ends.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress

from simulator.tenancy import Tenancy

PORT = 8010
_POLL_SECONDS = 0.1


def main(words: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; 0."""
    parser = ArgumentParser(
        prog="python -m simulator", description="A make-believe Autotask on a port of this machine."
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"where it listens ({PORT}); 0: any free port")
    parser.add_argument("--days", type=int, default=30, help="how long its past is (30)")
    parser.add_argument("--speed", type=float, default=1.0, help="working seconds in each second (1)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed lives the same life (1)")
    parser.add_argument("--callouts", metavar="URL", help="where its workflow rule sends Extension Callouts; none")
    asked = parser.parse_args(words)
    try:
        tenancy = Tenancy(
            seed=asked.seed, days=asked.days, speed=asked.speed, callout_url=asked.callouts, port=asked.port
        )
    except OSError as error:
        parser.exit(1, f"port {asked.port} cannot be used ({error.strerror}); --port names another\n")
    try:
        asyncio.run(_live(tenancy))
    finally:
        tenancy.close()
    return 0


def environment(tenancy: Tenancy) -> str:
    """The lines of a ``.env`` that lead to it."""
    account = tenancy.account
    said = {
        "USERNAME": account.username,
        "SECRET": account.secret,
        "INTEGRATION_CODE": account.integration_code,
        "ZONE_URL": tenancy.zone_url,
    }
    return "\n".join(f"TECHSCORE_AUTOTASK_{name}={value}" for name, value in said.items())


async def _live(tenancy: Tenancy) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not tenancy.has_past() and not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _POLL_SECONDS)
    if stop.is_set():
        return
    rows = tenancy.rows
    past = f"{tenancy.days} days, {rows['Tickets']} tickets, {rows['TimeEntries']} time entries"
    sys.stdout.write(f"# {past}; Ctrl-C ends it\n{environment(tenancy)}\n")
    sys.stdout.flush()
    await tenancy.go_on()
    await stop.wait()


if __name__ == "__main__":
    raise SystemExit(main())
