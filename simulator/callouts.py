"""One webhook event in Autotask's form, its bytes and its signature (reference/autotask.md §2.2-2.3).

A *callout* is what Autotask calls one event sent by one webhook. ``Action`` is one of Create, Update and
Delete; the entity's name is the legacy one where Autotask has one (``Account`` for companies). Picklist
values and references are text in ``Fields``, as observed; times are UTC with ``Z`` and at most milliseconds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

from models.instants import SECOND, Instant, to_datetime
from simulator.dotnet_json import Json, dumps

_MILLISECOND = 1_000
_WEBHOOKS = uuid.UUID("6f0c3a52-5d0b-4c38-9a8e-0f4c5ad2e6a1")
_GAP_SHARE = 0.02


class Action(StrEnum):
    """What happened to the entity."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Callout:
    """One event; ``event_time`` in whole seconds, ``sequence`` counted per webhook, with gaps."""

    action: Action
    entity_type: str
    entity_id: int
    fields: Mapping[str, Json]
    event_time: Instant
    sequence: int
    person_id: int

    def body(self) -> bytes:
        """The exact bytes that are signed and sent. ``Guid`` is the webhook's, the same for all its events."""
        return dumps(
            {
                "Action": self.action.value,
                "Guid": str(uuid.uuid5(_WEBHOOKS, self.entity_type)),
                "EntityType": self.entity_type,
                "Id": self.entity_id,
                "Fields": self.fields,
                "EventTime": wire_time(self.event_time),
                "SequenceNumber": self.sequence,
                "PersonID": self.person_id,
            }
        )


class Due(NamedTuple):
    """A callout and the instant at which it leaves Autotask."""

    at: Instant
    callout: Callout


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened on the desk and is not yet an event: it has no number."""

    at: Instant
    action: Action
    entity_type: str
    entity_id: int
    fields: Mapping[str, Json]
    person_id: int


def wire_time(instant: Instant) -> str:
    """``2025-09-15T16:02:11.147Z``: milliseconds, further digits cut, trailing zeros dropped."""
    seconds, rest = divmod(instant, SECOND)
    fraction = f".{rest // _MILLISECOND:03d}".rstrip("0").rstrip(".")
    return f"{to_datetime(seconds * SECOND):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def sign(body: bytes, secret: str) -> str:
    """The value of ``X-Hook-Signature``: ``sha1=`` and the base64 of HMAC-SHA1 over the raw body."""
    digest = hmac.digest(secret.encode(), body, hashlib.sha1)
    return f"sha1={base64.b64encode(digest).decode('ascii')}"


def number(happenings: Iterable[Happening], rng: Random, first_sequence: int) -> Iterator[Due]:
    """Give each happening, in order, its event time and its webhook's next number.

    The event time is the next whole second (a change at 11.147 s is reported as of 12 s), and the event
    leaves one second after the change: never before its own event time.
    """
    sequences: dict[str, int] = {}
    for happening in happenings:
        step = rng.randint(2, 4) if rng.random() < _GAP_SHARE else 1
        sequence = sequences.get(happening.entity_type, first_sequence) + step
        sequences[happening.entity_type] = sequence
        event_time = -(-happening.at // SECOND) * SECOND
        callout = Callout(
            action=happening.action,
            entity_type=happening.entity_type,
            entity_id=happening.entity_id,
            fields=happening.fields,
            event_time=event_time,
            sequence=sequence,
            person_id=happening.person_id,
        )
        yield Due(happening.at + SECOND, callout)
