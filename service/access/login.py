"""Browser login: a token pasted once into a form, or brought by a wall's link, and kept in a cookie.

A *wall link* is ``/login?wall=<token>``. It puts a token into an address, which browsers keep and proxies log, so
only tokens that can change nothing may come this way; the answer sends the browser on at once.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs

import jinja2
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from models.errors import Refused
from service.access.cookies import PERSON_SECONDS, WALL_SECONDS, forget_token, keep_token
from service.access.guard import guard_of, needs
from service.access.scopes import Need
from service.api.problems import refusal_headers
from service.pages import assets
from service.web import web_of

MAX_BODY_BYTES = 8_192
HOME = "/"

_SAYS = {
    "token_unknown": "There is no such token. Was all of it copied?",
    "token_revoked": "This token was revoked. Ask for a new one.",
    "token_missing": "Paste a token first.",
    "too_many_bad_tokens": "Too many wrong tokens. Wait a while, then try again.",
    "wall_not_read_only": "This token may change things; a link may only carry one that can read.",
}
# The form's POST must carry its origin, which the policy no-referrer would hide ("Origin: null").
_HEADERS = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.globals.update(asset=assets.url)

router = APIRouter(include_in_schema=False, route_class=needs(Need.PUBLIC))


@router.get("/login", response_model=None)
async def show_login(request: Request) -> Response:
    """The form; or, with ``wall``, log in with that token and go on."""
    guard = guard_of(request.scope)
    target = local_path(request.query_params.get("next", HOME))
    if guard.is_open:
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)
    wall = request.query_params.get("wall")
    if wall is None:
        return _form(target)
    try:
        principal = await guard.identify(request.scope, wall)
        if principal.may(Need.MANAGE):
            raise Refused("wall_not_read_only", HTTPStatus.FORBIDDEN)
    except Refused as error:
        return _form(target, error)
    return _let_in(request, wall, target, WALL_SECONDS)


@router.post("/login", response_model=None)
async def log_in(request: Request) -> Response:
    """Take the pasted token."""
    guard = guard_of(request.scope)
    guard.require_same_origin(request.scope)
    body = await guard.login_bodies.read(request, MAX_BODY_BYTES, web_of(request).body_timeout_seconds)
    form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=None)
    token = form.get("token", [""])[0].strip()
    target = local_path(form.get("next", [HOME])[0])
    try:
        if not token:
            raise Refused("token_missing", HTTPStatus.UNAUTHORIZED)
        await guard.identify(request.scope, token)
    except Refused as error:
        return _form(target, error)
    return _let_in(request, token, target, PERSON_SECONDS)


@router.post("/logout", response_model=None)
async def log_out(request: Request) -> Response:
    """Have the browser forget its token. The token stays good: ``techscore tokens revoke`` ends it."""
    guard = guard_of(request.scope)
    guard.require_same_origin(request.scope)
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER, _HEADERS)
    forget_token(response, secure=guard.peers.wants_secure_cookies(request.scope))
    return response


def local_path(given: str) -> str:
    """``given`` if it is a path on this host, else the home page: a login never sends a browser elsewhere.

    Browsers read ``//host``, ``/\\host`` and ``/<tab>/host`` as other hosts.
    """
    plain = given.isascii() and given.isprintable() and " " not in given and "\\" not in given
    if not plain or not given.startswith("/") or given.startswith("//") or len(given) > 2_000:
        return HOME
    return HOME if given.partition("?")[0] in ("/login", "/logout") else given


def _let_in(request: Request, token: str, target: str, seconds: int) -> Response:
    response = RedirectResponse(target, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
    secure = guard_of(request.scope).peers.wants_secure_cookies(request.scope)
    keep_token(response, token, secure=secure, seconds=seconds)
    return response


def _form(target: str, error: Refused | None = None) -> Response:
    status = HTTPStatus.OK if error is None else error.status
    headers = _HEADERS if error is None else _HEADERS | refusal_headers(error)
    says = "" if error is None else _SAYS.get(error.reason, error.detail)
    body = _templates.get_template("login.html").render(target=target, says=says)
    return Response(body, status, headers, "text/html; charset=utf-8")
