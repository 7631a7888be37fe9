"""The inbox's SQL: once per event, in order, REST rows only when they say something new."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

import pytest

from ingest.inbox import append, entities_after, facts_of, last_position, read_after
from models.database import Database
from models.entities import SLA_RESULT, TICKET
from models.errors import RowRefused
from models.inbox import Fact, Origin, Receipt, StoredFact
from tests.facts import rest_row, webhook


def _append(database: Database, *facts: Fact) -> list[Receipt]:
    with database.write() as connection:
        return append(connection, facts)


def _stored(database: Database) -> list[bytes]:
    with database.read() as connection:
        return [fact.body for fact in read_after(connection, 0, 10_000)]


def _fresh(*receipts: Receipt) -> list[bool]:
    return [not receipt.duplicate for receipt in receipts]


def test_a_new_fact_gets_the_next_position(database: Database) -> None:
    """Positions rise in the order of the batch, and from batch to batch."""
    receipts = [*_append(database, webhook(1), webhook(2)), *_append(database, webhook(3))]

    assert sorted({receipt.position for receipt in receipts}) == [receipt.position for receipt in receipts]
    assert _fresh(*receipts) == [True, True, True]
    assert _stored(database) == [webhook(number).body for number in (1, 2, 3)]


def test_the_same_event_again_is_a_duplicate_of_the_first(database: Database) -> None:
    """In the same batch and in a later one the receipt names the row that stands for it."""
    first, again = _append(database, webhook(1), webhook(1))
    later, other = _append(database, webhook(1), webhook(2))

    assert [first.position] * 2 == [again.position, later.position]
    assert _fresh(first, again, later, other) == [True, False, False, True]
    assert _stored(database) == [webhook(1).body, webhook(2).body]


def test_every_receipt_names_its_row(database: Database) -> None:
    """Whatever mixture of old and new a batch is, each receipt holds the position of its own body."""
    random = Random(7)
    for _ in range(20):
        facts = [webhook(random.randrange(60)) for _ in range(random.randrange(1, 12))]
        receipts = _append(database, *facts)
        with database.read() as connection:
            bodies = {stored.position: stored.body for stored in read_after(connection, 0, 100)}

        assert [bodies[receipt.position] for receipt in receipts] == [fact.body for fact in facts]


def test_nothing_to_append_is_nothing(database: Database) -> None:
    """An empty batch gives no receipts."""
    assert _append(database) == []


def test_concurrent_appends_of_one_event_store_it_once(database: Database) -> None:
    """Eight writers with the same twenty events, each event once: no check-then-insert (I2)."""
    together = Barrier(8)

    def write(_: int) -> list[Receipt]:
        together.wait(timeout=10)
        return [receipt for number in range(20) for receipt in _append(database, webhook(number))]

    with ThreadPoolExecutor(8) as pool:
        receipts = [receipt for found in pool.map(write, range(8), timeout=60) for receipt in found]

    assert _fresh(*receipts).count(True) == 20
    assert len(_stored(database)) == 20


def test_a_reader_that_goes_on_after_its_last_position_skips_none(database: Database) -> None:
    """While four writers append, positions become visible in order (I7)."""
    expected = 4 * 25
    seen: list[bytes] = []
    done = threading.Event()

    def write(writer: int) -> None:
        for number in range(25):
            _append(database, webhook(1_000 * writer + number))

    def follow() -> None:
        position = 0
        while len(seen) < expected:
            last_round = done.is_set()
            with database.read() as connection:
                facts = read_after(connection, position, 50)
            seen.extend(fact.body for fact in facts)
            position = facts[-1].position if facts else position
            if last_round and not facts:
                return

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(follow)
        for writer in [pool.submit(write, writer) for writer in range(4)]:
            writer.result(timeout=60)
        done.set()
        reader.result(timeout=60)

    assert len(seen) == expected
    assert seen == _stored(database)


def test_a_later_append_waits_for_the_earlier_one_to_commit(database: Database) -> None:
    """No position becomes visible before all lower ones: the second writer cannot finish first (I7)."""
    with ThreadPoolExecutor(1) as pool:
        with database.write() as connection:
            (earlier,) = append(connection, [webhook(1)])
            second = pool.submit(_append, database, webhook(2))
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
        (later,) = second.result(timeout=30)

    assert earlier.position < later.position


def test_a_row_that_repeats_the_latest_is_not_stored(database: Database) -> None:
    """A poll that reads the same content again leaves nothing; its receipt names the row it repeats."""
    (first,) = _append(database, rest_row("new", 1))
    (again,) = _append(database, rest_row("new", 2))

    assert again == Receipt(first.position, duplicate=True)
    assert _stored(database) == [rest_row("new", 1).body]


def test_a_row_with_new_content_is_stored_also_when_it_goes_back(database: Database) -> None:
    """A, B, A is three sightings."""
    rows = [rest_row("a", 1), rest_row("b", 2), rest_row("a", 3)]

    assert [_fresh(*_append(database, row)) for row in rows] == [[True], [True], [True]]


def test_after_a_webhook_the_next_row_is_stored(database: Database) -> None:
    """The latest fact of the entity decides, of whatever origin."""
    _append(database, rest_row("a", 1), webhook(1))

    assert _fresh(*_append(database, rest_row("a", 2), rest_row("a", 3))) == [True, False]


def test_a_repeated_webhook_is_no_later_fact(database: Database) -> None:
    """A webhook that was stored before the row does not make the row's repetition new."""
    _append(database, webhook(1), rest_row("a", 1))

    assert _fresh(*_append(database, webhook(1), rest_row("a", 2))) == [False, False]


def test_rows_earlier_in_the_batch_count(database: Database) -> None:
    """Within one batch rows are compared in its order, entity by entity."""
    receipts = _append(
        database,
        rest_row("a", 1),
        rest_row("a", 2),
        rest_row("a", 1, entity_id=2),
        webhook(1),
        rest_row("a", 3),
        rest_row("a", 1),
    )

    assert _fresh(*receipts) == [True, False, True, True, True, False]
    assert receipts[1].position == receipts[0].position
    assert receipts[5].position == receipts[0].position


def test_the_same_row_read_twice_is_one(database: Database) -> None:
    """A row equal in everything, its time of reading too, is the same fact, whatever came in between."""
    (first,) = _append(database, rest_row("a", 1))
    _append(database, webhook(1))

    assert _append(database, rest_row("a", 1)) == [Receipt(first.position, duplicate=True)]


def test_a_result_is_stored_again_when_its_ticket_changed(database: Database) -> None:
    """A service level agreement's result changes meaning with its ticket (design §4)."""
    result = [rest_row("met", seen, entity_type=SLA_RESULT, entity_id=9, ticket_id=1) for seen in range(5)]
    _append(database, result[0])

    assert _fresh(*_append(database, result[1])) == [False]
    assert _fresh(*_append(database, webhook(1, entity_id=2), result[2])) == [True, False]
    assert _fresh(*_append(database, webhook(2, entity_id=1))) == [True]
    assert _fresh(*_append(database, result[3], result[4])) == [True, False]


def test_a_ticket_earlier_in_the_batch_lets_its_result_in(database: Database) -> None:
    """The ticket's fact may stand in the very same batch."""
    _append(database, rest_row("met", 1, entity_type=SLA_RESULT, entity_id=9, ticket_id=1))
    again = rest_row("met", 2, entity_type=SLA_RESULT, entity_id=9, ticket_id=1)

    assert _fresh(*_append(database, webhook(1, entity_id=1), again)) == [True, True]


def test_a_refused_row_leaves_nothing_of_its_batch(database: Database) -> None:
    """One transaction: what the caller is told failed is not there."""
    with pytest.raises(RowRefused):
        _append(database, webhook(1), webhook(2, entity_id=2**70))

    assert _stored(database) == []


def test_an_empty_inbox_ends_at_zero(database: Database) -> None:
    """Position 0 means nothing yet."""
    with database.read() as connection:
        assert last_position(connection) == 0
        assert read_after(connection, 0, 10) == []


def test_reading_goes_on_after_a_position(database: Database) -> None:
    """``read_after`` gives what was stored, in order, no more than asked for."""
    receipts = _append(database, *[webhook(number) for number in range(1, 6)])
    with database.read() as connection:
        found = read_after(connection, receipts[1].position, 2)
        last = last_position(connection)

    third = webhook(3)
    assert len(found) == 2
    assert found[0] == StoredFact(
        receipts[2].position, third.received_at, Origin.WEBHOOK, third.body, third.dedup_key.hex()[:16]
    )
    assert last == receipts[4].position


def test_the_facts_of_a_range_of_entities(database: Database) -> None:
    """``facts_of`` gives one type's entities of a range by id and position, up to a position."""
    receipts = _append(
        database,
        webhook(1, entity_id=3),
        webhook(2, entity_id=2),
        webhook(3, entity_id=2, entity_type=SLA_RESULT),
        webhook(4, entity_id=3),
        webhook(5, entity_id=4),
        webhook(6, entity_id=2),
    )
    with database.read() as connection:
        found = facts_of(connection, TICKET, 2, 3, receipts[4].position)

    assert [(entity_type, entity_id, fact.body) for entity_type, entity_id, fact in found] == [
        (TICKET, 2, webhook(2).body),
        (TICKET, 3, webhook(1).body),
        (TICKET, 3, webhook(4).body),
    ]


def test_entities_one_after_the_other(database: Database) -> None:
    """``entities_after`` names each entity with facts once, by type and id, from a place on."""
    _append(
        database,
        *[webhook(number, entity_id=number % 3) for number in range(6)],
        webhook(9, entity_id=5, entity_type=SLA_RESULT),
    )
    with database.read() as connection:
        everything = entities_after(connection, "", -2, 10)
        some = entities_after(connection, TICKET, 0, 1)

    assert everything == [(SLA_RESULT, 5), (TICKET, 0), (TICKET, 1), (TICKET, 2)]
    assert some == [(TICKET, 1)]
