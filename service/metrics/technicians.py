"""What the label ``tech`` shows of a technician: the name as Autotask has it, initials, or the id."""

from __future__ import annotations

from collections.abc import Callable

from models.settings_values import TechnicianLabel

_SHOWN: dict[TechnicianLabel, Callable[[int, str], str]] = {
    "name": lambda _, name: name,
    "initials": lambda _, name: "".join(word[0] for word in name.split()).upper(),
    "id": lambda tech_id, _: str(tech_id),
}


def shown_as(kind: TechnicianLabel, tech_id: int, name: str) -> str:
    """The label of a technician; a name of no letters shows the id."""
    return _SHOWN[kind](tech_id, name) or str(tech_id)
