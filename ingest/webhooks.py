"""From the bytes of an authentic webhook to the fact that is stored."""

from __future__ import annotations

import hashlib

from ingest.observations import identify
from ingest.prose import blank
from models.inbox import Fact, Origin
from models.instants import Instant


def fact_of(body: bytes, received_at: Instant) -> Fact:
    """The fact of a signed body: prose blanked, keyed by the sha256 of the body as it came.

    Never raises for what the body says: what cannot be read is stored too and parked later (invariant I6).
    """
    blanked = blank(body)
    entity_type, entity_id = identify(blanked.document)
    return Fact(
        received_at=received_at,
        origin=Origin.WEBHOOK,
        dedup_key=hashlib.sha256(body).digest(),
        body=blanked.body,
        entity_type=entity_type,
        entity_id=entity_id,
    )
