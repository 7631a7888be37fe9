"""P4: what an event, a reading of the scorecard and a rendering of the metrics cost by how long the past is.

A ledger is built of each past and projected into by this process, on a clock that stands still, so that nothing but
the events under measurement happens. *In life* events hit tickets of the last thirty days; beside it any ticket at all,
drawn evenly. Before each reading and rendering one event changes the figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

from benchmarks.bars import Bar, Results
from benchmarks.history import DAY, Past, fill, past
from benchmarks.load import FIRST_TICKET, quantile
from benchmarks.running import site
from ingest.inbox import append
from models import entities as e
from models.clock import FrozenClock
from models.database import Database
from models.inbox import Fact
from models.instants import MINUTE, SECOND
from models.policy import Policy
from service.desk import Pointer
from service.kpis.registry import by_subject
from service.metrics.ledger import render
from service.projection.ledgers import create_ledger
from service.projection.mandate import Mandate
from service.projection.projector import Projector
from service.projection.rebuild import Rebuild
from service.projection.rules import Rules
from service.reading import View, view_of
from service.scorecards.scorecard import scorecard
from service.scorecards.tech_months import TechMonths
from service.scorecards.unchanged import Unchanged
from simulator.callouts import wire_time

SMALL = 10_000
GROWTH = 1.3
MANY_ENTRIES, FEW_ENTRIES = 5_000, 5
_EVENTS = 1_000
_AT_ONCE = 50
_LOOKS = 15
ROUNDS = 3
"""Pasts take turns, so that a machine that grows slower slows all."""
_RECENT_DAYS = 30
_NEW = 500_000_000
"""Ids from here on are those of what is made while it is measured."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Median seconds, by what they are of; of one past."""

    tickets: int
    in_life: float
    uniform: float
    few_entries: float
    many_entries: float
    reading: float
    rendering: float


@dataclass
class Built:
    """A ledger of a past, and its projector."""

    past: Past
    inbox: Database
    ledger: Database
    projector: Projector
    policy: Policy
    mandate: Mandate
    months: TechMonths = field(default_factory=TechMonths)
    unchanged: Unchanged = field(default_factory=Unchanged)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    rng: Random = field(default_factory=lambda: Random(4))

    def project(self, facts: Sequence[Fact]) -> float:
        """Store facts, then the seconds that taking them and all that follows from them takes."""
        with self.inbox.write() as connection:
            append(connection, facts)
        started = time.perf_counter()
        while (step := self.projector.step()).facts or step.waiting:
            pass
        return time.perf_counter() - started

    def event(self, ticket: int) -> Fact:
        """What happens to a ticket: time is entered, it is opened again, it is completed again."""
        number = next(self.numbers)
        at = self.past.now - DAY // 2 + number * SECOND
        if number % 3 == 0:
            tech_id = self.past.technician(number)
            return self.past.entry(_NEW + number, FIRST_TICKET + ticket, tech_id, at - 31 * MINUTE)
        fields = {"Status": 1 if number % 3 == 1 else 5, "Priority": 1 + number % 4}
        return self.past.fact(e.TICKET, FIRST_TICKET + ticket, at, fields, "Update")

    def render(self, view: View) -> bytes:
        """The metrics as the leading worker renders them, with what it keeps from one time to the next."""
        self.unchanged.moved(self.projector.take_moved())
        return render(view, frozen=False, months=self.months, unchanged=self.unchanged)

    @contextmanager
    def view(self) -> Iterator[View]:
        """The figures as a reader has them."""
        with self.ledger.read() as connection:
            yield view_of(connection, Pointer("bench", 1), self.policy, 1)


@contextmanager
def built(kind: str, of: Past) -> Iterator[Built]:
    """A ledger of a past, gone afterwards."""
    with site(kind) as on:
        main, policy = Database(on.url), on.policy
        fill(main, of.facts())
        mandate = Mandate("bench", 1, 1, Rules.of(policy), by_subject())
        ledger = create_ledger(main, mandate.generation, mandate.build)
        try:
            Rebuild(main, ledger, mandate, of.now).run()
            projector = Projector(main, ledger, mandate, FrozenClock(of.now))
            projector.take_over()
            yield Built(of, main, ledger, projector, policy, mandate)
        finally:
            ledger.close()
            main.close()


def measure(kind: str, sizes: Sequence[int], *, entries: int = MANY_ENTRIES, events: int = _EVENTS) -> list[Costs]:
    """The costs of each size of past."""
    now = int(time.time()) * SECOND
    with ExitStack() as stack:
        ledgers = [stack.enter_context(built(kind, past(tickets, now))) for tickets in sizes]
        busy = [[_busy_ticket(one, _NEW + n, n) for n in (FEW_ENTRIES, entries)] for one in ledgers]
        rounds = [
            [_costs(one, few, many, events // ROUNDS) for one, (few, many) in zip(ledgers, busy, strict=True)]
            for _ in range(ROUNDS)
        ]
    return [
        Costs(**{name: sorted(getattr(one, name) for one in turns)[ROUNDS // 2] for name in Costs.__slots__})
        for turns in zip(*rounds, strict=True)
    ]


def results(kind: str, measured: Sequence[Costs]) -> Results:
    """The bars of P4: the longest past against the shortest."""
    small, large = measured[0], measured[-1]
    sizes = f"{large.tickets:,} ÷ {small.tickets:,} tickets"

    def bar(what: str, of: Callable[[Costs], float]) -> Bar:
        detail = ", ".join(f"{1_000 * of(one):.2f} ms" for one in measured)
        return Bar("P4", kind, f"{what}, {sizes}", of(large) / of(small), GROWTH, "x", at_least=False, detail=detail)

    many = large.many_entries / large.few_entries
    detail = f"{1_000 * large.many_entries:.2f} ms, {1_000 * large.few_entries:.2f} ms"
    told = ", ".join(f"{1_000 * one.uniform:.2f} ms" for one in measured)
    in_life = bar("an event as in life", lambda one: one.in_life)
    return Results(
        [
            replace(in_life, detail=f"{in_life.detail}; on any ticket {told}"),
            Bar(
                "P4", kind, "an event on a ticket with many entries ÷ few", many, 10, "x", at_least=False, detail=detail
            ),
            bar("reading the scorecard", lambda one: one.reading),
            bar("rendering the metrics", lambda one: one.rendering),
        ]
    )


def _costs(one: Built, few: int, many: int, events: int) -> Costs:
    recent = one.past.newest(_RECENT_DAYS)
    _project_on(one, recent, min(events, 2 * _AT_ONCE))  # warm up
    in_life = _project_on(one, recent, events)
    uniform = _project_on(one, range(one.past.tickets), events)
    turns = [(one.project([one.event(few)]), one.project([one.event(many)])) for _ in range(_LOOKS)]
    return Costs(
        one.past.tickets,
        in_life,
        uniform,
        quantile([cost for cost, _ in turns], 0.5),
        quantile([cost for _, cost in turns], 0.5),
        looking(one, lambda view: scorecard(view, "30d")),
        looking(one, one.render),
    )


def looking(
    one: Built,
    look: Callable[[View], object],
    clock: Callable[[], float] = time.perf_counter,
    *,
    events: int = 1,
) -> float:
    """The median seconds of a look at figures that so many events have just changed, by a clock."""
    seconds = []
    for _ in range(_LOOKS):
        one.project([one.event(one.rng.choice(one.past.newest(_RECENT_DAYS))) for _ in range(events)])
        started = clock()
        with one.view() as view:
            look(view)
        seconds.append(clock() - started)
    return quantile(seconds, 0.5)


def _project_on(one: Built, tickets: range, events: int) -> float:
    """Seconds an event: the median of turns of a few events each."""
    turns = []
    for _ in range(max(1, events // _AT_ONCE)):
        some = [one.event(one.rng.choice(tickets)) for _ in range(_AT_ONCE)]
        turns.append(one.project(some) / _AT_ONCE)
    return quantile(turns, 0.5)


def _busy_ticket(one: Built, ticket: int, entries: int) -> int:
    """A ticket of three weeks ago with so many entries; it is completed."""
    created = one.past.now - 21 * DAY
    fields = {
        "CompanyID": 100,
        "Status": 5,
        "CreateDate": wire_time(created),
        "AssignedResourceID": one.past.technician(0),
    }
    one.project([one.past.fact(e.TICKET, FIRST_TICKET + ticket, created, fields)])
    first = FIRST_TICKET + ticket * 10
    step = 20 * DAY // entries
    told = [
        one.past.entry(first + number, FIRST_TICKET + ticket, one.past.technician(number % 3), created + number * step)
        for number in range(entries)
    ]
    one.project(told)
    return ticket
