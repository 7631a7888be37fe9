"""Labels in the policy stand for the ids they name (design §6 "lists of ids or, once picklists are read, labels")."""

from __future__ import annotations

from models.policy import Policy
from models.policy_labels import resolve

NAMES = {
    "status": {7: "Waiting Customer", 12: "Waiting Vendor", 20: "Merged"},
    "queue": {10: "Level 1", 11: "Level 2", 12: "level  2"},
    "technician": {101: "Ann Archer"},
    "work_type": {66: "Vacation"},
}


def test_a_label_is_every_id_of_that_name() -> None:
    """Case and spaces do not matter; ids stay what they are."""
    written = Policy.model_validate(
        {
            "excluded_queues": ["Level 2", 9],
            "roles": {"status": {"waiting": ["waiting customer", 12]}, "work_type": {"time_off": ["Vacation"]}},
        }
    )
    policy = resolve(written, NAMES)

    assert (9, 11, 12) == policy.excluded_queues
    assert (7, 12) == policy.roles.status.waiting
    assert (66,) == policy.roles.work_type.time_off
    assert () == policy.unresolved_labels()


def test_tiers_by_name() -> None:
    """Queues and people are ranked by name; an id that is written out stands above its name."""
    written = Policy.model_validate(
        {"tiers": {"queues": {"Level 1": 1, "Level 2": 2, "11": 3}, "technicians": {"Ann Archer": 1}}}
    )
    tiers = resolve(written, NAMES).tiers

    assert {"10": 1, "11": 3, "12": 2} == {key: ranks[0].rank for key, ranks in tiers.queues.items()}
    assert ["101"] == list(tiers.technicians)


def test_what_names_nothing_stays() -> None:
    """A label nobody knows is kept and listed; nothing else is lost."""
    written = Policy.model_validate(
        {"roles": {"status": {"merged": ["Merged", "Zusammengeführt"]}}, "tiers": {"queues": {"Attic": 4}}}
    )
    policy = resolve(written, NAMES)

    assert (20, "Zusammengeführt") == policy.roles.status.merged
    assert ('roles.status.merged: "Zusammengeführt"', "tiers.queues.Attic") == policy.unresolved_labels()


def test_without_names_nothing_changes() -> None:
    """Before anything was read the policy is as it was written."""
    written = Policy.model_validate({"roles": {"status": {"waiting": ["Waiting Customer"]}}, "survey": {"maximum": 4}})

    assert written == resolve(written, {})
