"""Facts that are not Autotask's: what Techscore noticed, was told by a manager, or froze (design §4, §5).

A *source gap* (nobody watched), a *lost event* (Autotask's log names one that cannot be read back), an imported
*ticket history*, a *contest* and its undoing, a *month close*, a *picklist* of the tenant, a change of a *coaching
plan*. They lie in the inbox like any other fact, so that a ledger built anew says the same; none of them counts as
having heard from Autotask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import orjson

from models import entities as e
from models.inbox import Fact, Origin
from models.instants import Instant, isoformat


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One understood line of a ticket's history: a field's old and new value (ids) at an instant."""

    at: Instant
    field: str
    old: int | None
    new: int | None


def own_fact(
    entity_type: str,
    entity_id: int,
    at: Instant,
    fields: Mapping[str, object],
    *,
    received_at: Instant,
    once: bool = False,
) -> Fact:
    """A fact of our own. ``at`` orders the facts of one entity; ``once``: of this entity only the first one stands."""
    document = {"EntityType": entity_type, "Id": entity_id, "At": isoformat(at), "Fields": fields}
    body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    key = f"{entity_type} {entity_id}".encode() if once else body
    return Fact(
        received_at=received_at,
        origin=Origin.OWN,
        dedup_key=sha256(b"own\0" + key).digest(),
        body=body,
        entity_type=entity_type,
        entity_id=entity_id,
    )


def gap_fact(gap_id: int, start: Instant, end: Instant | None, *, at: Instant, received_at: Instant) -> Fact:
    """From ``start`` to ``end`` nothing watched tickets; ``None``: still so. A later fact of the id closes it."""
    fields = {"startedAt": isoformat(start), "endedAt": None if end is None else isoformat(end)}
    return own_fact(e.SOURCE_GAP, gap_id, at, fields, received_at=received_at)


def lost_event_fact(loss_id: int, ticket_id: int, lost_at: Instant, *, received_at: Instant) -> Fact:
    """An event of this ticket was dropped and its content is gone (``WebhookEventErrorLogs``)."""
    fields = {"ticketID": ticket_id, "lostAt": isoformat(lost_at)}
    return own_fact(e.LOST_EVENT, loss_id, lost_at, fields, received_at=received_at)


def history_fact(
    ticket_id: int,
    imported_at: Instant,
    lines: Sequence[HistoryLine],
    *,
    understood: bool,
    received_at: Instant,
    unknown: Sequence[str] = (),
    words: int = 0,
) -> Fact:
    """A ticket's imported history. ``understood``: every line of it was; the last import of a ticket stands.

    ``unknown``: verbatim what was not understood, and ``words``, which words were known then. No number is made of
    these two; they say why a history is incomplete, and whether it is worth another look.
    """
    fields: dict[str, object] = {
        "importedAt": isoformat(imported_at),
        "understood": understood,
        "lines": orjson.dumps([[line.at, line.field, line.old, line.new] for line in lines]).decode(),
    }
    if not understood:
        fields |= {"unknown": list(unknown), "words": words}
    return own_fact(e.HISTORY, ticket_id, imported_at, fields, received_at=received_at)


def contest_fact(
    contest_id: int,
    ticket_id: int,
    kpi: str,
    *,
    at: Instant,
    reason: str,
    author: str,
    received_at: Instant,
    credit_to: int | None = None,
) -> Fact:
    """A manager takes a ticket out of a KPI, or gives its credit to a technician (``credit_to``; kpis.md §2)."""
    fields = {
        "ticketID": ticket_id,
        "kpi": kpi,
        "creditTo": credit_to,
        "reason": reason,
        "author": author,
        "madeAt": isoformat(at),
    }
    return own_fact(e.CONTEST, contest_id, at, fields, received_at=received_at)


def contest_undone_fact(contest_id: int, *, at: Instant, author: str, received_at: Instant) -> Fact:
    """A contest is taken back."""
    fields = {"undone": True, "undoneBy": author, "undoneAt": isoformat(at)}
    return own_fact(e.CONTEST, contest_id, at, fields, received_at=received_at)


def picklist_fact(picklist_id: int, labels: Mapping[int, str], *, at: Instant, received_at: Instant) -> Fact:
    """What the values of a picklist are called in this tenant (``ingest.autotask.picklists``), in its order; the last
    one stands."""
    text = orjson.dumps(list(labels.items())).decode()
    return own_fact(e.PICKLIST, picklist_id, at, {"labels": text}, received_at=received_at)


def coaching_fact(plan_id: int, change: Mapping[str, object], *, at: Instant, received_at: Instant) -> Fact:
    """One change of a coaching plan, with its ``kind`` and ``author``; a plan is all of its changes by time.

    No ledger folds it (it is in no catalogue): no figure depends on what people agreed (``service.coaching``).
    """
    return own_fact(e.COACHING_PLAN, plan_id, at, {"change": change}, received_at=received_at)


def month_close_fact(month: int, scorecard: str, *, at: Instant, received_at: Instant) -> Fact:
    """The scorecard of ``YYYYMM`` as reported, JSON; the first close of a month stands (kpis.md §5)."""
    return own_fact(e.MONTH_CLOSE, month, at, {"scorecard": scorecard}, received_at=received_at, once=True)
