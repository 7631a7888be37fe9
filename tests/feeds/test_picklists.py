"""The tenant's picklists: ids by label, as they are now."""

from __future__ import annotations

from ingest.feeds.picklists import labels
from models.instants import HOUR
from tests.feeds.conftest import Shop


def _labels(shop: Shop, entity: str, field: str) -> dict[str, int]:
    with shop.main.read() as connection:
        return labels(connection).get((entity, field), {})


async def test_picklists_are_read_at_the_start_and_again_later(shop: Shop) -> None:
    """What was renamed or taken away in Autotask is so here."""
    shop.tenant.picklist("Tickets", "status", v1="New", v5="Complete", v9="On hold")
    shop.tenant.picklist("Tickets", "subject", v1="of no interest")
    await shop.run(2)
    first = _labels(shop, "Ticket", "status")
    shop.tenant.picklist("Tickets", "status", v1="New", v5="Done")
    shop.clock.advance(6 * HOUR)
    await shop.run(2)

    assert {"New": 1, "Complete": 5, "On hold": 9} == first
    assert {"New": 1, "Done": 5} == _labels(shop, "Ticket", "status")
    assert {} == _labels(shop, "Ticket", "subject")


async def test_of_two_values_of_one_label_the_active_one_counts(shop: Shop) -> None:
    """Tenants retire a value and make another of the same name."""
    values = [
        {"value": "3", "label": "High", "isActive": False, "sortOrder": 1},
        {"value": "13", "label": "High", "isActive": True, "sortOrder": 9},
        {"value": "text", "label": "no number", "isActive": True},
    ]
    shop.tenant.picklists["Tickets"] = [{"name": "Priority", "picklistValues": values}]
    await shop.run(2)

    assert {"High": 13} == _labels(shop, "Ticket", "priority")
