"""Serves an ASGI app on a free loopback port from a thread of its own, for tests and the demo."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Any

import uvicorn

_STOPS_WITHIN_SECONDS = 10.0


class LoopbackServer:
    """``url`` is good from construction on; ``close()`` may be called twice."""

    def __init__(self, app: Any, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))  # listening: early requests wait, none is refused
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", date_header=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="simulated-autotask", daemon=True
        )
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
