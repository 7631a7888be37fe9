"""Answers made once and given to everybody who asks the same: equal entity tags mean equal bodies (design §6).

A tag covers version, release, path, query and what the token may see, so an answer kept under its tag can never be
stale, nor reach somebody it was not made for. Walls and scripts that poll cost a look at the version.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

MOST_ANSWERS = 256
MOST_BYTES = 16 * 2**20


class Answers:
    """Bodies by entity tag; those asked for longest ago go first. Threads may share one."""

    def __init__(self, most_answers: int = MOST_ANSWERS, most_bytes: int = MOST_BYTES) -> None:
        self._most_answers = most_answers
        self._most_bytes = most_bytes
        self._bytes = 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, tag: str, make: Callable[[], bytes]) -> bytes:
        """The body under that tag, made now if it is not there. An error of ``make`` leaves nothing behind."""
        with self._lock:
            body = self._bodies.get(tag)
            if body is not None:
                self._bodies.move_to_end(tag)
                return body
        body = make()  # without the lock: two threads may make one body, equal by the meaning of the tag
        self._keep(tag, body)
        return body

    def _keep(self, tag: str, body: bytes) -> None:
        with self._lock:
            self._bytes += len(body) - len(self._bodies.pop(tag, b""))
            self._bodies[tag] = body
            while len(self._bodies) > self._most_answers or self._bytes > self._most_bytes:
                _, gone = self._bodies.popitem(last=False)
                self._bytes -= len(gone)
