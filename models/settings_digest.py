"""The value types of the settings of the Monday digest: who gets it and by which way."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from models.policy_problems import allowed
from models.settings_values import is_loopback

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_OF_TECHNICIAN = re.compile(r"(0|[1-9][0-9]{0,17})=(.+)")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("address")
    return value


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _of_technician(value: str) -> str:
    found = _OF_TECHNICIAN.fullmatch(value)
    if found is None:
        raise ValueError("id=address")
    _address(found[2])
    return value


def _hook(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    host = parts.hostname or ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ValueError("address")
    return value


def addresses_by_technician(pairs: tuple[str, ...]) -> dict[int, str]:
    """``101=ann@example.com`` by id."""
    return {int(number): address for number, _, address in (pair.partition("=") for pair in pairs)}


Channel = Annotated[Literal["off", "file", "smtp", "webhook"], allowed("off, file, smtp, webhook")]
Security = Annotated[Literal["starttls", "tls", "none"], allowed("starttls, tls, none (none on loopback only)")]
MailAddress = Annotated[str, AfterValidator(_address), allowed("an address such as scorecard@example.com")]
MailAddresses = Annotated[
    tuple[Annotated[str, AfterValidator(_address)], ...],
    NoDecode,
    BeforeValidator(_split),
    allowed("addresses such as manager@example.com, with commas between"),
]
TechnicianAddresses = Annotated[
    tuple[Annotated[str, AfterValidator(_of_technician)], ...],
    NoDecode,
    BeforeValidator(_split),
    allowed("resource ids with addresses such as 29682885=ann@example.com, with commas between"),
]
HookUrl = Annotated[
    SecretStr, AfterValidator(_hook), allowed("an https:// address (http:// on loopback only; value not shown)")
]
