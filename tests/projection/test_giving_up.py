"""Giving up: a discarded event is passed over by every ledger there will be; only events can be discarded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from ingest.webhooks import fact_of
from models.database import Database
from models.errors import ConfigurationError, Fenced
from service import discards
from service.kpis.definition import Measure
from service.leadership import Leadership
from service.projection.ledger.tables import Key
from service.projection.parking import INBOX
from service.projection.retry import Wanted, item_key, item_word
from tests.projection.aside import (
    START,
    Broken,
    items_of,
    parked_of,
    position_of,
    reasons,
    ticket,
    with_measure,
)
from tests.projection.harness import Harness, accept_contributions, refuse_contributions_of
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


class TestGivingUp:
    """A discarded event is passed over by every ledger there will be."""

    def test_it_is_let_go_of_and_stays_away(self, new_harness: NewHarness) -> None:
        """Off the list here, not parked again in a rebuilt ledger, no difference to verify; why and who is kept."""
        harness = new_harness()
        harness.tell(ticket(1), fact_of(b"{", START), ticket(2))
        position = position_of(harness)
        said = items_of(harness).discard(Wanted((Key(INBOX, position),), "a test", "ann"), START)
        assert f"discarded: {position}" == said
        assert [] == parked_of(harness)
        report = harness.verify()
        assert ([], 0, 1) == (report.differences, report.parked_events, report.discarded)
        rebuilt = Harness(harness.main, now=START, policy=POLICY, build=2)
        assert ([], []) == (parked_of(rebuilt), rebuilt.verify().differences)
        rebuilt.close()
        with harness.main.read() as connection:
            kept = discards.discarded_among(connection, [position])
        assert {position: discards.Discarded(position, "a test", "ann", START)} == kept

    def test_it_does_not_count_even_if_it_could(self, new_harness: NewHarness) -> None:
        """Discarded while the database refused it, it is folded neither by a retry nor by a rebuild."""
        harness = new_harness()
        refuse_contributions_of(5, harness.ledger)
        harness.tell(ticket(4), ticket(5))
        position = position_of(harness)
        items_of(harness).discard(Wanted((Key(INBOX, position),), "a test", "ann"), START)
        accept_contributions(harness.ledger)
        harness.projector.retry([position])
        rebuilt = Harness(harness.main, now=START, policy=POLICY, build=2)
        for ledger in (harness, rebuilt):
            assert [4] == sorted(reasons(ledger))
            assert [] == ledger.verify().differences
        rebuilt.close()

    def test_a_ledger_behind_it_passes_it_over(self, new_harness: NewHarness) -> None:
        """A build that has not reached the event yet does not park it when it does."""
        harness = new_harness()
        behind = Harness(harness.main, now=START, policy=POLICY, build=2)
        harness.tell(ticket(1), fact_of(b"{", START), ticket(2))
        items_of(harness).discard(Wanted((Key(INBOX, position_of(harness)),), "a test", "ann"), START)
        behind.settle()
        assert ([], [1, 2]) == (parked_of(behind), sorted(reasons(behind)))
        assert [] == behind.verify().differences
        behind.close()

    def test_a_crash_between_the_two_databases(self, new_harness: NewHarness) -> None:
        """Given up in the main database, still parked in the ledger: no difference, and the next leader lets go."""
        harness = new_harness()
        harness.tell(fact_of(b"{", START))
        position = position_of(harness)
        with harness.main.write() as connection:
            discards.discard(connection, [position], "a test", "ann", START)
        report = harness.verify()
        assert ([], 0, 1) == (report.differences, report.parked_events, report.discarded)
        items_of(harness).tend()
        assert [] == parked_of(harness)

    def test_only_what_is_parked_can_be_given_up(self, new_harness: NewHarness) -> None:
        """All or none: an event that counts is named, and nothing is discarded."""
        harness = new_harness()
        harness.tell(ticket(1), fact_of(b"{", START))
        position = position_of(harness)
        keys = (Key(INBOX, position), Key(INBOX, position - 1))
        with pytest.raises(ConfigurationError, match=f"not parked: {position - 1};"):
            items_of(harness).discard(Wanted(keys, "a test", "ann"), START)
        assert 1 == len(parked_of(harness))

    def test_a_subject_cannot_be_given_up(self, new_harness: NewHarness) -> None:
        """It keeps what it had counted; the message says what can be done."""
        broken = Broken(on="status", value=99)
        harness = new_harness(measures=with_measure(broken))
        harness.tell(ticket(1, status=99))
        with pytest.raises(ConfigurationError, match=r"only events can be discarded: Ticket/1 .* retry it"):
            items_of(harness).discard(Wanted((Key("Ticket", 1),), "a test", "ann"), START)

    def test_a_former_leader_gives_nothing_up(self, new_harness: NewHarness) -> None:
        """A later leader may have counted the event by now."""
        harness = new_harness()
        harness.tell(fact_of(b"{", START))
        keys, former = (Key(INBOX, position_of(harness)),), items_of(harness)
        successor = Leadership(harness.main)
        successor.acquire()
        with pytest.raises(Fenced):
            former.discard(Wanted(keys, "a test", "ann"), START)
        successor.close()
        with harness.main.read() as connection:
            assert frozenset() == discards.discarded_positions(connection)


class TestWords:
    """How people name parked items."""

    @pytest.mark.parametrize(
        ("word", "key"),
        [("17", Key(INBOX, 17)), ("Ticket/3", Key("Ticket", 3)), (" timeentries/0 ", Key("TimeEntry", 0))],
    )
    def test_a_position_or_a_subject(self, word: str, key: Key) -> None:
        """A number is an event's position; a subject has its type before it, in any of its names."""
        assert key == item_key(word)
        assert key == item_key(item_word(key))

    @pytest.mark.parametrize(
        "word", ["", "x", "-1", "1.0", "Ticket", "Ticket/", "Ticket/x", "Company/1", "/1", "٣", "9" * 19, "9" * 30]
    )
    def test_anything_else_is_refused(self, word: str) -> None:
        """The message shows both forms."""
        with pytest.raises(ConfigurationError, match=r"position \(17\) or a subject \(.*Ticket/3 or TimeEntry/3\)"):
            item_key(word)
