"""The technicians' characters show in what they do; the policy of the world fits its picklists and people."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from itertools import islice

import pytest

from models.instants import MINUTE, parse_instant
from models.policy import Policy
from simulator.callouts import Action
from simulator.world import history, policy_text
from simulator.world.cast import technicians
from simulator.world.picklists import Queue, Status
from tests.simulator.story import Story, told

START = parse_instant("2026-07-01T04:00:00Z")
END = parse_instant("2026-11-25T18:00:00Z")
STAR, HOARDER, HAND_UPPER, PART_TIMER, LATE_LOGGER, STEADY, SENIOR, NEW_HIRE, LEAVER = (
    one.resource_id for one in technicians()
)


@pytest.fixture(scope="module")
def story() -> Story:
    """Five months of it."""
    return told(history(2, START, END))


def late_share(story: Story, who: int) -> float:
    """The share of timed entries written more than a quarter of an hour after their end."""
    lags = [
        change.at - parse_instant(str(change.fields["endDateTime"]))
        for change in story.created("TimeEntries")
        if change.fields["resourceID"] == who and change.fields["endDateTime"] is not None
    ]
    return sum(lag > 15 * MINUTE for lag in lags) / len(lags)


def met_share(story: Story, who: int) -> float:
    """The share of resolutions in time."""
    flags = [
        row["isResolutionMet"]
        for row in story.every("ServiceLevelAgreementResults")
        if row["resolutionResourceID"] == who and row["isResolutionMet"] is not None
    ]
    return float(sum(flags) / len(flags))


def daily_hours(story: Story, who: int) -> float:
    """Hours on tickets and projects a day worked."""
    hours: defaultdict[str, float] = defaultdict(float)
    for row in story.every("TimeEntries"):
        if row["resourceID"] == who and row["internalBillingCodeID"] is None:
            hours[row["dateWorked"]] += row["hoursWorked"]
    return sum(hours.values()) / len(hours)


def test_the_late_logger_writes_late_and_the_star_does_not(story: Story) -> None:
    """Real time entry tells them apart."""
    assert late_share(story, LATE_LOGGER) > 0.45
    assert late_share(story, STAR) < 0.12


def test_the_star_keeps_promises_and_the_hoarder_does_not(story: Story) -> None:
    """Resolutions in time tell them apart."""
    assert met_share(story, STAR) > 0.88
    assert met_share(story, HOARDER) < 0.80


def test_the_hoarder_never_hands_up_and_the_hand_upper_does(story: Story) -> None:
    """Who moves tickets to a higher level."""
    handed = Counter(
        change.person_id
        for change, before in story.updates("Tickets")
        if change.fields.get("status") == Status.ESCALATED
        or (before["queueID"] == Queue.LEVEL_1 and "queueID" in change.fields)
    )
    assert handed[HOARDER] == 0
    assert handed[HAND_UPPER] > 2 * handed[STEADY] > 0


def test_a_working_day_is_three_quarters_customers(story: Story) -> None:
    """Hours on tickets and projects a day lie between half and nine tenths of eight, for everybody."""
    for who in technicians():
        assert 4.5 < daily_hours(story, who.resource_id) < 7.2, who.title
    assert daily_hours(story, STAR) > daily_hours(story, NEW_HIRE) + 0.6


def test_people_work_when_they_are_there(story: Story) -> None:
    """The part-timer from Monday to Wednesday; nobody before joining or after leaving."""
    tickets = [row for row in story.every("TimeEntries") if row["startDateTime"]]
    days: defaultdict[int, set[str]] = defaultdict(set)
    for row in tickets:
        days[row["resourceID"]].add(row["dateWorked"])
    weekdays = {parse_instant(day) // (24 * 60 * MINUTE) % 7 for day in days[PART_TIMER]}
    assert len(weekdays) == 3
    assert min(days[NEW_HIRE]) > "2026-08"
    assert max(days[LEAVER]) < "2026-09-15"
    hired = next(change for change in story.created("Resources") if change.entity_id == NEW_HIRE)
    assert str(hired.fields["hireDate"]) <= min(days[NEW_HIRE])


def test_somebody_hired_is_hired_before_anything_names_them() -> None:
    """The first change that names the new hire creates them."""
    named = (change for change in history(1, START, END) if NEW_HIRE in (change.person_id, *change.fields.values()))
    first = next(islice(named, 1))
    assert (first.collection, first.action) == ("Resources", Action.CREATE)


def test_the_policy_is_one_and_fits() -> None:
    """It reads without a problem, leaves no label open, and ranks every queue of a level and every technician."""
    policy = Policy.model_validate(tomllib.loads(policy_text()))
    assert policy.unresolved_labels() == ()
    assert {int(key) for key in policy.tiers.technicians} == {one.resource_id for one in technicians()}
    assert {int(key) for key in policy.tiers.queues} == {Queue.LEVEL_1, Queue.LEVEL_2, Queue.LEVEL_3}
    assert policy.ids("status", "escalated") == {Status.ESCALATED}


def test_a_policy_of_several_desks_ranks_them_all() -> None:
    """A larger MSP has more people, all ranked, and more companies without contract."""
    policy = Policy.model_validate(tomllib.loads(policy_text(desks=3)))
    assert len(policy.tiers.technicians) == 3 * len(technicians())
    assert len(policy.unmanaged_companies) == 3
