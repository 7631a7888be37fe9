"""Who works at the make-believe MSP, for whom, and what they promised.

The names are invented. A *character* is what makes a technician's numbers differ: how often each promise is
kept, how often work is handed up, how late time is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Status(IntEnum):
    """Ticket statuses: Autotask's own and three the MSP added."""

    NEW = 1
    COMPLETE = 5
    WAITING_CUSTOMER = 7
    IN_PROGRESS = 8
    ESCALATED = 11
    MERGED = 20
    CANCELLED = 21


class Queue(IntEnum):
    """Queues: 5 is Autotask's own Client Portal, which this MSP uses for triage."""

    TRIAGE = 5
    MONITORING = 8
    LEVEL_1 = 29682833
    LEVEL_2 = 29682969


class TicketType(IntEnum):
    """Kinds of tickets."""

    REQUEST = 1
    INCIDENT = 2
    ALERT = 5


class Source(IntEnum):
    """Where tickets come from."""

    PHONE = 2
    EMAIL = 4
    MONITORING = 8


@dataclass(frozen=True, slots=True)
class Character:
    """A technician. Shares are of the tickets worked; ``writes_late`` of the time entries written."""

    resource_id: int
    first_name: str
    last_name: str
    level: int = 1
    busy: float = 1.0
    triage: float = 0.97
    engagement: float = 0.94
    completion: float = 0.94
    hands_up: float = 0.08
    writes_late: float = 0.06
    weekdays: frozenset[int] = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Priority:
    """A priority and its promises in working minutes from a ticket's creation; ``share`` of the tickets."""

    priority_id: int
    share: float
    triage: float
    engagement: float
    completion: float


TECHNICIANS = (
    Character(29682885, "Amara", "Okafor", busy=1.5, triage=0.995, engagement=0.985, completion=0.97),  # the star
    Character(29682886, "Ben", "Tanaka", triage=0.83, engagement=0.86, completion=0.93),  # the late responder
    Character(29682887, "Carla", "Núñez", hands_up=0.45, completion=0.91),  # hands up what she could do
    Character(29682888, "Dev", "Patel", busy=0.9, weekdays=frozenset({0, 1, 2})),  # part-time, Monday to Wednesday
    Character(29682889, "Erin", "O'Neil", writes_late=0.6, triage=0.98),  # does the work, writes it down at night
    Character(29682890, "Farid", "Haddad", completion=0.76, engagement=0.91),  # starts on time, finishes late
    Character(29682891, "Grace", "Kim", level=2, busy=0.8, triage=0.98, engagement=0.97, completion=0.95),  # the senior
    Character(29682892, "Hugo", "Lindström", busy=0.7, triage=0.94, engagement=0.88, completion=0.87),  # the newcomer
)
SYSTEM_RESOURCE = 4
API_RESOURCE = 29682900
API_LICENSE = 7

OWN_COMPANY = 0
COMPANIES = {
    OWN_COMPANY: "Harbor & Finch IT",
    629: "Alder Dental Group",
    630: "Brightwater Law LLP",
    631: "Café Müller + Söhne",
    632: "Dunmore Logistics",
    633: "Eastgate Veterinary",
    634: "O'Malley <Fine> Foods",
}

PRIORITIES = (
    Priority(4, 0.06, triage=15, engagement=30, completion=120),
    Priority(1, 0.22, triage=20, engagement=60, completion=240),
    Priority(2, 0.50, triage=30, engagement=120, completion=480),
    Priority(3, 0.22, triage=60, engagement=240, completion=960),
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
