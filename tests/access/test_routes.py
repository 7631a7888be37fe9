"""Every route says what it needs: enumerated of the application as it is served."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from starlette.responses import Response
from starlette.routing import Mount, Route

from service.access.guard import declared_routes, needs
from service.access.scopes import Need
from service.app import create_app
from service.serve import web_app
from tests.access.site import settings_with_tokens

PUBLIC = {
    "POST /webhooks/autotask/{token}",
    "POST /webhooks/autotask/{token}/deactivated",
    "POST /webhooks/autotask/{token}/callout",
    "GET /healthz",
    "GET /readyz",
    "GET /login",
    "POST /login",
    "POST /logout",
    "GET /static/{name}",
}


def test_every_route_declares_what_it_needs() -> None:
    """A route without a declared need is none that is served."""
    found = {f"{method} {path}": need for method, path, need in declared_routes(web_app(settings_with_tokens()))}

    assert [] == [route for route, need in found.items() if need is None]
    assert {"GET /", "GET /metrics", "GET /api/v1/scorecard", "GET /api/v1/openapi.json"} <= found.keys()


def test_what_is_public_is_written_down() -> None:
    """A route is opened to everybody by changing this list, never by accident."""
    found = declared_routes(web_app(settings_with_tokens()))

    assert PUBLIC == {f"{method} {path}" for method, path, need in found if need is Need.PUBLIC}


def _bare() -> APIRouter:
    router = APIRouter()
    router.add_api_route("/bare", lambda: None)
    return router


def _nested() -> APIRouter:
    outer = APIRouter(route_class=needs(Need.READ))
    outer.include_router(_bare(), prefix="/inner")
    return outer


def _foreign() -> APIRouter:
    return APIRouter(route_class=needs(Need.READ), routes=[Route("/bare", lambda _request: Response())])


def _mounted() -> APIRouter:
    return APIRouter(route_class=needs(Need.READ), routes=[Mount("/bare", routes=[])])


def _socket() -> APIRouter:
    router = APIRouter(route_class=needs(Need.READ))
    router.add_api_websocket_route("/bare", lambda _socket: None)
    return router


@pytest.mark.parametrize("router", [_bare(), _nested(), _foreign(), _mounted(), _socket()])
def test_an_application_with_a_bare_route_is_not_made(router: APIRouter) -> None:
    """What declares nothing would be open to everybody; it stops the start instead, of whatever kind it is."""
    with pytest.raises(TypeError, match=r"declare no need.*bare"):
        create_app(settings_with_tokens(), routers=[router])
