"""A digest as it is sent: to whom, under which subject, as plain text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass

MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Message:
    """``reader``: ``manager`` or ``technician:<id>``; ``addresses`` may be empty (a folder, a webhook)."""

    week: str
    reader: str
    name: str
    subject: str
    text: str
    html: str
    addresses: tuple[str, ...] = ()


def reader_of(tech_id: int) -> str:
    """The reader that a technician is."""
    return f"technician:{tech_id}"
