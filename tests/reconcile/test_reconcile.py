"""Reconciliation mends what is missing, stale or deleted, and counts it."""

from __future__ import annotations

import pytest

from models.errors import BudgetSpent, Unauthorized
from models.instants import MINUTE, SECOND, isoformat
from tests.reconcile.site import NOW, Site


async def test_nothing_differs(site: Site) -> None:
    """Where all is as Autotask says, nothing is stored and nothing counted."""
    site.stored("Ticket", *(site.ticket(number) for number in range(1, 8)))
    before = site.count()
    assert "nothing differed" == await site.reconcile()
    assert (before, {}) == (site.count(), site.drift())


async def test_a_missing_row(site: Site) -> None:
    """A ticket nobody brought is stored."""
    site.stored("Ticket", site.ticket(1))
    site.ticket(2, status=8)
    assert "repaired: Ticket missing: 1" == await site.reconcile()
    assert 8 == site.known("Ticket", 2).fields["status"]


async def test_a_stale_row(site: Site) -> None:
    """A value that is not as stored is mended, and the next reconciliation finds nothing."""
    site.stored("Ticket", site.ticket(1), site.ticket(2))
    site.ticket(2, status=5)
    await site.reconcile()
    assert ({("Ticket", "stale"): 1}, 5) == (site.drift(), site.known("Ticket", 2).fields["status"])
    site.clock.advance(MINUTE)
    assert "nothing differed" == await site.reconcile()
    assert {} == site.drift()


async def test_a_deleted_row(site: Site) -> None:
    """A ticket that is not shown any more, nor by its id, is taken for deleted."""
    site.stored("Ticket", *(site.ticket(number) for number in (1, 4, 5, 9)))
    site.past.drop("Tickets", 4, 9)
    assert "repaired: Ticket deleted: 2" == await site.reconcile()
    assert [True, False, True, False] == [site.known("Ticket", number).exists for number in (1, 4, 5, 9)]
    site.clock.advance(MINUTE)
    assert "nothing differed" == await site.reconcile()


async def test_a_row_that_comes_back(site: Site) -> None:
    """What was taken for deleted and is shown again is missing, and revived."""
    row = site.ticket(4)
    site.stored("Ticket", row)
    site.past.drop("Tickets", 4)
    await site.reconcile()
    site.clock.advance(MINUTE)
    site.past.put("Tickets", row)
    assert "repaired: Ticket missing: 1" == await site.reconcile()
    assert site.known("Ticket", 4).exists


async def test_what_is_older_is_left_alone(site: Site) -> None:
    """A ticket that did not change within the days is not asked for, and its absence says nothing."""
    site.stored("Ticket", site.ticket(1), site.ticket(2, hours_ago=24 * 40))
    site.past.drop("Tickets", 2)
    await site.reconcile()
    assert site.known("Ticket", 2).exists


async def test_the_brake(site: Site) -> None:
    """Many missing at once is no deletion: nothing is deleted, and it is said."""
    site.stored("Ticket", *(site.ticket(number) for number in range(1, 21)))
    site.past.drop("Tickets", *range(1, 13))
    assert "left out: Tickets (mass_delete)" in await site.reconcile()
    assert site.known("Ticket", 1).exists


async def test_rows_that_may_not_be_seen_are_not_deleted(site: Site) -> None:
    """Where Autotask says that this user may not query all rows, absence proves nothing."""
    site.stored("Ticket", site.ticket(1), site.ticket(2))
    site.past.drop("Tickets", 2)
    site.past.access = "Restricted"
    await site.reconcile()
    assert (True, {}) == (site.known("Ticket", 2).exists, site.drift())


async def test_an_entry_of_a_ticket_is_deleted_by_the_log(site: Site) -> None:
    """An entry that is gone and named by the log of deletions is deleted; one that no line fits is not."""
    site.stored("Ticket", site.ticket(1))
    kept, gone = (site.entry(number, ticketID=1, hoursWorked=number) for number in (2, 3))
    site.stored("TimeEntry", kept, gone)
    site.past.drop("TimeEntries", 2, 3)
    site.past.put("DeletedTicketActivityLogs", {"id": 1, "ticketID": 1, "hoursWorked": 3.0})
    site.remember(2, 3, ticket=1)
    await site.reconcile()
    assert [True, False] == [site.known("TimeEntry", number).exists for number in (2, 3)]
    assert {("TimeEntry", "deleted"): 1} == site.drift()


async def test_a_row_that_changed_just_now_is_not_counted(site: Site) -> None:
    """What the feeds may not have come by yet is mended all the same."""
    site.stored("Ticket", site.ticket(1))
    site.past.put("Tickets", {"id": 1, "status": 5, "lastActivityDate": isoformat(NOW - SECOND)})
    await site.reconcile()
    assert ({}, 5) == (site.drift(), site.known("Ticket", 1).fields["status"])


async def test_results_of_service_levels(site: Site) -> None:
    """The result of a ticket that changed is compared with it."""
    site.stored("Ticket", site.ticket(1))
    site.past.put("ServiceLevelAgreementResults", {"id": 11, "ticketID": 1, "isResolutionMet": False})
    assert "repaired: ServiceLevelAgreementResults missing: 1" == await site.reconcile()


async def test_furniture(site: Site) -> None:
    """What has no change time is compared whole."""
    site.past.put("Resources", {"id": 7, "firstName": "Ada"}, {"id": 9, "firstName": "Grace"})
    site.stored("Resource", {"id": 7, "firstName": "Augusta"})
    await site.reconcile()
    assert {("Resource", "missing"): 1, ("Resource", "stale"): 1} == site.drift()


async def test_the_budget_is_waited_for(site: Site) -> None:
    """A look that has to wait goes on where it stopped."""
    for number in range(1, 20):
        site.ticket(number)
    turns = iter(range(1_000))

    def toll(_verb: str, _collection: str) -> None:
        if next(turns) % 3 == 2:
            raise BudgetSpent(retry_after_seconds=60.0)

    site.past.before_call = toll
    assert "repaired: Ticket missing: 19" == await site.reconcile()
    assert site.past.asked("query", "Tickets") < 19


async def test_wrong_credentials_end_it(site: Site) -> None:
    """Nothing else is tried."""

    def refuse(_verb: str, _collection: str) -> None:
        raise Unauthorized

    site.past.before_call = refuse
    with pytest.raises(Unauthorized):
        await site.reconcile()


async def test_a_missing_permission_stops_nothing_else(site: Site) -> None:
    """The other entities are compared, and what was left out is said."""
    site.past.forbidden = {"Companies"}
    site.ticket(1)
    assert "repaired: Ticket missing: 1; left out: Companies (permission_missing)" == await site.reconcile()
