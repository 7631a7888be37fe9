"""The value types of the settings: how the text of an environment variable becomes a value, or is refused.

No message repeats what was given: it may be a secret in the wrong variable.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode
from sqlalchemy import make_url

from models.database import parse_url
from models.errors import ConfigurationError
from models.instants import parse_instant
from models.policy_problems import allowed

AUTOTASK_REQUESTS_AN_HOUR = 10_000
HOURLY_BUDGET = 2_000


def is_loopback(host: str) -> bool:
    """Whether a server bound to ``host`` can be reached from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def without_password(url: str) -> str:
    """A database URL with its passwords (also those among its parameters) as ``***``."""
    parsed = make_url(url)
    hidden = {key: "***" for key in parsed.query if "pass" in key.lower()}
    return parsed.update_query_dict(hidden).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


def _database(value: str) -> str:
    try:
        parse_url(value)
    except ConfigurationError:
        raise ValueError("database") from None
    return value


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _without_empty(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for part in value if part)


def _network(value: str) -> str:
    return str(ip_network(value, strict=False))


def _url_safe(value: SecretStr) -> SecretStr:
    token = value.get_secret_value()
    if not token or not token.isascii() or not all(letter.isalnum() or letter in "-_" for letter in token):
        raise ValueError("token")
    return value


def _moment(value: Any) -> Any:
    return parse_instant(value) if isinstance(value, str) else value


def _address(plain_anywhere: bool) -> Callable[[str], str]:
    def check(value: str) -> str:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port  # ValueError when it is no port
        plain = parts.scheme == "http" and (plain_anywhere or is_loopback(host))
        if not host or not (parts.scheme == "https" or plain):
            raise ValueError("scheme or host")
        if parts.username is not None or parts.query or parts.fragment or any(map(str.isspace, value)):
            raise ValueError("more than an address")
        return value.rstrip("/")

    return check


DatabaseUrl = Annotated[
    str, AfterValidator(_database), allowed("sqlite:///path/to/file.db or postgresql://user:password@host/database")
]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:\[\]_-]+\z"), allowed("an IP address or a host name to listen on")]
Port = Annotated[int, Field(ge=0, le=65_535), allowed("a port from 1 to 65535, or 0 for any free one")]
PathToken = Annotated[SecretStr, AfterValidator(_url_safe), allowed("letters, digits, - and _ (value not shown)")]
Secrets = Annotated[
    tuple[SecretStr, ...], NoDecode, BeforeValidator(_split), allowed("secrets with commas between (value not shown)")
]
Proxies = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...],
    NoDecode,
    BeforeValidator(lambda value: _without_empty(_split(value))),
    allowed("IP addresses or networks such as 10.0.0.0/8, with commas between"),
]
ZoneUrl = Annotated[
    str,
    AfterValidator(_address(plain_anywhere=False)),
    allowed("an https:// address such as https://webservices5.autotask.net/atservicesrest (http:// on loopback only)"),
]
PublicUrl = Annotated[
    str, AfterValidator(_address(plain_anywhere=True)), allowed("an address such as https://scorecard.example.com")
]
HourlyBudget = Annotated[
    int, Field(ge=1, le=AUTOTASK_REQUESTS_AN_HOUR), allowed(f"requests an hour, from 1 to {AUTOTASK_REQUESTS_AN_HOUR}")
]
Moment = Annotated[int, BeforeValidator(_moment), allowed("an ISO 8601 time such as 2026-09-15T15:10:00Z")]
Auth = Annotated[Literal["required", "open"], allowed("required, open")]
LogFormat = Annotated[Literal["json", "console"], allowed("json, console")]
TechnicianLabel = Annotated[Literal["name", "initials", "id"], allowed("name, initials, id")]
