"""Following the inbox: what a stored fact makes us read next, whichever way it came in.

A ticket's fact makes its SLA result be read again (it has no change time of its own). A fact that names an entity
nobody has seen yet makes that entity be fetched. Each follower keeps the inbox position it reached, in the same
transaction as what it stored, so that a crash repeats and never skips.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ingest import inbox
from ingest.feeds import store
from ingest.feeds.entries import observed, parents
from ingest.feeds.plan import CURSORS, REFERENCES
from ingest.feeds.reading import read_by
from ingest.feeds.source import IDS_AT_ONCE, Kit
from ingest.feeds.store import Standing
from models.entities import SLA_RESULT, TICKET, Observation
from models.inbox import Fact
from models.instants import HOUR, SECOND, Instant

AT_ONCE = 1_000
SAY_EVERY: Instant = 30 * SECOND
ABSENT_FOR: Instant = HOUR
"""How long an id that Autotask did not know is not asked for again."""


class SlaFollower:
    """Reads the SLA results of tickets of which a fact was stored, at most one list of them every two seconds.

    Not more often: results have no change time, so two reads of one are told apart by when they were read, in whole
    seconds, of which a response's ``Date`` alone may take one.
    """

    name = "ServiceLevelAgreementResults"
    every: Instant = 2 * SECOND
    essential = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._asked: set[int] = set()

    def ask(self, tickets: Iterable[int]) -> None:
        """Read these next, whether or not a fact of them was stored."""
        self._asked |= set(tickets)

    async def run(self) -> None:
        """Read the results of the next tickets."""
        with self._kit.main.read() as connection:
            state = store.standing(connection, self.name)
            last = inbox.last_position(connection)
            found = store.changed_after(connection, TICKET, state.reached or 0, last, AT_ONCE)
        tickets = set(sorted(self._asked)[:IDS_AT_ONCE])
        asked = frozenset(tickets)
        reached = last if len(found) < AT_ONCE else max(found)
        for at, ticket in found.items():
            if ticket not in tickets and len(tickets) == IDS_AT_ONCE:
                reached = at - 1
                break
            tickets.add(ticket)
        results = await read_by(self._kit, SLA_RESULT, "ticketID", tickets, cursor=None)
        now = self._kit.clock.now()
        if not tickets and not _is_worth_saying(state, now):
            return
        with self._kit.main.write() as connection:
            inbox.append(connection, results.facts)
            store.succeeded(connection, self.name, reached=reached, at=now)
        self._asked -= asked


class ReferenceFollower:
    """Fetches what facts name and nobody has seen; keeps where each time entry is."""

    name = "references"
    every: Instant = SECOND
    essential = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._absent: dict[tuple[str, int], Instant] = {}

    async def run(self) -> None:
        """Take the next facts."""
        with self._kit.main.read() as connection:
            state = store.standing(connection, self.name)
            stored = inbox.read_after(connection, state.reached or 0, AT_ONCE)
            seen = [one for one in map(observed, stored) if one is not None]
            wanted = {kind: ids - store.known(connection, kind, ids) for kind, ids in _named(seen).items()}
        now = self._kit.clock.now()
        self._absent = {key: until for key, until in self._absent.items() if until > now}
        facts: list[Fact] = []
        for kind, ids in wanted.items():
            ask = {one for one in ids if (kind, one) not in self._absent}
            found = (await read_by(self._kit, kind, "id", ask, cursor=CURSORS.get(kind))).facts
            self._absent |= {(kind, one): now + ABSENT_FOR for one in ask - {fact.entity_id for fact in found}}
            facts += found
        if not stored and not _is_worth_saying(state, now):
            return
        with self._kit.main.write() as connection:
            inbox.append(connection, facts)
            store.remember_entries(connection, parents(seen))
            store.succeeded(connection, self.name, reached=stored[-1].position if stored else None, at=now)


def _is_worth_saying(state: Standing, now: Instant) -> bool:
    """Whether a follower with nothing to do should write that it is well: it just failed, or wrote long ago."""
    return state.failing_since is not None or state.succeeded_at is None or now - state.succeeded_at >= SAY_EVERY


def _named(seen: Iterable[Observation]) -> Mapping[str, set[int]]:
    """The entities that observations name, by type."""
    named: dict[str, set[int]] = {}
    for one in seen:
        for field, kind in REFERENCES.get(one.entity_type, {}).items():
            value = one.fields.get(field)
            if isinstance(value, int) and value >= 0:
                named.setdefault(kind, set()).add(value)
    return named
