"""A small Techscore without processes: an inbox, a ledger, a projector and a clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, text

from ingest import inbox
from ingest.observations import rest_fact
from ingest.webhooks import fact_of
from models.clock import ManualClock
from models.database import Database
from models.inbox import Fact
from models.instants import Instant, isoformat, parse_instant
from models.ledger import LEDGER_METADATA
from models.policy import Policy
from service.kpis.definition import Measure
from service.kpis.registry import by_subject
from service.projection.ledgers import create_ledger, drop_ledger
from service.projection.mandate import Mandate
from service.projection.projector import Projector
from service.projection.rebuild import Rebuild
from service.projection.rules import Rules
from service.projection.verify import Report, Verification

GENERATION = "test"
DERIVED = ("state", "edge", "work", "contribution", "counter", "deadline")


def at(text: str) -> Instant:
    """``"2026-09-14 10:00"`` or any ISO time, UTC, as an instant."""
    return parse_instant(text)


def webhook(
    entity_type: str,
    entity_id: int,
    event_time: Instant,
    fields: Mapping[str, Any] | None = None,
    *,
    action: str = "Update",
    sequence: int = 1,
    received_at: Instant | None = None,
) -> Fact:
    """A webhook's fact; unique by all that is given."""
    document = {
        "Action": action,
        "Guid": "00000000-0000-0000-0000-000000000001",
        "EntityType": entity_type,
        "Id": entity_id,
        "Fields": dict(fields or {}),
        "EventTime": isoformat(event_time),
        "SequenceNumber": sequence,
        "PersonID": 30691780,
    }
    return fact_of(json.dumps(document).encode(), event_time if received_at is None else received_at)


def row(
    entity_type: str, entity_id: int, seen_at: Instant, fields: Mapping[str, Any], changed_at: Instant | None = None
) -> Fact:
    """A REST row's fact."""
    return rest_fact(
        entity_type,
        entity_id,
        fields,
        changed_at=changed_at,
        seen_at=seen_at,
        received_at=seen_at,
    )


def refuse_contributions_of(ticket_id: int, ledger: Database) -> None:
    """From now on the ledger's database refuses what a ticket contributes (until ``accept_contributions``)."""
    with ledger.write() as connection:
        if ledger.is_sqlite:
            body = f"WHEN NEW.subject_id = {ticket_id} BEGIN SELECT RAISE(ABORT, 'refused'); END"
            connection.execute(text(f"CREATE TRIGGER refused BEFORE INSERT ON contribution {body}"))
        else:
            connection.execute(
                text(f"ALTER TABLE contribution ADD CONSTRAINT refused CHECK (subject_id <> {ticket_id})")
            )


def accept_contributions(ledger: Database) -> None:
    """The database refuses nothing any more."""
    with ledger.write() as connection:
        command = "DROP TRIGGER refused" if ledger.is_sqlite else "ALTER TABLE contribution DROP CONSTRAINT refused"
        connection.execute(text(command))


class Harness:
    """One inbox with one ledger, both in ``main``'s place; everything settles at the clock's time."""

    def __init__(
        self,
        main: Database,
        *,
        now: Instant,
        policy: Policy | None = None,
        batch: int = 500,
        build: int = 1,
        measures: Mapping[str, Sequence[Measure]] | None = None,
    ) -> None:
        self.main = main
        self.clock = ManualClock(now)
        self.rules = Rules.of(policy or Policy(timezone="UTC"))
        self.measures = by_subject() if measures is None else measures
        self._batch = batch
        self._build = build
        self.ledger = create_ledger(main, GENERATION, build)
        self.rebuild()
        self.projector = self.new_projector()

    def mandate(self, term: int = 1) -> Mandate:
        """What a writer of this ledger goes by."""
        return Mandate(GENERATION, self._build, term, self.rules, self.measures)

    def rebuild(self) -> None:
        """Build the (empty) ledger from what the inbox holds."""
        Rebuild(self.main, self.ledger, self.mandate(), as_of=self.clock.now()).run()

    def new_projector(self, term: int = 1) -> Projector:
        """A projector that has taken over."""
        projector = Projector(self.main, self.ledger, self.mandate(term), self.clock, batch=self._batch)
        projector.take_over()
        return projector

    def store(self, *facts: Fact) -> None:
        """Append facts to the inbox."""
        with self.main.write() as connection:
            inbox.append(connection, facts)

    def settle(self) -> None:
        """Step until nothing moves and nothing waits."""
        for _ in range(10_000):
            if not self.projector.step().moved:
                return
        raise AssertionError("the projector does not come to rest")

    def tell(self, *facts: Fact) -> None:
        """Store facts and settle."""
        self.store(*facts)
        self.settle()

    def advance_to(self, now: Instant) -> None:
        """Move the clock and settle; no fact arrives."""
        self.clock.set(now)
        self.settle()

    def verify(self) -> Report:
        return Verification(self.main, self.ledger, rules=self.rules, measures=self.measures).run()

    def dump(self, tables: Iterable[str] = DERIVED) -> dict[str, list[tuple[Any, ...]]]:
        """The derived tables, sorted; equal ledgers give equal dumps."""
        with self.ledger.read() as connection:
            return {
                name: sorted(tuple(r) for r in connection.execute(select(LEDGER_METADATA.tables[name])))
                for name in tables
            }

    def contributions(self, measure: str) -> list[dict[str, Any]]:
        """The contributions to a measure, by subject."""
        contribution = LEDGER_METADATA.tables["contribution"]
        with self.ledger.read() as connection:
            rows = connection.execute(
                select(contribution)
                .where(contribution.c.measure == measure)
                .order_by(contribution.c.subject_id, contribution.c.part)
            ).mappings()
            return [dict(r) for r in rows]

    def close(self) -> None:
        """Drop the ledger."""
        self.ledger.close()
        drop_ledger(self.main, GENERATION, self._build)
