"""Receivers on loopback: a small mail server and a small webhook, which remember what came."""

from __future__ import annotations

import json
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail. ``tls``: offers STARTTLS; ``refusals``: so many messages are refused first."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext | None = None, refusals: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _MailConversation)
        self.tls, self.refusals = tls, refusals
        self.mails: list[bytes] = []
        self.recipients: list[str] = []
        self.logins: list[bool] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _MailConversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._is_safe = False
        self._say("220 ready")
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if not self._answer(word.upper(), rest):
                break
        self.request.close()

    def _answer(self, word: str, rest: str) -> bool:
        if word == "EHLO":
            offers = ["STARTTLS"] if self.server.tls is not None and not self._is_safe else ["AUTH PLAIN"]
            self._say("250-here", *(f"250 {offer}" for offer in offers))
        elif word == "STARTTLS" and self.server.tls is not None:
            self._say("220 go")
            try:
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            except ssl.SSLError:
                return False  # they do not trust us
            self.rfile.close()
            self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
            self._is_safe = True
        elif word == "AUTH":
            self.server.logins.append(self._is_safe)
            self._say("235 known")
        elif word == "RCPT":
            self.server.recipients.append(rest)
            self._say("250 yes")
        elif word == "DATA":
            self._take()
        else:
            self._say("221 bye" if word == "QUIT" else "250 yes")
        return word != "QUIT"

    def _take(self) -> None:
        if self.server.refusals:
            self.server.refusals -= 1
            self._say("451 later")
            return
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.rstrip(b"\r\n") + b"\n")
        self.server.mails.append(b"".join(lines))
        self._say("250 taken")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class HookServer(ThreadingHTTPServer):
    """Takes posts; answers with ``status``."""

    daemon_threads = True

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _HookConversation)
        self.status = status
        self.documents: list[Any] = []
        self.keys: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook/secret-of-the-path"


class _HookConversation(BaseHTTPRequestHandler):
    server: HookServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.documents.append(json.loads(body))
        self.server.keys.append(self.headers["idempotency-key"])
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name the base class gives it
        """Nothing: a test's output is its own."""


@contextmanager
def running(server: MailServer | HookServer) -> Iterator[None]:
    """A server that takes connections."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and its key in one file, made now."""
    key, made, both = folder / "key.pem", folder / "made.pem", folder / "both.pem"
    names = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(made))
    subprocess.run((*command, *names), check=True, capture_output=True)
    both.write_text(made.read_text() + key.read_text())
    return both
