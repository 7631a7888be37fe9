"""The ledger against kpis.md written down a second time (``tests.kpis.reference``), on drawn histories."""

from __future__ import annotations

import os
from collections.abc import Sequence

from models.database import Database
from models.inbox import Fact
from models.instants import MINUTE, Instant
from tests.kpis.reference import NAMES, Desk, Figure
from tests.projection import laws
from tests.projection.harness import Harness
from tests.projection.histories import POLICY, START, histories

MOMENTS = tuple(START + minutes * MINUTE for minutes in (0, 17, 27, 40, 44, 47, 90, 110, 170))


def _figures(harness: Harness) -> dict[tuple[str, int], Figure]:
    return {
        (key, row["subject_id"]): Figure(
            reason=row["reason"],
            rule=row["rule"],
            numerator=row["numerator"],
            denominator=row["denominator"],
            happened_at=row["happened_at"],
            day=row["day"],
            tech_id=row["tech_id"],
            queue_id=row["queue_id"],
            company_id=row["company_id"],
            provisional=bool(row["provisional"]),
        )
        for key in NAMES
        for row in harness.contributions(key)
    }


def test_two_readings_of_the_page_give_the_same_digits(main: Database) -> None:
    """Every figure of every ticket at nine moments while time passes."""

    def compare(facts: Sequence[Fact]) -> None:
        reference = Desk(facts, POLICY)
        with laws.emptied(main) as harness:
            harness.store(*facts)
            for now in MOMENTS:
                harness.advance_to(now)
                _same(reference.figures(now), _figures(harness), now)

    examples = (30 if main.is_sqlite else 5) * int(os.environ.get("LAW_TIMES", "1"))
    laws.obey(compare, histories(), examples)


def _same(expected: dict[tuple[str, int], Figure], found: dict[tuple[str, int], Figure], now: Instant) -> None:
    assert expected.keys() == found.keys()
    for key, figure in expected.items():
        assert figure == found[key], f"{key} at {now}"
