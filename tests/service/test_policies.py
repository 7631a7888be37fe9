"""The policy in force follows its file and the names the tenant's facts tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.autotask.picklists import PICKLISTS, read_picklists, remember
from models.database import Database
from models.errors import PolicyError
from service.policies import Policies
from tests.projection.harness import Harness, at, webhook

NOW = at("2026-09-14 12:00")
STATUS = PICKLISTS[0]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policy that says roles, a tier and a work type by name."""
    path = tmp_path / "scorecard.toml"
    path.write_text(
        'roles.status.waiting = ["On hold"]\n'
        'roles.work_type.time_off = ["Vacation"]\n'
        'tiers.technicians."Ann Archer" = 2\n'
    )
    return path


def _tell(main: Database, labels: dict[int, str]) -> bool:
    with main.write() as connection:
        return remember(connection, STATUS, labels, at=NOW)


def test_a_label_counts_once_it_is_known(database: Database, file: Path) -> None:
    """Picklist, work type and person come one after the other; each makes another policy, and nothing else does."""
    policies = Policies(file, database)
    assert ("On hold",) == policies.read().roles.status.waiting
    assert policies.changed() is None

    assert _tell(database, {9: "On hold", 5: "Complete"})
    told = policies.changed()
    assert told is not None
    assert (9,) == told.roles.status.waiting
    assert policies.changed() is None

    harness = Harness(database, now=NOW)
    harness.store(
        webhook("BillingCode", 66, NOW, {"name": "Vacation"}),
        webhook("Resource", 101, NOW, {"firstName": "Ann", "lastName": "Archer"}),
        webhook("Resource", 102, NOW, {"firstName": "Bob"}),
    )
    told = policies.changed()
    harness.close()
    assert told is not None
    assert (66,) == told.roles.work_type.time_off
    assert ["101"] == list(told.tiers.technicians)


def test_a_renamed_value_changes_the_meaning(database: Database, file: Path) -> None:
    """The last thing a picklist said counts; saying it again stores nothing."""
    policies = Policies(file, database)
    _tell(database, {9: "On hold"})
    assert (9,) == policies.read().roles.status.waiting
    assert not _tell(database, {9: "On hold"})
    assert _tell(database, {9: "Parked", 10: "On hold"})

    told = policies.changed()
    assert told is not None
    assert (10,) == told.roles.status.waiting
    with database.read() as connection:
        assert {"status": {9: "Parked", 10: "On hold"}} == read_picklists(connection)


def test_a_broken_edit_leaves_the_policy_in_force(database: Database, file: Path) -> None:
    """At the start a broken file is refused; later it is logged and nothing changes."""
    policies = Policies(file, database)
    policies.read()
    file.write_text("late_after_minutes = 'soon'\n# longer than before\n" * 1)
    assert policies.changed() is None
    with pytest.raises(PolicyError, match="late_after_minutes"):
        Policies(file, database).read()
    file.write_text("late_after_minutes = 5\n")
    told = policies.changed()
    assert told is not None
    assert 5 == told.late_after_minutes
