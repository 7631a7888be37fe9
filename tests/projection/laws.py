"""The laws every history must obey, as functions that raise when one is broken.

``test_laws`` tries them on the real code, ``test_mutants`` on code broken on purpose. Each takes an empty main
database; ``emptied`` makes one of a used one.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models.database import Database
from models.inbox import Fact
from models.instants import NEVER, Instant
from models.ledger import DeadlineClock
from models.policy import Policy
from service.kpis.definition import Measure
from service.projection.evaluation import Evaluation, evaluate
from service.projection.ledger import facts as ledger_facts
from service.projection.ledger import waiting
from service.projection.ledger.progress import read_progress
from service.projection.ledger.tables import Key
from service.projection.loading import load_stories
from service.projection.refold import NAMELESS
from service.projection.story import Moment, Story
from tests.projection.harness import Harness
from tests.projection.histories import POLICY, START, STEP, Plan

Measures = Mapping[str, Sequence[Measure]]
Law = Callable[[Database, Any], None]
GRID = tuple(sorted({START + step * STEP + off for step in range(34) for off in (-1, 0, 1)}))
"""The instants at which a drawn history is looked at, and just before and after."""


def obey(law: Callable[[Any], None], inputs: st.SearchStrategy[Any], examples: int) -> None:
    """Try a law on drawn inputs, the same ones at every run (a red build must be red again on a laptop).

    Shrinking a counterexample takes minutes here: set ``LAW_SHRINK=1`` to have it done.
    """
    phases = (Phase.generate, Phase.shrink) if os.environ.get("LAW_SHRINK") else (Phase.generate,)

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        report_multiple_bugs=False,
        database=None,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(inputs)
    def tried(drawn: Any) -> None:
        law(drawn)

    tried()


@contextmanager
def emptied(
    main: Database,
    *,
    now: Instant = START,
    policy: Policy = POLICY,
    batch: int = 500,
    measures: Measures | None = None,
) -> Iterator[Harness]:
    """A harness on an inbox without facts."""
    with main.write() as connection:
        connection.execute(text("DELETE FROM inbox"))
    with harness_on(main, now=now, policy=policy, batch=batch, measures=measures) as harness:
        yield harness


@contextmanager
def harness_on(
    main: Database,
    *,
    now: Instant,
    policy: Policy,
    batch: int = 500,
    build: int = 1,
    measures: Measures | None = None,
) -> Iterator[Harness]:
    """A harness whose ledger is rebuilt from what the inbox holds."""
    harness = Harness(main, now=now, policy=policy, batch=batch, build=build, measures=measures)
    try:
        yield harness
    finally:
        harness.close()


def law_of_order(main: Database, plan: Plan) -> None:
    """Any order, any repetition, any batch split, the clock moved in between: byte-equal ledgers (I2, I3)."""
    with emptied(main, now=plan.start, policy=plan.policy) as straight:
        straight.tell(*plan.facts)
        straight.advance_to(plan.now)
        expected = straight.dump()
    with emptied(main, now=plan.start, policy=plan.policy, batch=plan.batch) as scattered:
        for portion, clock in zip(plan.portions, plan.clocks, strict=True):
            scattered.store(*portion)
            scattered.advance_to(min(clock, plan.now))
        scattered.advance_to(plan.now)
        same(expected, scattered.dump(), "another order gives another ledger")


def law_of_rebuild(main: Database, plan: Plan) -> None:
    """A ledger made step by step equals one rebuilt per subject at the same moment, and verify agrees (I4)."""
    with emptied(main, now=plan.start, policy=plan.policy, batch=plan.batch) as stepped:
        for portion, clock in zip(plan.portions, plan.clocks, strict=True):
            stepped.store(*portion)
            stepped.advance_to(min(clock, plan.now))
        stepped.advance_to(plan.now)
        agreed(stepped, "after the last fact")
        with harness_on(main, now=plan.now, policy=plan.policy, build=2) as rebuilt:
            same(stepped.dump(), rebuilt.dump(), "a rebuild gives another ledger")
            agreed(rebuilt, "after a rebuild")


def law_of_prefixes(main: Database, plan: Plan) -> None:
    """At every prefix of what arrives verify agrees, with time moving on in between (I4)."""
    with emptied(main, now=plan.start, policy=plan.policy, batch=plan.batch) as harness:
        clocks = sorted(min(clock, plan.now) for clock in plan.clocks)
        for number, fact in enumerate(plan.arrivals):
            harness.clock.set(clocks[number * len(clocks) // len(plan.order)])
            harness.tell(fact)
            agreed(harness, f"after fact {number + 1}")


def law_of_commits(main: Database, plan: Plan) -> None:
    """At every commit counters are sums; as_of never falls, nor moves while a reached deadline waits (I4, I5)."""
    with emptied(main, now=plan.start, policy=plan.policy, batch=plan.batch) as harness:
        for portion, clock in zip(plan.portions, plan.clocks, strict=True):
            harness.store(*portion)
            harness.clock.set(clock)  # also back
            for _ in range(1_000):
                if not _one_commit(harness):
                    break
            else:
                raise AssertionError("the projector does not come to rest")


def same(expected: Mapping[str, Sequence[Any]], found: Mapping[str, Sequence[Any]], what: str) -> None:
    """Assert that two dumps are equal, table by table, row by row; names a row that is not."""
    for name, rows in expected.items():
        if rows != found[name]:
            row = min(set(rows) ^ set(found[name]), key=repr)
            raise AssertionError(f"{what}: {name} {row}")


def agreed(harness: Harness, when: str) -> None:
    """Assert that verify finds nothing, and nothing that waits or is parked either."""
    report = harness.verify()
    assert not report.differences, f"verify differs {when}: {report.differences[0]}"
    assert (0, 0) == (report.waiting, report.parked), f"{report.waiting} wait, {report.parked} parked {when}"


def _one_commit(harness: Harness) -> bool:
    with harness.ledger.read() as connection:
        before = read_progress(connection)
        assert before is not None
        waited = waiting.count_reached(connection, before.as_of, before.heard)
    step = harness.projector.step()
    with harness.ledger.read() as connection:
        after = read_progress(connection)
        assert after is not None
        left = waiting.count_reached(connection, after.as_of, after.heard)
    assert before.as_of <= after.as_of, "as_of fell"
    assert after.as_of <= max(before.as_of, harness.clock.now()), "as_of ran ahead of the clock"
    assert not waited or before.as_of == after.as_of, "as_of moved while a reached deadline waited"
    assert not step.moved or left == step.waiting, "the step miscounts what waits"
    dump = harness.dump(("contribution", "counter"))
    same({"counter": summed(dump["contribution"])}, {"counter": dump["counter"]}, "counters are not the sums")
    return step.moved


def summed(contributions: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The counter rows that contributions make (kpis.md R1, R8), all-zero ones left out."""
    sums: dict[tuple[str, str, int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in contributions:
        _, _, measure, _, tech, queue, company, day, _, numerator, denominator, sample, _, _, _, provisional = row
        if not (numerator or denominator or sample):
            continue
        for scope, scope_id in (("team", 0), ("tech", tech), ("queue", queue), ("company", company)):
            total = sums[measure, scope, scope_id, day]
            for place, amount in enumerate((numerator, denominator, sample, provisional)):
                total[place] += amount
    return sorted((*key, *total) for key, total in sums.items() if any(total))


def law_of_next_change(
    main: Database,
    facts: Sequence[Fact],
    measures: Measures | None = None,
    *,
    policy: Policy = POLICY,
    moments: Sequence[Instant] = GRID,
) -> None:
    """Until ``next_change_at`` (and ``next_heard_at``) nothing a subject says changes, these two included (R15)."""
    with emptied(main, now=moments[-1], policy=policy, measures=measures) as harness:
        harness.tell(*facts)
        with harness.ledger.read() as connection:
            subjects = ledger_facts.subject_keys_after(connection, NAMELESS, 1_000)
            stories = load_stories(connection, subjects, harness.rules, {})
            for key, story in stories.items():
                _changes_only_when_due(key, story, harness.measures, moments)


def _changes_only_when_due(key: Key, story: Story, measures: Measures, moments: Sequence[Instant]) -> None:
    latest = moments[-1]
    for clock in DeadlineClock:
        said: Evaluation | None = None
        for instant in moments:
            moment = Moment(instant, latest) if clock == DeadlineClock.NOW else Moment(latest, instant)
            now_said = evaluate(key, story, moment, measures)
            assert not now_said.failure, now_said.failure
            if said is not None and instant < said.deadlines.get(clock, NEVER):
                assert said == now_said, f"{key} changed at {instant} without a deadline of {clock}"
            assert instant < now_said.deadlines.get(clock, NEVER), "a deadline that is past already"
            said = now_said
