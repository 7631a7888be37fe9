"""A small working stand-in for the service's door: verifies, stores once, numbers, answers; in memory.

``Door`` is an ASGI application. Run as a script it is the ``service`` command of the demo's tests: ``serve``,
``verify``, ``webhooks install`` (the real registration) and ``backfill``, with how they are to behave said before the
command.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import credentials_of
from ingest.autotask.registration import mend
from models.settings import load_settings

Message = MutableMapping[str, Any]


class Door:
    """Stores each authentic body once."""

    def __init__(self, token: str, secret: str) -> None:
        self._path = f"/webhooks/autotask/{token}"
        self._secret = secret
        self.positions: dict[bytes, int] = {}
        self.bodies: list[bytes] = []

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, document = self._answer(scope["method"], scope["path"], dict(scope["headers"]), body)
        content = json.dumps(document).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, method: str, path: str, headers: dict[bytes, bytes], body: bytes) -> tuple[int, object]:
        if path == "/readyz":
            return 200, {}
        if path == "/api/v1/scorecard":
            kpi = {"kpi": "sla_triage", "value": 0.95, "target": 0.97, "sample_size": 20, "provisional": 0}
            return 200, {"position": len(self.bodies), "team": {"kpis": [kpi]}, "technicians": []}
        if path == f"{self._path}/callout":
            return 202, {"outcome": "nudged"}
        if method != "POST" or path != self._path:
            return 404, {"reason": "unknown"}
        digest = base64.b64encode(hmac.digest(self._secret.encode(), body, hashlib.sha1))
        if headers.get(b"x-hook-signature") != b"sha1=" + digest:
            return 401, {"reason": "bad_signature"}
        key = hashlib.sha256(body).digest()
        duplicate = key in self.positions
        if not duplicate:
            self.bodies.append(body)
            self.positions[key] = len(self.bodies)
        return 202, {"position": self.positions[key], "duplicate": duplicate}


async def _lifespan(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _briefly(seconds: float) -> None:
    await asyncio.sleep(seconds / 4)


async def _install() -> None:
    settings = load_settings()
    credentials, zone_url = credentials_of(settings), settings.autotask_zone_url
    async with AutotaskClient(credentials, zone_url=zone_url, sleep=_briefly) as client:
        await mend(client, settings)


def main() -> int:
    """Serve, or do what the demo has done beside that."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--verify-exit", type=int, default=0)
    parser.add_argument("--backfill-exit", type=int, default=0)
    parser.add_argument("--serve-exit", type=int)
    parser.add_argument("command", choices=["serve", "verify", "webhooks", "backfill"])
    options, _ = parser.parse_known_args()
    if options.command == "webhooks":
        asyncio.run(_install())
        return 0
    if options.command == "backfill":
        print("nothing read")  # noqa: T201 # its output is under test
        return int(options.backfill_exit)
    if options.command == "verify":
        print("compared" if options.verify_exit == 0 else "differences")  # noqa: T201 # its output is under test
        return int(options.verify_exit)
    if options.serve_exit is not None:
        print("cannot serve today")  # noqa: T201 # the log's last line is under test
        return int(options.serve_exit)
    environment = os.environ
    door = Door(environment["TECHSCORE_WEBHOOK_TOKEN"], environment["TECHSCORE_WEBHOOK_SECRETS"])
    uvicorn.run(door, host="127.0.0.1", port=int(environment["TECHSCORE_PORT"]), log_level="error")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
