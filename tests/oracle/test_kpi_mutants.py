"""The oracle has teeth: each KPI, broken the way such code is usually broken, differs from it on some tape.

A *mutant* is a measure made from the real source with one piece of it exchanged: an off-by-one bound, a wrong
credit, a missing exclusion. It stands in for the real one in a product of its own; ``-s`` prints what caught it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import pytest

from models.database import Database
from service.kpis.definition import Measure
from service.kpis.registry import by_subject
from tests.databases import SqliteServer
from tests.oracle.comparison import card_differences, differences, oracle_at, oracle_lines, product_lines
from tests.oracle.replay import Player, playing
from tests.oracle.tapes import Tape, tape

TAPES = 60
"""A mutant is caught within so many tapes from the one it is first tried on."""
WINDOWS = ("30d", "last_month")


@dataclass(frozen=True)
class Mutant:
    """``kpi``: whose figures go wrong; ``old`` stands once in the module's source; ``first``: the tape tried first."""

    name: str
    kpi: str
    module: str
    old: str
    new: str
    first: int = 0


MUTANTS = (
    Mutant(
        "utilization counts internal work",
        "utilization",
        "utilization",
        'return "" if story.customer_facing else "internal"',
        'return ""',
    ),
    Mutant("time off leaves the day whole", "utilization", "scheduled", "self._time_off.get(day, 0)", "0", first=9),
    Mutant("hired a day late", "utilization", "scheduled", "hired <= day", "hired < day"),
    Mutant("fifteen minutes are late", "real_time_entry", "real_time_entry", "created - end <=", "created - end <"),
    Mutant(
        "typed in by another counts",
        "real_time_entry",
        "real_time_entry",
        '("proxy_entered", by_another)',
        '("proxy_entered", False)',
    ),
    Mutant("decided at a late event", "sla_triage", "sla", "case, min(happened, due)", "case, happened", first=18),
    Mutant(
        "engagement credited to whoever holds it",
        "sla_engagement",
        "sla",
        "if (named := case.story.technician(result_person)) >= 0:",
        "if (named := -1) >= 0:",
        first=9,
    ),
    Mutant(
        "completion credited to the primary",
        "sla_completion",
        "sla",
        "case.story.primary(at) if completion is None else case.story.completer(completion)",
        "case.story.primary(at)",
    ),
    Mutant(
        "the rest goes to the lowest id", "estimate_accuracy", "estimate_accuracy", "max(hours)", "min(hours)", first=44
    ),
    Mutant(
        "the last estimate counts",
        "estimate_accuracy",
        "estimate_accuracy",
        "history.in_force(since)",
        "history.now",
        first=26,
    ),
    Mutant("nobody is at the top", "escalation_rate", "escalation_rate", 'return "top_tier"', "pass", first=5),
    Mutant("seven days are too late", "reopen_rate", "reopen_rate", "completion.left_at <=", "completion.left_at <"),
    Mutant("the primary is credited", "reopen_rate", "reopen_rate", "story.completer(completion)", "story.primary()"),
    Mutant(
        "thirty minutes are a pause",
        "first_contact_resolution",
        "first_contact_resolution",
        "work.start > end + PAUSE",
        "work.start >= end + PAUSE",
        first=221,
    ),
    Mutant(
        "who waits has not waited",
        "first_contact_resolution",
        "first_contact_resolution",
        'return "waited"',
        "pass",
        first=53,
    ),
    Mutant("an earlier answer counts too", "client_survey", "client_survey", 'else "superseded"', 'else ""'),
    Mutant("credited to the first completer", "client_survey", "client_survey", "before[-1]", "before[0]", first=40),
    Mutant(
        "unmanaged companies count",
        "reactive_hours_per_endpoint",
        "reactive_hours_per_endpoint",
        '"unmanaged" if story.company',
        '"" if story.company',
        first=14,
    ),
    Mutant(
        "an endpoint counts from the day after",
        "reactive_hours_per_endpoint",
        "endpoints",
        "for day in sorted(day for day in days if first <= day",
        "for day in sorted(day for day in days if first < day",
    ),
)


def _grown(mutant: Mutant) -> Mapping[str, Sequence[Measure]]:
    """The measures, those of the mutant's module made from the exchanged source."""
    real = import_module(f"service.kpis.{mutant.module}")
    source = inspect.getsource(real)
    assert 1 == source.count(mutant.old), f"{mutant.old!r} stands {source.count(mutant.old)} times in {real.__name__}"
    grown = ModuleType(f"{real.__name__}_mutant")
    sys.modules[grown.__name__] = grown  # dataclasses look their module up
    try:
        exec(compile(source.replace(mutant.old, mutant.new), grown.__name__, "exec"), grown.__dict__)  # noqa: S102 -- our own source
    finally:
        del sys.modules[grown.__name__]
    mutated = {one.key: one for one in vars(grown).values() if hasattr(one, "evaluate") and not isinstance(one, type)}
    return {
        subject: tuple(
            mutated.get(measure.key, measure) if type(measure).__module__ == real.__name__ else measure
            for measure in measures
        )
        for subject, measures in by_subject().items()
    }


def _said(database: Database, told: Tape, kpi: str, measures: Mapping[str, Sequence[Measure]]) -> Iterator[str]:
    """What differs between the product and the oracle in a KPI's figures on a tape."""
    with playing(database, told.facts, told.policy, told.moments[0], measures) as player:
        for moment in told.moments:
            player.play_to(moment)
            yield from _differences(player, told, moment, kpi)


def _differences(player: Player, told: Tape, moment: str, kpi: str) -> Iterator[str]:
    oracle = oracle_at(told, moment)
    if kpi != "reactive_hours_per_endpoint":  # of endpoints the product has spells, the oracle a row for each day
        yield from differences(product_lines(player.harness, [kpi]), oracle_lines(oracle, [kpi]))
    with player.board() as figures:
        lines = [line for window in WINDOWS for line in card_differences(figures, oracle, window)]
    yield from (line for line in lines if f" {kpi}." in line)


@pytest.fixture
def sqlite(sqlite_server: SqliteServer) -> Iterator[Database]:
    """One database; every tape empties it."""
    url = sqlite_server.create_migrated()
    made = Database(url)
    yield made
    made.close()
    sqlite_server.drop(url)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "_"))
def test_the_oracle_catches(sqlite: Database, mutant: Mutant) -> None:
    """The real KPI agrees with the oracle on the tape that the mutant does not agree on."""
    measures = _grown(mutant)
    for seed in range(mutant.first, mutant.first + TAPES):
        told = tape(seed)
        line = next(_said(sqlite, told, mutant.kpi, measures), None)
        if line is not None:
            print(f"\nmutant {mutant.name!r} caught on tape {seed}: {line[:160]}")  # noqa: T201 -- the run is shown
            assert [] == list(_said(sqlite, told, mutant.kpi, by_subject()))
            return
    pytest.fail(f"{TAPES} tapes did not catch {mutant.name!r}")
