"""``GET /`` and its assets. The page asks for itself again (``fragment=1``) and is told 304 while nothing changed."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from models.errors import StorageUnavailable
from models.settings import Settings
from service.access.guard import needs, principal_of
from service.access.scopes import Need, Principal
from service.access.visibility import visible
from service.api.reader import Figures
from service.metrics.process import release
from service.pages import assets, coaching_forms, overviews, render, sheets
from service.pages.breaches import open_breaches
from service.pages.home import home
from service.pages.menu import menu
from service.pages.status import Freshness, Status, read_freshness, status
from service.reading import NoFiguresYet, Reader, View
from service.scorecards.places import places
from service.scorecards.scorecard import DEFAULT_WINDOW, scorecard
from service.scorecards.windows import UnknownWindow
from service.web import Web, web_of

NOW_HEADER = "Techscore-Now"
"""The service's clock in milliseconds: a wall display's own clock may be wrong."""

_HTML = "text/html; charset=utf-8"

_pages = APIRouter(include_in_schema=False, route_class=needs(Need.OWN))
_files = APIRouter(include_in_schema=False, route_class=needs(Need.PUBLIC))


@_pages.get("/", response_model=None)
def live_page(
    request: Request,
    reader: Figures,
    window: str = DEFAULT_WINDOW,
    fragment: bool = False,
    kiosk: str = "0",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """The live page, or only its ``<main>``; 304 while figures and condition are those the browser has.

    ``kiosk``: with nothing to click, for a screen that nobody sits at.
    """
    web = web_of(request)
    look = Look(window, fragment, kiosk=kiosk != "0")
    try:
        return _figures(web, principal_of(request), reader, look, if_none_match)
    except UnknownWindow as error:
        return _notice(web, fragment, 400, "no_window", str(error))
    except NoFiguresYet as error:
        return _notice(web, fragment, 200, "starting", str(error))
    except StorageUnavailable:
        return _notice(web, fragment, 503, "unavailable", "")


@_files.get("/static/{name}", response_model=None)
def static(name: str) -> Response:
    """A style, script or icon under its hashed name."""
    asset = assets.find(name)
    if asset is None:
        return Response("no such file", 404, media_type="text/plain; charset=utf-8")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(asset.body, 200, headers, asset.media_type)


@dataclass(frozen=True, slots=True)
class Look:
    """How the page is asked for."""

    window: str
    fragment: bool
    kiosk: bool


def _figures(web: Web, principal: Principal, reader: Reader, look: Look, if_none_match: str) -> Response:
    with reader.view() as view:
        fresh = read_freshness(view, web.database, web.clock)
        said = status(fresh, view.policy.zone)
        headers = {"ETag": _etag(view, principal, said, look), **_live_headers(fresh.now)}
        if headers["ETag"] in {tag.strip() for tag in if_none_match.split(",")}:
            return Response(status_code=304, headers=headers)
        body = _render(view, principal, fresh, said, web.settings, look)
    return Response(body, 200, headers, _HTML)


def _render(
    view: View,
    principal: Principal,
    fresh: Freshness,
    said: Status,
    settings: Settings,
    look: Look,
) -> str:
    everybody = scorecard(view, look.window)
    card, standing = visible(everybody, principal), places(everybody.technicians, view.policy)
    breaches = open_breaches(view.connection, tech_id=principal.technician_id)
    values = home(card, breaches, said, view.policy, fresh.now, standing)
    links = () if look.kiosk else menu(principal, "/")
    return render.wall(values, settings.address, fragment=look.fragment, kiosk=look.kiosk, menu=links)


def _notice(web: Web, fragment: bool, code: int, kind: str, detail: str) -> Response:
    body = render.notice(kind, detail, fragment=fragment)
    return Response(body, code, _live_headers(web.clock.now()), _HTML)


def _etag(view: View, principal: Principal, said: Status, look: Look) -> str:
    """Weak: only the age in seconds differs between answers of one tag, and the script tells that itself."""
    parts = (view.version, view.as_of, said, release(), assets.VERSION, look, principal.sight)
    return f'W/"{sha256(repr(parts).encode()).hexdigest()[:24]}"'


def _live_headers(now: int) -> dict[str, str]:
    return {"Cache-Control": "private, no-cache", NOW_HEADER: str(now // 1_000)}


router = APIRouter()
router.include_router(_pages)
router.include_router(_files)
router.include_router(sheets.router)
router.include_router(overviews.router)
router.include_router(coaching_forms.router)
