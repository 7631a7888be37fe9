"""Thirteen months of a small desk: four technicians of different habits, some of it late, one of them new."""

from __future__ import annotations

from collections.abc import Iterator

from models.inbox import Fact
from service.months.closing import close_months
from tests.scorecards.shop import Shop

MONTHS = tuple(f"{2025 + (8 + n) // 12}-{(8 + n) % 12 + 1:02}" for n in range(13))
"""From September 2025 to September 2026."""

ADA, BEN, CHIDI, DANA = 201, 202, 203, 204
PEOPLE = {ADA: ("Ada", "Moreau"), BEN: ("Ben", "Ferraro-Lindqvist"), CHIDI: ("Chidi", "Okafor"), DANA: ("Dana", "Roe")}
_EVERY = {ADA: 24, BEN: 4, CHIDI: 9, DANA: 5}
"""Every so many of their tickets was late."""


def tell_past(shop: Shop, *, each: int = 6, lately: int = 24) -> None:
    """Tell it all, and close the months that are due; ``lately``: the tickets of each in the last two months."""
    worked = (fact for month in MONTHS for who in PEOPLE for fact in shop.worked(f"{month}-02", who))
    people = (shop.resource(number, *name) for number, name in PEOPLE.items())
    shop.tell(*_decided(shop, each, lately), *worked, *people)
    with shop.view() as view:
        close_months(shop.database, view, shop.now)


def _decided(shop: Shop, each: int, lately: int) -> Iterator[Fact]:
    for place, month in enumerate(MONTHS):
        for who, every in _EVERY.items():
            if who == DANA and place < 10:
                continue
            many = lately if place >= len(MONTHS) - 2 else each
            for number in range(many):
                day = 1 + number % (13 if place == len(MONTHS) - 1 else 28)
                kpi = ("sla_completion", "sla_engagement")[number % 2] if place < 11 else "sla_completion"
                when = f"{month}-{day:02} {9 + number % 8:02}:00"
                yield shop.decided(when, kpi=kpi, met=(number + place + 1) % every > 0, who=who)
                if number % 2 == 0:
                    yield shop.decided(when, kpi="sla_triage", met=(number + place) % 7 > 0, who=who)
