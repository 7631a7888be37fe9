"""The people of a tape and their days: resources, availability, time off, places and holidays; the clients."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.oracle.tape_policy import (
    API_USER,
    CLIENTS,
    HOLIDAY_SETS,
    INACTIVE,
    LISTED_INTERNAL,
    LOCATIONS,
    OWN_COMPANY,
    SYSTEM_USER,
    TECHNICIANS,
    TIME_OFF_APPROVED,
    TIME_OFF_CANCELLED,
    TIME_OFF_REQUESTED,
    UNMANAGED,
)
from tests.oracle.tape_world import DAY, World, pure

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def people(world: World) -> None:
    """Who works here: two to four technicians and all who look like one."""
    world.technicians = list(TECHNICIANS[: world.rng.randint(2, 4)])
    world.companies = [*CLIENTS[: world.rng.randint(1, 3)]]
    for tech in world.technicians:
        if world.chance(0.12) and tech != world.technicians[0]:
            world.tag("resource_without_fact")
        else:
            _technician(world, tech)
        if world.chance(0.6):
            _availability(world, tech)
        if world.chance(0.45):
            _time_off(world, tech)
    for resource, licence, name, share in ((SYSTEM_USER, 1, "system_user", 0.4), (API_USER, 7, "api_user", 0.8)):
        if world.chance(share):
            world.tell("Resource", resource, _early(world), _resource(None, licence))
            world.tag(name)
    if world.chance(0.4):
        world.tell("Resource", INACTIVE, _early(world), {**_resource(None, 1), "isActive": False})
        world.tag("inactive_resource")
    places(world)
    for company in (*world.companies, OWN_COMPANY, LISTED_INTERNAL, UNMANAGED):
        if world.chance(0.6 if company in world.companies else 0.25):
            at = _early(world) if world.chance(0.7) else _sometime(world)
            world.tell("Company", company, at, {"companyName": f"Client {company}", "isActive": True})


def _early(world: World) -> Any:
    return world.start + world.some_time(DAY * 0, DAY)


def _sometime(world: World) -> Any:
    return world.start + (world.end - world.start) * world.rng.random() * 0.9


def _resource(location: int | None, licence: int) -> dict[str, Any]:
    return {"isActive": True, "licenseType": licence, "hireDate": None, "locationID": location, "firstName": "Sam"}


def _technician(world: World, tech: int) -> None:
    at = _early(world) if world.chance(0.8) else _sometime(world)
    fields = _resource(world.pick((None, *LOCATIONS, 598)), world.pick((1, 1, 3)))
    if world.chance(0.35):
        fields["hireDate"] = pure(world.day_of(world.start) + timedelta(days=world.rng.randint(-5, 20)))
        world.tag("hire_date")
    if world.chance(0.1):
        del fields["locationID"]
    world.tell("Resource", tech, at, fields, how="row" if world.chance(0.5) else "create")
    if world.chance(0.35):
        when = world.edge(world.local(world.day_of(_sometime(world))))
        changes: tuple[dict[str, Any], ...] = ({"isActive": False}, {"locationID": LOCATIONS[1]}, {"locationID": None})
        change = world.pick(changes)
        if when > at and world.fits(when):
            world.tell("Resource", tech, when, change)
            world.tag("resource_left" if "isActive" in change else "location_moved")
            back = when + world.some_time(DAY, 9 * DAY)
            if "isActive" in change and world.chance(0.4) and world.fits(back):
                world.tell("Resource", tech, back, {"isActive": True})
                world.tag("resource_back")


def _availability(world: World, tech: int) -> None:
    full = world.pick((8, 7.5, "7.60", 8.0))
    hours: list[Any] = [full] * 5 + [0, 0]
    if world.chance(0.5):
        for day in world.rng.sample(range(7), 3):
            hours[day] = world.pick((None, None, 0, 4, 3.333333))
        world.tag("part_timer")
        if None in hours:
            world.tag("null_weekday")
    at = _early(world) if world.chance(0.7) else _sometime(world)
    number = 700 + tech

    def week() -> dict[str, Any]:
        return {f"{name}AvailableHours": one for name, one in zip(_WEEK, hours, strict=True)}

    world.tell("ResourceDailyAvailability", number, at, {"resourceID": tech, **week()}, how="row")
    if world.chance(0.4):
        when = world.edge(world.local(world.day_of(_sometime(world))))
        if when > at and world.fits(when):
            hours[world.rng.randint(0, 4)] = world.pick((None, 0, 2, 6.5))
            world.tell("ResourceDailyAvailability", number, when, {"resourceID": tech, **week()})
            world.tag("availability_changed")


def _time_off(world: World, tech: int) -> None:
    day = world.day_of(_sometime(world))
    for _ in range(world.pick((1, 1, 2))):
        number = world.new_id("time_off", 801)
        at = _sometime(world)
        fields = {"resourceID": tech, "requestDate": pure(day), "hours": world.pick((8, 4, 2.5, 12, "0.25"))}
        status = world.pick((TIME_OFF_REQUESTED, TIME_OFF_APPROVED, TIME_OFF_APPROVED))
        world.tell("TimeOffRequest", number, at, {**fields, "status": status})
        world.tag("time_off")
        if world.chance(0.6):
            after = world.pick((TIME_OFF_APPROVED, TIME_OFF_CANCELLED)) if status == 1 else TIME_OFF_CANCELLED
            when = at + world.some_time(DAY / 24, 5 * DAY)
            if world.fits(when):
                world.tell("TimeOffRequest", number, when, {**fields, "status": after})
                world.tag("time_off_cancelled" if after == TIME_OFF_CANCELLED else "time_off_approved_later")


def places(world: World) -> None:
    """Locations and their holidays; some locations are never heard of."""
    for location, holidays in zip(LOCATIONS, (HOLIDAY_SETS[0], HOLIDAY_SETS[1], None), strict=True):
        if world.chance(0.65):
            fields = {"holidaySetId": holidays, "isDefault": location == LOCATIONS[0]}
            world.tell("InternalLocation", location, _early(world), fields, how="row")
            world.tag("location")
    for holidays in HOLIDAY_SETS:
        if world.chance(0.5):
            world.tell("HolidaySet", holidays, _early(world), {"holidaySetName": "Bank"}, how="row")
    for _ in range(world.rng.randint(0, 3)):
        number = world.new_id("holiday", 651)
        day = _weekday(world, world.day_of(_sometime(world)))
        at = _sometime(world)
        world.tell("Holiday", number, at, {"holidaySetID": world.pick(HOLIDAY_SETS), "holidayDate": pure(day)})
        world.tag("holiday")
        if world.chance(0.2) and world.fits(at + 3 * DAY):
            world.delete("Holiday", number, at + 3 * DAY)
            world.tag("holiday_deleted")


def _weekday(world: World, day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - world.rng.randint(2, 4)))
