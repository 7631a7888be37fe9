"""The cookie that keeps a browser's token: readable by the server only, sent to this host only.

It holds the token itself. A session of its own would be one more thing to store, expire and revoke; this way
revoking the token ends every browser that has it.

``SameSite=Lax``, not ``Strict``: a link to a technician or a ticket in a digest, an alert or an Autotask note must
open without another login. What Lax lets through is top-level GETs, and no GET changes anything; requests that do
change something are held against their origin as well (``Peers.is_same_origin``).
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

PERSON_SECONDS = 30 * 86_400
WALL_SECONDS = 400 * 86_400
"""Browsers keep no cookie for longer."""

_PLAIN = "techscore"
_SECURE = "__Host-techscore"
"""Browsers take a cookie of this name only from this very host, by https: a sister host cannot plant one."""


def token_in_cookie(scope: Scope, *, secure: bool) -> str | None:
    """The token that the request's cookie holds."""
    cookies: SimpleCookie = SimpleCookie()
    for header in Headers(scope=scope).getlist("cookie"):
        try:
            cookies.load(header)
        except CookieError:
            continue
    morsel = cookies.get(_SECURE if secure else _PLAIN)
    return None if morsel is None else morsel.value or None


def keep_token(response: Response, token: str, *, secure: bool, seconds: int) -> None:
    """Have the browser keep the token."""
    response.set_cookie(
        _SECURE if secure else _PLAIN, token, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )


def forget_token(response: Response, *, secure: bool) -> None:
    """Have the browser forget the token."""
    response.delete_cookie(_SECURE if secure else _PLAIN, path="/", secure=secure, httponly=True, samesite="lax")
