"""The free text of TicketHistory, by the tenant's language: the one place that knows these sentences.

A *wording* gives, per tracked field, the sentence with the old and the new label; ``nobody`` stands for no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TRACKED = ("status", "queueID", "assignedResourceID", "priority")


@dataclass(frozen=True, slots=True)
class Wording:
    """How one language says what happened to a ticket."""

    created: str
    edited: str
    nobody: str
    changed: Mapping[str, str]
    noise: tuple[tuple[str, str], ...]
    """Actions and details of lines that say nothing about the tracked fields."""
    note_added: tuple[str, str]


WORDINGS: Mapping[str, Wording] = {
    "en": Wording(
        created="Created",
        edited="Edited",
        nobody="(none)",
        changed={
            "status": 'Status changed from "{old}" to "{new}"',
            "queueID": 'Queue changed from "{old}" to "{new}"',
            "assignedResourceID": 'Primary Resource changed from "{old}" to "{new}"',
            "priority": 'Priority changed from "{old}" to "{new}"',
        },
        noise=(("Viewed", "Ticket was viewed"), ("Printed", "Ticket was printed")),
        note_added=("Note", "Note added"),
    ),
    "de": Wording(
        created="Erstellt",
        edited="Bearbeitet",
        nobody="(keine)",
        changed={
            "status": 'Status geändert von "{old}" in "{new}"',
            "queueID": 'Warteschlange geändert von "{old}" in "{new}"',
            "assignedResourceID": 'Primäre Ressource geändert von "{old}" in "{new}"',
            "priority": 'Priorität geändert von "{old}" in "{new}"',
        },
        noise=(("Angezeigt", "Ticket wurde angezeigt"), ("Gedruckt", "Ticket wurde gedruckt")),
        note_added=("Notiz", "Notiz hinzugefügt"),
    ),
}
