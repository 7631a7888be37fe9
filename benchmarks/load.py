"""A load of signed events over keep-alive connections, each sending its next event when the last is answered.

Plain asyncio: a client library would cost more than the server under measurement, and the two share a machine.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from models.instants import SECOND
from simulator.callouts import Action, Callout, sign

NO_OP_PATH = "/no-op"
_FIRST_TICKET = 1_000_000
_NUMBER = b"7070707"
_ANSWER_TIMEOUT_SECONDS = 30.0


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
        ordered = sorted(self.latencies_seconds)
        return 1_000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def events(first: int) -> Iterator[bytes]:
    """Bodies of ticket updates as Autotask sends them, no two alike; ``first`` keeps several loads apart."""
    now = int(time.time()) * SECOND
    fields = {"Status": "5", "QueueID": "29682833", "AssignedResourceID": "29682885", "Title": "Drive <C:> & O'Neil"}
    body = Callout(Action.UPDATE, "Ticket", int(_NUMBER), fields, now, int(_NUMBER), 30691780).body()
    parts = body.split(_NUMBER)
    number = first
    while True:
        number += 1
        yield b"%s%d%s%d%s" % (parts[0], _FIRST_TICKET + number, parts[1], number, parts[2])


async def drive(port: int, path: str, secret: str, *, connections: int, seconds: float, first: int) -> Outcome:
    """Post events at ``path`` for so many seconds; every one sent is awaited."""
    outcome = Outcome()
    bodies = events(first)
    started = time.perf_counter()
    end = started + seconds

    async def send_all() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while (sent := time.perf_counter()) < end:
                writer.write(_request(path, next(bodies), secret))
                status = await asyncio.wait_for(_answer(reader), _ANSWER_TIMEOUT_SECONDS)
                outcome.latencies_seconds.append(time.perf_counter() - sent)
                outcome.statuses[status] += 1
        finally:
            writer.close()
            await writer.wait_closed()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(send_all())
    outcome.elapsed_seconds = time.perf_counter() - started
    return outcome


def _request(path: str, body: bytes, secret: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hook-Signature: {sign(body, secret)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    lengths = [int(line.removeprefix(b"content-length:")) for line in lines if line.startswith(b"content-length:")]
    await reader.readexactly(sum(lengths))
    return int(lines[0].split()[1])
