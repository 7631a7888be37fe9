"""What stands in the make-believe Autotask before any ticket: people, companies, location, holidays, a project."""

from __future__ import annotations

from collections.abc import Iterator

from models.instants import Instant, to_datetime
from simulator.callouts import Action, Happening
from simulator.characters import API_LICENSE, API_RESOURCE, COMPANIES, SYSTEM_RESOURCE, TECHNICIANS
from simulator.dotnet_json import Json
from simulator.timeline import holidays_between

LOCATION_ID = 10
HOLIDAY_SET_ID = 3
PROJECT_ID = 210
TASK_IDS = (7001, 7002, 7003)


def furniture(at: Instant) -> Iterator[Happening]:
    """Everything, as created at one instant."""
    for entity_type, entity_id, fields in _rows(at):
        yield Happening(at, Action.CREATE, entity_type, entity_id, fields, SYSTEM_RESOURCE)


def _rows(at: Instant) -> Iterator[tuple[str, int, dict[str, Json]]]:
    for company_id, name in COMPANIES.items():
        yield "Account", company_id, {"CompanyName": name, "CompanyType": "1", "IsActive": True}
    yield "HolidaySet", HOLIDAY_SET_ID, {"id": HOLIDAY_SET_ID, "holidaySetName": "US federal (some)"}
    year = to_datetime(at).year
    for number, (day, name) in enumerate(holidays_between(year, year + 1), start=1):
        yield (
            "Holiday",
            number,
            {
                "id": number,
                "holidayDate": f"{day}T00:00:00Z",
                "holidayName": name,
                "holidaySetID": HOLIDAY_SET_ID,
            },
        )
    yield (
        "InternalLocation",
        LOCATION_ID,
        {
            "id": LOCATION_ID,
            "name": "Harbor office",
            "isDefault": True,
            "holidaySetId": HOLIDAY_SET_ID,
            "timeZone": "(UTC-05:00) Eastern Time",
        },
    )
    for technician in TECHNICIANS:
        yield _resource(technician.resource_id, technician.first_name, technician.last_name, 1)
    yield _resource(SYSTEM_RESOURCE, "Autotask", "Administrator", 1)
    yield _resource(API_RESOURCE, "Techscore", "API", API_LICENSE)
    yield (
        "Project",
        PROJECT_ID,
        {"id": PROJECT_ID, "projectName": "Move Dunmore to the new firewall", "companyID": 632},
    )
    for task_id, title in zip(TASK_IDS, ("Plan", "Install", "Hand over"), strict=True):
        yield "Task", task_id, {"id": task_id, "projectID": PROJECT_ID, "title": title}


def _resource(resource_id: int, first: str, last: str, license_type: int) -> tuple[str, int, dict[str, Json]]:
    return (
        "Resource",
        resource_id,
        {
            "id": resource_id,
            "firstName": first,
            "lastName": last,
            "isActive": True,
            "licenseType": license_type,
            "locationID": LOCATION_ID,
            "hireDate": "2021-03-01T00:00:00Z",
        },
    )
