"""Bodies of requests that nobody has vouched for yet: read whole, with limits of size, time and number.

Whoever can reach a door can open connections and send slowly. A body is held for at most the timeout, and at
most so many are read at once; more are told to come again, which costs them and not us.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from fastapi import Request

from models.errors import Refused

RETRY_AFTER_SECONDS = 2


class Bodies:
    """Reads the bodies at one door, at most ``at_once`` at a time. For one event loop."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._open = 0

    async def read(self, request: Request, max_bytes: int, timeout_seconds: float) -> bytes:
        """The whole body, however it is framed; ``Refused`` 413, 400, 408 or 503."""
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > max_bytes:
            raise _too_large()
        if self._open >= self._at_once:
            raise Refused("too_many_bodies", HTTPStatus.SERVICE_UNAVAILABLE, retry_after_seconds=RETRY_AFTER_SECONDS)
        self._open += 1
        try:
            async with asyncio.timeout(timeout_seconds):
                return await _whole(request, max_bytes)
        except TimeoutError as error:
            raise Refused("body_timeout", HTTPStatus.REQUEST_TIMEOUT) from error
        finally:
            self._open -= 1


async def _whole(request: Request, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refused("body_incomplete", HTTPStatus.BAD_REQUEST)
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > max_bytes:
            raise _too_large()
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large() -> Refused:
    return Refused("body_too_large", 413)
