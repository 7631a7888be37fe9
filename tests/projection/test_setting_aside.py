"""Setting aside: what cannot be read or judged blocks nobody else, and is tried again (design I6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from ingest.webhooks import fact_of
from models.database import Database
from models.inbox import NO_ENTITY, NO_ID
from models.instants import HOUR, MINUTE, SECOND
from service.kpis.definition import Measure
from service.projection.ledger.tables import Key
from service.projection.parking import INBOX
from service.projection.retry import Wanted
from tests.projection.aside import (
    START,
    Broken,
    TooBig,
    items_of,
    parked_of,
    parked_row,
    parked_rows,
    position_of,
    reasons,
    tick_of,
    ticket,
    with_measure,
)
from tests.projection.harness import Harness, accept_contributions, refuse_contributions_of, webhook
from tests.projection.histories import POLICY

NewHarness = Callable[..., Harness]


@pytest.fixture
def new_harness(new_database: Callable[[], Database]) -> Iterator[NewHarness]:
    """Makes harnesses on databases of their own."""
    made: list[Harness] = []

    def make(*, measures: Mapping[str, Sequence[Measure]] | None = None) -> Harness:
        made.append(Harness(new_database(), now=START, policy=POLICY, measures=measures))
        return made[-1]

    yield make
    for harness in made:
        harness.close()


class TestSettingAside:
    """What cannot be read or judged blocks nobody else (I6)."""

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"{not json", "not_json"),
            (b"[]", "not_an_object"),
            (b'{"Action":"Update","EntityType":"Ticket","Id":1,"Fields":{}}', "no_event_time"),
            (b'{"Action":"Melt","EntityType":"Ticket","Id":1,"EventTime":"2026-09-14T08:00:00Z"}', "unknown_action"),
            (b'{"Action":"Update","EntityType":"Ufo","Id":1,"EventTime":"2026-09-14T08:00:00Z"}', "unknown_entity"),
            (b'{"Action":"Update","EntityType":"Ticket","Id":"x","EventTime":"2026-09-14T08:00:00Z"}', "bad_id"),
            (
                b'{"Action":"Update","EntityType":"Ticket","Id":1,"EventTime":"1999-12-31T23:59:59Z"}',
                "implausible_time",
            ),
            (
                b'{"Action":"Update","EntityType":"Ticket","Id":1,"EventTime":"2026-09-15T08:00:01Z"}',
                "implausible_time",
            ),
        ],
        ids=["cut", "list", "timeless", "action", "entity", "id", "last_century", "far_ahead"],
    )
    def test_an_unreadable_event(self, new_harness: NewHarness, body: bytes, reason: str) -> None:
        """It is parked with its reason; good events before and after it apply."""
        harness = new_harness()
        harness.tell(ticket(1), fact_of(body, START), ticket(2))
        assert [("event", "inbox", reason)] == parked_of(harness)
        assert {1: "pending", 2: "pending"} == reasons(harness)
        assert [] == harness.verify().differences

    def test_a_day_ahead_is_still_plausible(self, new_harness: NewHarness) -> None:
        """24 h after it was received, and not more."""
        harness = new_harness()
        harness.tell(webhook("Ticket", 1, START + 24 * 60 * MINUTE, {"status": 1}, received_at=START))
        assert [] == parked_of(harness)

    def test_a_hint_and_an_entity_nothing_reads(self, new_harness: NewHarness) -> None:
        """Deactivated has no event time and is no event; what nothing reads has no effect. Neither is parked."""
        harness = new_harness()
        harness.tell(fact_of(b'{"Action":"Deactivated"}', START), webhook("TicketNote", 1, START, {"title": "x"}))
        assert ([], []) == (parked_of(harness), harness.dump(["state"])["state"])

    def test_a_kpi_that_raises(self, new_harness: NewHarness) -> None:
        """Its subject is parked and keeps its contributions; the others go on; its next fact tries again."""
        broken = Broken(on="status", value=99)
        harness = new_harness(measures=with_measure(broken))
        harness.tell(ticket(1), ticket(2))
        kept = harness.contributions("sla_triage")
        harness.tell(ticket(1, START + SECOND, status=99, firstResponseDueDateTime=None), ticket(2, START + SECOND))
        assert [("subject", "Ticket", "kpi_raised")] == parked_of(harness)
        assert kept == harness.contributions("sla_triage")
        report = harness.verify()
        assert ([], 1) == (report.differences, report.parked)
        harness.tell(ticket(1, START + 2 * SECOND, status=1, firstResponseDueDateTime=None))
        assert [] == parked_of(harness)
        assert {1: "no_sla", 2: "pending"} == reasons(harness)

    def test_a_parked_subject_is_tried_again_by_itself(self, new_harness: NewHarness) -> None:
        """Its deadline brings it back when the cause is gone, with no fact of its own."""
        broken = Broken(on="status", value=99)
        harness = new_harness(measures=with_measure(broken))
        harness.tell(ticket(1, status=99))
        assert 1 == len(parked_of(harness))
        broken.mended = True
        harness.advance_to(START + 10 * MINUTE)
        assert [] == parked_of(harness)
        assert {1: "pending"} == reasons(harness)

    def test_a_row_the_database_refuses(self, new_harness: NewHarness) -> None:
        """The batch is bisected: the fact behind it is parked, its neighbours apply."""
        harness = new_harness()
        refuse_contributions_of(5, harness.ledger)
        harness.tell(*(ticket(number) for number in range(1, 9)))
        assert [("event", "inbox", "refused_by_database")] == parked_of(harness)
        assert [1, 2, 3, 4, 6, 7, 8] == sorted(reasons(harness))
        assert [] == harness.verify().differences

    def test_a_number_no_database_takes(self, new_harness: NewHarness) -> None:
        """A KPI that gives one has raised: its subject is parked, on either database, and a rebuild says the same."""
        harness = new_harness(measures=with_measure(TooBig()))
        harness.tell(*(ticket(number, status=99 if number == 5 else 1) for number in range(1, 9)))
        assert [("subject", "Ticket", "kpi_raised")] == parked_of(harness)
        assert [1, 2, 3, 4, 6, 7, 8] == sorted(reasons(harness))
        rebuilt = Harness(harness.main, now=START, policy=POLICY, build=2, measures=harness.measures)
        assert parked_of(harness) == parked_of(rebuilt)
        assert ([], []) == (harness.verify().differences, rebuilt.verify().differences)
        rebuilt.close()

    def test_an_event_that_named_no_entity_at_the_door(self, new_harness: NewHarness) -> None:
        """Stored by a release that could not read it, read by this one: it joins the others of its entity."""
        harness = new_harness()
        strays = [
            replace(ticket(1, START + SECOND, assignedResourceID=101), entity_type=NO_ENTITY, entity_id=NO_ID),
            replace(ticket(77, assignedResourceID=102), entity_type=NO_ENTITY, entity_id=NO_ID),
        ]
        harness.tell(ticket(1), *strays)
        assert {1: 101, 77: 102} == {r["subject_id"]: r["tech_id"] for r in harness.contributions("sla_triage")}
        assert [] == harness.verify().differences
        rebuilt = Harness(harness.main, now=START, policy=POLICY, build=2)
        assert harness.dump() == rebuilt.dump()
        rebuilt.close()


class TestRetryingEvents:
    """A parked event is read again by back-off, and when somebody asks."""

    def test_what_can_be_stored_now_is_folded(self, new_harness: NewHarness) -> None:
        """The database refused an event for a while: tried again, it counts as if it had come through at once."""
        harness = new_harness()
        refuse_contributions_of(5, harness.ledger)
        harness.tell(*(ticket(number) for number in range(4, 7)))
        position = position_of(harness)
        assert 0 == harness.projector.retry([position])
        assert (2, "refused_by_database") == (parked_row(harness)["attempts"], parked_row(harness)["reason"])
        accept_contributions(harness.ledger)
        tick = tick_of(harness)
        assert 1 == harness.projector.retry([position])
        assert tick < tick_of(harness)
        assert ([], [4, 5, 6]) == (parked_of(harness), sorted(reasons(harness)))
        assert [] == harness.verify().differences
        rebuilt = Harness(harness.main, now=START, policy=POLICY, build=2)
        assert harness.dump() == rebuilt.dump()
        rebuilt.close()

    def test_one_bad_event_does_not_keep_others_parked(self, new_harness: NewHarness) -> None:
        """Tried again together, those the database still refuses stay, the others go."""
        harness = new_harness()
        refuse_contributions_of(5, harness.ledger)
        harness.tell(ticket(4), ticket(5), ticket(5, START + SECOND), fact_of(b"{", START))
        positions = [row["item_id"] for row in parked_rows(harness)]
        assert 3 == len(positions)
        accept_contributions(harness.ledger)
        refuse_contributions_of(6, harness.ledger)
        assert 2 == harness.projector.retry([*positions, 10_000])
        assert [("event", "inbox", "not_json")] == parked_of(harness)
        assert [] == harness.verify().differences

    def test_the_next_try_comes_later_each_time(self, new_harness: NewHarness) -> None:
        """After one minute, two, four; since stays when the event was received, also in a rebuilt ledger."""
        harness = new_harness()
        harness.tell(fact_of(b"{", START - HOUR))
        items = items_of(harness)
        waits = []
        for _ in range(4):
            row = parked_row(harness)
            assert START - HOUR == row["since"]
            waits.append((row["attempts"], (row["retry_at"] - harness.projector.as_of) // MINUTE))
            items.tend()
            assert row == parked_row(harness)
            harness.advance_to(row["retry_at"])
            items.tend()
        assert [(1, 1), (2, 2), (3, 4), (4, 8)] == waits
        rebuilt = Harness(harness.main, now=harness.clock.now(), policy=POLICY, build=2)
        assert START - HOUR == parked_row(rebuilt)["since"]
        rebuilt.close()

    def test_asked_for_it_is_tried_at_once(self, new_harness: NewHarness) -> None:
        """Events at the next look-around, subjects at the next step; what stays parked is named."""
        broken = Broken(on="status", value=99)
        harness = new_harness(measures=with_measure(broken))
        harness.tell(ticket(1, status=99), ticket(2, status=99), fact_of(b"{", START))
        items, event = items_of(harness), position_of(harness, "event")
        items.call_up(Wanted((Key("Ticket", 1), Key(INBOX, event))))
        assert 2 == items.called_up()
        items.tend()
        harness.settle()
        assert 0 == items.called_up()
        tries = {(row["item_type"], row["item_id"]): row["attempts"] for row in parked_rows(harness)}
        assert {("Ticket", 1): 2, ("Ticket", 2): 1, (INBOX, event): 2} == tries
        broken.mended = True
        items.call_up(Wanted())
        items.tend()
        harness.settle()
        assert "tried again; still parked: events 1, subjects 0" == items.told(Wanted())
        assert [] == harness.verify().differences
