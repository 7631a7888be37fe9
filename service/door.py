"""The door says that it is open: what a later start knows of the time in which no webhook could come in (R14)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from ingest.feeds import watch
from models.clock import Clock
from models.database import Database
from models.errors import StorageError

BEAT_SECONDS = 15.0
log: Any = structlog.get_logger()


@asynccontextmanager
async def saying_so(database: Database, clock: Clock) -> AsyncIterator[None]:
    """While inside, the database hears every few seconds that the door is open; not while the clock is frozen."""
    if clock.frozen:
        yield
        return
    beating = asyncio.create_task(_beat(database, clock), name="door")
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat(database: Database, clock: Clock) -> None:
    while True:
        try:
            await asyncio.to_thread(_say, database, clock)
        except StorageError as error:  # then no event can be stored either: the door is not open
            log.warning("door_unheard", detail=str(error))
        await asyncio.sleep(BEAT_SECONDS)


def _say(database: Database, clock: Clock) -> None:
    with database.write() as connection:
        watch.door_is_open(connection, clock.now())
