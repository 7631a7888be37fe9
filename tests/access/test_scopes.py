"""Scopes: which implies which, what goes together, whom a principal may see."""

from __future__ import annotations

import pytest

from models.errors import ConfigurationError, Refused
from service.access.scopes import EVERYBODY, NOBODY, Need, parse_scopes, principal_of_scopes

MATRIX = {
    "scrape": {Need.PUBLIC, Need.SCRAPE},
    "read": {Need.PUBLIC, Need.SCRAPE, Need.OWN, Need.READ},
    "manage": {Need.PUBLIC, Need.SCRAPE, Need.OWN, Need.READ, Need.MANAGE},
    "admin": set(Need),
    "technician:7": {Need.PUBLIC, Need.OWN},
}


@pytest.mark.parametrize("scope", MATRIX)
def test_which_scope_implies_which(scope: str) -> None:
    """admin > manage > read > scrape; a technician's token opens only what is cut to it."""
    principal = principal_of_scopes([scope], "abcdefgh")

    assert MATRIX[scope] == {need for need in Need if principal.may(need)}


def test_scopes_add_up() -> None:
    """Two scopes on a token open what either opens, and are written in one order."""
    assert ("manage", "scrape") == parse_scopes(["scrape", "manage", "scrape"])
    assert MATRIX["manage"] == {need for need in Need if principal_of_scopes(["scrape", "manage"], "").may(need)}


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["write"],
        ["READ"],
        ["read", ""],
        ["technician"],
        ["technician:"],
        ["technician:-1"],
        ["technician:07"],
        ["technician:7 "],
        ["technician:\u0667"],
        ["technician:9999999999999999999"],
    ],
)
def test_words_that_are_no_scopes_are_refused(words: list[str]) -> None:
    """Whoever makes a token is told which scopes there are."""
    with pytest.raises(ConfigurationError, match="allowed: scrape, read, manage, admin, technician:<id>"):
        parse_scopes(words)


@pytest.mark.parametrize(
    "words", [["technician:7", "read"], ["technician:7", "technician:8"], ["scrape", "technician:7"]]
)
def test_a_technicians_scope_stands_alone(words: list[str]) -> None:
    """Beside any other scope it would show other people's numbers."""
    with pytest.raises(ConfigurationError, match="stands alone"):
        parse_scopes(words)


def test_whom_a_principal_may_see() -> None:
    """Readers see everybody, a technician themselves, a scraper and a stranger nobody."""
    own, reader, scraper = (principal_of_scopes([scope], "") for scope in ("technician:7", "read", "scrape"))

    assert [True, False, False] == [own.may_see_technician(number) for number in (7, 8, -1)]
    assert [True, True] == [who.may_see_technician(8) for who in (reader, EVERYBODY)]
    assert [False, False] == [who.may_see_technician(7) for who in (scraper, NOBODY)]


def test_technician_zero_is_somebody() -> None:
    """The id 0 is an id, not the lack of one."""
    assert [True, False] == [principal_of_scopes(["technician:0"], "").may_see_technician(number) for number in (0, 1)]


def test_a_stranger_to_a_technician_is_refused() -> None:
    """The refusal says nothing of the technician asked for."""
    with pytest.raises(Refused) as caught:
        principal_of_scopes(["technician:7"], "").require_technician(8)

    assert ("scope_missing", 403, False) == (caught.value.reason, caught.value.status, "8" in caught.value.detail)


def test_equal_sights_see_the_same() -> None:
    """All who see everything share their cached answers; each technician has their own."""
    sights = [principal_of_scopes([scope], "").sight for scope in ("read", "admin", "technician:7", "technician:8")]

    assert ["all", "all", "technician:7", "technician:8"] == sights
