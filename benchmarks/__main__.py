"""``make bench``: measure and print, with the machine it was measured on; exit 1 when an event was lost."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from pathlib import Path

from benchmarks.ingest import ROUNDS, Measured, measure, rate
from benchmarks.load import Outcome


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description="Durable ingest over HTTP on loopback, SQLite.")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each turn (default 5)")
    parser.add_argument("--connections", type=int, default=64, help="connections kept busy (default 64)")
    given = parser.parse_args(arguments)
    print(f"machine   {machine()}")
    print(f"load      {given.connections} connections, {ROUNDS} turns of {given.seconds:g} s each, one web process,")
    print("          no worker beside it; the load runs on the same machine")
    print(report(measured := measure(connections=given.connections, seconds=given.seconds)))
    return 1 if measured.complaint else 0


def machine() -> str:
    """Processor, cores, system, Python and SQLite."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def report(measured: Measured) -> str:
    """The table."""
    rows = [
        f"{'':<28}{'per second':>12}{'p50 ms':>10}{'p99 ms':>10}",
        _row("no-op, same middleware", measured.no_op),
        _row("durable ingest", measured.ingest),
        f"ratio {measured.ratio:.2f}",
        f"{measured.acknowledged} events acknowledged, {measured.stored} stored",
    ]
    return "\n".join([*rows, measured.complaint] if measured.complaint else rows)


def _row(name: str, outcomes: list[Outcome]) -> str:
    together = Outcome(latencies_seconds=[one for outcome in outcomes for one in outcome.latencies_seconds])
    p50, p99 = together.milliseconds(0.50), together.milliseconds(0.99)
    return f"{name:<28}{rate(outcomes):>12,.0f}{p50:>10.1f}{p99:>10.1f}"


if __name__ == "__main__":
    sys.exit(main())
