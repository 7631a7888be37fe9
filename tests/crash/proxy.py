"""A TCP door in front of PostgreSQL that can be cut and mended: connections break, and new ones are refused."""

from __future__ import annotations

import contextlib
import socket
from threading import Lock, Thread


class Proxy:
    """Forwards ``127.0.0.1:port`` to a Unix socket. ``close()`` may be called twice."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._lock = Lock()
        self._pairs: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.mend()

    def mend(self) -> None:
        """Let connections through (again, on the same port)."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Break every connection and refuse new ones, as a server that is down does."""
        if self._listener is not None:
            _end(self._listener)
            self._listener = None
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for one in pairs:
            _end(one)

    close = cut

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                inner, _ = listener.accept()
            except OSError:
                return
            outer = socket.socket(socket.AF_UNIX)
            outer.connect(self._target)
            with self._lock:
                self._pairs += [inner, outer]
            for source, sink in ((inner, outer), (outer, inner)):
                Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    _end(source)
    _end(sink)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
