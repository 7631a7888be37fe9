"""Verify finds a single changed digit, wherever it is planted, and cries no wolf (issue 2, design §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from models.database import Database
from models.instants import MINUTE
from models.ledger import LEDGER_METADATA
from service.kpis.contributions import Verdict
from service.kpis.registry import by_subject
from service.projection.story import Moment, Story
from tests.projection.harness import Harness, at, webhook
from tests.projection.histories import POLICY

NOW = at("2026-09-14 10:01")
TABLES = LEDGER_METADATA.tables


def _tell(harness: Harness) -> None:
    """Four tickets: met, an open breach still provisional, pending, an alert that was worked on."""
    tickets: list[dict[str, Any]] = [
        {"firstResponseDateTime": "2026-09-14T09:30:00Z", "assignedResourceID": 101},
        {"assignedResourceID": 102},
        {"firstResponseDueDateTime": "2026-09-14T15:00:00Z"},
        {"firstResponseDateTime": "2026-09-14T09:45:00Z", "ticketType": 35},
    ]
    common = {"status": 1, "companyID": 50, "firstResponseDueDateTime": "2026-09-14T10:00:00Z"}
    for number, fields in enumerate(tickets, start=1):
        named = {"ticketNumber": f"T20260914.000{number}", "createDate": "2026-09-14T09:00:00Z"}
        harness.store(webhook("Ticket", number, at("2026-09-14 09:00"), common | named | fields, action="Create"))
    entry = {"ticketID": 4, "resourceID": 101, "dateWorked": "2026-09-14", "startDateTime": "2026-09-14T09:40:00Z"}
    harness.store(webhook("TimeEntry", 9, at("2026-09-14 09:45"), entry))
    harness.advance_to(NOW)


@pytest.fixture
def harness(new_database: Callable[[], Database]) -> Iterator[Harness]:
    """A ledger with something of every kind in it."""
    made = Harness(new_database(), now=at("2026-09-14 08:00"), policy=POLICY)
    _tell(made)
    yield made
    made.close()


def _found(harness: Harness) -> dict[str, set[str]]:
    """Kinds of differences, and where."""
    found: dict[str, set[str]] = {}
    for difference in harness.verify().differences:
        found.setdefault(difference.kind, set()).add(difference.where)
    return found


def _plant(harness: Harness, name: str, where: dict[str, Any], **values: Any) -> None:
    """Change columns of exactly one row behind the projector's back."""
    table = TABLES[name]
    conditions = [table.c[column] == value for column, value in where.items()]
    with harness.ledger.write() as connection:
        assert 1 == connection.execute(update(table).where(*conditions).values(values)).rowcount


def _raise_by_one(harness: Harness, name: str, where: dict[str, Any], column: str) -> None:
    _plant(harness, name, where, **{column: TABLES[name].c[column] + 1})


class TestUntouched:
    """A ledger nobody touched."""

    def test_agrees(self, harness: Harness) -> None:
        """No differences; the report says what was looked at, and when."""
        report = harness.verify()
        assert [] == report.differences
        assert report.agreed
        assert (5, 6, NOW) == (report.entities, report.subjects, report.as_of)
        assert (0, 0) == (report.waiting, report.parked)
        assert report.counters == len(harness.dump(["counter"])["counter"]) > 0

    def test_an_empty_ledger_agrees(self, new_database: Callable[[], Database]) -> None:
        """Nothing stored, nothing derived."""
        empty = Harness(new_database(), now=NOW)
        assert [] == empty.verify().differences
        empty.close()


class TestOneDigit:
    """One digit planted."""

    def test_in_a_state(self, harness: Harness) -> None:
        """The last digit of a ticket's number, which no figure reads: the state, and nothing else."""
        state = TABLES["state"]
        mine = (state.c.entity_type == "Ticket", state.c.entity_id == 1)
        with harness.ledger.write() as connection:
            body = bytes(connection.execute(select(state.c.body).where(*mine)).scalar_one())
            assert 1 == body.count(b"T20260914.0001")
            changed = body.replace(b"T20260914.0001", b"T20260914.0002")
            connection.execute(update(state).where(*mine).values(body=changed))
        assert {"state": {"Ticket 1"}} == _found(harness)

    def test_in_a_state_that_figures_read(self, harness: Harness) -> None:
        """The primary's last digit: the state, and the figures that follow from it."""
        state = TABLES["state"]
        mine = (state.c.entity_type == "Ticket", state.c.entity_id == 2)
        with harness.ledger.write() as connection:
            body = bytes(connection.execute(select(state.c.body).where(*mine)).scalar_one())
            changed = body.replace(b'"assignedResourceID":102', b'"assignedResourceID":103')
            assert body != changed
            connection.execute(update(state).where(*mine).values(body=changed))
        assert {"state", "contribution", "edge"} == set(_found(harness))

    @pytest.mark.parametrize(
        "column", ["tech_id", "queue_id", "company_id", "day", "numerator", "denominator", "sample", "provisional"]
    )
    def test_in_a_contribution(self, harness: Harness, column: str) -> None:
        """The contribution differs from the facts, and the counter is not its sum any more."""
        where = {"subject_type": "Ticket", "subject_id": 1, "measure": "sla_triage"}
        _raise_by_one(harness, "contribution", where, column)
        assert {"contribution", "counter"} == set(_found(harness))

    @pytest.mark.parametrize("column", ["happened_at", "reason", "rule", "outcome"])
    def test_in_a_contribution_beside_the_sums(self, harness: Harness, column: str) -> None:
        """What no counter holds differs in the contribution alone."""
        where = {"subject_type": "Ticket", "subject_id": 1, "measure": "sla_triage"}
        _plant(harness, "contribution", where, **{column: 1 if column == "happened_at" else "1"})
        assert {"contribution"} == set(_found(harness))

    @pytest.mark.parametrize("column", ["numerator", "denominator", "sample", "provisional"])
    @pytest.mark.parametrize(("scope", "scope_id"), [("team", 0), ("tech", 102), ("queue", -1), ("company", 50)])
    def test_in_a_counter(self, harness: Harness, scope: str, scope_id: int, column: str) -> None:
        """A counter that is not the sum of its contributions, in any scope."""
        where = {"measure": "sla_triage", "scope": scope, "scope_id": scope_id, "day": 20260914}
        _raise_by_one(harness, "counter", where, column)
        assert {"counter"} == set(_found(harness))

    @pytest.mark.parametrize(("ticket", "clock"), [(3, "now"), (2, "now"), (2, "heard")])
    def test_in_a_deadline(self, harness: Harness, ticket: int, clock: str) -> None:
        """A due date, a grace, what is waited to be heard: one microsecond more."""
        where = {"subject_type": "Ticket", "subject_id": ticket, "clock": clock}
        _raise_by_one(harness, "deadline", where, "due")
        assert {"deadline": {f"Ticket {ticket}"}} == _found(harness)

    def test_in_an_edge(self, harness: Harness) -> None:
        """Up to when an entry reads its ticket."""
        _raise_by_one(harness, "edge", {"source_type": "Ticket", "target_type": "TimeEntry"}, "at")
        assert "edge" in _found(harness)

    @pytest.mark.parametrize("column", ["tech_id", "start", "end", "hours", "created"])
    def test_in_the_work(self, harness: Harness, column: str) -> None:
        """What a ticket reads of an entry."""
        _raise_by_one(harness, "work", {}, column)
        assert "work" in _found(harness)

    def test_in_what_was_heard(self, harness: Harness) -> None:
        """The second clock, on which provisional breaches hang."""
        _raise_by_one(harness, "progress", {"id": 1}, "heard")
        assert "heard" in _found(harness)


class TestRowsTooManyOrTooFew:
    """Rows that stand for nothing, and rows that are missing."""

    def test_a_state_without_facts(self, harness: Harness) -> None:
        """A state of an entity nobody ever heard of."""
        with harness.ledger.write() as connection:
            body = connection.execute(
                select(TABLES["state"].c.body).where(TABLES["state"].c.entity_id == 1)
            ).scalar_one()
            connection.execute(insert(TABLES["state"]).values(entity_type="Ticket", entity_id=99, body=body))
        assert {"Ticket 99"} == _found(harness)["state"]

    def test_a_contribution_without_facts(self, harness: Harness) -> None:
        """A contribution of a subject nobody ever heard of."""
        contribution = TABLES["contribution"]
        with harness.ledger.write() as connection:
            mine = (contribution.c.subject_id == 1, contribution.c.measure == "sla_triage")
            row = dict(connection.execute(select(contribution).where(*mine)).mappings().one())
            connection.execute(insert(contribution).values(row | {"subject_id": 99}))
        assert {"contribution", "counter"} == set(_found(harness))

    @pytest.mark.parametrize(
        ("name", "column", "kinds"),
        [
            ("state", "entity_id", {"state"}),
            ("contribution", "subject_id", {"contribution", "counter"}),
            ("deadline", "subject_id", {"deadline"}),
        ],
    )
    def test_rows_that_are_missing(self, harness: Harness, name: str, column: str, kinds: set[str]) -> None:
        """A ticket's rows are gone from one table."""
        with harness.ledger.write() as connection:
            connection.execute(delete(TABLES[name]).where(TABLES[name].c[column] == 2))
        assert kinds <= set(_found(harness))

    def test_a_counter_too_many_and_one_too_few(self, harness: Harness) -> None:
        """A counter of a day without contributions; a day's counter gone."""
        counter = TABLES["counter"]
        where = {"measure": "sla_triage", "scope": "team", "scope_id": 0, "day": 20260914}
        _plant(harness, "counter", where, day=20260915)
        assert 2 == len(_found(harness)["counter"])
        with harness.ledger.write() as connection:
            connection.execute(delete(counter).where(counter.c.day == 20260915))
        assert 1 == len(_found(harness)["counter"])

    def test_an_edge_that_is_missing(self, harness: Harness) -> None:
        """Without it a late Resource fact would not find the ticket."""
        edge = TABLES["edge"]
        with harness.ledger.write() as connection:
            connection.execute(delete(edge).where(edge.c.source_type == "Resource", edge.c.source_id == 102))
        assert {"edge"} == set(_found(harness))


class TestNotDifferences:
    """What waits or is parked is listed, not called different."""

    def test_what_waits_is_counted(self, harness: Harness) -> None:
        """A reached deadline that is not taken yet: the subject's old figures are no lie, they wait."""
        _plant(harness, "deadline", {"subject_id": 3, "clock": "now"}, due=NOW - MINUTE)
        where = {"subject_id": 3, "measure": "sla_triage"}
        _plant(harness, "contribution", where, happened_at=1)
        report = harness.verify()
        assert ([], 1) == (report.differences, report.waiting)

    def test_a_reached_deadline_behind_the_others(self, new_database: Callable[[], Database]) -> None:
        """Between two batches of the same minute verify agrees and says how many wait."""
        small = Harness(new_database(), now=at("2026-09-14 08:00"), policy=POLICY, batch=1)
        fields = {"status": 1, "firstResponseDueDateTime": "2026-09-14T10:00:00Z"}
        small.tell(*(webhook("Ticket", number, at("2026-09-14 08:00"), fields) for number in range(1, 5)))
        small.clock.set(at("2026-09-14 10:00"))
        assert 3 == small.projector.step().waiting
        report = small.verify()
        assert ([], 3) == (report.differences, report.waiting)
        small.close()

    def test_what_is_parked_is_counted(self, new_database: Callable[[], Database]) -> None:
        """A subject whose KPI raises keeps what it had and is listed."""
        measures = {"Ticket": (*by_subject()["Ticket"], _Raises()), "TimeEntry": by_subject()["TimeEntry"]}
        broken = Harness(new_database(), now=at("2026-09-14 08:00"), policy=POLICY, measures=measures)
        _tell(broken)
        report = broken.verify()
        assert ([], 1) == (report.differences, report.parked)
        broken.close()

    def test_an_unreadable_event_agrees(self, harness: Harness) -> None:
        """Parked here and unreadable there is the same; parked without cause is not."""
        harness.tell(webhook("Ticket", 1, NOW, {"status": []}))
        assert {} == _found(harness)
        with harness.ledger.write() as connection:
            parked = TABLES["parked"]
            connection.execute(update(parked).where(parked.c.kind == "event").values(item_id=1))
        assert {"parked"} == set(_found(harness))


class _Raises:
    """A measure that cannot bear ticket 3."""

    key = "raises"
    subject_type = "Ticket"
    revision = 1

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """Nothing, or an error."""
        if story.subject_id == 3:
            raise ZeroDivisionError("ticket 3")
        return Verdict()
