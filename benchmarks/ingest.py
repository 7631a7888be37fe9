"""P1: durable, verified, de-duplicated ingest over HTTP, against a route that does nothing behind the same middleware.

The two take turns, so that a machine that grows slower slows both; then the door once more while the worker drains
what the turns left. Afterwards the inbox is counted: a rate of events that were not stored would be no rate.
"""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.bars import Bar, Results
from benchmarks.load import NO_OP_PATH, Outcome, load
from benchmarks.running import position, site, web, worker

ROUNDS = 2
APART = 10_000_000
"""Numbers of two loads are this far apart."""

_WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """All rounds; ``acknowledged`` counts warm-up too, as ``stored`` does. ``backlog``: before and after draining."""

    no_op: list[Outcome]
    ingest: list[Outcome]
    acknowledged: int
    stored: int
    draining: list[Outcome] = field(default_factory=list)
    backlog: tuple[int, int] = (0, 0)

    @property
    def ratio(self) -> float:
        """The rate of ingest as a share of the no-op's."""
        return rate(self.ingest) / rate(self.no_op)

    @property
    def ratio_while_draining(self) -> float:
        """The same while the worker works."""
        return rate(self.draining) / rate(self.no_op)

    @property
    def complaint(self) -> str:
        """Why the figures mean nothing; empty when they do."""
        outcomes = (*self.no_op, *self.ingest, *self.draining)
        statuses = sum((outcome.statuses for outcome in outcomes), Counter[int]())
        if set(statuses) != {202}:
            return f"not every answer was 202: {dict(statuses)}"
        if self.acknowledged != self.stored:
            return f"{self.acknowledged} events were acknowledged, {self.stored} are stored"
        if self.draining and not self.backlog[1]:
            return "the backlog was drained before the measurement ended"
        return ""


def rate(outcomes: list[Outcome]) -> float:
    """Answers a second over several loads."""
    return sum(len(one.latencies_seconds) for one in outcomes) / sum(one.elapsed_seconds for one in outcomes)


def together(outcomes: list[Outcome]) -> Outcome:
    """Several loads as one."""
    return Outcome(
        sum(one.elapsed_seconds for one in outcomes),
        sum((one.statuses for one in outcomes), Counter[int]()),
        [latency for one in outcomes for latency in one.latencies_seconds],
    )


def measure(kind: str, *, connections: int, seconds: float, drain: bool = True) -> Measured:
    """Load both routes in turns, then the door beside a busy worker, and count what is stored."""
    with site(kind) as on:
        with web(on) as port:

            def turn(path: str, number: int, length: float) -> Outcome:
                return load(port, path, on.secret, connections=connections, seconds=length, first=number * APART)

            def rounds() -> list[tuple[Outcome, Outcome]]:
                return [(turn(NO_OP_PATH, number, seconds), turn(on.door, number, seconds)) for number in (1, 2)]

            warm_up = [turn(path, 0, min(_WARM_UP_SECONDS, seconds)) for path in (NO_OP_PATH, on.door)]
            draining: list[Outcome] = []
            backlog = (0, 0)
            if drain:
                with worker(on) as running:
                    running.send_signal(signal.SIGSTOP)
                    measured = rounds()
                    waiting = on.inbox_count() - position(on)
                    running.send_signal(signal.SIGCONT)
                    draining = [turn(on.door, ROUNDS + 1, seconds)]
                    backlog = (waiting, on.inbox_count() - position(on))
            else:
                measured = rounds()
        no_op, ingest = [one for one, _ in measured], [other for _, other in measured]
        acknowledged = sum(one.statuses[202] for one in (warm_up[1], *ingest, *draining))
        return Measured(no_op, ingest, acknowledged, on.inbox_count(), draining, backlog)


def results(kind: str, measured: Measured) -> Results:
    """The bars of P1."""
    no_op, ingest = together(measured.no_op), together(measured.ingest)
    rates = f"{ingest.rate:,.0f}/s of {no_op.rate:,.0f}/s"
    draining = together(measured.draining)
    drained = f"{draining.rate:,.0f}/s; backlog {measured.backlog[0]:,} → {measured.backlog[1]:,}"
    bars = [
        Bar("P1", kind, "durable ingest ÷ no-op", measured.ratio, 0.5, detail=rates),
        Bar("P1", kind, "durable ingest, p99", ingest.milliseconds(0.99), 100, " ms", at_least=False),
        Bar("P1", kind, "the same while the worker drains", measured.ratio_while_draining, 0.35, detail=drained),
    ]
    return Results(bars, [f"{kind}: {measured.complaint}"] if measured.complaint else [])
