"""The outermost layer of the web app: request id, strict headers, access log, metrics, the last word on errors.

Plain ASGI, for it is on the path of every event. What it logs and labels is the route's template, never a
path as it was sent. Refusals, which anybody can cause, are logged at most so often (``service.throttle``).
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import problem, reason_of
from service.headers import strict_headers
from service.throttle import Throttle

REQUEST_ID_HEADER = "x-request-id"
UNMATCHED = "unmatched"
CLIENT_GONE = 499
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_QUIET = frozenset(("/", "/healthz", "/readyz", "/metrics", "/static/{name}"))
_MACHINES = "/webhooks/"
"""No browser looks behind this: events are spared the headers that only browsers read."""
_PROCESS = token_hex(6)
_numbers = itertools.count(1)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

Served = Callable[[str, str, int, float], None]
AddressOf = Callable[[Scope], str]


class Edge:
    """ASGI middleware. ``served`` is told route, method, status and ``perf_counter()`` at the request's arrival.

    ``address_of`` says whose request it is, for the log.
    """

    def __init__(self, app: ASGIApp, served: Served, address_of: AddressOf, refusals: Throttle | None = None) -> None:
        self._app = app
        self._served = served
        self._address_of = address_of
        self._refusals = refusals or Throttle()
        self._log: Any = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = request_id
                if not _route(scope).startswith(_MACHINES):
                    headers.raw.extend(strict_headers(status, headers.raw))
            await send(message)

        tokens = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_marked)
        except Exception:
            self._log.exception("request_failed", route=_route(scope))
            if status == 0:
                await problem(500, "internal_error", request_id=request_id)(scope, receive, send_marked)
        finally:
            self._finish(scope, status or CLIENT_GONE, started)
            structlog.contextvars.reset_contextvars(**tokens)

    def _finish(self, scope: Scope, status: int, started: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = _route(scope)
        self._served(route, method, status, started)
        if route in _QUIET and status < 400:
            return
        more: dict[str, object] = {}
        if status >= 400:
            reason = reason_of(scope)
            left_out = self._refusals.admit((route, status, reason))
            if left_out is None:
                return
            more = {"reason": reason} if reason else {}
            if left_out:
                more["suppressed"] = left_out
        self._log.info(
            "request",
            method=method,
            route=route,
            status=status,
            duration_ms=round((time.perf_counter() - started) * 1_000, 3),
            client=self._address_of(scope),
            **more,
        )


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else f"{_PROCESS}-{next(_numbers):x}"


def _route(scope: Scope) -> str:
    """The template of the route that served the request; one word for all others, to bound the labels."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else UNMATCHED
