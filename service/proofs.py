"""The ledger proven while it runs: a sample every quarter of an hour, everything once a night (design §5).

The leading worker verifies a slice at a time between turns, so that facts keep flowing. What came of it is written
beside the inbox, where the metric ``ledger_mismatch``, the API and the health page read it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, cast

import orjson
import structlog
from sqlalchemy import Connection, Table, select

from models.clock import Clock
from models.database import Database
from models.desk import Proof, ProofKind
from models.entities import TECHNICIAN_DAYS
from models.instants import HOUR, Day, Instant, local_day, to_datetime, to_instant
from models.policy import Policy
from service.desk import Pointer
from service.kpis.registry import by_subject
from service.projection.edges import SUBJECTS
from service.projection.ledger.facts import largest_state_id
from service.projection.ledger.tables import Key, dialect_insert
from service.projection.rules import Rules
from service.projection.verify import Report, Verification
from service.reading import View

SAMPLE_EVERY_SECONDS = 15 * 60.0
SAMPLE_SLICES = 4
NIGHT_HOUR = 3
"""The local hour from which the whole ledger is verified, once a day."""
MOST_DETAILS = 20

_PROOF = cast(Table, Proof.__table__)  # type: ignore[attr-defined]
log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Proven:
    """How the last verification of a kind ended. ``details``: the first differences."""

    kind: ProofKind
    pointer: Pointer
    position: int
    as_of: Instant
    finished_at: Instant
    subjects: int
    differences: int
    details: tuple[dict[str, str], ...]


def read_proofs(connection: Connection) -> list[Proven]:
    """The last verification of each kind."""
    return [
        Proven(
            ProofKind(row.kind),
            Pointer(row.generation, row.build),
            row.position,
            to_instant(row.as_of),
            to_instant(row.finished_at),
            row.subjects,
            row.differences,
            tuple(orjson.loads(row.detail)),
        )
        for row in connection.execute(select(_PROOF).order_by(_PROOF.c.kind))
    ]


def proofs_of(main: Database, view: View) -> list[Proven]:
    """The last verifications of the ledger that a view shows."""
    with main.read() as connection:
        proofs = read_proofs(connection)
    return [one for one in proofs if one.pointer == Pointer(view.version.generation, view.version.build)]


def write_proof(connection: Connection, kind: ProofKind, pointer: Pointer, report: Report, now: Instant) -> None:
    """Note how a verification ended."""
    row = {
        "kind": kind.value,
        "generation": pointer.generation,
        "build": pointer.build,
        "position": report.position,
        "as_of": to_datetime(report.as_of),
        "finished_at": to_datetime(now),
        "subjects": report.subjects,
        "differences": len(report.differences),
        "detail": orjson.dumps([asdict(one) for one in report.differences[:MOST_DETAILS]]).decode(),
    }
    insertion = dialect_insert(connection.dialect.name, _PROOF)
    changed = {name: insertion.excluded[name] for name in row if name != "kind"}
    connection.execute(insertion.on_conflict_do_update(index_elements=[_PROOF.c.kind], set_=changed), [row])


@dataclass
class _Run:
    kind: ProofKind
    pointer: Pointer
    verification: Verification
    slices: Iterator[None]


class Prover:
    """The leading worker's verifications, one at a time. ``turn`` does a slice of what is due."""

    def __init__(self, main: Database, clock: Clock, tick: Callable[[], float] = time.monotonic) -> None:
        self._main = main
        self._clock = clock
        self._tick = tick
        self._random = Random()  # noqa: S311 - a place to look at, no secret
        self._run: _Run | None = None
        self._sampled_at = tick()
        self._proven_on: Day | None = None

    def turn(self, ledger: Database, pointer: Pointer, policy: Policy) -> None:
        """Verify a slice, begin what is due, or do nothing. A ledger that was switched away is forgotten."""
        if self._run is not None and self._run.pointer != pointer:
            self._run = None
        if self._run is None:
            self._run = self._begin(ledger, pointer, policy)
        if self._run is not None and next(self._run.slices, self) is self:
            self._finish(self._run)
            self._run = None

    def _begin(self, ledger: Database, pointer: Pointer, policy: Policy) -> _Run | None:
        now = self._clock.now()
        night = local_day(now - NIGHT_HOUR * HOUR, policy.zone)
        if self._proven_on is None:
            self._proven_on = self._last_full_night(policy) or night
        verification = Verification(self._main, ledger, rules=Rules.of(policy), measures=by_subject())
        if night > self._proven_on:
            self._proven_on = night
            return _Run(ProofKind.FULL, pointer, verification, verification.slices())
        if self._tick() - self._sampled_at >= SAMPLE_EVERY_SECONDS:
            self._sampled_at = self._tick()
            return _Run(
                ProofKind.SAMPLE, pointer, verification, verification.sample(self._place(ledger), SAMPLE_SLICES)
            )
        return None

    def _last_full_night(self, policy: Policy) -> Day | None:
        with self._main.read() as connection:
            full = next((one for one in read_proofs(connection) if one.kind is ProofKind.FULL), None)
        return None if full is None else local_day(full.finished_at - NIGHT_HOUR * HOUR, policy.zone)

    def _place(self, ledger: Database) -> Key:
        """A subject somewhere in the ledger."""
        kind = self._random.choice(sorted(SUBJECTS | {TECHNICIAN_DAYS}))
        with ledger.read() as connection:
            return Key(kind, self._random.randrange(largest_state_id(connection, kind) + 1) - 1)

    def _finish(self, run: _Run) -> None:
        report = run.verification.report
        with self._main.write() as connection:
            write_proof(connection, run.kind, run.pointer, report, self._clock.now())
        if report.differences:
            log.error("ledger_mismatch", kind=run.kind.value, first=str(report.differences[0]))
        else:
            log.info("ledger_verified", kind=run.kind.value, subjects=report.subjects, position=report.position)
