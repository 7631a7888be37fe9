"""P2: the whole way, from POST to counters, against what the straightforward service reaches with storing alone.

The load is held back while more than a bound of events wait, so that the rate is one that lasts; the clock stops when
the last event is in the counters.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event, Thread

from benchmarks.bars import Bar, Results
from benchmarks.ingest import APART
from benchmarks.load import Outcome, load
from benchmarks.running import Follower, first_number, process, site, straightforward_url, wait_for, web, worker
from benchmarks.straightforward import DOOR

BACKLOG = 2_000
EVENTS_PER_SECOND = 1_000
_WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """``seconds``: from the first POST until the last event was counted; ``backlog``: the longest seen."""

    events: int
    seconds: float
    backlog: int
    reference: Outcome
    complaint: str

    @property
    def rate(self) -> float:
        """Events a second, the whole way."""
        return self.events / self.seconds


def measure(kind: str, *, connections: int, seconds: float) -> Measured:
    """Ours for so long, then the straightforward service for at most ten seconds on the same machine."""
    with site(kind) as on:
        with web(on) as port, worker(on) as running:
            load(port, on.door, on.secret, connections=connections, seconds=_WARM_UP_SECONDS, first=0)
            follower = Follower(on)
            before = on.inbox_count()
            wait_for("the warm-up to be counted", lambda: follower.position() >= before, running)
            reached, longest, done = [before], [0], Event()

            def follow() -> None:
                while not done.wait(0.02):
                    reached[0] = follower.position()

            def may_send(sent: int) -> bool:
                waiting = before + sent - reached[0]
                longest[0] = max(longest[0], waiting)
                return waiting < BACKLOG

            thread = Thread(target=follow)
            thread.start()
            started = time.perf_counter()
            outcome = load(
                port, on.door, on.secret, connections=connections, seconds=seconds, first=APART, may_send=may_send
            )
            acknowledged = outcome.statuses[202]
            wait_for("the last event", lambda: reached[0] >= before + acknowledged, running)
            elapsed = time.perf_counter() - started
            done.set()
            thread.join()
            follower.close()
            stored = on.inbox_count() - before
        with process(on, "benchmarks.straightforward", straightforward_url(on), on.secret) as plain:
            port = first_number(plain, on)
            load(port, DOOR, on.secret, connections=connections, seconds=_WARM_UP_SECONDS, first=0)
            reference = load(port, DOOR, on.secret, connections=connections, seconds=min(seconds, 10.0), first=APART)
    answers = outcome.statuses + reference.statuses
    complaint = "" if set(answers) == {202} and stored == acknowledged else f"{dict(answers)}, {stored} stored"
    return Measured(acknowledged, elapsed, longest[0], reference, complaint)


def results(kind: str, measured: Measured) -> Results:
    """The bars of P2's first half."""
    plain = measured.reference.rate
    detail = f"{measured.events:,} in {measured.seconds:.1f} s, backlog ≤ {measured.backlog:,}"
    bars = [
        Bar("P2", kind, "whole way, events a second", measured.rate, EVENTS_PER_SECOND, "/s", detail=detail),
        Bar("P2", kind, "whole way ÷ straightforward ingest", measured.rate / plain, 1.0, detail=f"{plain:,.0f}/s"),
    ]
    return Results(bars, [f"{kind}: {measured.complaint}"] if measured.complaint else [])
