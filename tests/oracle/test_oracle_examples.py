"""The worked examples of kpis.md §6, told as tapes to the oracle alone."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.oracle.oracle_card import Oracle, Row

POLICY: dict[str, Any] = {
    "timezone": "UTC",
    "roles": {"type": {"request": [1], "incident": [2]}},
    "tiers": {"queues": {"10": 1, "20": 2}, "technicians": {"1": 1, "2": 2, "3": 3}},
}
ANN, BOB = 1, 2
NUMBERS = count(1)


def iso(moment: str) -> str:
    """ "02 09:00" in March 2026 (the 2nd is a Monday)."""
    day, clock = moment.split()
    return f"2026-03-{day}T{clock if clock.count(':') > 1 else clock + ':00'}Z"


def event(entity: str, key: int, moment: str, action: str = "Update", **fields: Any) -> dict[str, Any]:
    """A signed event."""
    return {
        "kind": "event", "entity": entity, "id": key, "action": action, "event_time": iso(moment),
        "sequence": next(NUMBERS), "received_at": iso(moment), "fields": fields,
    }  # fmt: skip


def ticket(key: int, moment: str, **fields: Any) -> dict[str, Any]:
    """A ticket's Create event."""
    told = {"companyID": 7, "createDate": iso(moment), "status": 1, "ticketType": 2, "queueID": 10, **fields}
    return event("Ticket", key, moment, "Create", **told)


def entry(key: int, who: int, ticket_id: int | None, start: str, hours: float, **fields: Any) -> dict[str, Any]:
    """A time entry created when it started."""
    told = {
        "resourceID": who, "ticketID": ticket_id, "startDateTime": iso(start), "hoursWorked": hours,
        "dateWorked": iso(start)[:11] + "00:00:00Z", "createDateTime": iso(start), **fields,
    }  # fmt: skip
    return event("TimeEntry", key, start, "Create", **told)


def counted(tape: list[dict[str, Any]], now: str, kpi: str, policy: dict[str, Any] | None = None) -> list[Row]:
    """Rows of a KPI that count."""
    return [row for row in Oracle(tape, policy or POLICY, iso(now)).rows if row.kpi == kpi and row.outcome == "counted"]


def told(kpi: dict[str, Any], *keys: str) -> tuple[Any, ...]:
    """Some keys of a card's KPI."""
    return tuple(kpi[key] for key in keys)


def on_card(
    tape: list[dict[str, Any]], now: str, kpi: str, window: str = "30d", scope: tuple[Any, ...] = ("team",)
) -> dict[str, Any]:
    """A KPI of a card."""
    found: dict[str, Any] = next(
        k for k in Oracle(tape, POLICY, iso(now)).card(window, scope)["kpis"] if k["kpi"] == kpi
    )
    return found


def test_one() -> None:
    """Six hours for customers and one inside on a day of eight are 0.75, with 7 ÷ 8 covered."""
    tape = [
        event("Resource", ANN, "01 00:00", isActive=True, licenseType=1),
        ticket(1, "02 08:00"),
        entry(1, ANN, 1, "02 08:00", 6),
        entry(2, ANN, None, "02 15:00", 1),
    ]
    kpi = on_card(tape, "03 00:00", "utilization")
    assert (0.75, 6_000_000, 8_000_000, 1) == told(kpi, "value", "numerator", "denominator", "sample_size")
    assert 0.875 == kpi["companions"]["time_coverage"]
    assert 60.0 == kpi["companions"]["lost_utilization_cost"]


def test_two() -> None:
    """10 h on 5 endpoints and 50 h on 400 are 60 ÷ 405 over a full month."""
    tape = [ticket(1, "02 08:00", companyID=7), ticket(2, "02 08:00", companyID=8)]
    tape += [
        entry(1, ANN, 1, "03 08:00", 10),
        entry(2, ANN, 2, "04 08:00", 24),
        entry(3, ANN, 2, "05 08:00", 24),
        entry(4, ANN, 2, "06 08:00", 2),
    ]
    for key in range(405):
        company = 7 if key < 5 else 8
        tape.append(
            event(
                "ConfigurationItem",
                key,
                "01 00:00",
                companyID=company,
                isActive=True,
                createDate="2026-01-01T00:00:00Z",
            )
        )
    kpi = on_card(tape, "31 23:59", "reactive_hours_per_endpoint", "mtd")
    assert (60_000_000, 405_000_000, 0.148148) == told(kpi, "numerator", "denominator", "value")


def test_three() -> None:
    """A late event misses at the due date; without one the due date itself decides, until an event in time is heard."""
    due = ticket(1, "02 09:00", firstResponseDueDateTime=iso("02 10:00"), assignedResourceID=ANN)
    late = event("Ticket", 1, "02 10:05", firstResponseDateTime=iso("02 10:05"))
    in_time = event("Ticket", 1, "02 10:06", firstResponseDateTime=iso("02 09:58"))
    [row] = counted([due, late], "02 11:00", "sla_triage")
    assert (iso("02 10:00"), 0, 1_000_000, None) == (stamp(row), row.numerator, row.denominator, row.reason)
    pending = [row for row in Oracle([due], POLICY, iso("02 09:59")).rows if row.kpi == "sla_triage"]
    assert [("pending", "pending", 0)] == [(row.outcome, row.reason, row.denominator) for row in pending]
    [row] = counted([due], "02 10:00", "sla_triage")
    assert ("open_breach", 0, ANN, True) == (row.reason, row.numerator, row.tech_id, row.provisional)
    [row] = counted([due, in_time], "02 10:07", "sla_triage")
    assert (iso("02 09:58"), 1_000_000) == (stamp(row), row.numerator)


def stamp(row: Row) -> str:
    """A row's moment as the tapes write it (whole minutes of March 2026)."""
    minutes = ((row.happened_at or 0) - 1_772_323_200_000_000) // 60_000_000
    return iso(f"{minutes // 1440 + 1:02} {minutes % 1440 // 60:02}:{minutes % 60:02}")


def test_four() -> None:
    """An estimate of 2 h is split over 1 h and 3 h."""
    tape = [
        ticket(1, "02 08:00", estimatedHours=2),
        entry(1, ANN, 1, "02 09:00", 1),
        entry(2, BOB, 1, "02 10:00", 3),
        event("Ticket", 1, "02 14:00", status=5),
    ]
    rows = counted(tape, "03 00:00", "estimate_accuracy")
    assert [(ANN, 500_000, 1_000_000), (BOB, 1_500_000, 3_000_000)] == [
        (r.tech_id, r.numerator, r.denominator) for r in rows
    ]
    assert 0.5 == on_card(tape, "03 00:00", "estimate_accuracy")["value"]


def test_five() -> None:
    """A reopening is charged to the completion it undoes."""
    tape = [
        ticket(1, "02 08:00"),
        event("Ticket", 1, "02 09:00", status=5, completedByResourceID=ANN),
        event("Ticket", 1, "04 09:00", status=8),
        event("Ticket", 1, "05 09:00", status=5, completedByResourceID=BOB),
    ]
    rows = counted(tape, "20 00:00", "reopen_rate")
    assert [(ANN, 1_000_000, 2), (BOB, 0, 5)] == [(row.tech_id, row.numerator, row.day.day) for row in rows]


def test_six() -> None:
    """A thank-you mail reopens nothing."""
    tape = [
        ticket(1, "02 08:00"),
        entry(1, ANN, 1, "02 08:30", 0.5, endDateTime=iso("02 09:00")),
        event("Ticket", 1, "02 09:00", status=5, completedByResourceID=ANN),
        event("Ticket", 1, "02 09:05", status=8),
        event("Ticket", 1, "02 09:06", status=5, completedByResourceID=BOB),
    ]
    [row] = counted(tape, "20 00:00", "reopen_rate")
    assert (ANN, 0, iso("02 09:00")) == (row.tech_id, row.numerator, stamp(row))
    [row] = counted(tape, "20 00:00", "first_contact_resolution")
    assert (ANN, 1_000_000, None) == (row.tech_id, row.numerator, row.reason)


def test_seven() -> None:
    """Attainment is linear from floor to target, upwards and downwards."""
    tape = [
        event("Resource", ANN, "01 00:00", isActive=True),
        ticket(1, "02 08:00"),
        entry(1, ANN, 1, "02 08:00", 5.76),
    ]
    assert (0.72, 0.733333) == told(on_card(tape, "03 00:00", "utilization"), "value", "attainment")
    tape = []
    for key in range(1, 6):
        tape += [ticket(key, "02 08:00"), entry(key, ANN, key, "02 09:00", 1)]
        done: dict[str, Any] = {"queueID": 20} if key == 1 else {"status": 5}
        tape.append(event("Ticket", key, "02 10:00", **done))
    assert (0.2, 0.8, False) == told(on_card(tape, "03 00:00", "escalation_rate"), "value", "attainment", "sufficient")


def test_eight() -> None:
    """An entry created ten minutes after its end is on time, and counted as restated when its hours are edited."""
    tape = [
        ticket(1, "02 08:00"),
        entry(1, ANN, 1, "02 16:00", 1, endDateTime=iso("02 17:00"), createDateTime=iso("02 17:10")),
        event("TimeEntry", 1, "03 09:00", hoursWorked=2),
    ]
    kpi = on_card(tape, "03 10:00", "real_time_entry")
    assert (1.0, 1) == (kpi["value"], kpi["companions"]["restated"])


def test_nine() -> None:
    """A pause saves a due date inside it only, and only until the due date is observed again."""
    due = {"firstResponseDueDateTime": iso("02 10:00")}
    new = ticket(1, "02 09:00", **due)

    def reason(*facts: dict[str, Any], now: str = "02 13:00") -> str | None:
        return next(row.reason for row in Oracle([new, *facts], POLICY, iso(now)).rows if row.kpi == "sla_triage")

    assert "open_breach" == reason(event("Ticket", 1, "02 11:00", status=7))
    paused, back = event("Ticket", 1, "02 09:30", status=7), event("Ticket", 1, "02 12:00", status=8)
    assert "paused" == reason(paused)
    assert "paused" == reason(paused, back)
    assert "open_breach" == reason(paused, back, event("Ticket", 1, "02 12:30", **due))
    assert "open_breach" == reason(paused, event("Ticket", 1, "02 12:00", status=8, **due))


def test_ten() -> None:
    """Who hands up is charged once; who takes over and completes is not, and the highest tier is left out."""
    tape = [
        ticket(1, "02 08:00", assignedResourceID=ANN),
        entry(1, ANN, 1, "02 09:00", 1),
        event("Ticket", 1, "02 10:00", queueID=20),
        entry(2, BOB, 1, "03 09:00", 1),
        event("Ticket", 1, "03 10:00", status=5),
        event("Ticket", 1, "04 10:00", status=8),
        event("Ticket", 1, "05 10:00", status=5),
    ]
    rows = counted(tape, "20 00:00", "escalation_rate")
    assert [(ANN, 1_000_000, 2, 10), (BOB, 0, 5, 20)] == [(r.tech_id, r.numerator, r.day.day, r.queue_id) for r in rows]
    flat = {**POLICY, "tiers": {"queues": {"10": 1, "20": 2}, "technicians": {"1": 1, "2": 2}}}
    top = [row.reason for row in Oracle(tape, flat, iso("20 00:00")).rows if row.kpi == "escalation_rate"]
    assert [None, "top_tier"] == top
