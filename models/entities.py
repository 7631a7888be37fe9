"""What was observed of Autotask's entities: the one shape every origin is brought into.

An ``Observation`` is one sighting of one entity: some of its fields, whether it exists, when that was true
and since when. Names of entities are the REST model names, singular (``reference/autotask-entities.json``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from models.instants import Instant

Value: TypeAlias = int | str | bool | None
"""A field's value: ids and picklist values ``int`` (a label that is no number stays ``str``), instants
microseconds, decimals millionths, dates ``YYYYMMDD``, flags ``bool``, text ``str``."""

TICKET = "Ticket"
TIME_ENTRY = "TimeEntry"
RESOURCE = "Resource"
COMPANY = "Company"
SLA_RESULT = "ServiceLevelAgreementResults"
TASK = "Task"
PROJECT = "Project"
WORK_TYPE = "BillingCode"
HOLIDAY = "Holiday"
HOLIDAY_SET = "HolidaySet"
LOCATION = "InternalLocation"
AVAILABILITY = "ResourceDailyAvailability"
TIME_OFF = "TimeOffRequest"
SURVEY = "SurveyResults"
ENDPOINT = "ConfigurationItem"

SOURCE_GAP = "SourceGap"
LOST_EVENT = "LostEvent"
HISTORY = "HistoryImport"
CONTEST = "Contest"
MONTH_CLOSE = "MonthClose"
PICKLIST = "Picklist"
COACHING_PLAN = "CoachingPlan"
OWN = frozenset({SOURCE_GAP, LOST_EVENT, HISTORY, CONTEST, MONTH_CLOSE, PICKLIST, COACHING_PLAN})
"""What only Techscore itself says (``ingest.own``); nobody can send these through the door."""

TECHNICIAN_DAYS = "TechnicianDays"
"""A subject without facts of its own: a technician's scheduled days, by resource id (kpis.md §4)."""

MILLION = 1_000_000
OWN_COMPANY = 0


class Rank(IntEnum):
    """Which sighting of the same second wins: a line of the history, a row, a webhook, a delete (design §4)."""

    HISTORY = -1
    ROW = 0
    WEBHOOK = 1
    DELETE = 2


@dataclass(frozen=True, slots=True)
class Observation:
    """One sighting of one entity.

    ``seen_at``: when this was true at the latest known moment; ``changed_at``: the change cursor the source
    gave, or ``None``; ``created``: the source said the entity was created by this very change; ``key``:
    unique among all sightings, the last part of the order.
    """

    entity_type: str
    entity_id: int
    seen_at: Instant
    changed_at: Instant | None
    rank: Rank
    sequence: int
    key: str
    fields: Mapping[str, Value]
    created: bool = False
    actor_id: int | None = None

    @property
    def exists(self) -> bool:
        return self.rank is not Rank.DELETE

    @property
    def order(self) -> tuple[int, int, int, str]:
        """Where this stands among the sightings of its entity (design §4)."""
        return (self.seen_at // MILLION, int(self.rank), self.sequence, self.key)
