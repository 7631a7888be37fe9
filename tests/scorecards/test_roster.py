"""Who has a row, and under what name (kpis.md R9)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.database import Database
from models.policy import Policy
from service.scorecards.roster import names
from tests.projection.harness import webhook
from tests.scorecards.shop import ANN, BOB, CAT, INTERNAL, Shop, open_shop


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with the automatic roster."""
    with open_shop(database) as opened:
        yield opened


def rows(shop: Shop, window: str = "today") -> list[int | None]:
    """The technicians with a row."""
    return [card.tech_id for card in shop.card(window).technicians]


@pytest.mark.parametrize(("worked", "expected"), [("2026-07-17", [ANN]), ("2026-07-16", [])])
def test_sixty_days_make_a_member(shop: Shop, worked: str, expected: list[int]) -> None:
    """Work on the first of the 60 days ending today gives a row today; a day earlier does not."""
    shop.tell(*shop.worked(worked, ANN))

    assert expected == rows(shop)


def test_one_day_of_the_window_is_enough(shop: Shop) -> None:
    """A member on the window's first day only has a row in that window, and none in a later one."""
    shop.tell(*shop.worked("2026-07-04", ANN))  # a member up to 2026-09-01

    assert ([ANN], []) == (rows(shop, "mtd"), rows(shop, "7d"))


def test_work_after_a_window_gives_no_row_in_it(shop: Shop) -> None:
    """Who began this month has no row last month."""
    shop.tell(*shop.worked("2026-09-02", ANN))

    assert ([ANN], []) == (rows(shop, "mtd"), rows(shop, "last_month"))


def test_internal_work_makes_no_member(shop: Shop) -> None:
    """Hours for the own company are no work for customers."""
    shop.tell(*shop.worked("2026-09-14", ANN, company=INTERNAL))

    assert [] == rows(shop)


def test_api_users_and_ignored_resources_have_no_row(shop: Shop) -> None:
    """An API user and the system user are no technicians, whatever they logged, and in every window."""
    shop.tell(
        *shop.worked("2026-09-14", ANN),
        *shop.worked("2026-09-14", BOB),
        *shop.worked("2026-09-14", 4),
        shop.resource(BOB, "Integration", "User", licenseType=7),
    )

    assert [ANN] == rows(shop)


def test_the_inactive_leave_live_windows_only(shop: Shop) -> None:
    """Who left has a row in last month's card, and none in one that ends today."""
    shop.tell(
        *shop.worked("2026-08-20", ANN),
        *shop.worked("2026-08-20", BOB),
        shop.resource(ANN, "Ann", "Archer", isActive=False),
        webhook("Resource", BOB, shop.now, action="Delete"),
    )

    assert ([], [ANN, BOB]) == (rows(shop, "mtd"), rows(shop, "last_month"))


def test_a_list_in_the_policy_is_the_roster(database: Database) -> None:
    """Listed technicians have a row without any work, others none; API users and the ignored stay out."""
    policy = Policy(timezone="UTC", technicians=(BOB, CAT, 4))
    with open_shop(database, policy=policy) as shop:
        shop.tell(*shop.worked("2026-09-14", ANN), shop.resource(CAT, "Api", "User", licenseType=7))

        assert [BOB] == rows(shop)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("Ann", "Archer", "Ann Archer"),
        (" Ann ", "", "Ann"),
        ("", "Archer", "Archer"),
        ("", " ", "Technician 101"),
        ("<b>Ann</b>", 'O"Neil', '<b>Ann</b> O"Neil'),
    ],
)
def test_names_are_as_autotask_has_them(shop: Shop, first: str, last: str, expected: str) -> None:
    """First and last name, whatever of them there is, untouched; else the id."""
    shop.tell(*shop.worked("2026-09-14", ANN), shop.resource(ANN, first, last))

    assert [expected] == [card.name for card in shop.card().technicians]


def test_technicians_are_in_the_order_of_their_names(shop: Shop) -> None:
    """By name without regard to case, then by id."""
    shop.tell(
        *(fact for who in (ANN, BOB, CAT) for fact in shop.worked("2026-09-14", who)),
        shop.resource(ANN, "zoe", "A"),
        shop.resource(BOB, "Bob", "B"),
        shop.resource(CAT, "bob", "B"),
    )

    assert [BOB, CAT, ANN] == rows(shop)


def test_names_of_anybody(shop: Shop) -> None:
    """People can be named who have no row; nobody has no name."""
    shop.tell(shop.resource(ANN, "Ann", "Archer"))
    with shop.view() as view:
        assert {ANN: "Ann Archer", BOB: "Technician 102"} == names(view.connection, (ANN, BOB, -1))
