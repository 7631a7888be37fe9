"""What is measured against what: a bar (design §8), the figure, whether it was met; as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar on one database. ``at_least``: more is better; else less is. ``detail``: what the figure is made of."""

    name: str
    database: str
    what: str
    measured: float
    bar: float
    unit: str = ""
    at_least: bool = True
    detail: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure reaches the bar."""
        return self.measured >= self.bar if self.at_least else self.measured <= self.bar


@dataclass(frozen=True, slots=True)
class Results:
    """All bars of a run, and what makes its figures worthless (events acknowledged and not stored, say)."""

    bars: list[Bar] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def add(self, other: Results) -> None:
        """Take in another benchmark's."""
        self.bars.extend(other.bars)
        self.complaints.extend(other.complaints)


def machine() -> dict[str, str]:
    """Processor, cores, system, Python, SQLite and the date."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def table(bars: Iterable[Bar]) -> str:
    """One line per bar."""
    rows = [("", "database", "what", "bar", "measured", "met"), *(_row(bar) for bar in bars)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)


def as_json(results: Results, conditions: Sequence[str]) -> str:
    """The run as a JSON document."""
    document = {
        "machine": machine(),
        "conditions": list(conditions),
        "bars": [asdict(bar) | {"met": bar.met} for bar in results.bars],
        "complaints": results.complaints,
    }
    return json.dumps(document, indent=2) + "\n"


def _row(bar: Bar) -> tuple[str, str, str, str, str, str]:
    sign = "≥" if bar.at_least else "≤"
    measured = f"{_number(bar.measured)}{bar.unit}" + (f"  ({bar.detail})" if bar.detail else "")
    return (
        bar.name,
        bar.database,
        bar.what,
        f"{sign} {_number(bar.bar)}{bar.unit}",
        measured,
        "yes" if bar.met else "NO",
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
