"""``techscore webhooks``: beside a running service, which does it, and without one; on both databases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from ingest.autotask.hooks import HOOKS
from tests.e2e.running import Service, until
from tests.ingest.autotask.hookstand import PERMISSION, Hooks
from tests.ingest.autotask.stand import errors


class Listening:
    """The webhooks' part of Autotask on a port of this machine."""

    def __init__(self, hooks: Hooks) -> None:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                request = httpx.Request(self.command, f"http://x{self.path}", content=content)
                response = hooks.stand.answer(request)
                self.send_response(response.status_code)
                self.send_header("content-length", str(len(response.content)))
                self.end_headers()
                self.wfile.write(response.content)

            do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - names of http.server

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/atservicesrest"

    def close(self) -> None:
        """Leave the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.fixture
def hooks() -> Hooks:
    """An Autotask without webhooks, and a tenant in which everything can be seen."""
    return Hooks()


@pytest.fixture
def registering(hooks: Hooks, new_service: Callable[..., Service]) -> Iterator[Service]:
    """A service, not yet running, that may register its webhooks there."""
    listening = Listening(hooks)
    yield new_service(
        AUTOTASK_USERNAME="api@example.com",
        AUTOTASK_SECRET="top-secret-value",
        AUTOTASK_INTEGRATION_CODE="TRACKINGCODE",
        AUTOTASK_ZONE_URL=listening.url,
        PUBLIC_URL="http://127.0.0.1:8000",
    )
    listening.close()


def lines(service: Service, *words: str) -> tuple[int, list[str]]:
    """A command's exit code and what it said."""
    result = service.run("webhooks", *words)
    return result.returncode, result.stdout.splitlines() + result.stderr.splitlines()


def _end(answer: tuple[int, list[str]]) -> tuple[int, str]:
    return answer[0], answer[1][-1]


def test_beside_a_service(hooks: Hooks, registering: Service) -> None:
    """The leading worker does it and counts it; twice changes nothing; status answers with its exit code."""
    service = registering.start().wait_ready()
    code, said = lines(service, "status")
    assert (1, "4 wrong; techscore webhooks install mends them") == (code, said[-1])
    code, said = lines(service, "install", "--dry-run")
    assert (0, "nothing was changed; 4 would be mended", []) == (code, said[-1], hooks.writes)
    code, said = lines(service, "install")
    assert (0, "4 mended; all webhooks are active and ready") == (code, said[-1])
    assert 1 == said.count("Tickets: active and ready")
    hooks.writes.clear()
    assert (0, ["nothing to change"], []) == (*lines(service, "install"), hooks.writes)
    assert (0, ["all webhooks are as they should be"]) == lines(service, "status")
    made = 'techscore_autotask_requests_total{endpoint="TicketWebhooks",outcome="ok"}'
    until("requests counted", lambda: made in service.client.get("/metrics?part=ledger").text)
    assert (0, "4 webhooks removed") == _end(lines(service, "remove"))
    assert {0} == {len(rows) for rows in hooks.rows.values()}


def test_what_was_installed_is_seen_at_once(registering: Service) -> None:
    """The worker, which found none when it began, looks again after the command and not only in an hour."""
    service = registering.start().wait_ready()
    figure = "techscore_webhook_active"
    until("the first look", lambda: 'feed="webhooks"' in service.client.get("/metrics?part=ledger").text)
    assert f"{figure}{{" not in service.client.get("/metrics?part=ledger").text
    assert 0 == lines(service, "install")[0]
    active = {f'{figure}{{entity="{hook.entity}"}} 1.0' for hook in HOOKS}
    until("all to be active", lambda: active <= set(service.client.get("/metrics?part=ledger").text.splitlines()))
    assert 0 == lines(service, "remove")[0]
    until("none to be left", lambda: f"{figure}{{" not in service.client.get("/metrics?part=ledger").text)


def test_without_a_service(hooks: Hooks, registering: Service) -> None:
    """The command leads and does it itself; what cannot be done is said in words and nothing is left behind."""
    hooks.refuse = lambda verb, path: errors(500, PERMISSION) if (verb, path) == ("POST", "TicketWebhooks") else None
    code, said = lines(registering, "install")
    assert (1, True) == (code, "Other > Webhooks" in said[-1])
    assert {} == hooks.rows["TicketWebhooks"]
    hooks.refuse = lambda *_: None
    assert 0 == lines(registering, "install")[0]
    assert (0, "4 webhooks removed") == _end(lines(registering, "remove", "--all"))
    assert {0} == {len(rows) for rows in hooks.rows.values()}


def test_what_is_missing_is_said_at_once(new_service: Callable[..., Service]) -> None:
    """Without an address or credentials no job is left."""
    code, said = lines(new_service(), "status")
    assert (os.EX_CONFIG, True) == (code, "TECHSCORE_PUBLIC_URL" in said[-1])
    code, said = lines(new_service(PUBLIC_URL="https://scorecard.example.com"), "install")
    assert (os.EX_CONFIG, True) == (code, "TECHSCORE_AUTOTASK_USERNAME" in said[-1])
