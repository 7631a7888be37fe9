"""The tenant's picklists: what ids are called, as they are now."""

from __future__ import annotations

from ingest.autotask.picklists import read_picklists
from models.instants import HOUR
from tests.feeds.conftest import Shop


def _labels(shop: Shop, kind: str) -> dict[int, str]:
    with shop.main.read() as connection:
        return read_picklists(connection).get(kind, {})


async def test_picklists_are_read_at_the_start_and_again_later(shop: Shop) -> None:
    """What was renamed or taken away in Autotask is so here."""
    shop.tenant.picklist("Tickets", "status", v1="New", v5="Complete", v9="On hold")
    shop.tenant.picklist("Tickets", "subject", v1="of no interest")
    await shop.run(2)
    first = _labels(shop, "status")
    shop.tenant.picklist("Tickets", "status", v1="New", v5="Done")
    shop.clock.advance(6 * HOUR)
    await shop.run(2)

    assert {1: "New", 5: "Complete", 9: "On hold"} == first
    assert {1: "New", 5: "Done"} == _labels(shop, "status")
    assert {} == _labels(shop, "subject")


async def test_a_retired_value_keeps_its_name(shop: Shop) -> None:
    """Tenants retire a value and make another of the same name; old rows still hold the old one."""
    values = [
        {"value": "3", "label": "High", "isActive": False, "sortOrder": 1},
        {"value": "13", "label": "High", "isActive": True, "sortOrder": 9},
        {"value": "text", "label": "no number", "isActive": True},
    ]
    shop.tenant.picklists["Tickets"] = [{"name": "Priority", "picklistValues": values}]
    await shop.run(2)

    assert {3: "High", 13: "High"} == _labels(shop, "priority")
