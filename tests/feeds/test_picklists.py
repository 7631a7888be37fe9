"""The tenant's picklists become facts, and again when they say something new."""

from __future__ import annotations

from ingest.autotask.picklists import read_picklists
from models.entities import PICKLIST
from models.instants import HOUR
from tests.feeds.conftest import Shop


def _statuses(shop: Shop) -> dict[int, str]:
    with shop.main.read() as connection:
        return read_picklists(connection).get("status", {})


async def test_picklists_are_read_at_the_start_and_again_later(shop: Shop) -> None:
    """What was renamed or taken away in Autotask is so here; what is the same is stored once."""
    shop.tenant.picklist("Tickets", "Status", v1="New", v5="Complete", v9="On hold")
    await shop.run(2)
    first = _statuses(shop)
    for _ in range(2):
        shop.clock.advance(6 * HOUR)
        await shop.run(2)
    once = len(shop.seen(PICKLIST))
    shop.tenant.picklist("Tickets", "Status", v1="New", v5="Done")
    shop.clock.advance(6 * HOUR)
    await shop.run(2)

    assert ({1: "New", 5: "Complete", 9: "On hold"}, 1) == (first, once)
    assert {1: "New", 5: "Done"} == _statuses(shop)


async def test_a_picklist_keeps_its_order(shop: Shop) -> None:
    """The tenant's, which is not that of ids; and what was only put in another order is stored anew."""
    shop.tenant.picklist("Tickets", "status", v9="On hold", v1="New")
    await shop.run(2)
    first = list(_statuses(shop))
    shop.tenant.picklist("Tickets", "status", v1="New", v9="On hold")
    shop.clock.advance(6 * HOUR)
    await shop.run(2)

    assert [9, 1] == first
    assert [1, 9] == list(_statuses(shop))


async def test_a_picklist_that_cannot_be_seen_is_kept(shop: Shop) -> None:
    """An answer without values takes no label away."""
    shop.tenant.picklist("Tickets", "status", v1="New")
    await shop.run(2)
    shop.tenant.picklists.clear()
    shop.clock.advance(6 * HOUR)
    await shop.run(2)

    assert {1: "New"} == _statuses(shop)
