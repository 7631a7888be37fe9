"""Nudges: somebody said that something happened to a ticket, so its entries and SLA result are read at once.

They come from webhook events of tickets and their notes (found in the inbox), from Extension Callouts and from the logs
of deletions (rows of a table: the door is another process). What waits is read together.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from ingest import inbox
from ingest.autotask.catalogue import NUDGES
from ingest.feeds import store
from ingest.feeds.entries import Wanted, refetch, remember
from ingest.feeds.following import SlaFollower
from ingest.feeds.source import IDS_AT_ONCE, Kit
from ingest.feeds.store import Asked
from ingest.inbox.tables import INBOX
from ingest.prose import parse
from ingest.values import read_id
from models.entities import TICKET
from models.errors import Unreadable
from models.feeds import NudgeKind
from models.inbox import Origin
from models.instants import SECOND, Instant


class Nudged:
    """The machine that reads what was nudged."""

    name = "nudges"
    every: Instant = SECOND
    essential = False

    def __init__(self, kit: Kit, sla: SlaFollower) -> None:
        self._kit = kit
        self._sla = sla

    async def run(self) -> None:
        """Read the entries of everything that was nudged since the last time."""
        with self._kit.main.read() as connection:
            position = store.standing(connection, self.name).reached
            asked = store.asked(connection, (NudgeKind.TICKET, NudgeKind.TASK), IDS_AT_ONCE)
            last = inbox.last_position(connection)
            named, reached = _nudged_by_events(connection, last if position is None else position, last)
        tickets = frozenset(named | _ids(asked, NudgeKind.TICKET))
        wanted = Wanted(tickets, frozenset(_ids(asked, NudgeKind.TASK)))
        if not wanted.tickets and not wanted.tasks and position is not None and reached - position < IDS_AT_ONCE:
            return  # an idle look writes nothing; what others stored is passed over again, in lumps
        facts = await refetch(self._kit, wanted)
        self._sla.ask(tickets)
        with self._kit.main.write() as connection:
            inbox.append(connection, facts)
            remember(connection, facts)
            store.answered(connection, asked)
            store.succeeded(connection, self.name, reached=reached, at=self._kit.clock.now())


def _nudged_by_events(connection: Connection, position: int, last: int) -> tuple[set[int], int]:
    """The tickets that webhook events in (position, last] name, and the position up to which they were looked at."""
    query = (
        select(INBOX.c.position, INBOX.c.entity_type, INBOX.c.entity_id, INBOX.c.body)
        .where(
            INBOX.c.position > position,
            INBOX.c.position <= last,
            INBOX.c.origin == Origin.WEBHOOK.value,
            INBOX.c.entity_type.in_((TICKET, *NUDGES)),
        )
        .order_by(INBOX.c.position)
        .limit(IDS_AT_ONCE)
    )
    rows = connection.execute(query).all()
    tickets = {row.entity_id if row.entity_type == TICKET else _named(row.entity_type, bytes(row.body)) for row in rows}
    return {one for one in tickets if one is not None}, last if len(rows) < IDS_AT_ONCE else rows[-1].position


def _named(entity_type: str, body: bytes) -> int | None:
    """The ticket that the event of a nudging entity names; ``None`` where the webhook does not carry it."""
    try:
        document = parse(body)
    except Unreadable:
        return None
    fields = _lowered(_lowered(document).get("fields"))
    try:
        return read_id(fields.get(NUDGES[entity_type].lower()))
    except ValueError:
        return None


def _lowered(document: object) -> dict[str, Any]:
    return {key.lower(): value for key, value in document.items()} if isinstance(document, dict) else {}


def _ids(asked: list[Asked], kind: NudgeKind) -> set[int]:
    return {one.entity_id for one in asked if one.kind is kind}
