"""What stands in the make-believe tenant before any ticket: companies, people, place, holidays, work types."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from simulator.dotnet_json import Json
from simulator.world.calendar import DAY_MINUTES, WorkingTime, holidays_between, pure_date
from simulator.world.cast import API_LICENSE, API_RESOURCE, COORDINATOR, SYSTEM_RESOURCE, Technician
from simulator.world.clients import FIRST_TASK, OWN_COMPANY, OWN_NAME, PROJECTS, SLA_ID, Client
from simulator.world.picklists import WORK_TYPES, EndpointType, WorkType
from simulator.world.stage import Stage

LOCATION_ID = 10
HOLIDAY_SET_ID = 3
ROLE_ID = 29683436
_FIRST_CONTACT = 30_682_800
FIRST_ENDPOINT = 5_000
_FIRST_AVAILABILITY = 800
_LONG_AGO = "2021-03-01T00:00:00Z"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INTERNAL = {WorkType.MEETING, WorkType.TRAINING, WorkType.ADMINISTRATION, WorkType.TIME_OFF}


class Furniture:
    """Sets the stage; afterwards knows who asks (``contacts``) and what is looked after (``endpoints``)."""

    def __init__(self, stage: Stage, clients: Sequence[Client], days: WorkingTime) -> None:
        self._stage = stage
        self._clients = clients
        self._years = (days.days[0].year, days.days[-1].year)
        self.contacts: dict[int, list[int]] = {}
        self.endpoints: dict[int, list[int]] = {}

    def set_up(self, people: Sequence[Technician]) -> None:
        """Everything that is there from the first day on."""
        rng = self._stage.random("furniture")
        self._place()
        self.resource(SYSTEM_RESOURCE, "Autotask", "Administrator")
        self.resource(API_RESOURCE, "Techscore", "API", licenseType=API_LICENSE)
        self.resource(COORDINATOR, "Jo", "Whitfield", title="Service coordinator")
        self.availability(COORDINATOR, range(5))
        for one in people:
            if one.joins == 0:
                self.employ(one, _LONG_AGO)
        self._companies(rng)
        self._projects()

    def employ(self, who: Technician, hired: str) -> None:
        """A technician with a working week."""
        self.resource(who.resource_id, who.first_name, who.last_name, title=who.title, hireDate=hired)
        self.availability(who.resource_id, who.weekdays)

    def resource(self, resource_id: int, first: str, last: str, **more: Json) -> None:
        """Somebody who can sign in."""
        fields: dict[str, Json] = {
            "firstName": first,
            "lastName": last,
            "userName": f"{first}.{last}".lower().replace("'", "").replace(" ", ""),
            "email": f"{resource_id}@harborfinch.example",
            "isActive": True,
            "licenseType": 1,
            "resourceType": "Employee",
            "userType": 10,
            "locationID": LOCATION_ID,
            "defaultServiceDeskRoleID": ROLE_ID,
            "hireDate": _LONG_AGO,
            "title": None,
        }
        self._create("Resources", resource_id, fields | more)

    def availability(self, resource_id: int, weekdays: Sequence[int] | range | frozenset[int]) -> None:
        """Eight hours on each of these weekdays."""
        hours: dict[str, Json] = {
            f"{name}AvailableHours": 8.0 if number in weekdays else 0.0 for number, name in enumerate(_WEEKDAYS)
        }
        number = self._stage.number("ResourceDailyAvailabilities", _FIRST_AVAILABILITY)
        goal = 6.0 * len(weekdays)
        fields = {"resourceID": resource_id, **hours, "weeklyBillableHoursGoal": goal, "travelAvailability": None}
        self._create("ResourceDailyAvailabilities", number, fields)

    def endpoint(self, client: Client, kind: EndpointType, person_id: int = API_RESOURCE) -> int:
        """One more machine of a client."""
        number = self._stage.number("ConfigurationItems", FIRST_ENDPOINT)
        fields: dict[str, Json] = {
            "companyID": client.company_id,
            "configurationItemType": int(kind),
            "configurationItemCategoryID": 1,
            "productID": 100 + int(kind),
            "isActive": True,
            "createDate": self._stage.stamp(),
            "installDate": self._stage.date(),
            "referenceTitle": f"{kind.name[:2]}-{number}",
            "serialNumber": f"SN{number:08d}",
            "contactID": None,
            "contractID": None,
            "parentConfigurationItemID": None,
            "serviceLevelAgreementID": SLA_ID,
        }
        self._create("ConfigurationItems", number, fields, person_id)
        self.endpoints[client.company_id].append(number)
        return number

    def _place(self) -> None:
        self._create("HolidaySets", HOLIDAY_SET_ID, {"holidaySetName": "US federal (some)"})
        for number, (day, name) in enumerate(holidays_between(*self._years), start=1):
            fields: dict[str, Json] = {
                "holidayDate": pure_date(day),
                "holidayName": name,
                "holidaySetID": HOLIDAY_SET_ID,
            }
            self._create("Holidays", number, fields)
        self._create(
            "InternalLocations",
            LOCATION_ID,
            {
                "name": "Harbor office",
                "isDefault": True,
                "holidaySetId": HOLIDAY_SET_ID,
                "timeZone": "(UTC-05:00) Eastern Time",
                "city": "Portland",
                "state": "ME",
            },
        )
        self._create("Roles", ROLE_ID, {"name": "Engineer", "hourlyRate": 150.0, "hourlyFactor": 1.0, "isActive": True})
        for code, name in WORK_TYPES.items():
            kind: dict[str, Json] = {"useType": 3 if code in _INTERNAL else 1, "billingCodeType": 0}
            self._create("BillingCodes", int(code), {"name": name, "isActive": True, "department": None, **kind})

    def _companies(self, rng: Random) -> None:
        self._company(OWN_COMPANY, OWN_NAME, 1)
        for client in self._clients:
            self._company(client.company_id, client.name, 1)
            self.contacts[client.company_id] = [self._contact(client.company_id) for _ in range(client.people)]
            self.endpoints[client.company_id] = []
            kinds = [EndpointType.WORKSTATION] * client.workstations + [EndpointType.SERVER] * client.servers
            for kind in (*kinds, *[EndpointType.PRINTER] * (client.workstations // 14)):
                self.endpoint(client, kind)
            for _ in range(client.workstations // 30):  # some were retired before the story begins
                number = self.endpoint(client, EndpointType.WORKSTATION)
                self._stage.update("ConfigurationItems", number, {"isActive": False}, SYSTEM_RESOURCE)
            rng.shuffle(self.endpoints[client.company_id])

    def _company(self, company_id: int, name: str, kind: int) -> None:
        fields: dict[str, Json] = {
            "companyName": name,
            "companyType": kind,
            "classification": None,
            "isActive": True,
            "ownerResourceID": COORDINATOR,
            "parentCompanyID": None,
            "createDate": self._stage.stamp(),
            "phone": f"207-555-{company_id % 10_000:04d}",
        }
        self._create("Companies", company_id, fields)

    def _contact(self, company_id: int) -> int:
        number = self._stage.number("Contacts", _FIRST_CONTACT)
        fields: dict[str, Json] = {
            "companyID": company_id,
            "firstName": "Contact",
            "lastName": f"No. {number}",
            "emailAddress": f"c{number}@client.example",
            "isActive": 1,
            "createDate": self._stage.stamp(),
        }
        self._create("Contacts", number, fields)
        return number

    def _projects(self) -> None:
        known = {OWN_COMPANY, *(client.company_id for client in self._clients)}
        task = FIRST_TASK
        for project_id, company_id, name, titles in PROJECTS:
            fields: dict[str, Json] = {
                "companyID": company_id if company_id in known else OWN_COMPANY,
                "projectName": name,
                "projectType": 5,
                "status": 1,
                "startDateTime": self._stage.stamp(),
                "endDateTime": self._stage.stamp(60 * DAY_MINUTES),
                "createDateTime": self._stage.stamp(),
                "projectLeadResourceID": COORDINATOR,
            }
            self._create("Projects", project_id, fields)
            for title in titles:
                fields = {
                    "projectID": project_id,
                    "title": title,
                    "status": 1,
                    "taskType": 1,
                    "assignedResourceID": None,
                    "estimatedHours": 40.0,
                    "createDateTime": self._stage.stamp(),
                }
                self._create("Tasks", task, fields)
                task += 1

    def _create(
        self, collection: str, entity_id: int, fields: dict[str, Json], person_id: int = SYSTEM_RESOURCE
    ) -> None:
        self._stage.create(collection, entity_id, fields, person_id)
