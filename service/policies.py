"""The policy in force: what the file says, with the labels in it put to the ids they have in this tenant.

Names come from the inbox (picklists, work types, people), so that a label begins to count when Autotask has told what
it means; a changed meaning then builds a new ledger as a changed file does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, func, select

from ingest import inbox, observations
from ingest.autotask.picklists import read_picklists
from ingest.inbox.tables import INBOX
from models.database import Database
from models.entities import PICKLIST, RESOURCE, WORK_TYPE
from models.errors import PolicyError, Unreadable
from models.policy import DEFAULT_POLICY_FILE, Policy, load_policy
from models.policy_labels import Names, resolve

_MOST = 2**63 - 1
_NAMING = (PICKLIST, WORK_TYPE, RESOURCE)
log: Any = structlog.get_logger()


class Policies:
    """The policy file as it was read last, and the names known then; a broken edit leaves the policy in force."""

    def __init__(self, named: Path | None, main: Database) -> None:
        self._named = named
        self._main = main
        self._seen: tuple[int, int] | None = None
        self._written: Policy | None = None
        self._told: int = -1
        self._given: Policy | None = None

    def read(self) -> Policy:
        """The policy now; ``PolicyError`` when the file cannot be used."""
        self._seen = self._stamp()
        self._written = load_policy(self._named)
        self._given = self._resolved(self._written)
        return self._given

    def changed(self) -> Policy | None:
        """The policy, if the file changed since it was read last and can be used, or if a name in it is known now."""
        if self._stamp() != self._seen:
            try:
                return self.read()
            except PolicyError as error:
                log.error("policy_unusable", detail=str(error))
                return None
        if self._written is None or not self._written.unresolved_labels():
            return None
        with self._main.read() as connection:
            told = _last_told(connection)
        if told == self._told:
            return None
        before, self._given = self._given, self._resolved(self._written)
        return None if self._given == before else self._given

    def _resolved(self, written: Policy) -> Policy:
        if not written.unresolved_labels():
            return written
        with self._main.read() as connection:
            self._told = _last_told(connection)
            return resolve(written, names(connection))

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = (self._named or DEFAULT_POLICY_FILE).stat()
        except OSError:
            return None
        return (stat.st_mtime_ns, stat.st_size)


def names(connection: Connection) -> Names:
    """What ids are called as far as the inbox tells; the later sighting counts."""
    found: dict[str, dict[int, str]] = {**read_picklists(connection), "work_type": {}, "technician": {}}
    for _, number, stored in _facts(connection, WORK_TYPE):
        found["work_type"] |= _told(number, stored, ("name",))
    for _, number, stored in _facts(connection, RESOURCE):
        found["technician"] |= _told(number, stored, ("firstName", "lastName"))
    return found


def _facts(connection: Connection, entity_type: str) -> list[tuple[str, int, Any]]:
    return inbox.facts_of(connection, entity_type, 0, _MOST, inbox.last_position(connection))


def _told(number: int, stored: Any, fields: tuple[str, ...]) -> dict[int, str]:
    try:
        seen = observations.read(stored)
    except Unreadable:
        return {}
    if seen is None or not all(seen.fields.get(name) for name in fields):
        return {}
    return {number: " ".join(str(seen.fields[name]) for name in fields)}


def _last_told(connection: Connection) -> int:
    told = select(func.coalesce(func.max(INBOX.c.position), 0)).where(INBOX.c.entity_type.in_(_NAMING))
    return int(connection.execute(told).scalar_one())
