"""What a tenant calls the values that a history tells of: picklist labels and people's names, to ids.

A label two values share says neither: it resolves to nothing, and the history that needs it stays incomplete
(kpis.md R14), rather than moving a ticket to the wrong queue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_AMBIGUOUS = -1
_SPACES = re.compile(r"\s+")
_ROLE = re.compile(r"\s*\([^()]*\)$")


@dataclass(frozen=True, slots=True)
class Labels:
    """Ids by label of the told fields; labels are compared without regard to case and spacing."""

    ids: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, pairs: Mapping[str, Iterable[tuple[str, int]]]) -> Labels:
        """From (label, id) pairs of each field; people are given with each way their name is written."""
        ids: dict[str, dict[str, int]] = {}
        for name, labels in pairs.items():
            known = ids.setdefault(name, {})
            for label, value in labels:
                key = plain(label)
                known[key] = value if known.get(key, value) == value else _AMBIGUOUS
        return cls(ids)

    def find(self, name: str, label: str) -> int | None:
        """The id of a label of a field, or ``None``. A person's role in brackets does not matter."""
        known = self.ids.get(name, {})
        key = plain(label)
        found = known.get(key)
        if found is None:
            found = known.get(_ROLE.sub("", key))
        return None if found is None or found == _AMBIGUOUS else found


def names_of(first: str | None, last: str | None) -> list[str]:
    """The ways a person's name is written: ``Ada Lovelace``, ``Lovelace, Ada``."""
    first, last = (first or "").strip(), (last or "").strip()
    if not first or not last:
        return [name for name in (first or last,) if name]
    return [f"{first} {last}", f"{last}, {first}"]


def plain(text: str) -> str:
    """A label as it is compared."""
    return _SPACES.sub(" ", text).strip().casefold()
