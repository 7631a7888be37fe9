"""Helpers for tests that come in through the HTTP door: a token, a secret, signing, an app that is running."""

from __future__ import annotations

import base64
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from models.settings import Settings, load_settings

TOKEN = "path-token-0123456789abcdef0123456789abcdef"
SECRET = "test-secret-123456"
DOOR = f"/webhooks/autotask/{TOKEN}"
KNOWN_BODY = (
    rb'{"Action":"Update","Guid":"00000000-0000-0000-0000-000000000001","EntityType":"Ticket","Id":351182,'
    rb'"Fields":{"Title":"R\u0026D \u003Cb\u003E\u0022caf\u00E9\u0022\u003C/b\u003E \u002B O\u0027Neil \u0060x\u0060'
    rb' C:\\tmp\nline2","Status":"5"},"EventTime":"2025-09-15T15:10:00Z","SequenceNumber":2,"PersonID":30691780}'
)
KNOWN_SIGNATURE = "sha1=XJZMobRnW7dtrYltLf16Ye6IsEY="


def settings_for(database_url: str) -> Settings:
    """Settings of a service that takes webhooks signed with ``SECRET`` under ``TOKEN``, open to this machine."""
    return load_settings(
        database_url=database_url,
        auth="open",
        webhook_token=SecretStr(TOKEN),
        webhook_secrets=(SecretStr(SECRET),),
    )


def sign(body: bytes, secret: str = SECRET) -> str:
    """The header Autotask would send for ``body``."""
    return "sha1=" + base64.b64encode(hmac.digest(secret.encode(), body, "sha1")).decode()


def signed(body: bytes) -> dict[str, str]:
    """The headers of a signed request."""
    return {"X-Hook-Signature": sign(body), "Content-Type": "application/json"}


def problem_of(response: httpx.Response) -> tuple[int, str]:
    """Status and reason of a problem details response."""
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    return response.status_code, str(response.json()["reason"])


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of ``app`` while its lifespan runs."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client,
    ):
        yield client
