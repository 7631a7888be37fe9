"""The make-believe MSP: the same for the same seed, readable, plausible, with good and bad numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

import pytest

from ingest.observations import read
from models.entities import Rank
from models.inbox import Origin, StoredFact
from models.instants import HOUR, SECOND, Instant, parse_instant
from simulator.callouts import Due
from simulator.characters import TECHNICIANS
from simulator.desk import day, history

START = parse_instant("2026-11-20T20:00:00Z")
SATURDAY = parse_instant("2026-11-21T09:30:00Z")
SEEDS = (1, 2, 3)


def bodies(dues: Iterable[Due]) -> list[bytes]:
    """The bytes of each."""
    return [due.callout.body() for due in dues]


def final_tickets(dues: Iterable[Due]) -> dict[int, dict[str, Any]]:
    """What is known of each ticket in the end; deleted ones are gone."""
    tickets: dict[int, dict[str, Any]] = {}
    for due in dues:
        if due.callout.entity_type != "Ticket":
            continue
        if due.callout.action == "Delete":
            del tickets[due.callout.entity_id]
        else:
            tickets.setdefault(due.callout.entity_id, {}).update(due.callout.fields)
    return tickets


def met_share(tickets: Iterable[dict[str, Any]], event: str, now: Instant) -> float:
    """The share of one promise kept among decided tickets that count, by their dates."""
    decided: list[bool] = []
    for fields in tickets:
        due, happened = fields[f"{event}DueDateTime"], fields[f"{event}DateTime"]
        if due is None or fields["CompanyID"] == "0" or fields["Status"] in {"20", "21"}:
            continue
        if happened is not None:
            decided.append(parse_instant(happened) <= parse_instant(due))
        elif parse_instant(due) <= now:
            decided.append(False)
    return sum(decided) / len(decided)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """History and day are functions of seed, start and speed."""
    assert bodies(history(1, START)) == bodies(history(1, START))
    assert bodies(islice(day(1, START, 600), 500)) == bodies(islice(day(1, START, 600), 500))


def test_another_seed_gives_another_story() -> None:
    """The seed decides what happens."""
    assert bodies(history(1, START)) != bodies(history(2, START))


@pytest.mark.parametrize("start", [START, SATURDAY])
def test_history_is_a_few_hundred_tickets_of_the_past(start: Instant) -> None:
    """Nothing in the history is of later than its start, and it is a month's worth."""
    dues = list(history(1, start))
    assert 300 < len(final_tickets(dues)) < 700
    assert max(due.callout.event_time for due in dues) <= start
    assert start - 36 * 24 * HOUR < min(due.callout.event_time for due in dues)


@pytest.mark.parametrize("dues", [list(history(5, START)), list(islice(day(5, START, 600), 1_500))])
def test_every_event_is_one_the_service_can_read(dues: list[Due]) -> None:
    """Each body is JSON of one known entity, with readable values, and no entity lives before its creation."""
    born: dict[tuple[str, int], Instant] = {}
    for position, due in enumerate(dues):
        body = due.callout.body()
        fact = StoredFact(position, due.at, Origin.WEBHOOK, body, str(position))
        observation = read(fact)
        assert observation is not None
        assert observation.fields or observation.rank is Rank.DELETE
        assert observation.seen_at == due.callout.event_time <= due.at
        assert observation.seen_at % SECOND == 0
        key = (observation.entity_type, observation.entity_id)
        assert observation.created == (key not in born)
        assert born.setdefault(key, observation.seen_at) <= observation.seen_at


def test_updates_carry_what_changed_and_what_is_always_shown() -> None:
    """A ticket's Update holds the always-displayed fields and far fewer than its Create; ids are text."""
    updates = [due.callout for due in history(1, START) if due.callout.entity_type == "Ticket"]
    for callout in updates:
        if callout.action == "Update":
            assert {"TicketNumber", "Status", "QueueID", "AssignedResourceID"} <= set(callout.fields)
            assert len(callout.fields) < 12
        if callout.action == "Create":
            assert {"CreateDate", "FirstResponseDueDateTime", "Priority"} <= set(callout.fields)
            assert all(isinstance(callout.fields[name], str) for name in ("Status", "QueueID", "CompanyID"))


@pytest.mark.parametrize(("event", "wanted"), [("FirstResponse", 0.95), ("ResolutionPlan", 0.92), ("Resolved", 0.88)])
def test_promises_are_kept_about_as_often_as_wanted(event: str, wanted: float) -> None:
    """Over a few seeds, the shares kept lie within three points of what makes the page green and orange."""
    shares = [met_share(final_tickets(history(seed, START)).values(), event, START) for seed in SEEDS]
    assert wanted - 0.03 < sum(shares) / len(shares) < wanted + 0.03


def test_characters_show_in_their_numbers() -> None:
    """The star responds in time more often than the late responder, over a few seeds."""
    tickets = [fields for seed in SEEDS for fields in final_tickets(history(seed, START)).values()]
    star, late = (
        [fields for fields in tickets if fields.get("FirstResponseInitiatingResourceID") == str(who.resource_id)]
        for who in TECHNICIANS[:2]
    )
    assert met_share(star, "FirstResponse", START) > met_share(late, "FirstResponse", START) + 0.05


def test_all_kinds_of_fates_occur() -> None:
    """Tickets without promise, waiting, handed up, merged, cancelled, deleted, and never answered."""
    dues = [due for seed in SEEDS for due in history(seed, START)]
    statuses = {due.callout.fields.get("Status") for due in dues}
    assert {"1", "5", "7", "8", "11", "20", "21"} <= statuses
    assert any(due.callout.action == "Delete" for due in dues if due.callout.entity_type == "Ticket")
    tickets = final_tickets(history(1, START)).values()
    assert any(fields["FirstResponseDueDateTime"] is None for fields in tickets)
    old = [fields for fields in tickets if parse_instant(fields["CreateDate"]) < START - 4 * 24 * HOUR]
    assert any(fields["FirstResponseDateTime"] is None and fields["Status"] == "1" for fields in old)


def test_the_entities_around_the_tickets_are_there() -> None:
    """People, companies, the default location, holidays, a project, time entries and results are sent too."""
    rows = [json.loads(body) for body in bodies(history(1, START))]
    kinds = {row["EntityType"] for row in rows}
    assert kinds >= {"Resource", "Account", "InternalLocation", "HolidaySet", "Holiday", "Project", "Task"}
    assert kinds >= {"TimeEntry", "ServiceLevelAgreementResults"}
    resources = {row["Id"]: row["Fields"]["licenseType"] for row in rows if row["EntityType"] == "Resource"}
    assert 4 in resources
    assert list(resources.values()).count(7) == 1
    assert [row["Fields"]["isDefault"] for row in rows if row["EntityType"] == "InternalLocation"] == [True]
    entries = [row["Fields"] for row in rows if row["EntityType"] == "TimeEntry" and row["Action"] == "Create"]
    assert all(0 < entry["hoursWorked"] <= 24 for entry in entries)
    assert {"ticketID", "taskID"} <= {name for entry in entries for name in entry}


def test_a_day_at_speed_is_short() -> None:
    """At 600 a triage promise of 15 to 60 minutes is one of 1.5 to 6 seconds, and events flow every second."""
    dues = list(islice(day(1, START, 600), 500))
    creates = [due.callout.fields for due in dues if "CreateDate" in due.callout.fields]
    promises = {
        (parse_instant(str(fields["FirstResponseDueDateTime"])) - parse_instant(str(fields["CreateDate"]))) / SECOND
        for fields in creates
        if fields["FirstResponseDueDateTime"] is not None
    }
    assert {round(promise, 1) for promise in promises} == {1.5, 2.0, 3.0, 6.0}
    assert dues[-1].at - dues[0].at < 90 * SECOND
