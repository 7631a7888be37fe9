"""The guard over HTTP, on both databases: who is let in, who is refused, and in which words."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import text

from models.database import Database
from models.errors import ConfigurationError
from models.settings import load_settings
from service.access.book import FRESH_SECONDS
from service.access.guard import declared_routes, needs
from service.access.lockout import LIMIT
from service.access.scopes import Need, principal_of_scopes
from service.access.tokens import list_tokens
from service.app import create_app
from tests.access.site import BROWSER, ManualTick, Site, bearer, cookie, new_token, outcome, settings_with_tokens
from tests.door import DOOR, problem_of, serving

CARD = "/api/v1/scorecard"
SCOPES = ("scrape", "read", "manage", "admin", "technician:70001")
FORGED = "tsc_abcdefgh_" + "x" * 43


async def test_each_scope_opens_exactly_its_routes(site: Site, client: httpx.AsyncClient) -> None:
    """For every route as served and every scope: refused 401 without a token, 403 with too small a one, else let in."""
    tokens = {scope: site.token(scope) for scope in SCOPES}
    wrong = []
    for method, path, need in declared_routes(site.app):
        assert need is not None
        if need is Need.PUBLIC:
            continue
        address = path.replace("{", "").replace("}", "")
        if outcome(await client.request(method, address)) != (401, "token_missing"):
            wrong.append(f"{method} {path} without a token")
        for scope, token in tokens.items():
            status, reason = outcome(await client.request(method, address, headers=bearer(token)))
            may = principal_of_scopes([scope], "").may(need)
            if may is (status in (401, 403)) or (not may and reason != "scope_missing"):
                wrong.append(f"{method} {path} as {scope}: {status} {reason}")

    assert [] == wrong


async def test_the_words_of_a_refusal(site: Site, client: httpx.AsyncClient) -> None:
    """No token, an unknown one, one with a letter changed, a revoked one, one too small: each has its word."""
    good, gone, scraper = site.token("read"), site.token("read"), site.token("scrape")
    site.revoke(gone)
    changed = good[:-1] + ("A" if good[-1] != "A" else "B")
    answers = {
        given: await client.get(CARD, headers=bearer(given) if given else {})
        for given in ("", FORGED, changed, "nonsense", gone, scraper, good)
    }

    assert {
        "": (401, "token_missing"),
        FORGED: (401, "token_unknown"),
        changed: (401, "token_unknown"),
        "nonsense": (401, "token_unknown"),
        gone: (401, "token_revoked"),
        scraper: (403, "scope_missing"),
        good: (200, ""),
    } == {given: outcome(answer) for given, answer in answers.items()}
    challenges = [answers[given].headers.get("www-authenticate") for given in ("", FORGED, scraper)]
    assert ['Bearer realm="techscore"', 'Bearer realm="techscore", error="invalid_token"', None] == challenges
    assert [] == [given for given, answer in answers.items() if given and given in answer.text]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_in_any_letters(site: Site, client: httpx.AsyncClient, scheme: str) -> None:
    """HTTP's scheme names have no case."""
    answer = await client.get(CARD, headers={"Authorization": f"{scheme}  {site.token('read')}"})

    assert 200 == answer.status_code


@pytest.mark.parametrize("given", ["Basic dTpw", "Bearer", "Token abc", ""])
async def test_another_scheme_is_no_token(client: httpx.AsyncClient, given: str) -> None:
    """What a proxy's own login leaves in the header is not taken for a bad token, and an empty one is none of ours."""
    status, reason = outcome(await client.get(CARD, headers={"Authorization": given}))

    assert (401, "token_unknown" if given == "Bearer" else "token_missing") == (status, reason)


async def test_a_cookie_serves_as_well(site: Site, client: httpx.AsyncClient) -> None:
    """The browser's way in; a header beside it wins."""
    token = site.token("read")

    assert 200 == (await client.get(CARD, headers=cookie(token))).status_code
    assert (401, "token_unknown") == outcome(await client.get(CARD, headers=cookie(token) | bearer(FORGED)))


async def test_a_revocation_is_seen_within_seconds(site: Site, client: httpx.AsyncClient) -> None:
    """Until the book is read again the token works, then never more."""
    token = site.token("read")
    before = outcome(await client.get(CARD, headers=bearer(token)))
    site.revoke(token)
    site.tick.advance(FRESH_SECONDS + 0.1)
    after = outcome(await client.get(CARD, headers=bearer(token)))

    assert ((200, ""), (401, "token_revoked"), True) == (before, after, FRESH_SECONDS < 5)


async def test_a_new_token_works_at_once(site: Site, client: httpx.AsyncClient) -> None:
    """Nobody waits for the book to grow old."""
    await client.get(CARD, headers=bearer(site.token("read")))

    assert 200 == (await client.get(CARD, headers=bearer(site.token("read")))).status_code


async def test_a_token_of_a_newer_release_opens_nothing(site: Site, client: httpx.AsyncClient) -> None:
    """Scopes that this release does not know are not guessed at."""
    token = site.token("read")
    with site.main.write() as connection:
        connection.execute(text("UPDATE token SET scopes = 'read launch'"))

    assert (401, "token_unknown") == outcome(await client.get(CARD, headers=bearer(token)))


async def test_use_is_remembered_coarsely(site: Site, client: httpx.AsyncClient) -> None:
    """The first use is noted, those right after it are not; a bad try is no use."""
    used, unused = site.token("read"), site.token("read")
    await client.get(CARD, headers=bearer(unused[:-1] + "!"))
    noted = []
    for _ in range(2):
        await client.get(CARD, headers=bearer(used))
        with site.main.read() as connection:
            noted.append([token.last_used_at for token in list_tokens(connection)])

    assert noted[0] == noted[1]
    assert [True, False] == [moment is not None for moment in noted[0]]


async def test_bad_tokens_lock_out(site: Site, client: httpx.AsyncClient) -> None:
    """After ten bad ones even the good one is 429, with the time to wait; after that it is let in."""
    token = site.token("read")
    await client.get(CARD, headers=bearer(token))
    changed = token[:13] + "x" * 43
    refused = [outcome(await client.get(CARD, headers=bearer(changed))) for _ in range(LIMIT)]
    locked = await client.get(CARD, headers=bearer(token))
    site.tick.advance(60)
    again = await client.get(CARD, headers=bearer(token))

    assert [(401, "token_unknown")] * LIMIT == refused
    assert ((429, "too_many_bad_tokens"), "60") == (outcome(locked), locked.headers["retry-after"])
    assert 200 == again.status_code


async def test_a_lockout_is_of_one_token_and_peer(new_site: Callable[..., Site]) -> None:
    """Another token of the same peer, and the same token of another peer, are not locked out with it."""
    site = new_site(trusted_proxies="10.0.0.0/8")
    site.show_figures()
    one, other = site.token("read"), site.token("read")
    async with site.serving("10.0.0.1") as client:
        await client.get(CARD, headers=bearer(one))
        for _ in range(LIMIT):
            await client.get(CARD, headers=bearer(one[:13] + "x" * 43) | {"X-Forwarded-For": "203.0.113.5"})
        found = [
            (await client.get(CARD, headers=bearer(token) | {"X-Forwarded-For": peer})).status_code
            for token, peer in ((one, "203.0.113.5"), (other, "203.0.113.5"), (one, "203.0.113.6"))
        ]

    assert [429, 200, 200] == found


async def test_strangers_cannot_choose_their_address(client: httpx.AsyncClient) -> None:
    """With no trusted proxy a new X-Forwarded-For, like a new made-up token, is no way round the lock."""
    for number in range(LIMIT):
        forged = f"tsc_{number:08}_" + "x" * 43
        await client.get(CARD, headers=bearer(forged) | {"X-Forwarded-For": f"203.0.113.{number}"})
    answer = await client.get(CARD, headers=bearer("nonsense") | {"X-Forwarded-For": "203.0.113.99"})

    assert (429, "too_many_bad_tokens") == outcome(answer)
    assert 200 == (await client.get("/healthz")).status_code


async def test_nobody_is_locked_out_of_the_webhook_door(client: httpx.AsyncClient) -> None:
    """25 refusals make Autotask disable a webhook: here every request is looked at."""
    for _ in range(3 * LIMIT):
        await client.get(CARD, headers=bearer("nonsense"))
        refused = await client.post(DOOR, content=b"{}", headers={"X-Hook-Signature": "sha1=AAAA"})

        assert 401 == refused.status_code


async def test_a_foreign_page_cannot_use_the_cookie(database: Database) -> None:
    """What changes something must come from a page of ours; a script with its own token need not."""
    tick = ManualTick()
    router = APIRouter(route_class=needs(Need.MANAGE))

    @router.post("/api/v1/things")
    async def things(body: dict[str, int]) -> dict[str, int]:
        return body

    app = create_app(settings_with_tokens(), database=database, routers=[router], tick=tick)
    token = new_token(database, "manage")
    async with serving(app) as client:
        evil, own = {"Origin": "http://evil.test"}, {"Origin": "http://127.0.0.1"}
        found = [
            (await client.post("/api/v1/things", json={"a": 1}, headers=headers)).status_code
            for headers in (cookie(token) | evil, cookie(token) | own, cookie(token), bearer(token) | evil)
        ]
        before_the_body = await client.post("/api/v1/things", content=b"{broken")

    assert [403, 200, 200, 200] == found
    assert (401, "token_missing") == problem_of(before_the_body)


async def test_while_the_database_is_down(site: Site, client: httpx.AsyncClient) -> None:
    """Nobody is let in by an old book, but for the scrape that must see the outage."""
    reader, scraper = site.token("read"), site.token("scrape")
    for token in (reader, scraper):
        assert 200 == (await client.get("/metrics?part=process", headers=bearer(token))).status_code
    with site.main.write() as connection:
        connection.execute(text("ALTER TABLE token RENAME TO token_away"))
    site.tick.advance(FRESH_SECONDS + 1)
    card = await client.get(CARD, headers=bearer(reader))
    scrape = await client.get("/metrics?part=process", headers=bearer(scraper))
    site.tick.advance(3600)
    late = await client.get("/metrics?part=process", headers=bearer(scraper))

    assert [(503, "storage_unavailable"), (200, ""), (503, "storage_unavailable")] == [
        outcome(answer) for answer in (card, scrape, late)
    ]


class TestOpen:
    """``AUTH=open``."""

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "scorecard.example.com"])  # noqa: S104 # to be refused
    def test_open_beyond_loopback_is_refused(self, host: str) -> None:
        """The service does not start."""
        with pytest.raises(ConfigurationError, match="allowed on loopback only"):
            load_settings(auth="open", host=host)

    async def test_open_asks_for_no_token(self, new_site: Callable[..., Site]) -> None:
        """Everything is shown to this machine; a bad token is no matter."""
        site = new_site(auth="open")
        site.show_figures()
        async with site.serving(base="http://localhost:8000") as client:
            found = [(await client.get(path, headers=bearer("x"))).status_code for path in (CARD, "/", "/metrics")]

        assert [200, 200, 200] == found

    async def test_open_answers_to_its_own_names_only(self, new_site: Callable[..., Site]) -> None:
        """A page that points its own name at loopback reads nothing (DNS rebinding), and posts nothing."""
        site = new_site(auth="open")
        async with site.serving(base="http://rebound.evil.test:8000") as client:
            assert (403, "host_unknown") == outcome(await client.get(CARD))
            assert (403, "host_unknown") == outcome(await client.get("/", headers=BROWSER))
