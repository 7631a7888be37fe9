"""The product against the oracle: generated histories, every KPI, scope and window, at several moments each.

Contributions are compared row by row, and the cards the API writes. ``ORACLE_TAPES`` sets how many histories.
"""

from __future__ import annotations

import os

import pytest

from models.database import Database
from tests.oracle.comparison import WINDOWS, card_differences, differences, oracle_at, oracle_lines, product_lines
from tests.oracle.replay import playing
from tests.oracle.tapes import tape

TAPES = int(os.environ.get("ORACLE_TAPES", "40"))
PORTIONS = 8
ROWS = (
    "utilization",
    "utilization.time_coverage",
    "real_time_entry",
    "real_time_entry.real_time_entry_hours",
    "sla_triage",
    "sla_engagement",
    "sla_completion",
    "estimate_accuracy",
    "escalation_rate",
    "reopen_rate",
    "first_contact_resolution",
    "client_survey",
)
"""Reactive hours are compared by card: the product has endpoints as spells, the oracle a row for each day."""


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_every_figure_is_what_kpis_md_says(database: Database, portion: int) -> None:
    """Row by row and card by card, at every moment of every history."""
    said = 0
    for seed in range(portion, TAPES, PORTIONS):
        told = tape(seed)
        with playing(database, told.facts, told.policy, told.moments[0]) as player:
            for moment in told.moments:
                player.play_to(moment)
                oracle = oracle_at(told, moment)
                assert [] == differences(product_lines(player.harness, ROWS), oracle_lines(oracle, ROWS)), (
                    seed,
                    moment,
                )
                with player.board() as figures:
                    lines = [line for window in WINDOWS for line in card_differences(figures, oracle, window)]
                assert [] == lines, (seed, moment)
                assert [] == player.harness.verify().differences, (seed, moment)
                said += 1
    assert said >= 3 * (TAPES // PORTIONS)
