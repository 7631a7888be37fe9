"""Serves an ASGI app on a free loopback port from a thread of its own, for tests and the demo."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import uvicorn

_STOPS_WITHIN_SECONDS = 10.0

Beside = Callable[[], Awaitable[None]]


class LoopbackServer:
    """``url`` is good from construction on; ``close()`` may be called twice.

    ``beside`` runs in the server's loop for as long as it serves, and begins before the first request is answered.
    """

    def __init__(self, app: Any, port: int = 0, *, beside: Beside | None = None) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))  # listening: early requests wait, none is refused
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._beside = beside
        config = uvicorn.Config(app, log_level="warning", date_header=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="simulated-autotask", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer what is under way, then stop."""
        self._server.should_exit = True
        self._thread.join(_STOPS_WITHIN_SECONDS)
        self._socket.close()

    def __enter__(self) -> LoopbackServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        if self._beside is None:
            await self._server.serve(sockets=[self._socket])
            return
        beside = asyncio.ensure_future(self._beside())
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            beside.cancel()
            with suppress(asyncio.CancelledError):
                await beside
