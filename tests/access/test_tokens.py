"""The table of tokens: what is kept, what is not, and that a revocation is for good."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from models.database import Database
from models.errors import ConfigurationError
from models.instants import HOUR, parse_instant
from service.access.tokens import PATTERN, create_token, hash_of, list_tokens, prefix_of, revoke_token

NOW = parse_instant("2026-11-22T10:00:00Z")


def test_a_token_is_shown_once(database: Database) -> None:
    """Its text has the published form, and no column holds it."""
    with database.write() as connection:
        token = create_token(connection, "  wall in the hall ", ["read"], NOW)
    with database.read() as connection:
        row = connection.execute(text("SELECT * FROM token")).one()
        (known,) = list_tokens(connection)

    assert re.fullmatch(PATTERN, token)
    assert (prefix_of(token), hash_of(token)) == (known.prefix, known.sha256)
    assert ("wall in the hall", ("read",), NOW, None, None) == (
        known.name,
        known.scopes,
        known.created_at,
        known.last_used_at,
        known.revoked_at,
    )
    secret = token[13:]
    assert [] == [value for value in row if secret in str(value) or secret.encode() in bytes(str(value), "utf-8")]
    assert "sha256" not in repr(known)


def test_no_two_tokens_are_alike(database: Database) -> None:
    """Each has its own prefix and secret, whatever it is for."""
    with database.write() as connection:
        tokens = {create_token(connection, "same", ["read"], NOW) for _ in range(20)}

    assert 20 == len({prefix_of(token) for token in tokens})


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "two\nlines", "bell\a"])
def test_a_name_is_one_line(database: Database, name: str) -> None:
    """A name that would break the list is refused."""
    with database.write() as connection, pytest.raises(ConfigurationError, match="printable"):
        create_token(connection, name, ["read"], NOW)


def test_revoking_is_for_good(database: Database) -> None:
    """The first revocation's time stays; a prefix that is none is said to be none."""
    with database.write() as connection:
        prefix = prefix_of(create_token(connection, "gone", ["read"], NOW)) or ""
        found = [revoke_token(connection, prefix, NOW + HOUR), revoke_token(connection, prefix, NOW + 2 * HOUR)]
        unknown = revoke_token(connection, "abcdefgh", NOW)
    with database.read() as connection:
        (known,) = list_tokens(connection)

    assert ([True, True], False, NOW + HOUR) == (found, unknown, known.revoked_at)


@pytest.mark.parametrize(
    "given", ["", "tsc_", "tsc_abcdefgh", "x" * 56, "tsc_ABCDEFGH_" + "a" * 43, "tsc_abcdefgh_" + "ä" * 43]
)
def test_texts_that_are_no_tokens(given: str) -> None:
    """What has not the form has no prefix."""
    assert prefix_of(given) is None
