"""The ledger proven while it runs: when it is due, what it finds, and where that can be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from models.database import Database
from models.desk import ProofKind
from models.instants import HOUR
from models.ledger import LEDGER_METADATA
from service.desk import Pointer
from service.metrics import live
from service.proofs import SAMPLE_EVERY_SECONDS, Proven, Prover, proofs_of
from tests.projection.harness import GENERATION, at
from tests.scorecards.shop import Shop, open_shop

POINTER = Pointer(GENERATION, 1)


class Watch:
    """A stopwatch moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with ten decisions, at noon."""
    with open_shop(database) as opened:
        opened.tell(*(opened.decided("2026-09-14 10:00") for _ in range(10)))
        yield opened


def _turn(shop: Shop, prover: Prover, times: int = 20) -> None:
    for _ in range(times):
        prover.turn(shop.harness.ledger, POINTER, shop.policy)


def _proofs(shop: Shop) -> dict[ProofKind, Proven]:
    with shop.view() as view:
        return {one.kind: one for one in proofs_of(shop.database, view)}


def _plant(shop: Shop) -> None:
    contribution = LEDGER_METADATA.tables["contribution"]
    with shop.harness.ledger.write() as connection:
        connection.execute(update(contribution).values(numerator=contribution.c.numerator + 1))


class TestWhen:
    """A sample every quarter of an hour, everything once a night."""

    def test_nothing_is_due_at_first(self, shop: Shop) -> None:
        """A worker that has just begun to lead verifies nothing yet."""
        _turn(shop, Prover(shop.database, shop.harness.clock, Watch()))
        assert {} == _proofs(shop)

    def test_a_sample(self, shop: Shop) -> None:
        """After a quarter of an hour a sample is verified, once."""
        watch = Watch()
        prover = Prover(shop.database, shop.harness.clock, watch)
        watch.now = SAMPLE_EVERY_SECONDS
        _turn(shop, prover)
        found = _proofs(shop)
        assert [ProofKind.SAMPLE] == list(found)
        assert 0 == found[ProofKind.SAMPLE].differences

    def test_everything_at_night(self, shop: Shop) -> None:
        """When the local night has come the whole ledger is verified, and not again before the next."""
        prover = Prover(shop.database, shop.harness.clock, Watch())
        _turn(shop, prover, 1)
        shop.harness.advance_to(at("2026-09-15 03:00"))
        _turn(shop, prover)
        full = _proofs(shop)[ProofKind.FULL]
        assert (10, 0) == (full.subjects, full.differences)
        shop.harness.advance_to(at("2026-09-15 03:00") + 20 * HOUR)
        _turn(shop, prover)
        assert full == _proofs(shop)[ProofKind.FULL]

    def test_a_missed_night(self, shop: Shop) -> None:
        """A worker that starts after the night another one proved does what is due since."""
        first = Prover(shop.database, shop.harness.clock, Watch())
        _turn(shop, first, 1)
        shop.harness.advance_to(at("2026-09-15 03:00"))
        _turn(shop, first)
        shop.harness.advance_to(at("2026-09-16 09:00"))
        _turn(shop, Prover(shop.database, shop.harness.clock, Watch()))
        assert at("2026-09-16 09:00") == _proofs(shop)[ProofKind.FULL].finished_at


class TestWhatItFinds:
    """A wrong digit is told wherever people look."""

    def test_a_planted_digit(self, shop: Shop) -> None:
        """Counted, with the first differences, in the metric too."""
        prover = Prover(shop.database, shop.harness.clock, Watch())
        _turn(shop, prover, 1)
        _plant(shop)
        shop.harness.advance_to(at("2026-09-15 03:00"))
        _turn(shop, prover)
        full = _proofs(shop)[ProofKind.FULL]
        assert full.differences > 0
        assert "contribution" in {one["kind"] for one in full.details}
        with shop.view() as view:
            text = live.render(shop.database, view, shop.harness.clock).decode()
        assert f'techscore_ledger_mismatch{{kind="full"}} {float(full.differences)}' in text

    def test_another_ledger(self, shop: Shop) -> None:
        """What was proven of another build is not said of this one."""
        prover = Prover(shop.database, shop.harness.clock, Watch())
        _turn(shop, prover, 1)
        shop.harness.advance_to(at("2026-09-15 03:00"))
        for _ in range(20):
            prover.turn(shop.harness.ledger, Pointer(GENERATION, 2), shop.policy)
        assert {} == _proofs(shop)
