"""A tape played to the product: its raw facts as the facts of the inbox, the clock moved to each moment.

A *tape* is a list of raw facts (see ``tests.oracle.tapes``), in the order of their arrival. What the product says at
a moment is what the API writes: the same functions make the documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from ingest import own
from ingest.observations import rest_fact
from ingest.webhooks import fact_of
from models.database import Database
from models.inbox import Fact
from models.instants import Instant, parse_instant
from models.ledger import Scope
from models.policy import Policy
from service.api.scorecard import kpi_document, number
from service.kpis.definition import Measure
from service.reading import View
from service.scorecards.cards import KpiFigure
from service.scorecards.scorecard import Board
from tests.projection.harness import Harness
from tests.scorecards.shop import Shop

Raw = Mapping[str, Any]


def fact(raw: Raw) -> Fact:
    """A raw fact as it lies in the inbox."""
    received_at = parse_instant(raw["received_at"])
    kind = raw["kind"]
    if kind == "event":
        body = {
            "Action": raw["action"],
            "EntityType": raw["entity"],
            "Id": raw["id"],
            "EventTime": raw["event_time"],
            "SequenceNumber": raw["sequence"],
            "Fields": raw["fields"],
        }
        return fact_of(json.dumps(body).encode(), received_at)
    if kind == "row":
        changed_at = None if raw["changed_at"] is None else parse_instant(raw["changed_at"])
        seen_at = parse_instant(raw["seen_at"])
        return rest_fact(
            raw["entity"], raw["id"], raw["fields"], changed_at=changed_at, seen_at=seen_at, received_at=received_at
        )
    return _own(raw, kind, received_at)


def _own(raw: Raw, kind: str, received_at: Instant) -> Fact:
    if kind == "gap":
        end = None if raw["end"] is None else parse_instant(raw["end"])
        return own.gap_fact(raw["id"], parse_instant(raw["start"]), end, at=received_at, received_at=received_at)
    if kind == "lost_event":
        return own.lost_event_fact(raw["id"], raw["ticket"], parse_instant(raw["at"]), received_at=received_at)
    if kind == "history":
        lines = [
            own.HistoryLine(parse_instant(one["at"]), one["field"], one["old"], one["new"]) for one in raw["lines"]
        ]
        imported_at = parse_instant(raw["imported_at"])
        return own.history_fact(
            raw["ticket"], imported_at, lines, understood=raw["understood"], received_at=received_at
        )
    at = parse_instant(raw["at"])
    if kind == "contest":
        return own.contest_fact(
            raw["id"],
            raw["ticket"],
            raw["kpi"],
            at=at,
            reason=raw["reason"],
            author=raw["author"],
            received_at=received_at,
            credit_to=raw["tech_id"] if raw["action"] == "credit" else None,
        )
    return own.contest_undone_fact(raw["id"], at=at, author="test", received_at=received_at)


class Player:
    """One tape on one database, played up to a moment at a time."""

    def __init__(self, shop: Shop, facts: Sequence[Raw]) -> None:
        self.shop = shop
        self._waiting = sorted(facts, key=lambda raw: parse_instant(raw["received_at"]))

    @property
    def harness(self) -> Harness:
        return self.shop.harness

    def play_to(self, moment: str, *, all_facts: bool = False) -> None:
        """Everything received up to a moment is stored, then the clock stands at it."""
        now = parse_instant(moment)
        arrived = [raw for raw in self._waiting if all_facts or parse_instant(raw["received_at"]) <= now]
        self._waiting = self._waiting[len(arrived) :]
        self.harness.clock.set(max(now, self.harness.clock.now()))
        self.harness.store(*(fact(raw) for raw in arrived))
        self.harness.settle()

    def board(self) -> _Opened:
        """The figures now."""
        return _Opened(self.shop)


class _Opened:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __enter__(self) -> Figures:
        self._view = self._shop.view()
        return Figures(self._view.__enter__())

    def __exit__(self, *error: object) -> None:
        self._view.__exit__(None, None, None)


class Figures:
    """What the API writes of every scope and window."""

    def __init__(self, view: View) -> None:
        self._board = Board(view)

    def card(self, window: str, scope: Scope, scope_id: int = 0) -> dict[str, Any]:
        """Score, band, focus and the KPI objects of one scope."""
        whole = self._board.window(window)
        if scope is Scope.TECH:
            card = self._board.technician(whole, scope_id, "")
            return {**_scored(card), "kpis": _documents(card.kpis)}
        if scope is Scope.TEAM:
            card = self._board.scorecard(window).team
            return {"score": number(card.score), "band": card.band, "kpis": _documents(card.kpis)}
        return {"kpis": _documents(self._board.figures(whole, scope, (scope_id,))[scope_id])}

    def members(self, window: str) -> list[int]:
        """The technicians with a row."""
        return sorted(one.tech_id for one in self._board.scorecard(window).technicians if one.tech_id is not None)


def _scored(card: Any) -> dict[str, Any]:
    return {"score": number(card.score), "band": card.band, "focus": card.focus}


def _documents(figures: Sequence[KpiFigure]) -> dict[str, dict[str, Any]]:
    return {figure.kpi: kpi_document(figure) for figure in figures}


@contextmanager
def playing(
    database: Database,
    facts: Sequence[Raw],
    policy: Mapping[str, Any],
    start: str,
    measures: Mapping[str, Sequence[Measure]] | None = None,
) -> Iterator[Player]:
    """A product with nothing in its books, to which a tape is played."""
    with database.write() as connection:
        connection.execute(text("DELETE FROM inbox"))
    shop = Shop(database, now=start, policy=Policy.model_validate(policy), measures=measures)
    try:
        yield Player(shop, facts)
    finally:
        shop.close()
