"""The door for Autotask's webhooks: raw bytes in, a durable row of the inbox, 202.

Checks stand in this order: path token 404, size 413, signature 401; whatever is authentic after that is stored,
readable or not (invariant I6). Rejecting what one cannot read would make Autotask disable the webhook. For the same
reason nobody is ever locked out here; who has no token is told so before a byte of the body is read.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from ingest.feeds import store
from ingest.signature import HEADER, check_signature
from ingest.values import read_id
from ingest.webhooks import fact_of
from models.entities import TICKET
from models.errors import Refused, RowRefused, StorageUnavailable
from models.feeds import NudgeKind
from service.access.guard import needs
from service.access.scopes import Need
from service.api.problems import storage_reason
from service.web import Web, web_of

MAX_BODY_BYTES = 2**20
MAX_FORM_FIELDS = 500

router = APIRouter(tags=["webhooks"], route_class=needs(Need.PUBLIC))
_log = structlog.get_logger()


class Accepted(BaseModel):
    """Where an event stands in the inbox, and whether it stood there before."""

    position: int
    duplicate: bool


@router.post(
    "/webhooks/autotask/{token}",
    status_code=HTTPStatus.ACCEPTED,
    response_model=None,
    responses={HTTPStatus.ACCEPTED: {"model": Accepted}},
)
async def receive(request: Request, token: str) -> Response:
    """Take one signed event."""
    web = web_of(request)
    with _counted(web):
        _check_token(web, token)
        body = await web.bodies.read(request, MAX_BODY_BYTES, web.body_timeout_seconds)
        check_signature(body, request.headers.get(HEADER), web.webhook_secrets)
        fact = fact_of(body, web.clock.now())
        receipt = await web.writer.store(fact)
    web.metrics.came_in(fact, receipt)
    answer = b'{"position":%d,"duplicate":%s}' % (receipt.position, b"true" if receipt.duplicate else b"false")
    return Response(answer, HTTPStatus.ACCEPTED, media_type="application/json")


@router.post("/webhooks/autotask/{token}/deactivated", status_code=HTTPStatus.ACCEPTED, response_model=None)
async def deactivated(request: Request, token: str) -> Response:
    """Take the hint that a webhook was deactivated. It is not signed: nothing in it is believed or kept, but that
    somebody should look over REST."""
    web = web_of(request)
    with _counted(web):
        _check_token(web, token)
        await web.bodies.read(request, MAX_BODY_BYTES, web.body_timeout_seconds)
        await asyncio.to_thread(_nudge, web, NudgeKind.REGISTRATION, 0)
    web.metrics.webhook_deactivations.inc()
    _log.warning("webhook_deactivation_hint")
    return Response(b"{}", HTTPStatus.ACCEPTED, media_type="application/json")


@router.post("/webhooks/autotask/{token}/callout", status_code=HTTPStatus.ACCEPTED, response_model=None)
async def callout(request: Request, token: str) -> Response:
    """Take an Extension Callout: of its form only ``id`` is used, to have that ticket's entries read at once."""
    web = web_of(request)
    with _counted(web):
        _check_token(web, token)
        body = await web.bodies.read(request, MAX_BODY_BYTES, web.body_timeout_seconds)
        outcome = await _called_out(web, _ticket_of(body))
    web.metrics.callouts.labels(outcome).inc()
    return Response(b'{"outcome":"%s"}' % outcome.encode(), HTTPStatus.ACCEPTED, media_type="application/json")


async def _called_out(web: Web, ticket_id: int | None) -> str:
    """What became of a callout. Whatever it is, there is nothing to send again: the feed brings it in ten seconds."""
    if ticket_id is None:
        return "no_ticket"
    if web.callouts.admit("callout") is None:
        return "over_budget"
    return await asyncio.to_thread(_nudge_known, web, ticket_id)


def _nudge_known(web: Web, ticket_id: int) -> str:
    with web.database.read() as connection:
        if not store.known(connection, TICKET, [ticket_id]):
            return "unknown_ticket"
    _nudge(web, NudgeKind.TICKET, ticket_id)
    return "nudged"


def _nudge(web: Web, kind: NudgeKind, entity_id: int) -> None:
    with web.database.write() as connection:
        store.nudge(connection, kind, [entity_id], web.clock.now())


def _ticket_of(form: bytes) -> int | None:
    """The ticket an Extension Callout's form names; nothing else in it may be relied on (reference §1.1)."""
    try:
        fields = parse_qs(form.decode(), max_num_fields=MAX_FORM_FIELDS)
        named = {name.strip().lower(): values for name, values in fields.items()}
        ticket_id = read_id(named["id"][0])
    except (ValueError, KeyError):
        return None
    return ticket_id if ticket_id >= 0 else None


@contextmanager
def _counted(web: Web) -> Iterator[None]:
    """Count a refusal by its reason; the error goes on to become a problem."""
    try:
        yield
    except Refused as error:
        web.metrics.webhook_rejections.labels(error.reason).inc()
        raise
    except (StorageUnavailable, RowRefused) as error:
        web.metrics.webhook_rejections.labels(storage_reason(error)).inc()
        raise


def _check_token(web: Web, token: str) -> None:
    given = sha256(token.encode("utf-8", "surrogatepass")).digest()  # equal lengths: the time tells nothing
    if not web.webhook_token or not hmac.compare_digest(given, sha256(web.webhook_token).digest()):
        raise Refused("token_unknown", HTTPStatus.NOT_FOUND)
