"""Labels in the policy file put to ids: a role may say ``"Waiting Customer"`` where it means 7 (design §6).

A label stands for every id of that name, whatever its case. One that names nothing known stays as it is and has no
effect; ``Policy.unresolved_labels`` lists it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.policy import Policy
from models.policy_values import is_id

Names = Mapping[str, Mapping[int, str]]
"""What ids are called, by kind: ``status``, ``queue``, ``type``, ``source``, ``category``, ``time_off_status``,
``endpoint_type``, ``work_type``, ``technician``."""

_LISTS = {"excluded_queues": "queue", "excluded_categories": "category", "endpoint_types": "endpoint_type"}
_TIERS = {"queues": "queue", "technicians": "technician"}


def resolve(policy: Policy, names: Names) -> Policy:
    """The policy with every label that is known replaced by its ids."""
    ids = {kind: _by_label(labels) for kind, labels in names.items()}
    changes: dict[str, Any] = {
        name: _resolved(getattr(policy, name), ids.get(kind, {})) for name, kind in _LISTS.items()
    }
    changes["roles"] = policy.roles.model_copy(
        update={
            kind: _role_table(getattr(policy.roles, kind), ids.get(kind, {}))
            for kind in policy.roles.__class__.model_fields
        }
    )
    changes["tiers"] = policy.tiers.model_copy(
        update={name: _tiers(getattr(policy.tiers, name), ids.get(kind, {})) for name, kind in _TIERS.items()}
    )
    return Policy.model_validate(policy.model_copy(update=changes).model_dump(by_alias=True))


def _by_label(labels: Mapping[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, label in sorted(labels.items()):
        found.setdefault(_word(label), []).append(number)
    return found


def _word(label: str) -> str:
    return " ".join(label.split()).casefold()


def _resolved(values: Iterable[int | str], ids: Mapping[str, list[int]]) -> tuple[int | str, ...]:
    put: list[int | str] = []
    for value in values:
        found = ids.get(_word(value)) if isinstance(value, str) else None
        put += found or [value]
    return tuple(put)


def _role_table(table: Any, ids: Mapping[str, list[int]]) -> Any:
    roles = type(table).model_fields
    return table.model_copy(update={role: _resolved(getattr(table, role), ids) for role in roles})


def _tiers(tiers: Mapping[str, Any], ids: Mapping[str, list[int]]) -> dict[str, Any]:
    """Ids that are written out stand above a label of the same thing."""
    named = {str(number): ranks for key, ranks in tiers.items() if not is_id(key) for number in ids.get(_word(key), ())}
    kept = {key: ranks for key, ranks in tiers.items() if is_id(key) or not ids.get(_word(key))}
    return {**named, **kept}
