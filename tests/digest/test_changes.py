"""What a digest calls improved or slipped: enough of the way, of enough things, and more than chance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.database import Database
from service.digest.changes import Change, moved
from service.scorecards.scorecard import Board
from tests.scorecards.shop import ANN, Shop, open_shop


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


def told(shop: Shop) -> tuple[Change | None, Change | None]:
    """What improved and what slipped of Ann's from August to September."""
    with shop.view() as view:
        board = Board(view)
        (now,) = (one for one in board.scorecard("2026-09").technicians if one.tech_id == ANN)
        (before,) = (one for one in board.scorecard("2026-08").technicians if one.tech_id == ANN)
        return moved(board, now, before)


def tell(shop: Shop, month: str, met: int, of: int) -> None:
    """So many completions of Ann in the first days of a month, and an hour's work, which makes her a technician."""
    days = range(of)
    shop.tell(*shop.worked(f"{month}-02", ANN))
    shop.tell(*(shop.decided(f"{month}-{1 + day % 10:02} {9 + day // 10:02}:00", met=day < met) for day in days))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((38, 40), (20, 40), (False, True)),
        ((20, 40), (38, 40), (True, False)),
        ((34, 40), (31, 40), (False, False)),  # a sixth of the way, and still chance
        ((31, 40), (34, 40), (False, False)),
        ((40, 40), (2, 4), (False, False)),  # too few to go by
        ((36, 40), (36, 40), (False, False)),
    ],
)
def test_only_more_than_chance_is_told(
    shop: Shop, before: tuple[int, int], now: tuple[int, int], expected: tuple[bool, bool]
) -> None:
    """Of 40 tickets three more or fewer are nothing to speak of; half of them are."""
    tell(shop, "2026-08", *before)
    tell(shop, "2026-09", *now)
    improved, slipped = told(shop)
    assert expected == (improved is not None, slipped is not None)
    assert all(one is None or "sla_completion" == one.now.kpi for one in (improved, slipped))
