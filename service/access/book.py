"""The book of tokens: the whole table in memory, read again every few seconds, so that checking one is cheap.

A service has tens of tokens, at most a few per technician. The book is read by whoever finds it older than
``FRESH_SECONDS`` (so a revocation is seen within that and one query), or without the token that is asked for (so a
new one works at once). When the database does not answer, nothing is let in by an older book, but for those who
say how old it may be: the scrape, which is wanted most while a database is down.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog

from models.clock import Clock, WallClock
from models.database import Database
from models.errors import ConfigurationError, Refused, StorageError, StorageUnavailable
from models.instants import HOUR, Instant
from service.access.scopes import Principal, principal_of_scopes
from service.access.tokens import KnownToken, hash_of, list_tokens, note_use, prefix_of

FRESH_SECONDS = 3.0
USE_NOTED_EVERY: Instant = HOUR

_log: Any = structlog.get_logger()


class TokenBook:
    """Tells who a token's text is. ``tick``: seconds of a clock that only goes forwards."""

    def __init__(
        self, database: Database, tick: Callable[[], float] = time.monotonic, clock: Clock | None = None
    ) -> None:
        self._database = database
        self._tick = tick
        self._clock = clock or WallClock()
        self._reading = asyncio.Lock()
        self._tokens: dict[str, KnownToken] = {}
        self._read_at = -math.inf
        self._reads = 0
        self._noted: dict[str, Instant] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no token was good when the book was last read."""
        return all(token.revoked_at is not None for token in self._tokens.values())

    def knows(self, prefix: str) -> bool:
        """Whether a token of that prefix, good or revoked, was in the book when it was last read."""
        return prefix in self._tokens

    async def principal(self, text: str, stale_seconds: float = FRESH_SECONDS) -> Principal:
        """Who the bearer of this text is.

        ``Refused`` 401 ``token_unknown`` or ``token_revoked``; ``StorageUnavailable`` when the book cannot be read
        and is older than ``stale_seconds``.
        """
        prefix = prefix_of(text)
        if prefix is None:
            raise _unknown()
        if self._tick() - self._read_at > FRESH_SECONDS or prefix not in self._tokens:
            await self._refresh(stale_seconds)
        principal = self._check(prefix, hash_of(text))
        await self._note(prefix)
        return principal

    async def still_good(self, prefix: str) -> bool:
        """Whether a token that was good before is so now, for streams that stay open."""
        if self._tick() - self._read_at > FRESH_SECONDS:
            await self._refresh(FRESH_SECONDS)
        known = self._tokens.get(prefix)
        return known is not None and known.revoked_at is None

    async def read(self) -> None:
        """Read the book now."""
        await self._refresh(0.0)

    def _check(self, prefix: str, digest: bytes) -> Principal:
        known = self._tokens.get(prefix)
        if known is None or not hmac.compare_digest(known.sha256, digest):
            raise _unknown()
        if known.revoked_at is not None:
            raise Refused("token_revoked", HTTPStatus.UNAUTHORIZED, "this token was revoked")
        try:
            return principal_of_scopes(known.scopes, prefix)
        except ConfigurationError:  # written by a newer release
            _log.warning("token_scopes_unknown", prefix=prefix)
            raise _unknown() from None

    async def _refresh(self, stale_seconds: float) -> None:
        reads = self._reads
        async with self._reading:
            if self._reads != reads:  # somebody else has read it while we waited
                return
            begun = self._tick()
            try:
                tokens = await asyncio.to_thread(self._load)
            except StorageUnavailable:
                if self._tick() - self._read_at > stale_seconds:
                    raise
                return
            self._tokens = {token.prefix: token for token in tokens}
            self._read_at = begun
            self._reads += 1

    def _load(self) -> list[KnownToken]:
        with self._database.read() as connection:
            return list_tokens(connection)

    async def _note(self, prefix: str) -> None:
        now = self._clock.now()
        last = max(self._noted.get(prefix, 0), self._tokens[prefix].last_used_at or 0)
        if now - last < USE_NOTED_EVERY:
            return
        self._noted[prefix] = now
        try:
            await asyncio.to_thread(self._write_use, prefix, now)
        except StorageError as error:
            _log.warning("token_use_not_noted", prefix=prefix, detail=str(error))

    def _write_use(self, prefix: str, now: Instant) -> None:
        with self._database.write() as connection:
            note_use(connection, prefix, now)


def _unknown() -> Refused:
    return Refused("token_unknown", HTTPStatus.UNAUTHORIZED, "no token is like this one")
