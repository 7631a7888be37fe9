"""Who is told when figures change: one watcher per process, only while somebody listens, and a small queue for each.

A *listener* is one open stream. The watcher asks for the version on show every ``POLL_SECONDS`` and hands a changed
one to every listener; one that does not take them is dropped, for it can come back and be told the newest at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus

from models.errors import Refused, StorageUnavailable
from service.reading import Reader, Version

POLL_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0
MOST_LISTENERS = 200
MOST_UNTAKEN = 16


class Listener:
    """One open stream: versions not sent yet, and whether it is over."""

    def __init__(self) -> None:
        self._untaken: asyncio.Queue[Version | None] = asyncio.Queue(MOST_UNTAKEN + 1)
        self.over = False

    def tell(self, version: Version) -> None:
        """Hand over a version; a listener that lets too many lie is dropped."""
        if self._untaken.qsize() >= MOST_UNTAKEN:
            self.end()
        if not self.over:
            self._untaken.put_nowait(version)

    def end(self) -> None:
        """Nothing more comes; who waits is woken."""
        if not self.over:
            self.over = True
            self._untaken.put_nowait(None)

    async def next(self, seconds: float) -> Version | None:
        """The newest version handed over, ``None`` when there is none within so many seconds or it is over."""
        newest: Version | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                newest = await self._untaken.get()
        while not self._untaken.empty():
            newest = self._untaken.get_nowait() or newest
        return newest


class Hub:
    """Listeners and their watcher. Lives in one event loop; ``close()`` may be called twice, from any thread."""

    def __init__(
        self,
        reader: Reader,
        *,
        most_listeners: int = MOST_LISTENERS,
        poll_seconds: float = POLL_SECONDS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._reader = reader
        self._most = most_listeners
        self._poll_seconds = poll_seconds
        self.heartbeat_seconds = heartbeat_seconds
        self._listeners: set[Listener] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._closed = False
        self._loop = asyncio.get_running_loop()

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    @property
    def watching(self) -> bool:
        """Whether the watcher runs."""
        return self._watcher is not None and not self._watcher.done()

    def join(self) -> Listener:
        """One more listener; ``Refused`` 503 when there are too many, or the process is about to end."""
        if self._closed or len(self._listeners) >= self._most:
            detail = "the page goes on by asking every few seconds"
            raise Refused("too_many_streams", HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_seconds=30)
        listener = Listener()
        self._listeners.add(listener)
        if not self.watching:
            self._watcher = asyncio.create_task(self._watch())
        return listener

    def leave(self, listener: Listener) -> None:
        """A listener is gone; the last one takes the watcher along."""
        self._listeners.discard(listener)
        if not self._listeners and self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    async def version(self) -> Version | None:
        """The version on show now; ``None`` before the first, or while the database does not answer."""
        return await asyncio.to_thread(self._read)

    def close(self) -> None:
        """End every stream and take no more."""
        self._closed = True
        with contextlib.suppress(RuntimeError):  # the loop is over, and all its tasks with it
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for listener in tuple(self._listeners):
            listener.end()

    async def _watch(self) -> None:
        last: Version | None = None
        while True:
            version = await self.version()
            if version is not None and version != last:
                last = version
                for listener in tuple(self._listeners):
                    listener.tell(version)
            await asyncio.sleep(self._poll_seconds)

    def _read(self) -> Version | None:
        try:
            with self._reader.view() as view:
                return view.version
        except StorageUnavailable:  # NoFiguresYet too: nothing to tell, and the page says so itself
            return None
