"""Contests of SLA decisions (kpis.md §2), the same for the three events, read by the API."""

from __future__ import annotations

from typing import Any

import pytest

from models.instants import isoformat
from tests.kpis.desk import ANN, BOB, COMPLETION, ENGAGEMENT, TRIAGE, Sla, moment
from tests.kpis.office import Office, Row

MONDAY = "2026-09-14"
EVENTS = pytest.mark.parametrize("sla", [TRIAGE, ENGAGEMENT, COMPLETION], ids=lambda sla: sla.key)


async def missed(office: Office, sla: Sla) -> None:
    """Due at 10:00, happened at 10:05 while Ann had it."""
    due, happened = isoformat(moment("10:00")), isoformat(moment("10:05"))
    opened: dict[str, Any] = {sla.due: due, "responder": ANN}
    answered: dict[str, Any] = {sla.happened: happened}
    await office.open_ticket("09:00", **opened)
    await office.ticket("10:05", **answered)


@EVENTS
async def test_contested(office: Office, sla: Sla) -> None:
    """Out of this KPI, and counted beside it."""
    await missed(office, sla)
    assert [Row(MONDAY, ANN, 0, 1)] == await office.rows(sla.key)
    office.contest("10:10", sla.key)
    (row,) = await office.rows(sla.key)
    assert (0, 0, "contested") == row[2:]
    assert 1 == (await office.figure(sla.key))["companions"]["contested"]
    office.undo("10:20")
    assert [Row(MONDAY, ANN, 0, 1)] == await office.rows(sla.key)


@EVENTS
async def test_credit_moved(office: Office, sla: Sla) -> None:
    """The miss is Bob's."""
    await missed(office, sla)
    office.contest("10:10", sla.key, credit_to=BOB)
    assert [Row(MONDAY, BOB, 0, 1)] == await office.rows(sla.key)
