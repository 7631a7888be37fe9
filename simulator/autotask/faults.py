"""What goes wrong in the make-believe Autotask: shares and switches, drawn from a seed, counted per entity."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

from models.instants import SECOND, Instant


@dataclass(frozen=True, slots=True)
class Faults:
    """The knobs. Shares are 0 to 1; everything is off by default.

    ``payload_share``: of callouts lost on the way or given up, how many the error log keeps the whole payload of;
    that of the others is cut off before the fields, as a long one is (a delete has none, and is kept).
    ``withdrawn``: collections the user may not read. ``bursts``: from and until when every request fails.
    """

    seed: int = 0
    lost_share: float = 0.0
    duplicated_share: float = 0.0
    delayed_share: float = 0.0
    delayed_seconds: int = 300
    reordered_share: float = 0.0
    reordered_seconds: int = 90
    payload_share: float = 0.5
    error_share: float = 0.0
    error_status: int = 500
    bursts: tuple[tuple[Instant, Instant], ...] = ()
    slow_share: float = 0.0
    slow_seconds: float = 5.0
    changed_between_pages_share: float = 0.0
    withdrawn: frozenset[str] = frozenset()
    hides_non_billable: bool = False
    webhooks_allowed: bool = True
    token_revoked: bool = False
    clock_skew: Instant = 0
    missing_is_null: bool = False
    thread_status: int = 429
    adds_latency: bool = True
    latency_unit_seconds: float = 0.5
    ready_after: Instant = SECOND


class Dice:
    """Draws faults and counts them: ``counts[kind, entity]``."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn: Counter[str] = Counter()
        self.counts: Counter[tuple[str, str]] = Counter()

    def falls(self, kind: str, entity: str, share: float, key: object = None) -> bool:
        """Whether the fault happens this time. With a ``key`` the draw depends on nothing but seed, kind and key."""
        if share <= 0:
            return False
        if key is None:
            self._drawn[kind] += 1
            key = self._drawn[kind]
        happens = Random(f"{self._seed}/{kind}/{entity}/{key}").random() < share
        self.counts[kind, entity] += happens
        return happens
