"""For whom the make-believe MSP works, what it promised them, and what they ask for. All invented."""

from __future__ import annotations

from dataclasses import dataclass

OWN_COMPANY = 0
OWN_NAME = "Harbor & Finch IT"
_FIRST_CLIENT = 629
_CLIENTS_A_DESK = 100
_UNMANAGED = 650


@dataclass(frozen=True, slots=True)
class Client:
    """A company with its workplaces and servers; what it asks grows with them."""

    company_id: int
    name: str
    workstations: int
    servers: int
    people: int = 4


@dataclass(frozen=True, slots=True)
class Promise:
    """A priority and its promises in working minutes from a ticket's creation; ``share`` of the tickets."""

    priority: int
    share: float
    triage: float
    engagement: float
    completion: float


_NAMES = (
    ("Alder Dental Group", 64, 3),
    ("Brightwater Law LLP", 88, 5),
    ("Café Müller + Söhne", 31, 1),
    ("Dunmore Logistics", 142, 9),
    ("Eastgate Veterinary", 38, 2),
    ("O'Malley <Fine> Foods", 57, 3),
    ("Fairhaven Credit Union", 120, 11),
    ("Greyfriars Architects", 44, 4),
    ("Hollis & Daughters Printing", 36, 2),
    ("Ivy Lane Nurseries", 22, 1),
    ("Juniper Pediatrics", 51, 2),
    ("Kestrel Machine Works", 95, 7),
    ("Larkspur Insurance", 73, 4),
    ("Mill Pond Brewing", 27, 1),
    ("Northgate Surveyors", 41, 2),
    ("Ostrander Accounting", 66, 4),
    ("Pell Street Theatre", 19, 1),
    ("Quarry Road Motors", 33, 2),
    ("Rowan Charter School", 155, 6),
    ("Saltmarsh Seafood", 48, 2),
    ("Tamarack Realty", 60, 2),
    ("Uplands Bakery (no contract)", 0, 0),
    ("Vesper Yoga", 0, 0),
)
WORKPLACES_A_PERSON = 12

PROMISES = (
    Promise(4, 0.06, triage=15, engagement=60, completion=240),
    Promise(1, 0.22, triage=30, engagement=120, completion=480),
    Promise(2, 0.50, triage=60, engagement=240, completion=960),
    Promise(3, 0.22, triage=120, engagement=480, completion=1_620),
)
SLA_NAME = "Standard support"
SLA_ID = 1

TITLES = (
    "Outlook keeps asking for the password",
    "R&D share: access denied",
    'Printer says "offline"',
    "New starter on Monday <laptop + phone>",
    "VPN drops every 10 minutes",
    "Can't open C:\\Shared\\Quotes",
    "Caller ID shows `unknown`",
    "Licence for the café till",
    "Teams: no sound in meetings",
    "Wi-Fi weak on the 2nd floor",
    "MFA reset: new phone 📱",
    "Scanner no longer mails PDFs",
)
ALERTS = ("Disk C: below 10 %", "Backup job failed", "Server not reachable", "Antivirus definitions out of date")
PROJECTS = (
    (210, 632, "Move Dunmore to the new firewall", ("Plan", "Install", "Hand over")),
    (211, 635, "Fairhaven: laptops for the branch", ("Order", "Image", "Roll out")),
    (212, 647, "Rowan: mailboxes to the cloud", ("Pilot", "Move", "Clean up")),
    (213, OWN_COMPANY, "Our own ticket categories", ("Tidy up",)),
)
FIRST_TASK = 7_001


def unmanaged(desks: int = 1) -> tuple[int, ...]:
    """The companies that have no contract: their troubles are nobody's endpoints."""
    return tuple(_UNMANAGED + desk * _CLIENTS_A_DESK for desk in range(desks))


def clients(desks: int = 1) -> tuple[Client, ...]:
    """The clients of so many desks; those of the first bear the plain names."""
    return tuple(
        Client(
            _FIRST_CLIENT + number + desk * _CLIENTS_A_DESK,
            f"{name} {desk + 1}" if desk else name,
            workstations,
            servers,
            people=2 + workstations // WORKPLACES_A_PERSON,
        )
        for desk in range(desks)
        for number, (name, workstations, servers) in enumerate(_NAMES)
    )
