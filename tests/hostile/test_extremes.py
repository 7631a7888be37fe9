"""Values that are of their kind and at its end: nothing an authentic event says stops the projector (I6)."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from ingest.autotask.catalogue import CATALOGUE, Kind
from models.database import Database
from models.inbox import Fact
from models.instants import HOUR, MINUTE
from models.policy import Policy
from tests.projection.harness import Harness, at, webhook

START = at("2026-09-14 08:00")
ROUNDS, EVENTS = 12, 25
MOST = 2**63 - 1
_IDS = (0, 1, 2, 5, -1, -MOST, MOST, str(MOST), "Complete", "", None)
_TIMES = (
    "0001-01-01T00:00:00Z",
    "1899-12-30T00:00:00",
    "1969-12-31T23:59:59.9999999Z",
    "2026-09-14T08:30:00Z",
    "2026-09-14T10:00:00Z",
    "9999-12-31T23:59:59.9999999Z",
    "9999-12-31T23:59:59-12:00",
    None,
)
_VALUES: dict[Kind, tuple[Any, ...]] = {
    Kind.ID: _IDS,
    Kind.INSTANT: _TIMES,
    Kind.DATE: (*_TIMES, "0001-01-01", "9999-12-31", "2026-09-14"),
    Kind.DECIMAL: (0, -1, 0.25, "1.5", 10**9, -(10**9), "0.0000001", 1e-300, None),
    Kind.FLAG: (True, False, 0, "1", "FALSE", None),
    Kind.JSON: (None,),  # no outsider says one
    Kind.TEXT: ("", "x" * 100_000, "\x00\ud800\u202e", "Robert'); DROP TABLE inbox;--", 5, None),
}
_TIGHT = (*(1, 2, 3), 0, MOST)
"""Few entities, so that facts of one meet and edges lead from one to another."""


def _event(random: Random, now: int) -> Fact:
    entity = random.choice(list(CATALOGUE.values()))
    names = random.sample(sorted(entity.fields), random.randint(0, len(entity.fields)))
    fields = {name: _value(random, name, entity.fields[name].kind) for name in names}
    return webhook(
        entity.name,
        random.choice(_TIGHT),
        now - random.randint(0, 8) * 7 * MINUTE,
        fields,
        action=random.choice(("Create", "Update", "Update", "Update", "Delete")),
        sequence=random.choice((0, 1, 2, -MOST, MOST)),
        received_at=now,
    )


def _value(random: Random, name: str, kind: Kind) -> Any:
    if name.endswith("ID") and random.random() < 0.7:
        return random.choice(_TIGHT)
    return random.choice(_VALUES[kind])


@pytest.fixture(params=["UTC", "America/New_York", "Pacific/Kiritimati"])
def harness(request: pytest.FixtureRequest, database: Database) -> Iterator[Harness]:
    """A ledger whose days begin at one end of the world or the other."""
    made = Harness(database, now=START, policy=Policy(timezone=request.param))
    yield made
    made.close()


def test_extremes_park_at_most_what_they_are_about(harness: Harness) -> None:
    """Hundreds of such events, an hour between rounds: the projector lives, and verify agrees after each round."""
    random = Random(20260914)
    for _ in range(ROUNDS):
        harness.tell(*(_event(random, harness.clock.now()) for _ in range(EVENTS)))
        harness.advance_to(harness.clock.now() + HOUR)
        assert [] == harness.verify().differences
    good = {"status": 1, "firstResponseDueDateTime": "2026-09-14T08:30:00Z", "createDate": "2026-09-14T08:00:00Z"}
    harness.tell(webhook("Ticket", 77, START, good, received_at=harness.clock.now()))
    assert "open_breach" == {row["subject_id"]: row["reason"] for row in harness.contributions("sla_triage")}[77]


def test_a_rebuilt_ledger_says_the_same_of_extremes(harness: Harness) -> None:
    """State, contributions, counters and edges, digit for digit; a parked subject's old figures are not kept."""
    random = Random(1)
    harness.tell(*(_event(random, START) for _ in range(ROUNDS * EVENTS)))
    policy = Policy(timezone=str(harness.rules.zone))
    rebuilt = Harness(harness.main, now=START, policy=policy, build=2)
    assert harness.dump(["state"]) == rebuilt.dump(["state"])
    assert [] == rebuilt.verify().differences
    rebuilt.close()
