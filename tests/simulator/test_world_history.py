"""The make-believe MSP's past: the same for the same seed, in order, whole, and with every kind of thing in it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from models.instants import Instant, parse_instant
from simulator.autotask.changes import Change
from simulator.callouts import Action
from simulator.world import history
from simulator.world.cast import API_RESOURCE, COORDINATOR, SYSTEM_RESOURCE, technicians
from simulator.world.picklists import Queue, Status, TimeOff, WorkType
from tests.simulator.story import Story, told

START = parse_instant("2026-07-01T04:00:00Z")
END = parse_instant("2026-11-25T18:00:00Z")
WEEK_LATER = parse_instant("2026-07-08T22:00:00Z")
REFERENCES = {
    "TimeEntries": {"ticketID": "Tickets", "taskID": "Tasks", "resourceID": "Resources"},
    "Tickets": {"companyID": "Companies", "contactID": "Contacts", "assignedResourceID": "Resources"},
    "ServiceLevelAgreementResults": {"ticketID": "Tickets"},
    "SurveyResults": {"ticketID": "Tickets", "contactID": "Contacts", "companyID": "Companies"},
    "ConfigurationItems": {"companyID": "Companies"},
    "TimeOffRequests": {"resourceID": "Resources"},
    "ResourceDailyAvailabilities": {"resourceID": "Resources"},
    "Resources": {"locationID": "InternalLocations"},
    "InternalLocations": {"holidaySetId": "HolidaySets"},
    "Holidays": {"holidaySetID": "HolidaySets"},
    "Tasks": {"projectID": "Projects"},
    "Projects": {"companyID": "Companies"},
    "Contacts": {"companyID": "Companies"},
    "TicketNotes": {"ticketID": "Tickets"},
    "TicketSecondaryResources": {"ticketID": "Tickets", "resourceID": "Resources"},
}


@pytest.fixture(scope="module")
def story() -> Story:
    """Five months of it."""
    return told(history(1, START, END))


def test_the_same_seed_tells_the_same_story() -> None:
    """The changes are a function of seed, start, end and scale."""
    assert list(history(7, START, WEEK_LATER)) == list(history(7, START, WEEK_LATER))


def test_another_seed_tells_another_story() -> None:
    """The seed decides what happens."""
    assert list(history(7, START, WEEK_LATER)) != list(history(8, START, WEEK_LATER))


def test_everything_is_in_order_and_in_its_time(story: Story) -> None:
    """Changes come by their instants, in whole milliseconds, within the history."""
    instants = [change.at for change in story.changes]
    assert instants == sorted(instants)
    assert START <= instants[0]
    assert instants[-1] <= END
    assert all(at % 1_000 == 0 for at in instants)


def test_rows_are_made_before_they_change_and_never_again_after_they_are_gone(story: Story) -> None:
    """A CREATE is the first of its row, a DELETE the last, and each says the row's id."""
    alive: set[tuple[str, int]] = set()
    gone: set[tuple[str, int]] = set()
    for change in story.changes:
        row = (change.collection, change.entity_id)
        if change.action is Action.CREATE:
            assert row not in alive | gone
            assert change.fields["id"] == change.entity_id
            alive.add(row)
        else:
            assert row in alive
            if change.action is Action.DELETE:
                alive.remove(row)
                gone.add(row)


def test_every_reference_is_to_a_row_that_was_there_before(story: Story) -> None:
    """Entries have their tickets, tickets their companies, and so on, at the moment they are written."""
    known: set[tuple[str, int]] = set()
    for change in story.changes:
        for field, collection in REFERENCES.get(change.collection, {}).items():
            target = change.fields.get(field)
            assert target is None or (collection, target) in known, (change.collection, field, target)
        if change.action is Action.CREATE:
            known.add((change.collection, change.entity_id))


def test_an_update_says_only_what_changes(story: Story) -> None:
    """No field of a ticket is repeated with the value it has."""
    for change, before in story.updates("Tickets"):
        assert change.fields
        assert all(before[name] != value for name, value in change.fields.items())


def test_values_have_their_rest_types(story: Story) -> None:
    """Ids and picklist values are numbers; instants are UTC with milliseconds; dates are at midnight."""
    for change in story.changes:
        for name, value in change.fields.items():
            if value is None:
                continue
            if name.endswith(("ID", "Id")) or name in {"id", "status", "priority", "source", "ticketType"}:
                assert type(value) is int, name
            if name in {"dateWorked", "hireDate", "requestDate", "holidayDate"}:
                assert str(value).endswith("T00:00:00Z"), name
            elif name.endswith(("DateTime", "createDate", "completedDate", "sendDate", "completeDate")):
                assert len(str(value)) == len("2026-07-01T12:00:00.000Z"), name
                parse_instant(str(value))


def test_a_month_has_as_much_work_as_a_desk_of_eight_can_do(story: Story) -> None:
    """Twenty to twenty-five tickets a working day, one to five entries on most of those that got any."""
    created = Counter(str(row["createDate"])[:10] for row in story.every("Tickets"))
    assert 20 < sum(created.values()) / len(created) < 25
    entries = Counter(row["ticketID"] for row in story.every("TimeEntries") if row["ticketID"])
    assert 1.3 < sum(entries.values()) / len(entries) < 2.5
    assert {1, 2, 3, 4} <= set(entries.values())


def test_people_are_there(story: Story) -> None:
    """Nine technicians, a coordinator, the system and one API user; one joins later, one has left."""
    people = story.rows["Resources"]
    assert {who.resource_id for who in technicians()} | {COORDINATOR, SYSTEM_RESOURCE, API_RESOURCE} == set(people)
    assert [number for number, row in people.items() if row["licenseType"] == 7] == [API_RESOURCE]
    assert [row["lastName"] for row in people.values() if not row["isActive"]] == ["Marchetti"]
    hired = {row["lastName"]: date.fromisoformat(str(row["hireDate"])[:10]) for row in people.values()}
    assert hired["Lindström"] > date(2026, 8, 1)
    hours = {row["resourceID"]: row["thursdayAvailableHours"] for row in story.every("ResourceDailyAvailabilities")}
    assert sorted(hours.values()) == [0.0] + [8.0] * 9


def test_tickets_meet_every_fate(story: Story) -> None:
    """Merged, cancelled, duplicates, deleted, internal, alerts nobody worked on, and without promise."""
    tickets = story.every("Tickets")
    changes = [change.fields for change in story.changes if change.collection == "Tickets"]
    assert {fields.get("status") for fields in changes} - {None} == set(Status)
    worked = {row["ticketID"] for row in story.every("TimeEntries")}
    assert any(row["companyID"] == 0 for row in tickets)
    assert any(row["ticketType"] == 5 and row["status"] == 5 and row["id"] not in worked for row in tickets)
    assert any(row["ticketType"] == 5 and row["id"] in worked for row in tickets)
    assert any(row["resolvedDueDateTime"] is None and row["status"] == 5 for row in tickets)
    assert any(change.collection == "Tickets" for change in story.deleted)


def test_tickets_change_in_every_way(story: Story) -> None:
    """Pauses move due dates; queues, primaries, priorities, companies, estimates and promises change; some reopen."""
    updates = [(change.fields, before) for change, before in story.updates("Tickets")]
    statuses = {(before["status"], new["status"]) for new, before in updates if "status" in new}
    waits = {Status.WAITING_CUSTOMER, Status.WAITING_VENDOR, Status.WAITING_MATERIALS}
    assert {(Status.IN_PROGRESS, status) for status in waits} <= statuses
    assert (Status.COMPLETE, Status.IN_PROGRESS) in statuses
    shapes = {frozenset(new) for new, _ in updates}
    assert {"status"} in shapes
    assert {"resolvedDueDateTime", "dueDateTime"} in shapes
    assert any({"priority", "resolvedDueDateTime"} <= shape for shape in shapes)
    assert {"companyID", "contactID", "estimatedHours", "assignedResourceID"} <= set().union(*shapes)
    moved = {(before["queueID"], new["queueID"]) for new, before in updates if "queueID" in new}
    assert {(Queue.LEVEL_1, Queue.LEVEL_2), (Queue.LEVEL_2, Queue.LEVEL_3)} <= moved
    paused = [new for new, before in updates if before["status"] == Status.WAITING_CUSTOMER]
    assert any("resolvedDueDateTime" in new for new in paused)
    unpromised = [new for new, before in updates if before["serviceLevelAgreementID"] is None]
    assert any("firstResponseDueDateTime" in new for new in unpromised)


def test_sla_results_are_written_with_the_ticket(story: Story) -> None:
    """Each promised ticket has one; its flags are known or not, met or not."""
    results = story.every("ServiceLevelAgreementResults")
    assert len({row["ticketID"] for row in results}) == len(results)
    assert {row["isResolutionMet"] for row in results} == {True, False, None}
    promised = {row["id"] for row in story.every("Tickets") if row["serviceLevelAgreementID"]}
    assert promised == {row["ticketID"] for row in results}


def test_entries_are_written_in_every_way(story: Story) -> None:
    """On tickets, on tasks and on nothing; with times and without; late, corrected, deleted, by another, imported."""
    entries = story.every("TimeEntries")
    assert all(0 < row["hoursWorked"] <= 24 for row in entries)
    assert any(row["taskID"] and row["startDateTime"] for row in entries)
    assert any(row["taskID"] and not row["startDateTime"] for row in entries)
    codes = {row["internalBillingCodeID"] for row in entries}
    assert {WorkType.TIME_OFF, WorkType.MEETING, None} <= codes
    assert {COORDINATOR, API_RESOURCE} <= {row["creatorUserID"] for row in entries}
    assert any("hoursWorked" in change.fields for change, _ in story.updates("TimeEntries"))
    assert any(change.collection == "TimeEntries" for change in story.deleted)
    workers: dict[Any, set[Any]] = {}
    for row in entries:
        workers.setdefault(row["ticketID"], set()).add(row["resourceID"])
    assert any(len(who) > 1 for ticket, who in workers.items() if ticket)


def test_surveys_time_off_and_machines_change_in_every_way(story: Story) -> None:
    """Good, neutral and missing answers; requests in all statuses; machines added, switched off, moved, deleted."""
    assert {row["surveyRating"] for row in story.every("SurveyResults")} == {None, 1.0, 2.0, 3.0, 4.0, 5.0}
    requests = [change.fields for change in story.changes if change.collection == "TimeOffRequests"]
    assert {fields["status"] for fields in requests} == set(TimeOff)
    assert {row["hours"] for row in story.every("TimeOffRequests")} == {4.0, 8.0}
    machines = [set(change.fields) for change, _ in story.updates("ConfigurationItems")]
    assert {"isActive"} in machines
    assert {"companyID"} in machines
    assert any(change.collection == "ConfigurationItems" for change in story.deleted)
    added = [change for change in story.created("ConfigurationItems") if change.at > story.changes[0].at]
    assert added


def test_a_mail_of_thanks_reopens_a_ticket_for_minutes(story: Story) -> None:
    """Most are closed again within a quarter of an hour; some real reopenings take days."""
    left: dict[int, Instant] = {}
    away: list[float] = []
    for change, before in story.updates("Tickets"):
        if before["status"] == Status.COMPLETE and "status" in change.fields:
            left[change.entity_id] = change.at
        elif change.fields.get("status") == Status.COMPLETE and change.entity_id in left:
            away.append((change.at - left.pop(change.entity_id)) / 60_000_000)
    assert sum(minutes <= 15 for minutes in away) > 30
    assert sum(minutes > 15 for minutes in away) > 30


def test_a_history_holds_no_more_than_it_says() -> None:
    """A first working day has its furniture and a day's tickets; a tenth of the scale a tenth of them."""
    day_end = parse_instant("2026-07-03T04:00:00Z")

    def tickets(changes: list[Change]) -> int:
        return sum(change.collection == "Tickets" and change.action is Action.CREATE for change in changes)

    assert 10 < tickets(list(history(1, START, day_end))) < 40
    assert tickets(list(history(1, START, day_end, scale=0.1))) < 10


def test_a_history_can_be_asked_for_by_its_tickets() -> None:
    """So many tickets, with the people to work on them; five months are below sixty thousand changes."""
    many = [change for change in history(1, START, WEEK_LATER, tickets=600) if change.action is Action.CREATE]
    assert 500 < sum(change.collection == "Tickets" for change in many) < 720
    assert sum(change.collection == "Resources" for change in many) > 30


def test_five_months_are_some_thirty_thousand_changes(story: Story) -> None:
    """The generator's work is bounded by what it tells, and that by the tickets."""
    assert 25_000 < len(story.changes) < 40_000
