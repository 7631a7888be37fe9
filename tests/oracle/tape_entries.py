"""The time entries of a tape: who logged what, when it was written down, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.oracle.tape_policy import (
    API_USER,
    SYSTEM_USER,
    TIME_OFF_WORK,
    UNKNOWN_RESOURCE,
    WORK,
)
from tests.oracle.tape_world import DAY, HOUR, MINUTE, SECOND, World, iso, pure

_ALWAYS = ("resourceID", "ticketID", "taskID", "dateWorked", "hoursWorked")  # an update says at least these


def log_time(
    world: World,
    start: datetime,
    *,
    ticket: int | None = None,
    task: int | None = None,
    who: int | None = None,
    plain: bool = False,
) -> datetime:
    """One entry from ``start``, heard when it was written down; the end it says. ``plain``: nothing odd about it."""
    number = world.new_id("entry", 3001)
    length = MINUTE * world.pick((5, 10, 15, 30, 45, 90, 180))
    end = start + length
    fields: dict[str, Any] = {
        "resourceID": who if who is not None else _worker(world),
        "ticketID": ticket,
        "taskID": task,
        "dateWorked": pure(world.day_of(start)),
        "hoursWorked": _hours(world, length),
        "startDateTime": iso(start),
        "endDateTime": iso(end),
        "billingCodeID": WORK,
    }
    written = _written(world, end)
    fields["createDateTime"] = iso(written)
    _creator(world, fields)
    if not plain:
        _oddities(world, fields, written)
    heard = written + SECOND * world.pick((0, 0, 3, 10))
    if not plain and world.chance(0.08):
        heard += world.some_time(HOUR, 12 * DAY)
        world.tag("late_entry")
    if world.fits(heard):
        world.tell("TimeEntry", number, heard, fields, how="row" if world.chance(0.6) else "create")
        if not plain:
            _afterlife(world, number, heard)
    return end


def _worker(world: World) -> int:
    roll = world.rng.random()
    if roll < 0.05:
        world.tag("api_user_entry")
        return API_USER
    if roll < 0.08:
        world.tag("system_user_entry")
        return SYSTEM_USER
    if roll < 0.11:
        world.tag("unknown_resource_entry")
        return UNKNOWN_RESOURCE
    return world.pick(world.technicians)


def _hours(world: World, length: timedelta) -> Any:
    roll = world.rng.random()
    if roll < 0.05:
        world.tag("zero_hours")
        return 0
    if roll < 0.1:
        world.tag("negative_hours")
        return world.pick((-0.5, "-1.25", -2))
    if roll < 0.25:
        world.tag("decimal_hours")
        return world.pick((0.3333, "0.10", 1.7, 0.0000005, "0.3333335", 2.0000015, 12))
    return round(length / HOUR, 4)


def _written(world: World, end: datetime) -> datetime:
    """When the entry was created: about ``late_after_minutes`` behind its end, or early, or days later."""
    late: timedelta = MINUTE * world.policy.get("late_after_minutes", 15)
    roll = world.rng.random()
    if roll < 0.35:
        world.tag("entry_lag_on_bound")
        return world.edge(end + late)
    if roll < 0.4:
        world.tag("entry_half_second_late")
        return end + late + timedelta(milliseconds=500)
    if roll < 0.45:
        world.tag("entry_before_its_end")
        return end - MINUTE * 2
    if roll < 0.55:
        midnight = world.local(world.day_of(end) + DAY)
        if midnight > end:
            world.tag("entry_written_about_midnight")
            return world.edge(midnight)
    if roll < 0.65:
        return end + world.some_time(HOUR, 3 * DAY)
    return end + world.some_time(0 * SECOND, late + MINUTE)


def _creator(world: World, fields: dict[str, Any]) -> None:
    roll = world.rng.random()
    if roll < 0.1:
        others = [tech for tech in (*world.technicians, UNKNOWN_RESOURCE) if tech != fields["resourceID"]]
        fields["creatorUserID"] = world.pick(others)
        world.tag("proxy_entered")
    elif roll < 0.18:
        fields["creatorUserID"] = world.pick((API_USER, SYSTEM_USER))
        world.tag("imported_entry")
    elif roll < 0.28:
        fields["creatorUserID"] = None
        world.tag("creator_null")
    elif roll < 0.36:
        world.tag("creator_absent")
    else:
        fields["creatorUserID"] = fields["resourceID"]


def _oddities(world: World, fields: dict[str, Any], written: datetime) -> None:
    roll = world.rng.random()
    if roll < 0.12:
        fields["endDateTime"] = None
        world.tag("entry_without_end")
        if world.chance(0.5):
            fields["startDateTime"] = None
            world.tag("entry_without_start")
    elif roll < 0.17:
        for name in ("startDateTime", "endDateTime"):
            del fields[name]
        world.tag("entry_fields_absent")
    elif roll < 0.2:
        fields["startDateTime"] = None
    elif roll < 0.22:
        del fields["createDateTime"]
        world.tag("entry_without_creation")
    if world.chance(0.1):
        fields["dateWorked"] = pure(world.day_of(written) + timedelta(days=world.pick((-1, 0, 1))))
        world.tag("date_worked_moved")
    if world.chance(0.05):
        name = world.pick(("billingCodeID", "internalBillingCodeID"))
        fields[name] = TIME_OFF_WORK
        world.tag("time_off_work_type")
    if fields.get("createDateTime") and world.chance(0.04):
        fields["createDateTime"] = str(fields["createDateTime"])[:19] + ".0000009Z"
        world.tag("seven_digits")


def _afterlife(world: World, number: int, heard: datetime) -> None:
    at = heard + world.some_time(5 * SECOND, 3 * DAY)
    if not world.fits(at):
        return
    roll = world.rng.random()
    known = world.fields("TimeEntry", number)
    if roll < 0.12:
        _restate(world, number, at, known)
    elif roll < 0.2:
        world.delete("TimeEntry", number, at)
        world.tag("entry_deleted")
        back = at + world.some_time(5 * SECOND, 2 * DAY)
        if world.chance(0.35) and world.fits(back):
            world.tell("TimeEntry", number, back, {name: known.get(name) for name in known}, how="row")
            world.tag("entry_revived")
    elif roll < 0.24:
        world.tell("TimeEntry", number, at, {}, how="row")
        world.tag("entry_read_again")
    elif roll < 0.27 and known.get("createDateTime"):
        written = datetime.fromisoformat(str(known["createDateTime"])) + world.pick((-HOUR, HOUR))
        world.tell("TimeEntry", number, at, _update(known, {"createDateTime": iso(written)}))
        world.tag("creation_told_twice")


def _restate(world: World, number: int, at: datetime, known: dict[str, Any]) -> None:
    kind = world.pick(("hours", "end", "day", "subject", "who", "start"))
    changes: dict[str, Any] = {"hoursWorked": world.pick((0.25, 1, "2.75", 0))}
    if kind == "end" and known.get("endDateTime"):
        end = datetime.fromisoformat(str(known["endDateTime"])) + world.pick((-MINUTE, MINUTE, HOUR, SECOND))
        changes = {"endDateTime": iso(end)}
    elif kind == "start" and known.get("startDateTime"):
        start = datetime.fromisoformat(str(known["startDateTime"])) - world.pick((MINUTE, 31 * MINUTE, DAY))
        changes = {"startDateTime": iso(start)}
    elif kind == "day":
        day = datetime.fromisoformat(str(known["dateWorked"])).date() - timedelta(days=world.pick((1, 3)))
        changes = {"dateWorked": pure(day)}
    elif kind == "subject" and known.get("ticketID"):
        changes = {"ticketID": world.pick((1001, 1002, 1099))}
        world.tag("entry_moved")
    elif kind == "who":
        changes = {"resourceID": world.pick(world.technicians)}
        world.tag("entry_given_to_other")
    world.tell("TimeEntry", number, at, _update(known, changes))
    world.tag("entry_restated")


def _update(known: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {**{name: known[name] for name in _ALWAYS}, **changes}
