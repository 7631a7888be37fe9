"""Where a request comes from: proxies are believed when they are ours, and only as far."""

from __future__ import annotations

from typing import Any

import pytest

from service.access.peers import Peers, unit_of
from tests.access.site import settings_with_tokens

PROXY = "10.0.0.1"


def scope_of(client: str | None = PROXY, scheme: str = "http", method: str = "POST", **headers: str) -> dict[str, Any]:
    """A request's ASGI scope."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": method,
        "scheme": scheme,
        "headers": pairs,
        "client": None if client is None else (client, 1),
    }


def peers(proxies: str = "10.0.0.0/8,fd00::/8", **overrides: Any) -> Peers:
    """Peers behind these proxies."""
    return Peers(settings_with_tokens(trusted_proxies=proxies, **overrides))


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("192.0.2.9", "203.0.113.5", "192.0.2.9"),
        (PROXY, "203.0.113.5", "203.0.113.5"),
        (PROXY, "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        (PROXY, "203.0.113.5, 10.9.9.9", "203.0.113.5"),
        (PROXY, "203.0.113.5:5050", "203.0.113.5"),
        (PROXY, "[2001:db8::7]:5050", "2001:db8::7"),
        (PROXY, "::ffff:203.0.113.5", "203.0.113.5"),
        (PROXY, "fe80::1%<b>", "fe80::1"),
        (PROXY, "203.0.113.5, evil", PROXY),
        (PROXY, "203.0.113.5, evil, 10.2.2.2", "10.2.2.2"),
        (PROXY, "", PROXY),
        (PROXY, ", ,", PROXY),
        ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),
        (None, "203.0.113.5", ""),
        ("a-socket", "203.0.113.5", "a-socket"),
    ],
)
def test_the_peers_address(client: str | None, forwarded: str, address: str) -> None:
    """The first address from the end that is no trusted proxy; nobody else may say who they are."""
    assert address == peers().address(scope_of(client, x_forwarded_for=forwarded))


def test_without_proxies_nothing_is_forwarded() -> None:
    """By default no header changes who one is, loopback included."""
    assert "127.0.0.1" == peers("").address(scope_of("127.0.0.1", x_forwarded_for="203.0.113.5"))


@pytest.mark.parametrize(
    ("client", "scheme", "said", "https"),
    [
        (PROXY, "http", "https", True),
        (PROXY, "http", "https, http", False),
        ("192.0.2.9", "http", "https", False),
        (PROXY, "https", "", True),
        (None, "https", "http", True),
    ],
)
def test_https_is_believed_from_proxies(client: str | None, scheme: str, said: str, https: bool) -> None:
    """The nearest proxy says how the browser came; strangers cannot make a cookie secure or not."""
    assert https == peers().is_https(scope_of(client, scheme, x_forwarded_proto=said))


def test_a_public_https_address_wants_secure_cookies() -> None:
    """Where the public address is https, a cookie never travels in the clear, whatever the proxy says."""
    assert peers(public_url="https://scorecard.example.com").wants_secure_cookies(scope_of())


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"host": "a.test:8000"}, True),
        ({"host": "a.test:8000", "origin": "http://a.test:8000"}, True),
        ({"host": "A.test", "origin": "http://a.TEST"}, True),
        ({"host": "inner:8000", "origin": "https://scorecard.example.com"}, True),
        ({"host": "a.test", "origin": "https://a.test"}, False),
        ({"host": "a.test", "origin": "http://evil.test"}, False),
        ({"host": "a.test", "origin": "null"}, False),
        ({"host": "a.test", "sec_fetch_site": "same-origin"}, True),
        ({"host": "a.test", "sec_fetch_site": "none"}, True),
        ({"host": "a.test", "sec_fetch_site": "same-site", "origin": "http://a.test"}, False),
        ({"host": "a.test", "sec_fetch_site": "cross-site"}, False),
    ],
)
def test_the_same_origin(headers: dict[str, str], same: bool) -> None:
    """A page of ours, or no page at all."""
    found = peers("", public_url="https://scorecard.example.com/")

    assert same == found.is_same_origin(scope_of("192.0.2.9", **headers))


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("[::1]:8000", True),
        ("scorecard.example.com", True),
        ("rebound.evil.test", False),
        ("127.0.0.1.evil.test", False),
        ("", False),
        ("[", False),
    ],
)
def test_own_names(host: str, own: bool) -> None:
    """Loopback and the public address, so that no other name can be pointed here."""
    assert own == peers("", public_url="https://scorecard.example.com").is_own_host(scope_of(host=host))


def test_what_counts_as_one_peer() -> None:
    """An IPv4 address, or the network an IPv6 household has."""
    assert ["192.0.2.1", "2001:db8:1:2::/64", ""] == [unit_of(a) for a in ("192.0.2.1", "2001:db8:1:2:3::4", "")]
