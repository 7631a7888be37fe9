"""What a scrape of a big desk comes to, counted: docs/metrics.md says it."""

from __future__ import annotations

from benchmarks.ledger import built
from benchmarks.rendering import COMPANIES, QUEUES, TECHNICIANS, desk
from models.instants import parse_instant
from service.metric_reference import COUNTED, SIZE, Size
from service.metrics.ledger import render
from service.metrics.process import ProcessMetrics

TICKETS = 2_500
NOW = parse_instant("2026-09-26T03:30:00Z")
"""Late in the evening, so that there is a day to count, and in the month."""


def series(text: bytes) -> int:
    """Lines that are no comments."""
    return sum(not line.startswith(b"#") for line in text.splitlines())


def test_the_page_says_how_much_a_big_desk_is() -> None:
    """Series to the last one, text to the kilobyte. Months gone by are left out: there are none."""
    assert (TECHNICIANS, QUEUES, COMPANIES) == COUNTED
    with built("sqlite", desk(TICKETS, NOW)) as one, one.view() as view:
        ledger = render(view, frozen=False)
    process = ProcessMetrics().render()
    assert Size(series(ledger), round(len(ledger) / 1_000), series(process), round(len(process) / 1_000)) == SIZE
