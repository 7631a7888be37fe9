"""The form of an event and its numbering."""

from __future__ import annotations

import json
from random import Random

from models.instants import SECOND, parse_instant
from simulator.callouts import Action, Callout, Happening, number, wire_time

NOON = parse_instant("2026-11-20T12:00:00Z")


def happening(entity_type: str, at: int) -> Happening:
    """Something that happened to the first entity of a kind."""
    return Happening(at, Action.UPDATE, entity_type, 1, {}, 4)


def test_body_has_autotasks_keys_in_autotasks_order() -> None:
    """The body is one object with the eight documented keys and a guid that belongs to the webhook."""
    callout = Callout(Action.CREATE, "Ticket", 351181, {"Status": "1"}, NOON, 7, 29682885)
    other = Callout(Action.DELETE, "Ticket", 5, {}, NOON, 8, 4)
    document = json.loads(callout.body())
    assert document == {
        "Action": "Create",
        "Guid": json.loads(other.body())["Guid"],
        "EntityType": "Ticket",
        "Id": 351181,
        "Fields": {"Status": "1"},
        "EventTime": "2026-11-20T12:00:00Z",
        "SequenceNumber": 7,
        "PersonID": 29682885,
    }
    assert " ".join(document) == "Action Guid EntityType Id Fields EventTime SequenceNumber PersonID"


def test_times_on_the_wire() -> None:
    """Times end in Z and carry at most milliseconds, without trailing zeros."""
    times = [wire_time(NOON + micros) for micros in (0, 147_999, 200_000, 1_000)]
    assert times == [
        "2026-11-20T12:00:00Z",
        "2026-11-20T12:00:00.147Z",
        "2026-11-20T12:00:00.2Z",
        "2026-11-20T12:00:00.001Z",
    ]


def test_event_time_is_the_next_whole_second() -> None:
    """An event is stamped with the whole second at or after the change and leaves no earlier than that."""
    (exact, broken) = number([happening("Ticket", NOON), happening("Ticket", NOON + 147_000)], Random("1"), 0)
    assert (exact.callout.event_time, broken.callout.event_time) == (NOON, NOON + SECOND)
    assert broken.callout.event_time <= broken.at


def test_sequences_count_per_webhook_with_gaps() -> None:
    """Every webhook has its own rising numbers, and some are missing."""
    names = ["Ticket", "Account"] * 300
    numbered = list(number([happening(name, NOON) for name in names], Random("1"), 0))
    tickets = [due.callout.sequence for due in numbered if due.callout.entity_type == "Ticket"]
    accounts = [due.callout.sequence for due in numbered if due.callout.entity_type == "Account"]
    assert tickets == sorted(set(tickets))
    assert accounts == sorted(set(accounts))
    assert min(accounts[0], tickets[0]) < 5
    assert 300 < tickets[-1]
