"""A load of signed events over keep-alive connections, each sending its next event when the last is answered.

A bare asyncio protocol: a client library would cost more than the server under measurement, and the two share a
machine. Events come in pairs, a ticket's creation and its completion, with all three service level events.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import uvloop

from models.instants import HOUR, MINUTE, SECOND
from simulator.callouts import Action, Callout, sign, wire_time

NO_OP_PATH = "/no-op"
FIRST_TICKET = 1_000_000
TECHNICIANS = 30
_FIRST_TECHNICIAN = 30_000_000
_QUEUES = 5
_PATIENCE_SECONDS = 30.0
_TICKET, _SEQUENCE, _TECHNICIAN, _QUEUE = b"7070701", b"7070702", b"7070703", b"7070704"

Template = tuple[bytes, ...]
"""A body cut at its places: ticket, sequence, technician and queue go in between."""


@dataclass(slots=True)
class Outcome:
    """What a load came to: answers by status, and the seconds each took."""

    elapsed_seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_seconds) / self.elapsed_seconds

    def milliseconds(self, share: float) -> float:
        """The latency that so large a share of the answers did not exceed."""
        return 1_000 * quantile(self.latencies_seconds, share)


def quantile(values: list[float], share: float) -> float:
    """The value that so large a share did not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def events(first: int) -> Iterator[bytes]:
    """Bodies of ticket events as Autotask sends them, no two alike; ``first`` keeps several loads apart."""
    templates = _templates(int(time.time()) * SECOND)
    number = first
    while True:
        yield body(templates[number % 2], number)
        number += 1


def body(template: Template, number: int) -> bytes:
    """The event of that number: two in a row are of one ticket."""
    ticket = number // 2
    places = (FIRST_TICKET + ticket, _FIRST_TECHNICIAN + ticket % TECHNICIANS, 1 + ticket % _QUEUES, number)
    parts = [b"%s%d" % (part, place) for part, place in zip(template, places, strict=False)]
    return b"".join((*parts, template[-1]))


def _templates(now: int) -> tuple[Template, Template]:
    """A creation and a completion; one response in eight comes late, by the ticket's technician."""
    created = {
        "TicketNumber": "T20260914.0001",
        "Title": "Drive <C:> & O'Neil",
        "CompanyID": "7",
        "TicketType": "2",
        "CreateDate": wire_time(now - 2 * HOUR),
        "FirstResponseDueDateTime": wire_time(now - HOUR),
        "ResolutionPlanDueDateTime": wire_time(now - 30 * MINUTE),
        "ResolvedDueDateTime": wire_time(now - 10 * MINUTE),
    }
    completed = {
        "FirstResponseDateTime": wire_time(now - 90 * MINUTE),
        "FirstResponseInitiatingResourceID": _TECHNICIAN.decode(),
        "ResolutionPlanDateTime": wire_time(now - 40 * MINUTE),
        "ResolvedDateTime": wire_time(now - 5 * MINUTE),
        "CompletedDate": wire_time(now - 5 * MINUTE),
        "CompletedByResourceID": _TECHNICIAN.decode(),
    }
    return (
        _template(Action.CREATE, created | {"Status": "1"}, now - 2 * HOUR),
        _template(Action.UPDATE, completed | {"Status": "5"}, now - 5 * MINUTE),
    )


def _template(action: Action, fields: dict[str, str], at: int) -> Template:
    named = {"AssignedResourceID": _TECHNICIAN.decode(), "QueueID": _QUEUE.decode(), **fields}
    callout = Callout(action, "Ticket", int(_TICKET), named, at, int(_SEQUENCE), 30_691_780)
    rest, parts = callout.body(), []
    for place in (_TICKET, _TECHNICIAN, _QUEUE):
        head, _, rest = rest.partition(place)
        parts.append(head)
    rest = rest.replace(_TECHNICIAN, b"%d" % _FIRST_TECHNICIAN)
    head, _, rest = rest.partition(_SEQUENCE)
    return (*parts, head, rest)


class Connection(asyncio.Protocol):
    """One keep-alive connection; ``ask`` sends a request and waits for the status of the answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[int] | None = None
        self.answered_at = 0.0
        self.content = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's do not say that they are

    async def ask(self, request: bytes) -> int:
        """The status; ``content`` is the body of the answer, ``answered_at`` when it was there."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._answer is None or self._answer.done():
            return
        head = bytes(self._received[:end]).lower()
        at = head.find(b"\r\ncontent-length:")
        length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._received) < end + 4 + length:
            return
        self.content = bytes(self._received[end + 4 : end + 4 + length])
        self._received.clear()
        self.answered_at = time.perf_counter()
        self._answer.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server closed the connection"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Connection:
    """A connection to loopback."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


async def drive(
    port: int,
    path: str,
    secret: str,
    *,
    connections: int,
    seconds: float,
    first: int,
    may_send: Callable[[int], bool] = lambda _: True,
) -> Outcome:
    """Post events at ``path`` for so many seconds; every one sent is awaited.

    ``may_send`` is asked before each event, with the number sent so far: ``False`` holds that connection back.
    """
    outcome = Outcome()
    bodies = events(first)
    sent_so_far = 0
    started = time.perf_counter()
    end = started + seconds

    async def send_all() -> None:
        nonlocal sent_so_far
        connection = await connect(port)
        while (sent := time.perf_counter()) < end:
            if not may_send(sent_so_far):
                await asyncio.sleep(0.005)
                continue
            sent_so_far += 1
            request = post(path, next(bodies), secret)
            status = await asyncio.wait_for(connection.ask(request), _PATIENCE_SECONDS)
            outcome.latencies_seconds.append(connection.answered_at - sent)
            outcome.statuses[status] += 1
        connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(send_all())
    outcome.elapsed_seconds = time.perf_counter() - started
    return outcome


def load(
    port: int,
    path: str,
    secret: str,
    *,
    connections: int,
    seconds: float,
    first: int,
    may_send: Callable[[int], bool] = lambda _: True,
) -> Outcome:
    """``drive`` in a loop of its own."""
    work = drive(port, path, secret, connections=connections, seconds=seconds, first=first, may_send=may_send)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def post(path: str, content: bytes, secret: str) -> bytes:
    """A signed POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hook-Signature: {sign(content, secret)}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode("ascii") + content


def get(path: str, *headers: str) -> bytes:
    """A GET request."""
    lines = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", "")
    return "\r\n".join(lines).encode("ascii")
