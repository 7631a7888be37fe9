"""The guard: stands before every route, says who makes a request, and refuses whoever may not.

A router declares what its routes need by the class they are made of, ``APIRouter(route_class=needs(Need.READ))``.
Such a route asks the guard before a byte of the body is read. ``check_routes`` refuses to serve an application
with a route that declares nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from models.database import Database
from models.errors import Refused
from models.settings import Settings
from service.access.book import FRESH_SECONDS, TokenBook
from service.access.cookies import forget_token, token_in_cookie
from service.access.lockout import Lockout
from service.access.peers import Peers, unit_of
from service.access.scopes import EVERYBODY, NOBODY, Need, Principal, scope_missing
from service.access.tokens import prefix_of
from service.bodies import Bodies

STALE_SCRAPE_SECONDS = 3600.0
"""How old the book may be for a scrape while the database is down: its outage must be seen."""

LOGINS_AT_ONCE = 16

_PRINCIPAL = "techscore.principal"
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


class Guard:
    """Decides about requests. Everything it remembers is bounded and of this process alone."""

    def __init__(self, settings: Settings, database: Database, tick: Callable[[], float] = time.monotonic) -> None:
        self.is_open = settings.auth == "open"
        self.peers = Peers(settings)
        self.book = TokenBook(database, tick)
        self.login_bodies = Bodies(LOGINS_AT_ONCE)
        self._lockout = Lockout(tick)

    async def admit(self, scope: Scope, need: Need) -> Principal:
        """Who makes this request; ``Refused`` 401, 403 or 429 if it may not be made."""
        if self.is_open:
            if not self.peers.is_own_host(scope):
                raise Refused("host_unknown", HTTPStatus.FORBIDDEN, "AUTH=open answers to its own names only")
            self.require_same_origin(scope)
            return EVERYBODY
        text = bearer_of(scope)
        if text is None:
            text = token_in_cookie(scope, secure=self.peers.wants_secure_cookies(scope))
            self.require_same_origin(scope)  # a cookie comes along whoever sends the request
        if text is None:
            raise Refused("token_missing", HTTPStatus.UNAUTHORIZED, "send a token as Authorization: Bearer")
        principal = await self.identify(scope, text, STALE_SCRAPE_SECONDS if need is Need.SCRAPE else FRESH_SECONDS)
        if not principal.may(need):
            raise scope_missing()
        return principal

    async def identify(self, scope: Scope, text: str, stale_seconds: float = FRESH_SECONDS) -> Principal:
        """Who the bearer of a text is, counting bad ones; ``Refused`` 401 or 429."""
        prefix = prefix_of(text)
        # Texts that name no token of ours share one culprit per peer, so that changing them is no way round.
        named = prefix if prefix is not None and self.book.knows(prefix) else ""
        culprit = (named, unit_of(self.peers.address(scope)))
        wait = self._lockout.remaining_seconds(culprit)
        if wait:
            raise Refused(
                "too_many_bad_tokens", HTTPStatus.TOO_MANY_REQUESTS, "wait before another try", retry_after_seconds=wait
            )
        try:
            principal = await self.book.principal(text, stale_seconds)
        except Refused:
            self._lockout.failed(culprit)
            raise
        self._lockout.succeeded(culprit)
        return principal

    def require_same_origin(self, scope: Scope) -> None:
        """``Refused`` 403 when another site's page sent a request that may change something."""
        if scope["method"] not in _SAFE and not self.peers.is_same_origin(scope):
            detail = "sent by a page of another origin; behind a proxy that changes Host, set TECHSCORE_PUBLIC_URL"
            raise Refused("origin_foreign", HTTPStatus.FORBIDDEN, detail)


class GuardedRoute(APIRoute):
    """A route that asks the guard first. Use the subclasses that ``needs`` gives."""

    need: ClassVar[Need]

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request if it may be made; a browser without a token is shown where to log in."""
        if self.need is Need.PUBLIC:
            scope[_PRINCIPAL] = NOBODY
            await super().handle(scope, receive, send)
            return
        guard = guard_of(scope)
        try:
            scope[_PRINCIPAL] = await guard.admit(scope, self.need)
        except Refused as error:
            if error.status == HTTPStatus.UNAUTHORIZED and self._shows_a_page(scope):
                await _to_login(scope, guard)(scope, receive, send)
                return
            raise
        await super().handle(scope, receive, send)

    def _shows_a_page(self, scope: Scope) -> bool:
        """Whether a person looks at this; what a script of ours fetches is told 401."""
        is_page = not self.path.startswith("/api/") and self.path != "/metrics"
        return is_page and scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")


@cache
def needs(need: Need) -> type[APIRoute]:
    """The class of routes with that need, for ``APIRouter(route_class=…)``."""
    return type(f"{need.capitalize()}Route", (GuardedRoute,), {"need": need})


def guard_of(scope: Scope) -> Guard:
    """The guard of the process that serves this request."""
    guard = scope["app"].state.web.guard
    if not isinstance(guard, Guard):
        raise TypeError("the application was not made by create_app")
    return guard


def principal_of(connection: HTTPConnection) -> Principal:
    """Who makes this request."""
    principal = connection.scope.get(_PRINCIPAL)
    if not isinstance(principal, Principal):
        raise TypeError("no guard has seen this request")
    return principal


async def still_let_in(connection: HTTPConnection) -> bool:
    """Whether the token that opened a stream is still good; ask every few seconds, and end the stream if not."""
    token = principal_of(connection).token
    return not token or await guard_of(connection.scope).book.still_good(token)


def bearer_of(scope: Scope) -> str | None:
    """The token in the ``Authorization`` header, if it is of the scheme ``Bearer``."""
    scheme, _, text = Headers(scope=scope).get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def declared_routes(app: FastAPI) -> Iterator[tuple[str, str, Need | None]]:
    """Method, path and need of every route as it is served; ``None`` for one that declares nothing."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        need = route.need if isinstance(route, GuardedRoute) else None
        for method in sorted(context.methods or {"*"}):
            yield method, context.path or "", need


def check_routes(app: FastAPI) -> None:
    """``TypeError`` when a route declares no need: it would be open to everybody."""
    bare = [f"{method} {path}" for method, path, need in declared_routes(app) if need is None]
    if bare:
        raise TypeError(f"these routes declare no need (route_class=needs(…)): {', '.join(bare)}")


def _to_login(scope: Scope, guard: Guard) -> Any:
    query = scope.get("query_string", b"").decode("latin-1")
    target = quote(scope["path"]) + (f"?{query}" if query else "")
    response = RedirectResponse(f"/login?next={quote(target, safe='')}", HTTPStatus.SEE_OTHER)
    secure = guard.peers.wants_secure_cookies(scope)
    if token_in_cookie(scope, secure=secure) is not None:
        forget_token(response, secure=secure)  # or the browser would go on showing a token that is none
    return response
