"""Where a request comes from: the peer's address and whether it came by https, as far as proxies may be believed.

``X-Forwarded-For`` and ``X-Forwarded-Proto`` are read only when the connection itself comes from one of
``TECHSCORE_TRUSTED_PROXIES``. Each proxy appends the address it saw, so the header is read from its end: the
first address that is no trusted proxy is the peer; whatever stands before it, the peer may have written.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from models.settings import Settings
from models.settings_values import is_loopback

_Address = IPv4Address | IPv6Address


class Peers:
    """Reads where requests come from; made once of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._networks = [ip_network(network) for network in settings.trusted_proxies]
        self._public_url = settings.public_url
        self._public_origin = None if settings.public_url is None else _origin(settings.public_url)

    def address(self, scope: Scope) -> str:
        """The peer's address; empty when it has none (a socket file)."""
        client = scope.get("client")
        here = _parse(client[0]) if client else None
        if here is None:
            return str(client[0]) if client else ""
        if self._trusts(here):
            for said in reversed(_forwarded(scope, "x-forwarded-for")):
                address = _parse(said)
                if address is None:
                    break
                here = address
                if not self._trusts(here):
                    break
        return str(here)

    def is_https(self, scope: Scope) -> bool:
        """Whether the browser spoke https to us or to a trusted proxy."""
        client = scope.get("client")
        here = _parse(client[0]) if client else None
        if here is not None and self._trusts(here):
            said = _forwarded(scope, "x-forwarded-proto")
            if said:
                return said[-1].lower() == "https"
        return bool(scope.get("scheme") == "https")

    def wants_secure_cookies(self, scope: Scope) -> bool:
        """Whether a cookie may travel by https only."""
        return self.is_https(scope) or (self._public_url or "").startswith("https://")

    def is_same_origin(self, scope: Scope) -> bool:
        """Whether a browser says that a page of ours sent this; true of clients that are no browsers.

        Every browser sends ``Sec-Fetch-Site`` (to https and localhost) or ``Origin`` (with each POST); no page can
        forge either.
        """
        headers = Headers(scope=scope)
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site in ("same-origin", "none")
        if origin is None:
            return True
        scheme = "https" if self.is_https(scope) else "http"
        return origin.lower() in (f"{scheme}://{headers.get('host', '').lower()}", self._public_origin)

    def is_own_host(self, scope: Scope) -> bool:
        """Whether ``Host`` names loopback or the public address.

        Any page can point a name of its own at 127.0.0.1 and read what an open service there says (DNS rebinding);
        it cannot choose the name its visitors' browsers then send.
        """
        try:
            host = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
        except ValueError:
            return False
        public = urlsplit(self._public_url or "").hostname
        return is_loopback(host) or (public is not None and host == public)

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._networks)


def unit_of(address: str) -> str:
    """What counts as one peer: an IPv4 address, a /64 of IPv6 (one household has 2^64 of them)."""
    parsed = _parse(address)
    return str(IPv6Network((int(parsed), 64), strict=False)) if isinstance(parsed, IPv6Address) else address


def _forwarded(scope: Scope, name: str) -> Sequence[str]:
    values = Headers(scope=scope).getlist(name)
    return [part.strip() for part in ",".join(values).split(",") if part.strip()]


def _parse(text: str) -> _Address | None:
    """An address, also with a port behind it; IPv4 inside IPv6 is IPv4, an interface's name is left out."""
    bare = text
    if text.startswith("["):
        bare = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        bare = text.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
