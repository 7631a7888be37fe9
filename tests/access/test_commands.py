"""``techscore tokens``: made once, listed without the secret, revoked by prefix."""

from __future__ import annotations

import os
import re

import pytest
from typer.testing import CliRunner, Result

from service.access.tokens import PATTERN, prefix_of
from service.cli import app


@pytest.fixture(autouse=True)
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty database that the settings name."""
    for name in [name for name in os.environ if name.startswith("TECHSCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TECHSCORE_DATABASE_URL", database_url)


def run(*words: str) -> Result:
    """A ``techscore tokens`` command."""
    return CliRunner().invoke(app, ["tokens", *words])


def test_a_token_is_made_listed_and_revoked() -> None:
    """Only the first output holds the secret; the list goes by the prefix."""
    made = run("create", "--name", "Prometheus", "--scope", "scrape", "--scope", "read")
    token = made.stdout.strip()
    prefix = prefix_of(token) or ""
    listed = run("list").stdout
    revoked = run("revoke", prefix)
    after = run("list").stdout

    assert (0, True) == (made.exit_code, bool(re.fullmatch(PATTERN, token)))
    assert re.search(rf"^{prefix}  read scrape  Prometheus  \S+Z  -          -$", listed, re.MULTILINE)
    assert token[13:] not in listed + revoked.output + after
    assert (0, f"{prefix} is revoked\n") == (revoked.exit_code, revoked.stdout)
    assert re.search(rf"^{prefix}  .*Z$", after, re.MULTILINE)


def test_a_whole_token_can_be_revoked() -> None:
    """Whoever has found one lying about need not look for its prefix."""
    token = run("create", "--name", "lost", "--scope", "read").stdout.strip()

    assert f"{prefix_of(token)} is revoked\n" == run("revoke", token).stdout


def test_mistakes_are_sentences() -> None:
    """A scope that is none, a prefix that is none: said in words, with exit code 78, and a secret is not repeated."""
    scope = run("create", "--name", "x", "--scope", "everything")
    prefix = run("revoke", "tsc_abcdefgh_half-a-secret")

    assert (78, True) == (scope.exit_code, "no such scope: everything; allowed: scrape, read," in scope.stderr)
    assert (78, False) == (prefix.exit_code, "half-a-secret" in prefix.output)
