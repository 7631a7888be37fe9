"""``techscore parked``: beside a running service and without one, on both databases."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from models.clock import WallClock
from models.instants import SECOND
from tests.e2e.running import Service, event, until


def _bad(ticket_id: int) -> bytes:
    return event("Ticket", ticket_id, WallClock().now() - SECOND, {"Status": {}})


def test_list_retry_and_discard_beside_a_service(new_service: Callable[..., Service]) -> None:
    """The leading worker does it, the command says how it went; discards survive a rebuild; verify agrees."""
    service = new_service().start().wait_ready()
    positions = [service.post(_bad(number)) for number in (1, 2)]
    service.wait_projected(positions[-1])
    listed = service.run("parked", "list")
    assert 0 == listed.returncode, listed.stderr
    header, *rows = [line.split() for line in listed.stdout.splitlines()]
    assert ["ITEM", "ENTITY", "REASON"] == header[:3]
    assert [[str(p), f"Ticket/{n}", "bad_value"] for p, n in zip(positions, (1, 2), strict=True)] == [
        row[:3] for row in rows
    ]

    retried = service.run("parked", "retry", str(positions[0]))
    said = f"tried again; still parked: {positions[0]} (bad_value)"
    assert (0, said) == (retried.returncode, retried.stdout.splitlines()[-1])
    everything = service.run("parked", "retry", "--all")
    assert "tried again; still parked: events 2, subjects 0" == everything.stdout.splitlines()[-1]

    discarded = service.run("parked", "discard", str(positions[0]), "--reason", "a test", "--author", "ann")
    assert (0, f"discarded: {positions[0]}") == (discarded.returncode, discarded.stdout.splitlines()[-1])
    assert 0 == service.run("rebuild").returncode
    assert [str(positions[1])] == [line.split()[0] for line in service.run("parked", "list").stdout.splitlines()[1:]]
    proof = service.run("verify")
    assert (0, "equal") == (proof.returncode, proof.stdout.splitlines()[-1])
    assert f"parked: {positions[1]}: bad_value" in proof.stdout
    assert "1 events parked, 1 discarded" in proof.stdout
    again = service.run("parked", "discard", str(positions[0]), "--reason", "a test")
    assert (1, True) == (again.returncode, f"not parked: {positions[0]};" in again.stdout)


def test_without_a_service_the_command_leads(new_service: Callable[..., Service]) -> None:
    """With no worker running the same is done by the command itself, and the next start honours it."""
    service = new_service().start().wait_ready()
    position = service.post(_bad(1))
    service.wait_projected(position)
    assert 0 == service.stop()
    retried = service.run("parked", "retry", "--all")
    assert (0, "tried again; still parked: events 1, subjects 0") == (
        retried.returncode,
        retried.stdout.splitlines()[-1],
    )
    assert 0 == service.run("parked", "discard", str(position), "--reason", "a test").returncode
    assert 1 == len(service.run("parked", "list").stdout.splitlines())
    second = new_service().start().wait_ready()
    until("nothing parked", lambda: second.client.get("/api/v1/parked").json()["items"] == [])
    assert 0 == second.run("verify").returncode


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["retry"], "say which items"),
        (["retry", "17", "--all"], "say which items"),
        (["retry", "Company/1"], "no parked item"),
        (["discard", "Ticket/1", "--reason", "x"], "only events can be discarded"),
        (["discard", "17", "--reason", " "], "--reason needs"),
        (["discard", "17", "--reason", "a\x1b[2Jb"], "--reason needs"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_left(
    new_service: Callable[..., Service], arguments: list[str], said: str
) -> None:
    """A sentence and an exit code; no database is touched."""
    service = new_service()
    refused = service.run("parked", *arguments)
    assert (os.EX_CONFIG, True) == (refused.returncode, said in refused.stderr)


def test_a_list_before_the_first_ledger(new_service: Callable[..., Service]) -> None:
    """Nothing is known yet, and that is not the same as nothing parked."""
    listed = new_service().run("parked", "list")
    assert (os.EX_UNAVAILABLE, True) == (listed.returncode, "no ledger" in listed.stderr)
