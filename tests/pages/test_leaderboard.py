"""The pages rank nobody, unless the policy turns a leaderboard on: then at once, among everybody, and only there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from models.database import Database
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.digest.story import open_story
from tests.pages.test_scorecard_page import rows_of
from tests.scorecards.shop import ANN, Shop

BY_NAME = ["Ann Archer", "Bob Beck", "Cat Cole"]
BY_SCORE = ["Cat Cole", "Ann Archer", "Bob Beck"]
"""100, 92.3 and 84.6."""


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """Three technicians with scores."""
    with open_story(database) as opened:
        yield opened


def places_of(page: httpx.Response) -> list[str]:
    """The places given, from the top."""
    return re.findall(r'<span class="place">([^<]*)</span>', page.text)


def strip_of(page: httpx.Response) -> list[str]:
    """Who stands on the wall's strip, from the top."""
    return re.findall(r'<a class="through" href="/technicians/[^>]*>([^<]*)', page.text)


def turn_on(shop: Shop) -> None:
    """The policy with a leaderboard."""
    shop.put_in_force(shop.policy.model_copy(update={"leaderboard": True}))


async def test_nobody_is_ranked_by_default(site: httpx.AsyncClient) -> None:
    """By name, without a place, on both pages; who sorts by score still gives nobody a place."""
    card, wall = await site.get("/scorecard"), await site.get("/")

    assert BY_NAME == rows_of(card)[1:] == strip_of(wall)
    assert BY_SCORE == rows_of(await site.get("/scorecard?sort=-score"))[1:]
    for page in (card, wall, await site.get("/scorecard?sort=-score")):
        assert [] == places_of(page)


async def test_the_policy_turns_it_on_at_once(shop: Shop, site: httpx.AsyncClient) -> None:
    """By score with places, on both pages, without a new ledger; another order asked for is another order."""
    with shop.view() as view:
        before = view.version
    turn_on(shop)
    card, wall = await site.get("/scorecard"), await site.get("/")
    named = await site.get("/scorecard?sort=name")
    with shop.view() as view:
        after = view.version

    assert (before.generation, before.build) == (after.generation, after.build)
    assert BY_SCORE == rows_of(card)[1:] == strip_of(wall)
    assert ["1", "2", "3"] == places_of(card) == places_of(wall)
    assert (BY_NAME, ["2", "3", "1"]) == (rows_of(named)[1:], places_of(named))


async def test_a_place_is_among_everybody(shop: Shop) -> None:
    """A technician's own token shows one row, with the place in the whole team."""
    turn_on(shop)
    token = new_token(shop.database, f"technician:{ANN}")
    async with serving_figures(shop.database, shop.harness.clock, settings_with_tokens()) as door:
        for address in ("/scorecard", "/"):
            page = await door.get(address, headers=bearer(token))
            assert (["2"], False) == (places_of(page), "Cat Cole" in page.text)
