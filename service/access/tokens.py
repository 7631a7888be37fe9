"""Tokens: their text, and the SQL of their table.

The text is ``tsc_<prefix>_<secret>``: a fixed beginning that secret scanners can look for, 8 characters that
name the token, 256 random bits. It is shown once, when it is made; the table keeps its hash (why a plain one:
``models.desk.Token``).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import cast

from sqlalchemy import Connection, Table, insert, select, update

from models.desk import Token
from models.errors import ConfigurationError
from models.instants import Instant, to_datetime, to_instant
from service.access.scopes import parse_scopes

PATTERN = r"tsc_[a-z0-9]{8}_[A-Za-z0-9_-]{43}"
MAX_NAME_LENGTH = 100

_TABLE = cast(Table, Token.__table__)  # type: ignore[attr-defined]
_TEXT = re.compile(PATTERN)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_PREFIX_LENGTH = 8


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token as the table has it."""

    prefix: str
    sha256: bytes = field(repr=False)
    name: str
    scopes: tuple[str, ...]
    created_at: Instant
    last_used_at: Instant | None
    revoked_at: Instant | None


def prefix_of(text: str) -> str | None:
    """The prefix of a token's text, ``None`` if it is not of a token's form."""
    return text[4 : 4 + _PREFIX_LENGTH] if _TEXT.fullmatch(text) else None


def hash_of(text: str) -> bytes:
    """What is kept of a token's text."""
    return sha256(text.encode()).digest()


def create_token(connection: Connection, name: str, scopes: Sequence[str], now: Instant) -> str:
    """Make a token; its text, which nobody can show again. ``ConfigurationError`` for scopes or a name of no use."""
    words = parse_scopes(scopes)
    name = name.strip()
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise ConfigurationError(f"a token needs a name of at most {MAX_NAME_LENGTH} printable characters")
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LENGTH))
    text = f"tsc_{prefix}_{secrets.token_urlsafe(32)}"
    row = {
        "prefix": prefix,
        "sha256": hash_of(text),
        "name": name,
        "scopes": " ".join(words),
        "created_at": to_datetime(now),
    }
    connection.execute(insert(_TABLE).values(row))
    return text


def list_tokens(connection: Connection) -> list[KnownToken]:
    """Every token, the oldest first."""
    rows = connection.execute(select(_TABLE).order_by(_TABLE.c.id))
    return [
        KnownToken(
            prefix=row.prefix,
            sha256=bytes(row.sha256),
            name=row.name,
            scopes=tuple(row.scopes.split()),
            created_at=to_instant(row.created_at),
            last_used_at=None if row.last_used_at is None else to_instant(row.last_used_at),
            revoked_at=None if row.revoked_at is None else to_instant(row.revoked_at),
        )
        for row in rows
    ]


def revoke_token(connection: Connection, prefix: str, now: Instant) -> bool:
    """Revoke a token, for good; ``False`` if there is none of that prefix. Twice keeps the first time."""
    found = connection.execute(select(_TABLE.c.id).where(_TABLE.c.prefix == prefix)).one_or_none()
    still_good = (_TABLE.c.prefix == prefix) & _TABLE.c.revoked_at.is_(None)
    connection.execute(update(_TABLE).where(still_good).values(revoked_at=to_datetime(now)))
    return found is not None


def note_use(connection: Connection, prefix: str, now: Instant) -> None:
    """Remember that a token was used."""
    connection.execute(update(_TABLE).where(_TABLE.c.prefix == prefix).values(last_used_at=to_datetime(now)))
