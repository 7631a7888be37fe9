"""Where requests go, and what goes with them."""

from __future__ import annotations

import httpx
import pytest

from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import Credentials, credentials_of, has_credentials
from ingest.autotask.zone import DISCOVERY
from models.errors import AutotaskError, BadAnswer, ConfigurationError, Unauthorized, Unreachable
from models.settings import load_settings
from tests.ingest.autotask.stand import CREDENTIALS, START, Stand, errors

COUNT = httpx.Response(200, json={"queryCount": 1})


async def _ask(stand: Stand) -> int:
    return await stand.client.count("Tickets", [])


async def test_the_zone_is_discovered_once_and_without_the_secret() -> None:
    """By user name alone; every request then goes there with all headers."""
    stand = Stand(COUNT, zone_url=None)
    stand.zone_urls = ["https://webservices3.autotask.net/ATServicesRest/"]
    await _ask(stand)
    await _ask(stand)
    [discovery] = stand.discoveries
    assert DISCOVERY + "?user=api%40example.com" == str(discovery.url)
    assert [] == [name for name in ("secret", "apiintegrationcode", "username") if name in discovery.headers]
    request = stand.requests[1]
    assert "https://webservices3.autotask.net/ATServicesRest/v1.0/Tickets/query/count" == str(request.url)
    assert ["TRACKINGCODE", "api@example.com", "top-secret-value", "application/json"] == [
        request.headers[name] for name in ("ApiIntegrationCode", "UserName", "Secret", "Content-Type")
    ]


async def test_a_tenant_that_moved_is_found_again() -> None:
    """A 401 asks for the zone once more; another zone is tried at once."""
    stand = Stand(errors(401), COUNT, zone_url=None)
    stand.zone_urls = ["https://webservices3.autotask.net/ATServicesRest/", "https://webservices9.autotask.net/x/"]
    assert 1 == await _ask(stand)
    assert ["webservices3.autotask.net", "webservices9.autotask.net"] == [one.url.host for one in stand.requests]
    assert (2, []) == (len(stand.discoveries), stand.waits)


async def test_a_wrong_secret_is_not_tried_again() -> None:
    """The zone is rediscovered once; when it is the same, the credentials are wrong."""
    stand = Stand(errors(401), zone_url=None)
    stand.zone_urls = ["https://webservices3.autotask.net/ATServicesRest/"]
    with pytest.raises(Unauthorized):
        await _ask(stand)
    assert (1, 2) == (len(stand.requests), len(stand.discoveries))


async def test_a_given_zone_is_kept() -> None:
    """With the setting nothing is discovered, also not after a 401; a version at its end is not doubled."""
    stand = Stand(errors(401), zone_url="http://127.0.0.1:8080/atservicesrest/V1.0/")
    with pytest.raises(Unauthorized):
        await _ask(stand)
    assert ["http://127.0.0.1:8080/atservicesrest/V1.0/Tickets/query/count"] == [str(r.url) for r in stand.requests]
    assert [] == stand.discoveries


@pytest.mark.parametrize("url", ["http://webservices5.autotask.net/x", "ftp://127.0.0.1/x", "127.0.0.1"])
def test_the_secret_travels_encrypted(url: str) -> None:
    """Plain http is for loopback only."""
    with pytest.raises(ConfigurationError, match="https"):
        AutotaskClient(CREDENTIALS, zone_url=url)


@pytest.mark.parametrize(
    "url",
    ["http://webservices3.autotask.net/x", "https://autotask.net.example.com/", "https://evilautotask.net/", "", None],
)
async def test_a_discovered_address_must_be_autotasks(url: str | None) -> None:
    """The secret goes nowhere else."""
    stand = Stand(COUNT, zone_url=None)
    stand.zone_urls = [url]
    with pytest.raises(BadAnswer):
        await _ask(stand)
    assert [] == stand.requests


@pytest.mark.parametrize(
    ("reply", "error", "asked"),
    [
        (errors(500, "no such user"), Unauthorized, 1),
        (httpx.Response(500, text="boom"), Unreachable, 3),
        (httpx.Response(429), AutotaskError, 3),
        (httpx.Response(200, text="<html>"), BadAnswer, 1),
        (httpx.Response(302, headers={"location": "https://example.com"}), Unreachable, 3),
        (httpx.ConnectError("no network"), Unreachable, 3),
    ],
)
async def test_a_discovery_that_fails(
    reply: httpx.Response | Exception, error: type[AutotaskError], asked: int
) -> None:
    """An unknown user comes as 500 with words; what may pass is tried again."""
    count = 0
    waits: list[float] = []

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with AutotaskClient(CREDENTIALS, transport=httpx.MockTransport(answer), sleep=sleep) as client:
        with pytest.raises(error):
            await client.count("Tickets", [])
    assert (asked, asked - 1) == (count, len(waits))


def test_secrets_show_nowhere() -> None:
    """Not in ``repr``, not of the client either."""
    shown = repr(CREDENTIALS) + repr(Stand(COUNT).client)
    assert [False, False] == [word in shown for word in ("top-secret-value", "TRACKINGCODE")]


@pytest.mark.parametrize("part", ["", "two\nlines", "schlüssel"])
def test_credentials_that_fit_no_header(part: str) -> None:
    """Refused with the setting's name, never with the value."""
    with pytest.raises(ConfigurationError, match="TECHSCORE_AUTOTASK_USERNAME") as caught:
        Credentials("user", part, "code")
    assert part == "" or part not in str(caught.value)


def test_credentials_of_the_settings() -> None:
    """All three or none can be used."""
    whole = load_settings(autotask_username="u", autotask_secret="s", autotask_integration_code="c")
    assert (True, Credentials("u", "s", "c")) == (has_credentials(whole), credentials_of(whole))
    part = load_settings(autotask_username="u")
    assert not has_credentials(part)
    with pytest.raises(ConfigurationError, match="INTEGRATION_CODE"):
        credentials_of(part)


async def test_closing_twice() -> None:
    """Is fine."""
    client = Stand(COUNT).client
    await client.aclose()
    await client.aclose()
    assert START > 0
