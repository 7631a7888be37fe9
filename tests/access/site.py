"""A Techscore as it is served, tokens required: two technicians nobody can mix up, and seconds that pass when told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from models.clock import WallClock
from models.database import Database
from models.instants import HOUR, MINUTE, isoformat
from models.policy import Policy
from models.settings import Settings, load_settings
from service import desk
from service.access.tokens import create_token, prefix_of, revoke_token
from service.desk import Pointer
from service.serve import web_app
from service.snapshots import take_snapshot
from service.stream import Hub
from tests.door import SECRET, TOKEN
from tests.pages.desk import START, resource, ticket
from tests.projection.harness import GENERATION, Harness

ADA, BOB = 70_001, 80_002
POLICY = Policy(timezone="UTC", technicians=(ADA, BOB))
ADA_NAME, BOB_NAME = "Ada Moreau", "Bob Quillfeather"
ADA_TICKET, BOB_TICKET = "T20260914.0001", "T20260914.0012"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class ManualTick:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Let so many pass."""
        self.seconds += seconds


def settings_with_tokens(**overrides: Any) -> Settings:
    """Settings of a service that asks for tokens."""
    return load_settings(
        database_url="sqlite:///unused.db",
        webhook_token=SecretStr(TOKEN),
        webhook_secrets=(SecretStr(SECRET),),
        **overrides,
    )


class Site:
    """The application with its inbox, ledger and tokens."""

    def __init__(self, main: Database, **overrides: Any) -> None:
        self.main = main
        self.tick = ManualTick()
        self.harness = Harness(main, now=START, policy=POLICY)
        settings = settings_with_tokens(**overrides)
        self.app: FastAPI = web_app(settings, database=main, clock=self.harness.clock, tick=self.tick)

    def show_figures(self) -> None:
        """Ada has a breach of her own, Bob eleven tickets answered and two breached; the ledger is shown."""
        due = isoformat(START + HOUR)
        self.harness.tell(
            resource(ADA, *_first_and_last(ADA_NAME)),
            resource(BOB, *_first_and_last(BOB_NAME)),
            ticket(1, START, AssignedResourceID=ADA, FirstResponseDueDateTime=due),
            *(self._answered(number) for number in range(2, 12)),
            *(ticket(n, START, AssignedResourceID=BOB, FirstResponseDueDateTime=due) for n in (12, 13)),
        )
        self.harness.advance_to(START + 2 * HOUR)
        now = self.harness.clock.now()
        with self.main.write() as connection:
            desk.write_policy(connection, POLICY, now)
            desk.write_pointer(connection, Pointer(GENERATION, 1), now)
        take_snapshot(self.harness.ledger, Pointer(GENERATION, 1), POLICY, 1, self.harness.clock, b"")

    def token(self, *scopes: str, name: str = "a token") -> str:
        """A new token."""
        return new_token(self.main, *scopes, name=name)

    def revoke(self, token: str) -> None:
        """End a token."""
        with self.main.write() as connection:
            assert revoke_token(connection, prefix_of(token) or "", WallClock().now())

    @asynccontextmanager
    async def serving(
        self, address: str = "192.0.2.7", base: str = "http://techscore.test"
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client at an address while the application runs; it keeps no cookies and follows nothing."""
        transport = httpx.ASGITransport(self.app, client=(address, 4711))
        async with (
            self.app.router.lifespan_context(self.app),
            httpx.AsyncClient(transport=transport, base_url=base) as client,
        ):
            # This transport waits for an answer's end, which a stream has not: here it is let in, and then refused.
            self.app.state.hub = Hub(self.app.state.reader, most_listeners=0)
            yield client

    def close(self) -> None:
        """Drop the ledger."""
        self.harness.close()

    def _answered(self, number: int) -> Any:
        return ticket(
            number,
            START,
            AssignedResourceID=BOB,
            FirstResponseDueDateTime=isoformat(START + HOUR),
            FirstResponseDateTime=isoformat(START + number * MINUTE),
            FirstResponseInitiatingResourceID=BOB,
        )


def new_token(main: Database, *scopes: str, name: str = "a token") -> str:
    """A new token in a database."""
    with main.write() as connection:
        return create_token(connection, name, scopes, WallClock().now())


def bearer(token: str) -> dict[str, str]:
    """The header a script sends."""
    return {"Authorization": f"Bearer {token}"}


def cookie(token: str, name: str = "techscore") -> dict[str, str]:
    """The header a browser sends."""
    return {"Cookie": f"{name}={token}"}


def outcome(response: httpx.Response) -> tuple[int, str]:
    """Status and reason; the reason is empty where the answer is no problem."""
    is_problem = response.headers.get("content-type") == "application/problem+json"
    return response.status_code, str(response.json()["reason"]) if is_problem else ""


def everything_of(response: httpx.Response) -> str:
    """All an answer tells: status line, headers, body."""
    headers: Sequence[tuple[str, str]] = response.headers.multi_items()
    return f"{response.status_code} {headers} {response.text}"


def _first_and_last(name: str) -> tuple[str, str]:
    first, _, last = name.partition(" ")
    return first, last
