"""Who works at the make-believe MSP. The names are invented.

A *character* is what makes a technician's numbers differ: how often each promise is kept, how often work is
handed up, how late time is written down. A *desk* is one team of nine; a larger MSP has several alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SYSTEM_RESOURCE = 4
API_RESOURCE = 29682900
COORDINATOR = 29682901
API_LICENSE = 7

_PEOPLE_A_DESK = 100
_EVERY_WEEKDAY = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Technician:
    """A technician. Shares of tickets worked, of entries written (``writes_late``), of surveys (``pleases``).

    ``utilization``: customer-facing share of scheduled time aimed at; ``coverage``: share written down at all.
    ``pace``: time needed over time planned. ``joins`` and ``leaves``: part of the history after which.
    """

    resource_id: int
    first_name: str
    last_name: str
    title: str
    tier: int = 1
    utilization: float = 0.75
    coverage: float = 0.94
    engagement: float = 0.95
    completion: float = 0.92
    first_contact: float = 0.70
    pace: float = 1.0
    hands_up: float = 0.14
    reopens: float = 0.03
    pleases: float = 0.93
    writes_late: float = 0.08
    weekdays: frozenset[int] = _EVERY_WEEKDAY
    joins: float = 0.0
    leaves: float = 1.0

    @property
    def scheduled_minutes(self) -> int:
        """Of a day on which they work."""
        return 480


_DESK = (
    Technician(
        29682885,
        "Amara",
        "Okafor",
        "The star",
        tier=2,
        utilization=0.78,
        coverage=0.97,
        engagement=0.99,
        completion=0.97,
        first_contact=0.76,
        pace=0.95,
        hands_up=0.06,
        reopens=0.012,
        pleases=0.97,
        writes_late=0.06,
    ),
    Technician(
        29682886,
        "Ben",
        "Tanaka",
        "The hoarder",
        utilization=0.78,
        engagement=0.88,
        completion=0.74,
        first_contact=0.42,
        pace=1.45,
        hands_up=0.0,
        reopens=0.07,
        pleases=0.84,
        writes_late=0.16,
    ),
    Technician(
        29682887,
        "Carla",
        "Núñez",
        "The hand-upper",
        utilization=0.66,
        completion=0.90,
        first_contact=0.72,
        hands_up=0.36,
        reopens=0.02,
        pleases=0.90,
    ),
    Technician(
        29682888,
        "Dev",
        "Patel",
        "The part-timer",
        utilization=0.74,
        completion=0.88,
        writes_late=0.16,
        weekdays=frozenset({0, 1, 2}),
    ),
    Technician(
        29682889,
        "Erin",
        "O'Neil",
        "The late logger",
        tier=2,
        utilization=0.75,
        coverage=0.86,
        engagement=0.96,
        completion=0.88,
        first_contact=0.66,
        pleases=0.90,
        writes_late=0.58,
    ),
    Technician(
        29682890,
        "Farid",
        "Haddad",
        "The steady one",
        utilization=0.73,
        completion=0.86,
        first_contact=0.58,
        writes_late=0.32,
        pleases=0.90,
    ),
    Technician(
        29682891,
        "Grace",
        "Kim",
        "The senior",
        tier=3,
        utilization=0.67,
        engagement=0.96,
        completion=0.89,
        first_contact=0.58,
        pace=1.05,
        hands_up=0.0,
        reopens=0.04,
        pleases=0.92,
        writes_late=0.14,
    ),
    Technician(
        29682892,
        "Hugo",
        "Lindström",
        "The new hire",
        utilization=0.64,
        engagement=0.90,
        completion=0.85,
        first_contact=0.55,
        pace=1.25,
        hands_up=0.24,
        reopens=0.05,
        pleases=0.88,
        joins=0.4,
    ),
    Technician(
        29682893,
        "Ines",
        "Marchetti",
        "The leaver",
        utilization=0.69,
        engagement=0.91,
        completion=0.86,
        first_contact=0.60,
        reopens=0.04,
        leaves=0.45,
    ),
)


def technicians(desks: int = 1) -> tuple[Technician, ...]:
    """The people of so many desks; those of the first bear the plain names."""
    return tuple(
        replace(
            one,
            resource_id=one.resource_id + desk * _PEOPLE_A_DESK,
            last_name=f"{one.last_name} {desk + 1}" if desk else one.last_name,
        )
        for desk in range(desks)
        for one in _DESK
    )
