"""Odd on the wire: real sockets, a real HTTP server, framing that is unusual, broken or never ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from socket import socket

import pytest
import uvicorn

from ingest.inbox import last_position
from models.database import Database
from service.api.webhooks import MAX_BODY_BYTES
from service.app import create_app
from tests.door import DOOR, settings_for, sign
from tests.hostile.site import event

PATIENCE_SECONDS = 20.0
BODY = event()


@dataclass
class Wire:
    """A listening service, and bytes to and from it."""

    port: int
    database: Database

    async def talk(self, *parts: bytes, close: bool = False) -> bytes:
        """Send the parts and read the first answer's status line, headers and body, as they come; empty for none."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                try:
                    for part in parts:
                        writer.write(part)
                        await writer.drain()
                    if close:
                        writer.write_eof()
                except ConnectionError:
                    pass  # refused before the end of what was sent: the answer may be there all the same
                try:
                    return await reader.read(2**16)
                except ConnectionError:
                    return b""
        finally:
            writer.close()

    def stored(self) -> int:
        """How many events are in the inbox."""
        with self.database.read() as connection:
            return last_position(connection)


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Bind, then say so."""
        await super().startup(sockets)
        self.listening.set()


@pytest.fixture
async def wire(database: Database) -> AsyncIterator[Wire]:
    """The service on a port of its own, with little patience for slow bodies."""
    app = create_app(settings_for("sqlite:///unused.db"), database=database, body_timeout_seconds=0.3)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, http="httptools", log_config=None, lifespan="on")
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await asyncio.wait_for(server.listening.wait(), PATIENCE_SECONDS)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Wire(port, database)
    server.should_exit = True
    await serving


def head(*lines: str, body: bytes = BODY) -> bytes:
    """A request's head, signed."""
    fixed = (f"POST {DOOR} HTTP/1.1", "Host: 127.0.0.1", f"X-Hook-Signature: {sign(body)}")
    return "\r\n".join((*fixed, *lines, "", "")).encode()


def status(answer: bytes) -> int:
    """The status of an answer, 0 for none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


async def test_a_chunked_body_without_length_is_taken(wire: Wire) -> None:
    """In chunks of one byte, with extensions and trailers: 202, once."""
    chunks = b"".join(b"1;odd=yes\r\n%c\r\n" % byte for byte in BODY)
    answer = await wire.talk(head("Transfer-Encoding: chunked"), chunks + b"0\r\nX-Trailer: 1\r\n\r\n")
    assert (202, 1) == (status(answer), wire.stored())


async def test_two_mebibytes_are_refused_before_they_are_read(wire: Wire) -> None:
    """With a length the head is enough; the connection ends, lest the rest be taken for a request."""
    answer = await wire.talk(head(f"Content-Length: {2 * MAX_BODY_BYTES}"))
    assert (413, True, 0) == (status(answer), b"connection: close" in answer.lower(), wire.stored())


async def test_two_mebibytes_in_chunks_are_refused(wire: Wire) -> None:
    """Without a length reading stops at the limit."""
    chunk = b"10000\r\n" + b"x" * 2**16 + b"\r\n"
    answer = await wire.talk(head("Transfer-Encoding: chunked"), *[chunk] * 32, b"0\r\n\r\n")
    assert (413, 0) == (status(answer), wire.stored())


async def test_half_a_body_then_silence(wire: Wire) -> None:
    """408 when the time is up, and the connection ends."""
    answer = await wire.talk(head(f"Content-Length: {len(BODY)}"), BODY[: len(BODY) // 2])
    assert (408, True, 0) == (status(answer), b"connection: close" in answer.lower(), wire.stored())


async def test_half_a_body_then_gone(wire: Wire) -> None:
    """Nothing is stored of what never came whole, and the next event is taken."""
    await wire.talk(head(f"Content-Length: {len(BODY)}"), BODY[: len(BODY) // 2], close=True)
    answer = await wire.talk(head(f"Content-Length: {len(BODY)}"), BODY)
    assert (202, 1) == (status(answer), wire.stored())


async def test_no_body_and_no_length(wire: Wire) -> None:
    """An empty body, signed as such, is authentic."""
    answer = await wire.talk(head(body=b""))
    assert (202, 1) == (status(answer), wire.stored())


BROKEN = {
    "a length that is a word": ("Content-Length: many",),
    "a negative length": ("Content-Length: -1",),
    "a length beyond 64 bits": ("Content-Length: 99999999999999999999999",),
    "two lengths": (f"Content-Length: {len(BODY)}", "Content-Length: 7"),
    "length and chunks": (f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"),
    "chunks that are none": ("Transfer-Encoding: chunked",),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_framing_is_no_event_and_no_error_of_ours(wire: Wire, name: str) -> None:
    """4xx or a closed connection, never 5xx and never a row; the next event is taken."""
    answer = await wire.talk(head(*BROKEN[name]), BODY)
    assert status(answer) < 500
    assert (False, 0) == (200 <= status(answer) < 300, wire.stored())
    following = await wire.talk(head(f"Content-Length: {len(BODY)}"), BODY)
    assert (202, 1) == (status(following), wire.stored())
