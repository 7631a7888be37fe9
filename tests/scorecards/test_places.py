"""Places by score: shared by equals, kept from whoever has no score, and there only where the policy says so."""

from __future__ import annotations

from fractions import Fraction

from models.policy import Policy
from service.scorecards.cards import Card
from service.scorecards.places import by_place, places

ON, OFF = Policy(leaderboard=True), Policy()


def card(tech_id: int, score: Fraction | None) -> Card:
    """A technician with a score."""
    return Card(kpis=(), score=score, band=None, focus=None, tech_id=tech_id)


PEOPLE = (card(1, Fraction(70)), card(2, None), card(3, Fraction(271, 3)), card(4, Fraction(70)), card(5, Fraction(69)))


def test_equal_scores_share_a_place() -> None:
    """1, 2, 2, 4; nobody without a score."""
    assert {3: 1, 1: 2, 4: 2, 5: 4} == places(PEOPLE, ON)


def test_no_place_unless_the_policy_turns_it_on() -> None:
    """Off by default, and then the order given stays."""
    assert {} == places(PEOPLE, OFF)
    assert PEOPLE == by_place(PEOPLE, {})


def test_in_the_order_of_places() -> None:
    """Equals as given, whoever has no place last."""
    assert [3, 1, 4, 5, 2] == [one.tech_id for one in by_place(PEOPLE, places(PEOPLE, ON))]
