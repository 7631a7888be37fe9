"""The writer thread: durable before the answer, one bad row alone, a full queue at once, nothing lost at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest

from ingest.inbox import InboxWriter, read_after
from models.database import Database
from models.errors import InboxFull, RowRefused, StorageUnavailable
from models.inbox import Receipt
from tests.facts import webhook, writers_waiting


def _stored(database: Database) -> list[bytes]:
    with database.read() as connection:
        return [fact.body for fact in read_after(connection, 0, 10_000)]


@asynccontextmanager
async def _writer(database: Database, capacity: int = 10_000, batch: int = 500) -> AsyncIterator[InboxWriter]:
    writer = InboxWriter(database, capacity=capacity, batch=batch)
    try:
        async with asyncio.timeout(60):  # a caller who is never answered fails the test instead of hanging it
            yield writer
    finally:
        await asyncio.to_thread(writer.close)


async def test_a_receipt_comes_after_the_commit(database: Database) -> None:
    """Once the receipt is there another connection reads the row (I1)."""
    async with _writer(database) as writer:
        receipt = await writer.store(webhook(1))

        assert not receipt.duplicate
        assert _stored(database) == [webhook(1).body]


async def test_the_same_event_a_hundred_times_at_once_is_one_row(database: Database) -> None:
    """A hundred concurrent callers get the same position; one of them was first."""
    async with _writer(database) as writer:
        receipts = await asyncio.gather(*[writer.store(webhook(1)) for _ in range(100)])

    assert len({receipt.position for receipt in receipts}) == 1
    assert [receipt.duplicate for receipt in receipts].count(False) == 1
    assert _stored(database) == [webhook(1).body]


async def test_what_waits_becomes_one_transaction(database: Database) -> None:
    """Fifty events that piled up behind a lock are stored in one commit, not in fifty."""
    commits: list[float] = []
    writer = InboxWriter(database, observe_seconds=commits.append)
    with writers_waiting(database):
        tasks = [asyncio.create_task(writer.store(webhook(number))) for number in range(50)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    writer.close()

    assert len(_stored(database)) == 50
    assert 1 <= len(commits) <= 3


async def test_a_bad_row_fails_alone(database: Database) -> None:
    """In a batch with a row the database refuses, its caller alone gets the error."""
    facts = [webhook(number) for number in range(10)]
    facts[6] = webhook(6, entity_id=2**70)
    async with _writer(database) as writer:
        with writers_waiting(database):
            tasks = [asyncio.create_task(writer.store(fact)) for fact in facts]
            await asyncio.sleep(0)
        results = await asyncio.gather(*tasks, return_exceptions=True)

    refused = [index for index, result in enumerate(results) if isinstance(result, RowRefused)]
    assert refused == [6]
    assert _stored(database) == [fact.body for index, fact in enumerate(facts) if index != 6]


async def test_a_full_queue_is_refused_at_once(database: Database) -> None:
    """Past its capacity the writer says so while others still wait; a refused event leaves nothing."""
    facts = [webhook(number) for number in range(10)]
    async with _writer(database, capacity=2, batch=1) as writer:
        with writers_waiting(database):
            tasks = [asyncio.create_task(writer.store(fact)) for fact in facts]
            await asyncio.sleep(0)
            refused = [task for task in tasks if task.done()]
            assert len(refused) in (7, 8)  # two wait; the thread may hold one more
        results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(task.exception()) for task in refused] == [InboxFull] * len(refused)
    stored = [fact.body for fact, result in zip(facts, results, strict=True) if isinstance(result, Receipt)]
    assert _stored(database) == stored


async def test_an_unusable_database_is_told_to_every_caller(database_url: str) -> None:
    """Without tables nothing can be stored: each caller hears it, and the thread lives on."""
    database = Database(database_url)
    async with _writer(database) as writer:
        for _ in range(2):
            results = await asyncio.gather(
                *[writer.store(webhook(number)) for number in range(5)], return_exceptions=True
            )

            assert [type(result) for result in results] == [StorageUnavailable] * 5
    database.close()


async def test_closing_stores_what_waits(database: Database) -> None:
    """Everything handed over before ``close`` is stored and answered."""
    writer = InboxWriter(database, batch=3)
    with writers_waiting(database):
        tasks = [asyncio.create_task(writer.store(webhook(number))) for number in range(8)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(writer.close))
        await asyncio.sleep(0)
    receipts = await asyncio.gather(*tasks)
    await closing

    assert [receipt.duplicate for receipt in receipts] == [False] * 8
    assert _stored(database) == [webhook(number).body for number in range(8)]


async def test_a_closed_writer_stores_nothing(database: Database) -> None:
    """Closing twice is fine; afterwards both ways of storing say that it is closed."""
    writer = InboxWriter(database)
    writer.close()
    writer.close()

    with pytest.raises(StorageUnavailable, match="closed"):
        await writer.store(webhook(1))
    with pytest.raises(StorageUnavailable, match="closed"):
        writer.store_blocking(webhook(1))
    assert _stored(database) == []


async def test_the_fact_of_a_cancelled_caller_is_stored(database: Database) -> None:
    """Who hangs up after handing over does not take the event back, nor disturb the others."""
    async with _writer(database) as writer:
        with writers_waiting(database):
            gone = asyncio.create_task(writer.store(webhook(1)))
            stays = asyncio.create_task(writer.store(webhook(2)))
            await asyncio.sleep(0)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
        receipt = await stays

    assert not receipt.duplicate
    assert _stored(database) == [webhook(1).body, webhook(2).body]


def test_threads_store_too(database: Database) -> None:
    """``store_blocking`` serves callers without an event loop, side by side."""
    writer = InboxWriter(database)
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda number: writer.store_blocking(webhook(number)), range(40), timeout=60))
    writer.close()

    assert len({receipt.position for receipt in receipts}) == 40


def test_callers_of_a_loop_that_is_gone_harm_nobody(database: Database) -> None:
    """A loop that ended while its fact waited is passed over; the fact is stored, later ones are answered."""
    writer = InboxWriter(database)
    with writers_waiting(database):
        _abandoned(writer)
    receipt = writer.store_blocking(webhook(2))
    writer.close()

    assert not receipt.duplicate
    assert sorted(_stored(database)) == [webhook(1).body, webhook(2).body]


def _abandoned(writer: InboxWriter) -> None:
    async def hand_over() -> None:
        task = asyncio.create_task(writer.store(webhook(1)))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(hand_over())
