"""``make bench``: measure the bars P1 to P7 (design §8) on SQLite and PostgreSQL, print and write what came of it.

Exit 1 when a figure means nothing (an event acknowledged and not stored, say); a bar that is missed is in the table.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import freshness, ingest, ledger, plots, reading, rebuilding, rendering, whole_way
from benchmarks.bars import Results, as_json, machine, table
from benchmarks.running import DATABASES

BENCHMARKS = ("P1", "P2", "P3", "P4", "P5", "P6", "P7")
"""P5 and P7 are measured together: both want a long past."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description="Bars P1 to P7 of the design, on this machine.")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="one benchmark; may be given again")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one database; may be given again")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of P2, P3, P6 (default 20; bar of P2: 60)")
    parser.add_argument("--turn", type=float, default=5.0, help="seconds of each turn of P1 (default 5)")
    parser.add_argument("--connections", type=int, default=64, help="connections kept busy (default 64)")
    parser.add_argument(
        "--tickets", type=int, default=100_000, help="tickets of P2's reads, P4 (default 1e5; bar: 1e6)"
    )
    parser.add_argument("--events", type=int, default=100_000, help="events of P5 and P7 (default 1e5; bar: 1e6)")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw the costs of P4 by tickets there, as SVG")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    given = parser.parse_args(arguments)
    conditions = [f"{name}: {value}" for name, value in machine().items()] + [
        f"{given.connections} connections; load, web, worker and database share one machine's cores, over loopback",
        f"P1: {ingest.ROUNDS} turns of {given.turn:g} s each; P2, P3, P6: {given.seconds:g} s",
        f"P2, P4: {given.tickets:,} tickets; P5, P7: {given.events:,} events",
        "durable: SQLite WAL with synchronous=FULL; PostgreSQL with fsync and synchronous_commit",
    ]
    print("\n".join(conditions))
    found = Results()
    for kind in given.database or DATABASES:
        for names, run in _benchmarks(given, kind):
            if not set(names.split()).isdisjoint(given.only or BENCHMARKS):
                print(f"measuring {names} on {kind} …", file=sys.stderr)
                found.add(run())
    print(table(found.bars))
    print("\n".join(found.complaints))
    if given.json is not None:
        given.json.write_text(as_json(found, conditions))
    return 1 if found.complaints else 0


def _benchmarks(given: argparse.Namespace, kind: str) -> list[tuple[str, Callable[[], Results]]]:
    connections, seconds = given.connections, given.seconds
    return [
        (
            "P1",
            lambda: ingest.results(kind, ingest.measure(kind, connections=connections, seconds=given.turn)),
        ),
        (
            "P2",
            lambda: whole_way.results(kind, whole_way.measure(kind, connections=connections, seconds=seconds)),
        ),
        ("P2", lambda: reading.results(kind, reading.measure(kind, tickets=given.tickets))),
        ("P3", lambda: freshness.results(kind, freshness.measure(kind, seconds=seconds))),
        ("P4", lambda: _costs(given, kind)),
        ("P5 P7", lambda: rebuilding.results(kind, rebuilding.measure(kind, events=given.events))),
        (
            "P6",
            lambda: rendering.results(kind, rendering.measure(kind, tickets=ledger.SMALL, seconds=seconds)),
        ),
    ]


def _costs(given: argparse.Namespace, kind: str) -> Results:
    """P4 at ten times more tickets each, from 10 000 up to those asked for."""
    steps = (ledger.SMALL * 10**power for power in range(9))
    sizes = [size for size in steps if size < given.tickets] + [given.tickets]
    costs = ledger.measure(kind, sizes)
    if given.plots is not None:
        plots.draw(given.plots, kind, costs)
    return ledger.results(kind, costs)


if __name__ == "__main__":
    sys.exit(main())
