"""Parked items taken up again: by back-off, when somebody asks; and events given up for good.

A subject is tried again by its deadline, in the projector's next step. An event is read again here, by the
projector and in its transactions. Only events can be given up: a subject goes on counting what it had counted.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from ingest.autotask.catalogue import entity_name
from models.database import Database
from models.errors import ConfigurationError, Fenced
from models.instants import Instant
from models.ledger import Parked, ParkedKind
from service import desk, discards
from service.projection.edges import SUBJECTS
from service.projection.ledger import parked, waiting
from service.projection.ledger.standing import parked_sums
from service.projection.ledger.tables import Key
from service.projection.parking import INBOX
from service.projection.projector import Projector

AT_ONCE = 200
TEND_SECONDS = 0.1
"""How long retries may hold up the projection at one look-around."""

_SHOWN = 10
_MOST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parked items somebody means; no keys: all there are. ``reason`` and ``author``: why they are given up."""

    keys: tuple[Key, ...] = ()
    reason: str = ""
    author: str = ""

    def dumped(self) -> str:
        """As a job's arguments."""
        words = [item_word(key) for key in self.keys]
        return orjson.dumps({"items": words, "reason": self.reason, "author": self.author}).decode()


def wanted_of(arguments: str | None) -> Wanted:
    """Read what ``dumped`` wrote; ``ConfigurationError`` for items that cannot be."""
    try:
        document = orjson.loads(arguments or "{}")
        words, reason, author = document["items"], document["reason"], document["author"]
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError("the job does not say which items it means") from error
    return Wanted(tuple(item_key(word) for word in words), reason, author)


def item_word(key: Key) -> str:
    """How people write a parked item: ``17`` is the event at that position, ``Ticket/3`` a subject."""
    return str(key.id) if key.type == INBOX else f"{key.type}/{key.id}"


def item_key(word: str) -> Key:
    """The item a word means; ``ConfigurationError`` for a word that can mean none."""
    kind, slash, number = word.strip().rpartition("/")
    item_type = (entity_name(kind) or "") if slash else INBOX
    is_number = number.isascii() and number.isdigit() and len(number) <= 19 and int(number) <= _MOST_ID
    if not is_number or item_type not in {INBOX, *SUBJECTS}:
        allowed = " or ".join(f"{subject}/3" for subject in sorted(SUBJECTS))
        raise ConfigurationError(f"{word!r} is no parked item: write an event's position (17) or a subject ({allowed})")
    return Key(item_type, int(number))


class ParkedItems:
    """Looks after what is set aside in the ledger that is shown, for the leading worker, in its one thread."""

    def __init__(self, main: Database, ledger: Database, projector: Projector, term: int) -> None:
        self._main = main
        self._ledger = ledger
        self._projector = projector
        self._term = term
        self._knows_discards = False

    def tend(self) -> None:
        """Read the events again whose time has come, for a tenth of a second."""
        if not self._knows_discards:
            self._let_go_of_discarded()
            self._knows_discards = True
        until = time.monotonic() + TEND_SECONDS
        while time.monotonic() < until:
            with self._ledger.read() as connection:
                positions = parked.due_events(connection, self._projector.as_of, AT_ONCE)
            if not positions:
                return
            self._projector.retry(positions)

    def call_up(self, wanted: Wanted) -> None:
        """Have items tried again now; ``ConfigurationError`` when one is not parked."""
        self._require_parked(wanted.keys)
        self._projector.call_up(wanted.keys or None)

    def called_up(self) -> int:
        """How many of those asked for have not been tried yet."""
        with self._ledger.read() as connection:
            return parked.count_called_up(connection)

    def told(self, wanted: Wanted) -> str:
        """What is still parked of those asked for."""
        if not wanted.keys:
            with self._ledger.read() as connection:
                sums = parked_sums(connection)
            events, subjects = sums[ParkedKind.EVENT].count, sums[ParkedKind.SUBJECT].count
            return f"tried again; still parked: events {events}, subjects {subjects}"
        still = self._parked(wanted.keys)
        words = [f"{item_word(key)} ({still[key].reason})" for key in wanted.keys if key in still]
        return f"tried again; still parked: {_some(words) or 'none of them'}"

    def discard(self, wanted: Wanted, now: Instant) -> str:
        """Give events up, all or none of those asked for; ``ConfigurationError`` says which is not parked."""
        subjects = [item_word(key) for key in wanted.keys if key.type != INBOX]
        if subjects:
            raise ConfigurationError(
                f"only events can be discarded: {_some(subjects)} is a subject, which keeps what it had counted and is "
                "tried again; retry it when the cause is gone"
            )
        self._require_parked(wanted.keys)
        positions = [key.id for key in wanted.keys]
        with self._main.write() as connection:
            if desk.leader_term(connection) != self._term:
                raise Fenced(f"term {self._term} is over")
            discards.discard(connection, positions, wanted.reason, wanted.author, now)
        self._projector.retry(positions)
        return f"discarded: {_some([str(position) for position in positions])}"

    def _let_go_of_discarded(self) -> None:
        """A crash between giving up and letting go leaves an event in both places."""
        with self._main.read() as connection:
            given_up = discards.discarded_positions(connection)
        if given_up:
            with self._ledger.read() as connection:
                left = sorted(given_up & waiting.parked_positions(connection, INBOX))
            for start in range(0, len(left), AT_ONCE):
                self._projector.retry(left[start : start + AT_ONCE])

    def _require_parked(self, keys: Sequence[Key]) -> None:
        known = self._parked(keys)
        missing = [item_word(key) for key in keys if key not in known]
        if missing:
            raise ConfigurationError(f"not parked: {_some(missing)}; techscore parked list shows what is")

    def _parked(self, keys: Sequence[Key]) -> dict[Key, Parked]:
        with self._ledger.read() as connection:
            return parked.load_items(connection, keys)


def _some(words: Sequence[str]) -> str:
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
