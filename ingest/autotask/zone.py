"""Which of Autotask's zones the tenant lives in: where every request goes, and the secret with it.

Asked of the one address everybody knows, by user name alone: the secret is never sent there. A tenant may move;
then its old zone answers 401 and the client asks again, once.
"""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import httpx

from models.errors import AutotaskError, BadAnswer, ConfigurationError, Throttled, Unauthorized, Unreachable
from models.settings_values import is_loopback

DISCOVERY = "https://webservices.autotask.net/atservicesrest/v1.0/zoneInformation"
VERSION = "v1.0"
_DOMAIN = "autotask.net"
_MOST_BYTES = 64 * 1024


class Zone:
    """The base address of a tenant's API, discovered on first use unless it was given."""

    def __init__(self, username: str, given: str | None, http: httpx.AsyncClient) -> None:
        self._username = username
        self._http = http
        self._given = None if given is None else _base(_allowed(given))
        self._found: str | None = None
        self._lock = asyncio.Lock()

    @property
    def can_move(self) -> bool:
        """Whether another answer may be had by asking again."""
        return self._given is None

    async def base(self, *, instead_of: str | None = None) -> str:
        """The address, ending in ``/v1.0/``. ``instead_of``: one that refused us, to be asked for anew."""
        if self._given is not None:
            return self._given
        async with self._lock:
            if self._found is None or self._found == instead_of:
                self._found = await self._discover()
            return self._found

    async def _discover(self) -> str:
        try:
            response = await self._http.get(DISCOVERY, params={"user": self._username}, follow_redirects=False)
        except httpx.HTTPError as error:
            raise Unreachable(f"zone discovery: {type(error).__name__}") from None
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Throttled("zone discovery")
        if response.status_code != httpx.codes.OK:
            raise _refusal(response)
        try:
            url = json.loads(response.content[:_MOST_BYTES])["url"]
        except (ValueError, TypeError, KeyError):
            raise BadAnswer("zone discovery: no url in the answer") from None
        parts = urlsplit(url if isinstance(url, str) else "")
        host = (parts.hostname or "").lower()
        if parts.scheme != "https" or not (host == _DOMAIN or host.endswith(f".{_DOMAIN}")):
            raise BadAnswer("zone discovery: the address is not one of Autotask's")  # the secret would go there
        return _base(url)


def _refusal(response: httpx.Response) -> AutotaskError:
    """An unknown user comes as HTTP 500 with ``errors`` (reference/autotask.md §4)."""
    if b'"errors"' in response.content[:_MOST_BYTES]:
        return Unauthorized("zone discovery: Autotask knows no such user; look at TECHSCORE_AUTOTASK_USERNAME")
    return Unreachable(f"zone discovery: HTTP {response.status_code}")


def _allowed(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return url
    raise ConfigurationError("TECHSCORE_AUTOTASK_ZONE_URL must be https; plain http is for loopback only")


def _base(url: str) -> str:
    bare = url.rstrip("/")
    return f"{bare}/" if bare.lower().endswith(f"/{VERSION}") else f"{bare}/{VERSION}/"
