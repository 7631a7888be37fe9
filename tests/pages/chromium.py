"""A real Chromium before a real server on loopback: how the pages' tests start both, and what they look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, ViewportSize

CHROMIUM = "/usr/bin/chromium"
MISSING = f"no {CHROMIUM}: the page is not tried in a browser"
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
WALL = ViewportSize(width=1920, height=1080)

SCROLL_SIZE = "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"


class Announced(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = Event()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup()
        self.listening.set()

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Where an application listens, on loopback."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none", timeout_graceful_shutdown=2)
    server = Announced(config)
    thread = Thread(target=server.run)
    thread.start()
    assert server.listening.wait(20)
    yield f"http://127.0.0.1:{server.port}"
    server.should_exit = True
    thread.join(20)


def said_by(page: Page) -> list[str]:
    """Whatever the page's console says, as it comes."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def asked_by(page: Page) -> list[str]:
    """Whatever the page asks for, as it does."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked
