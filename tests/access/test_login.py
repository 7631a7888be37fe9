"""Browser login: the form, the cookie, the wall's link, and where one is sent afterwards."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import httpx
import pytest

from service.access.lockout import LIMIT
from service.access.login import local_path
from tests.access.site import ADA_NAME, BROWSER, Site, bearer, cookie, outcome

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://techscore.test"}
WALL_AGE = 400 * 86_400


def form(**fields: str) -> bytes:
    """What a browser posts."""
    return urlencode(fields).encode()


async def test_a_page_leads_to_the_login_and_back(site: Site, client: httpx.AsyncClient) -> None:
    """A browser without a token sees the form, pastes one, and lands where it wanted to go."""
    token = site.token("read")
    away = await client.get("/?window=30d", headers=BROWSER)
    page = await client.get(away.headers["location"], headers=BROWSER)
    landed = await client.post("/login", content=form(token=f"  {token}\n", next="/?window=30d"), headers=FORM)
    shown = await client.get(landed.headers["location"], headers=BROWSER | {"Cookie": f"techscore={token}"})

    assert (303, "/login?next=/%3Fwindow%3D30d".replace("/%3F", "%2F%3F")) == (
        away.status_code,
        away.headers["location"],
    )
    assert (200, True) == (page.status_code, 'name="next" value="/?window=30d"' in page.text)
    assert (303, "/?window=30d") == (landed.status_code, landed.headers["location"])
    assert (200, True) == (shown.status_code, ADA_NAME in shown.text)


async def test_the_cookie(site: Site, client: httpx.AsyncClient) -> None:
    """Scripts cannot read it, other sites cannot send it along, this host alone gets it."""
    token = site.token("read")
    landed = await client.post("/login", content=form(token=token), headers=FORM)

    assert f"techscore={token}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax" == landed.headers["set-cookie"]
    assert ("/", "no-store") == (landed.headers["location"], landed.headers["cache-control"])


@pytest.mark.parametrize(
    ("settings", "base", "headers", "secure"),
    [
        ({}, "https://techscore.test", {}, True),
        ({"trusted_proxies": "192.0.2.7"}, "http://techscore.test", {"X-Forwarded-Proto": "https"}, True),
        ({}, "http://techscore.test", {"X-Forwarded-Proto": "https"}, False),
        ({"public_url": "https://techscore.test"}, "http://techscore.test", {}, True),
        ({"public_url": "http://techscore.test"}, "http://techscore.test", {}, False),
    ],
)
async def test_by_https_the_cookie_is_secure(
    new_site: Callable[..., Site], settings: dict[str, str], base: str, headers: dict[str, str], secure: bool
) -> None:
    """Then it has a name that browsers take from this very host only, and no other is read."""
    site = new_site(**settings)
    site.show_figures()
    token = site.token("read")
    async with site.serving(base=base) as client:
        landed = await client.post("/login", content=form(token=token), headers=headers)
        by_name = [
            (await client.get("/", headers=headers | cookie(token, name))).status_code
            for name in ("techscore", "__Host-techscore")
        ]

    start = f"__Host-techscore={token};" if secure else f"techscore={token};"
    assert (True, secure) == (
        landed.headers["set-cookie"].startswith(start),
        "; Secure" in landed.headers["set-cookie"],
    )
    assert ([401, 200] if secure else [200, 401]) == by_name


async def test_a_wrong_token_is_said_to_be_wrong(site: Site, client: httpx.AsyncClient) -> None:
    """The form comes again with a sentence, no cookie is set, and what was pasted is not repeated."""
    gone = site.token("read")
    site.revoke(gone)
    says = {
        "tsc_abcdefgh_" + "x" * 43: "no such token",
        "<script>": "no such token",
        gone: "revoked",
        "": "Paste a token",
    }
    for given, words in says.items():
        answer = await client.post("/login", content=form(token=given, next="/x"), headers=FORM)

        assert (401, False, True) == (answer.status_code, "set-cookie" in answer.headers, words in answer.text)
        assert not given or given not in answer.text
        assert 'value="/x"' in answer.text


async def test_trying_tokens_in_the_form_locks_out(client: httpx.AsyncClient) -> None:
    """The form is no way round the lock-out, and neither is the wall's link."""
    for _ in range(LIMIT):
        await client.post("/login", content=form(token="nonsense"), headers=FORM)
    posted = await client.post("/login", content=form(token="nonsense"), headers=FORM)
    linked = await client.get("/login?wall=nonsense")

    assert [(429, "60"), (429, "60")] == [(one.status_code, one.headers["retry-after"]) for one in (posted, linked)]


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "https://techscore.test"])
async def test_another_site_cannot_log_a_browser_in_or_out(site: Site, client: httpx.AsyncClient, origin: str) -> None:
    """A login that the person did not ask for shows them somebody else's page as their own."""
    body = form(token=site.token("read"))
    answers = [
        await client.post(path, content=body, headers=FORM | {"Origin": origin}) for path in ("/login", "/logout")
    ]

    assert [(403, "origin_foreign")] * 2 == [outcome(answer) for answer in answers]
    assert [] == [answer for answer in answers if "set-cookie" in answer.headers]


@pytest.mark.parametrize(
    "given",
    [
        "https://evil.test/",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "/%0d%0aSet-Cookie: a=b\r\nX: y",
        "javascript:alert(1)",
        " /x",
        "/x y",
        "x",
        "",
        "/ä",
        "/" + "x" * 2_000,
        "/login",
        "/login?next=/login",
        "/logout",
    ],
)
async def test_a_login_never_leads_elsewhere(site: Site, client: httpx.AsyncClient, given: str) -> None:
    """Whatever is asked for, one lands on a path of this host."""
    token = site.token("read")
    posted = await client.post("/login", content=form(token=token, next=given), headers=FORM)
    linked = await client.get("/login", params={"wall": token, "next": given})

    assert "/" == local_path(given)
    assert [(303, "/")] * 2 == [(one.status_code, one.headers["location"]) for one in (posted, linked)]


@pytest.mark.parametrize("given", ["/", "/tickets/7", "/?window=30d&x=%2F%2Fevil.test", "/technicians/7#kpis"])
def test_a_path_of_ours_is_kept(given: str) -> None:
    """The page one came from, with its query."""
    assert given == local_path(given)


@pytest.mark.parametrize("scope", ["read", "scrape", "technician:70001"])
async def test_a_wall_link_logs_in_and_leaves_the_address(site: Site, client: httpx.AsyncClient, scope: str) -> None:
    """The token goes from the address into the cookie at once; nothing keeps the answer or tells where it came from."""
    token = site.token(scope)
    answer = await client.get(f"/login?wall={token}", headers=BROWSER)

    assert (303, "/") == (answer.status_code, answer.headers["location"])
    assert answer.headers["set-cookie"] == f"techscore={token}; HttpOnly; Max-Age={WALL_AGE}; Path=/; SameSite=lax"
    assert ("no-store", "no-referrer") == (answer.headers["cache-control"], answer.headers["referrer-policy"])
    assert token not in answer.text


@pytest.mark.parametrize("scope", ["manage", "admin"])
async def test_a_wall_link_is_for_readers(site: Site, client: httpx.AsyncClient, scope: str) -> None:
    """A token that may change things does not travel in an address."""
    answer = await client.get("/login", params={"wall": site.token(scope)})

    assert (403, False) == (answer.status_code, "set-cookie" in answer.headers)
    assert "a link may only carry one that can read" in answer.text


async def test_logging_out_forgets(site: Site, client: httpx.AsyncClient) -> None:
    """The cookie is taken back; the token stays good until it is revoked."""
    token = site.token("read")
    answer = await client.post("/logout", headers=FORM | cookie(token))

    assert (303, "/login") == (answer.status_code, answer.headers["location"])
    assert answer.headers["set-cookie"].startswith('techscore=""; ')
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert 200 == (await client.get("/", headers=bearer(token))).status_code


async def test_a_revoked_cookie_is_forgotten(site: Site, client: httpx.AsyncClient) -> None:
    """A wall whose token was revoked shows the form instead of asking for ever with a token that is none."""
    token = site.token("read")
    site.revoke(token)
    away = await client.get("/", headers=BROWSER | cookie(token))

    assert (303, "/login?next=%2F") == (away.status_code, away.headers["location"])
    assert "Max-Age=0" in away.headers["set-cookie"]


async def test_scripts_and_the_api_are_told_401(client: httpx.AsyncClient) -> None:
    """Only a person who looks at a page is led to the form: the page's own script must notice instead."""
    found = {
        "page": outcome(await client.get("/", headers={"Accept": "*/*"})),
        "api": outcome(await client.get("/api/v1/scorecard", headers=BROWSER)),
        "metrics": outcome(await client.get("/metrics", headers=BROWSER)),
    }

    assert {"page": (401, "token_missing"), "api": (401, "token_missing"), "metrics": (401, "token_missing")} == found


async def test_the_form_is_strict(client: httpx.AsyncClient) -> None:
    """It runs no script from anywhere but here, and its own POST may carry its origin."""
    page = await client.get("/login?next=//evil.test%22%3E%3Cscript%3E", headers=BROWSER)
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]

    assert (200, "same-origin", "no-store") == (
        page.status_code,
        page.headers["referrer-policy"],
        page.headers["cache-control"],
    )
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert 200 == (await client.get(style)).status_code


@pytest.mark.parametrize(("size", "status"), [(8_000, 401), (9_000, 413)])
async def test_the_form_takes_little(client: httpx.AsyncClient, size: int, status: int) -> None:
    """Nobody has vouched for who posts here."""
    assert status == (await client.post("/login", content=b"token=" + b"x" * size, headers=FORM)).status_code


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"token", b"&" * 5_000, b"token=%ZZ", b"next=%00", b'{"token":"x"}']
)
async def test_an_odd_form_is_a_wrong_token(client: httpx.AsyncClient, body: bytes) -> None:
    """Never a 5xx."""
    assert 401 == (await client.post("/login", content=body, headers=FORM)).status_code


async def test_open_access_has_no_form(new_site: Callable[..., Site]) -> None:
    """Where no token is asked for, the login leads straight on."""
    async with new_site(auth="open").serving() as client:
        answer = await client.get("/login?next=/x")

    assert (303, "/x") == (answer.status_code, answer.headers["location"])
