"""Labels of the policy become ids as soon as the tenant's words are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import inbox
from ingest.observations import rest_fact
from models.database import Database
from models.entities import RESOURCE, TICKET, WORK_TYPE
from models.instants import parse_instant
from models.policy import Policy, load_policy
from service.labels import resolved, with_ids

NOON = parse_instant("2026-03-03T12:00:00Z")
TEXT = """
excluded_queues = ["Recurring", 3]
[roles.status]
waiting = ["on hold ", 7, "nobody has this"]
[roles.work_type]
time_off = ["Vacation"]
[tiers.queues]
"Help desk" = 1
8 = 2
"Eight" = 9
[tiers.technicians]
"Ann Bee" = 2
"""


@pytest.fixture
def written(tmp_path: Path) -> Policy:
    """A policy full of labels."""
    path = tmp_path / "scorecard.toml"
    path.write_text(TEXT, "utf-8")
    return load_policy(path)


def test_labels_that_are_known_become_ids(written: Policy) -> None:
    """Whatever their case; unknown ones stay, and what was written by id wins."""
    words = {
        (TICKET, "status"): {"On Hold": 9},
        (TICKET, "queueID"): {"Recurring": 4, "Help Desk": 5, "Eight": 8},
    }
    policy = with_ids(written, words)

    assert (3, 4) == policy.excluded_queues
    assert frozenset({7, 9}) == policy.ids("status", "waiting")
    assert {"5": 1, "8": 2} == {key: ranks[0].rank for key, ranks in policy.tiers.queues.items()}
    assert (
        'roles.status.waiting: "nobody has this"',
        'roles.work_type.time_off: "Vacation"',
        'tiers.technicians."Ann Bee"',
    ) == policy.unresolved_labels()


def test_work_types_and_people_are_known_by_their_facts(database: Database, written: Policy) -> None:
    """Their names come from the inbox."""
    rows = [(WORK_TYPE, 77, {"name": "Vacation"}), (RESOURCE, 11, {"firstName": "Ann", "lastName": "Bee"})]
    facts = [
        rest_fact(kind, number, fields, changed_at=None, seen_at=NOON, received_at=NOON)
        for kind, number, fields in rows
    ]
    with database.write() as connection:
        inbox.append(connection, facts)
    policy = resolved(database, written)

    assert frozenset({77}) == policy.ids("work_type", "time_off")
    assert {"11"} == set(policy.tiers.technicians)


def test_a_policy_of_ids_is_itself(database: Database) -> None:
    """Nothing to look up."""
    policy = Policy()
    assert policy is resolved(database, policy)
