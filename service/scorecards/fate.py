"""What became of one stored event: waiting, set aside, given up, of no effect, or applied; and what stands now.

*No effect* is found by folding the entity's facts with and without the event and comparing what readers can see:
values now, earliest values, and the sightings that carried a tracked field (a repeated value is a sighting too: it
proves that the old one still held).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from ingest import inbox, observations
from ingest.autotask.catalogue import CATALOGUE
from ingest.inbox.tables import INBOX as FACTS
from models.database import Database
from models.entities import SLA_RESULT, TICKET, TIME_ENTRY, Observation
from models.errors import Unreadable
from models.inbox import StoredFact
from models.instants import Instant
from models.ledger import ParkedKind
from service import discards
from service.projection.fold import EntityState
from service.projection.ledger.tables import Key
from service.projection.ledger.waiting import load_parked
from service.projection.parking import INBOX
from service.projection.refold import refold
from service.reading import View
from service.scorecards.tickets import Made, made_of

WAITING, APPLIED, NO_EFFECT = "waiting", "applied", "no_effect"
PARKED, DISCARDED = "parked", "discarded"
MOST_FACTS = 5_000
"""Entities with more facts are not folded twice for a question; their events count as applied."""


@dataclass(frozen=True, slots=True)
class Fate:
    """``state`` with its ``reason`` (empty for waiting and applied), the entity, and what KPIs make of it now."""

    position: int
    state: str
    reason: str
    origin: str
    received_at: Instant
    entity: Key | None
    made: tuple[Made, ...] = ()


def fate(view: View, main: Database, position: int) -> Fate | None:
    """The fate of the event at a position of the inbox; ``None`` when nothing is stored there."""
    with main.read() as connection:
        found = inbox.read_after(connection, position - 1, 1)
        given_up = discards.discarded_among(connection, [position]).get(position)
    if not found or found[0].position != position:
        return None
    event = found[0]
    observation, unreadable = _read(event)
    entity = None if observation is None else Key(observation.entity_type, observation.entity_id)

    def told(state: str, reason: str = "") -> Fate:
        made = () if state == WAITING else made_of(view.connection, _subjects(entity, observation))
        return Fate(position, state, reason, event.origin.value, event.received_at, entity, made)

    if given_up is not None:
        return told(DISCARDED, given_up.reason)
    if position > view.version.position:
        return told(WAITING)
    parked = load_parked(view.connection, ParkedKind.EVENT.value, [Key(INBOX, position)]).get(Key(INBOX, position))
    if parked is not None:
        return told(PARKED, parked.reason)
    if unreadable:  # an older release could read it
        return told(NO_EFFECT, unreadable)
    if observation is None or observation.entity_type not in CATALOGUE:
        return told(NO_EFFECT, "nothing_reads_it")
    return told(NO_EFFECT, "changes_nothing") if _changes_nothing(main, view, observation, position) else told(APPLIED)


def _read(event: StoredFact) -> tuple[Observation | None, str]:
    try:
        return observations.read(event), ""
    except Unreadable as error:
        return None, error.reason


def _subjects(entity: Key | None, observation: Observation | None) -> Sequence[Key]:
    """The ticket or entry whose fact this is, and the ticket that an entry or SLA result says it is of."""
    if entity is None or observation is None:
        return ()
    of = [entity] if entity.type in (TICKET, TIME_ENTRY) else []
    ticket_id = observation.fields.get("ticketID") if entity.type in (TIME_ENTRY, SLA_RESULT) else None
    return [*of, Key(TICKET, ticket_id)] if isinstance(ticket_id, int) and ticket_id >= 0 else of


def _changes_nothing(main: Database, view: View, observation: Observation, position: int) -> bool:
    key = Key(observation.entity_type, observation.entity_id)
    with main.read() as connection:
        mine = (FACTS.c.entity_type == key.type, FACTS.c.entity_id == key.id, FACTS.c.position <= view.version.position)
        bounded = select(FACTS.c.position).where(*mine).limit(MOST_FACTS + 1).subquery()
        if connection.execute(select(func.count()).select_from(bounded)).scalar_one() > MOST_FACTS:
            return False
        left_out = discards.discarded_positions(connection) | {position}
        without = refold(connection, [key], view.version.position, without=left_out)
    state = without.states.get(key) or EntityState(*key)
    before = _meaning(state)
    state.fold(observation)
    return _meaning(state) == before


def _meaning(state: EntityState) -> object:
    """What readers can see of a state, copied."""
    values = {name: last.value for name, last in state.last.items()}
    return values, dict(state.earliest), [sighting for sighting in state.sightings if sighting.fields]
