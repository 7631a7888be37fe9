"""The figures beside an SLA KPI: coverage of the window, misses allowed and left this month (kpis.md §3)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from models.database import Database
from models.entities import MILLION
from models.inbox import Fact
from service.kpis.companions import CompanionValue, Ground, Sums
from service.kpis.sla import SLA_TRIAGE
from tests.projection.harness import at, webhook
from tests.scorecards.shop import ANN, CLIENT, Shop, open_shop


def misses(ground: Ground) -> dict[str, CompanionValue]:
    """The companions about misses, from what is given."""
    wanted = (one for one in SLA_TRIAGE.definition.companions if one.key.startswith("misses_"))
    return {companion.key: companion.compute(ground) for companion in wanted}


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


def decisions(decided: int, missed: int) -> Sums:
    """A month's decisions."""
    return Sums((decided - missed) * MILLION, decided * MILLION, decided, 0)


@pytest.mark.parametrize(
    ("this_month", "last_month", "allowed", "left"),
    [
        (decisions(0, 0), decisions(0, 0), 0, 0),
        (decisions(10, 2), decisions(99, 50), 9, 7),
        (decisions(10, 2), decisions(100, 0), 10, 8),
        (decisions(109, 3), decisions(100, 0), 10, 7),
        (decisions(5, 5), decisions(9, 0), 0, -5),
    ],
)
def test_misses_allowed_and_left(this_month: Sums, last_month: Sums, allowed: int, left: int) -> None:
    """The target's share of the greater month, cut to whole misses; what is left may be below nothing."""
    found = misses(Ground(Fraction(9, 10), this_month=this_month, last_month=last_month))

    assert {"misses_allowed": allowed, "misses_left": left} == found


def test_what_is_allowed_is_exact() -> None:
    """At a target of 0.97 a hundred decisions allow 3 misses; binary fractions would say 2."""
    found = misses(Ground(Fraction("0.97"), this_month=decisions(100, 0)))

    assert 3 == found["misses_allowed"]


def ticket(number: int, created: str, due: str | None = None) -> Fact:
    """A ticket of a client with or without a date it is due."""
    fields = {"companyID": CLIENT, "createDate": created, "resolvedDueDateTime": due}
    return webhook("Ticket", 500 + number, at(created), fields, action="Create")


def test_coverage_is_of_tickets_created_in_the_window(shop: Shop) -> None:
    """One of three tickets created this month has a due date; August's does not count."""
    shop.tell(
        ticket(1, "2026-09-02T09:00:00Z", "2026-09-20T09:00:00Z"),
        ticket(2, "2026-09-02T09:00:00Z"),
        ticket(3, "2026-09-03T09:00:00Z"),
        ticket(4, "2026-08-31T09:00:00Z", "2026-09-20T09:00:00Z"),
    )

    assert Fraction(1, 3) == shop.figure().companions["sla_coverage"]
    assert Fraction(1) == shop.figure(window="last_month").companions["sla_coverage"]
    assert shop.figure(window="today").companions["sla_coverage"] is None


def test_misses_are_of_the_month_in_every_window(shop: Shop) -> None:
    """Misses left are this month's whatever window is looked at, and count open breaches."""
    shop.tell(
        shop.decided("2026-08-10 09:00"),
        shop.decided("2026-09-02 09:00", met=False),
        shop.overdue("2026-09-03 09:00"),
    )

    for window in ("today", "mtd", "last_month"):
        found = shop.figure(window=window).companions
        assert (0, -2) == (found["misses_allowed"], found["misses_left"])


def test_a_technician_has_misses_and_no_coverage(shop: Shop) -> None:
    """Tickets are created for nobody in particular: coverage is the team's alone."""
    shop.tell(shop.decided("2026-09-02 09:00", who=ANN, met=False), *shop.worked("2026-09-14", ANN))

    assert {"misses_allowed": 0, "misses_left": -1} == shop.figure(who=ANN).companions
