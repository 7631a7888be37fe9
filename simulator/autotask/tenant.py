"""The database of one make-believe tenant, and what follows from a change in it.

A change moves rows and their cursors, writes ticket history and deletion logs, and puts the callouts of every
ready webhook into the ``outbox``, from which the dispatcher takes them. A *nudge* is an Extension Callout: it only
names a ticket.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from models.instants import SECOND, Instant
from simulator.autotask.changes import Change
from simulator.autotask.history import TRACKED, WORDINGS
from simulator.autotask.picklists import Picklists, standard
from simulator.autotask.schema import CURSORS, FAMILIES, SCHEMA, STAMPED, Row, webhook_fields
from simulator.autotask.table import Table, instant_of
from simulator.callouts import Action, wire_time
from simulator.dotnet_json import Json, dumps

_GUIDS = uuid.UUID("6f0c3a52-5d0b-4c38-9a8e-0f4c5ad2e6a1")
_GAP_SHARE = 0.02
_NOISE_SHARE = 0.1
_ONE_ROW_SHARE = 0.5
_FAMILY_OF = {collection: family for family, (collection, _) in FAMILIES.items()}
_TIME_ENTRY, _NOTE = 1, 2


@dataclass(frozen=True, slots=True)
class Account:
    """Who may ask: an API-only user and its integration code."""

    username: str = "techscore@example.test"
    secret: str = "simulated-secret"  # noqa: S105 - of a make-believe tenant
    integration_code: str = "SIMULATEDTRACKINGIDENTIFIER"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One callout due: ``family`` and ``webhook_id`` say whose; ``body`` holds the exact bytes."""

    at: Instant
    family: str
    webhook_id: int
    action: str
    entity_id: int
    sequence: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Nudge:
    """An Extension Callout due: the ticket to look at."""

    at: Instant
    ticket_id: int


class Tenant:
    """All rows of one tenant."""

    def __init__(
        self, *, language: str = "en", picklists: Picklists | None = None, account: Account | None = None, seed: int = 0
    ) -> None:
        self.wording = WORDINGS[language]
        self.picklists = picklists or standard(language)
        self.account = account or Account()
        self.tables: dict[str, Table] = {name: Table(name) for name in SCHEMA}
        self.outbox: deque[Outgoing | Nudge] = deque()
        self.ready_after: Instant = SECOND
        self._ready_at: dict[tuple[str, int], Instant] = {}
        self._sequences: dict[tuple[str, int], int] = {}
        self._rng = Random(seed)

    def apply(self, change: Change) -> None:
        """Make the change and all that follows from it."""
        table = self.tables[change.collection]
        before = dict(table.rows.get(change.entity_id, {}))
        if change.action is Action.DELETE:
            row = table.remove(change.entity_id)
            if row is None:
                return
            self._log_deletion(change, row)
        else:
            row = table.put(change.entity_id, self._stamped(change))
        if change.collection == "Tickets":
            self._write_history(change, before)
        if change.collection in ("TimeEntries", "TicketNotes") and row.get("ticketID") is not None:
            self._touch_ticket(change, row["ticketID"])
        self._call_out(change, row, before)

    def touch(self, collection: str, entity_id: int, at: Instant) -> None:
        """Move the cursor of a row, and nothing else."""
        cursor = CURSORS.get(collection)
        if cursor is not None and entity_id in self.tables[collection].rows:
            self.tables[collection].put(entity_id, {cursor: wire_time(at)})

    def webhook_written(self, family: str, webhook_id: int, at: Instant) -> None:
        """A webhook or its fields changed: it is ready a moment later."""
        self._ready_at[family, webhook_id] = at + self.ready_after

    def is_ready(self, family: str, webhook_id: int, at: Instant) -> bool:
        """Whether the webhook has a field and its moment has passed: created is not yet ready."""
        has_field = bool(self.tables[f"{family}WebhookFields"].having("webhookID", [webhook_id]))
        return has_field and at >= self._ready_at.get((family, webhook_id), 0)

    def new_guid(self, family: str, webhook_id: int) -> str:
        """The GUID of a webhook, the same for all its events."""
        return str(uuid.uuid5(_GUIDS, f"{family}/{webhook_id}"))

    def _stamped(self, change: Change) -> dict[str, Any]:
        fields = dict(change.fields)
        if change.collection in STAMPED:
            fields[CURSORS[change.collection]] = wire_time(change.at)
        if change.collection == "Contacts":
            fields["lastActivityDate"] = wire_time(change.at)
        return fields

    def _touch_ticket(self, change: Change, ticket_id: int) -> None:
        ticket = self.tables["Tickets"].rows.get(ticket_id)
        if ticket is not None:
            self.touch("Tickets", ticket_id, change.at)
            self.outbox.append(Nudge(change.at + SECOND, ticket_id))
            if change.collection == "TicketNotes" and change.action is Action.CREATE:
                self._line(ticket_id, change, *self.wording.note_added)

    def _log_deletion(self, change: Change, row: Row) -> None:
        said: dict[str, Any] = {"deletedByResourceID": change.person_id, "deletedDateTime": wire_time(change.at)}
        if change.collection == "Tickets":
            said |= {
                "ticketID": row["id"],
                "ticketNumber": row.get("ticketNumber"),
                "ticketTitle": row.get("title"),
            }
            self._add("DeletedTicketLogs", said)
            return
        if change.collection not in ("TimeEntries", "TicketNotes"):
            return
        is_entry = change.collection == "TimeEntries"
        said |= {
            "typeID": _TIME_ENTRY if is_entry else _NOTE,
            "noteOrAttachmentTitle": None if is_entry else row.get("title"),
            "createdByResourceID": row.get("resourceID", row.get("creatorResourceID")),
            "activityDateTime": row.get("startDateTime") or row.get("createDateTime"),
            **{name: row.get(name) for name in ("startDateTime", "endDateTime", "hoursWorked")},
        }
        if row.get("ticketID") is not None:
            number = self.tables["Tickets"].rows.get(row["ticketID"], {}).get("ticketNumber")
            self._add("DeletedTicketActivityLogs", said | {"ticketID": row["ticketID"], "ticketNumber": number})
        elif row.get("taskID") is not None:
            number = self.tables["Tasks"].rows.get(row["taskID"], {}).get("taskNumber")
            self._add("DeletedTaskActivityLogs", said | {"taskID": row["taskID"], "taskNumber": number})

    def _add(self, collection: str, fields: Mapping[str, Any]) -> int:
        table = self.tables[collection]
        return int(table.put(table.next_id(), fields)["id"])

    def log_error(self, said: Mapping[str, Any]) -> None:
        """One row of the webhook error log."""
        self._add("WebhookEventErrorLogs", said)

    def forget_errors(self, before: Instant) -> None:
        """Drop rows of the webhook error log made before then."""
        table = self.tables["WebhookEventErrorLogs"]
        for entity_id in list(table.rows):
            if instant_of(table.rows[entity_id]["createDateTime"]) >= before:
                break  # rows are made in order of time
            table.remove(entity_id)

    def _write_history(self, change: Change, before: Row) -> None:
        wording = self.wording
        if change.action is Action.CREATE:
            self._line(change.entity_id, change, wording.created, wording.created)
        if change.action is not Action.UPDATE:
            return
        details = [
            wording.changed[name].format(
                old=self.label(name, before.get(name)), new=self.label(name, change.fields[name])
            )
            for name in TRACKED
            if name in change.fields and change.fields[name] != before.get(name)
        ]
        if len(details) > 1 and self._rng.random() < _ONE_ROW_SHARE:
            details = ["\r\n".join(details)]
        for detail in details:
            self._line(change.entity_id, change, wording.edited, detail)
        if self._rng.random() < _NOISE_SHARE:
            self._line(change.entity_id, change, *self._rng.choice(wording.noise))

    def label(self, field: str, value: Any) -> str:
        """How the history names a value: the picklist's label, the resource's name."""
        if value is None:
            return self.wording.nobody
        if field == "assignedResourceID":
            row = self.tables["Resources"].rows.get(value, {})
            return f"{row.get('firstName', '')} {row.get('lastName', '')}".strip() or str(value)
        return self.picklists.of("Tickets", field).get(value, str(value))

    def _line(self, ticket_id: int, change: Change, action: str, detail: str) -> None:
        said = {
            "ticketID": ticket_id,
            "resourceID": change.person_id,
            "action": action,
            "date": wire_time(change.at),
            "detail": detail,
        }
        self._add("TicketHistory", said)

    def _call_out(self, change: Change, row: Row, before: Row) -> None:
        family = _FAMILY_OF.get(change.collection)
        if family is None:
            return
        for webhook_id, webhook in self.tables[f"{family}Webhooks"].rows.items():
            if not webhook.get("isActive") or not webhook.get(f"isSubscribedTo{change.action.value}Events"):
                continue
            if not self.is_ready(family, webhook_id, change.at) or self._excludes(family, webhook_id, change.person_id):
                continue
            fields = self._sent(family, webhook_id, change, row, before)
            if fields is not None:
                self._queue(family, webhook, change, fields)

    def _excludes(self, family: str, webhook_id: int, person_id: int) -> bool:
        excluded = self.tables[f"{family}WebhookExcludedResources"]
        return any(excluded.rows[one]["resourceID"] == person_id for one in excluded.having("webhookID", [webhook_id]))

    def _sent(self, family: str, webhook_id: int, change: Change, row: Row, before: Row) -> dict[str, Json] | None:
        """What the callout carries; ``None`` when an update touches nothing subscribed."""
        if change.action is Action.DELETE:
            return {}
        names, children = webhook_fields(family), self.tables[f"{family}WebhookFields"]
        sent: dict[str, Json] = {}
        triggered = change.action is Action.CREATE
        for one in children.having("webhookID", [webhook_id]):
            child = children.rows[one]
            name = names[child["fieldID"]]
            changed = row.get(name) != before.get(name)
            is_subscribed = bool(child.get("isSubscribedField"))
            triggered = triggered or (changed and is_subscribed)
            if change.action is Action.CREATE or child.get("isDisplayAlwaysField") or (changed and is_subscribed):
                sent[name[0].upper() + name[1:]] = _on_the_wire(row.get(name))
        return sent if triggered else None

    def _queue(self, family: str, webhook: Row, change: Change, fields: Mapping[str, Json]) -> None:
        """Event time is the next whole second; the event leaves a second after the change, never before that."""
        key = (family, int(webhook["id"]))
        step = self._rng.randint(2, 4) if self._rng.random() < _GAP_SHARE else 1
        sequence = self._sequences[key] = self._sequences.get(key, 0) + step
        body = dumps(
            {
                "Action": change.action.value,
                "Guid": webhook["webhookGUID"],
                "EntityType": FAMILIES[family][1],
                "Id": change.entity_id,
                "Fields": fields,
                "EventTime": wire_time(-(-change.at // SECOND) * SECOND),
                "SequenceNumber": sequence,
                "PersonID": change.person_id,
            }
        )
        due = change.at + SECOND
        self.outbox.append(Outgoing(due, *key, change.action.value, change.entity_id, sequence, body))


def _on_the_wire(value: Any) -> Json:
    """Ids are text in ``Fields``, as observed (reference/autotask.md §2.3)."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    wire: Json = str(value) if is_number else value
    return wire
