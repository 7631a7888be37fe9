"""What a KPI says of one subject: its contributions, and until when they hold (kpis.md R3, R6, R15)."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from models.entities import MILLION
from models.instants import NEVER, Day, Instant
from models.ledger import NOBODY, NONE


class Outcome(StrEnum):
    """Whether a contribution counts, is left out, or waits."""

    COUNTED = "counted"
    EXCLUDED = "excluded"
    PENDING = "pending"


PENDING_REASONS = frozenset({"pending", "paused", "open"})


class Contribution(NamedTuple):
    """One row of the ledger's contributions; numbers in millionths, ``sample`` plain.

    ``part`` tells several contributions of one subject to one measure apart; ``rule`` names the rule of
    kpis.md that made it; ``reason`` why it does not count, or a qualification (``open_breach``).
    """

    measure: str
    day: Day
    happened_at: Instant
    part: int = 0
    tech_id: int = NOBODY
    queue_id: int = NONE
    company_id: int = NONE
    numerator: int = 0
    denominator: int = 0
    sample: int = 0
    reason: str = ""
    rule: str = ""
    provisional: bool = False

    @property
    def outcome(self) -> Outcome:
        if self.numerator or self.denominator or self.sample:
            return Outcome.COUNTED
        return Outcome.PENDING if self.reason in PENDING_REASONS else Outcome.EXCLUDED


class Verdict(NamedTuple):
    """Contributions that hold until ``next_change_at`` (ledger time) and ``next_heard_at`` (newest fact)."""

    contributions: tuple[Contribution, ...] = ()
    next_change_at: Instant = NEVER
    next_heard_at: Instant = NEVER


ONE = MILLION
"""A ratio counts whole things: one ticket is one million millionths."""
