"""The catalogue of Autotask entities: one entry each, with the fields anything here reads.

``Merge`` says how sightings of one field become one value: the last in order wins, every point is kept
(*tracked*, design §4), or the earliest value ever seen counts (an entry's creation, kpis.md R13). Names and
types are those of the vendor's REST models; the legacy names webhooks use are aliases. ``Rest`` says how an entity
is read over REST: by its change cursor where it has one (reference/autotask.md §5), else whole, now and then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from models import entities as e
from models.lazy import lazy


class Kind(Enum):
    """What a field holds, and so how its JSON value is read (``models.entities.Value``)."""

    ID = auto()
    INSTANT = auto()
    DATE = auto()
    DECIMAL = auto()
    FLAG = auto()
    TEXT = auto()
    JSON = auto()


class Merge(Enum):
    """How sightings of a field are joined."""

    LAST = auto()
    TRACKED = auto()
    EARLIEST = auto()


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: what it holds, how it is joined."""

    kind: Kind
    merge: Merge = Merge.LAST


class Sweep(Enum):
    """Which rows are asked for."""

    CURSOR = auto()
    """Those whose change cursor moved."""
    FULL = auto()
    """All, for nothing says which changed."""
    BY_TICKET = auto()
    """Those of tickets that were touched."""


@dataclass(frozen=True, slots=True)
class Rest:
    """How an entity is read over REST.

    ``cursor``: when a row says it changed, which becomes ``changed_at``; no proof that nothing else changed.
    ``full_every_seconds``: besides, all rows are read so often, because some changes do not move the cursor.
    """

    sweep: Sweep
    every_seconds: int
    cursor: str | None = None
    full_every_seconds: int | None = None


@dataclass(frozen=True)
class Entity:
    """One kind of entity: its names on the wire, the fields that are folded, how it is read."""

    name: str
    collection: str
    fields: Mapping[str, FieldSpec]
    legacy: tuple[str, ...] = ()
    field_aliases: Mapping[str, str] = field(default_factory=dict)
    rest: Rest | None = None

    @property
    def requested(self) -> tuple[str, ...]:
        """The fields asked for over REST: what is folded, the id, and the change cursor. Never prose."""
        cursor = None if self.rest is None else self.rest.cursor
        return tuple(dict.fromkeys(("id", *self.fields, *([cursor] if cursor else ()))))

    @lazy
    def tracked(self) -> frozenset[str]:
        """The fields of which every point is kept; non-empty means every sighting is kept."""
        return frozenset(name for name, spec in self.fields.items() if spec.merge is Merge.TRACKED)


def _fields(kind: Kind, merge: Merge, names: str) -> dict[str, FieldSpec]:
    return {name: FieldSpec(kind, merge) for name in names.split()}


def _last(kind: Kind, names: str) -> dict[str, FieldSpec]:
    return _fields(kind, Merge.LAST, names)


def _tracked(kind: Kind, names: str) -> dict[str, FieldSpec]:
    return _fields(kind, Merge.TRACKED, names)


def _by_cursor(cursor: str, every_seconds: int, full_every_seconds: int | None = None) -> Rest:
    return Rest(Sweep.CURSOR, every_seconds, cursor, full_every_seconds)


def _full(every_seconds: int) -> Rest:
    return Rest(Sweep.FULL, every_seconds)


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
PICKLISTS_EVERY_SECONDS = 6 * _HOUR

_SLA_TIMES = (
    "firstResponseDateTime firstResponseDueDateTime resolutionPlanDateTime resolutionPlanDueDateTime"
    " resolvedDateTime resolvedDueDateTime"
)

WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

CATALOGUE: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity(
            e.TICKET,
            "Tickets",
            _tracked(Kind.ID, "status queueID assignedResourceID priority ticketType completedByResourceID")
            | _tracked(Kind.DECIMAL, "estimatedHours")
            | _tracked(Kind.INSTANT, f"completedDate {_SLA_TIMES}")
            | _last(Kind.ID, "companyID contactID source ticketCategory firstResponseInitiatingResourceID")
            | _last(Kind.INSTANT, "createDate")
            | _last(Kind.TEXT, "ticketNumber title"),
            field_aliases={"ticketcreatedate": "createDate", "accountid": "companyID"},
            rest=_by_cursor("lastActivityDate", 10),
        ),
        Entity(
            e.TIME_ENTRY,
            "TimeEntries",
            _tracked(Kind.INSTANT, "startDateTime endDateTime")
            | _tracked(Kind.DATE, "dateWorked")
            | _tracked(Kind.DECIMAL, "hoursWorked")
            | _last(Kind.ID, "resourceID ticketID taskID billingCodeID internalBillingCodeID creatorUserID")
            | _fields(Kind.INSTANT, Merge.EARLIEST, "createDateTime"),
            rest=_by_cursor("lastModifiedDateTime", 10),
        ),
        Entity(
            e.RESOURCE,
            "Resources",
            _tracked(Kind.FLAG, "isActive")
            | _tracked(Kind.ID, "locationID")
            | _last(Kind.ID, "licenseType")
            | _last(Kind.DATE, "hireDate")
            | _last(Kind.TEXT, "firstName lastName"),
            rest=_full(15 * _MINUTE),
        ),
        Entity(
            e.COMPANY,
            "Companies",
            _last(Kind.TEXT, "companyName") | _last(Kind.ID, "companyType") | _last(Kind.FLAG, "isActive"),
            legacy=("account",),
            field_aliases={"accountname": "companyName"},
            rest=_by_cursor("lastActivityDate", 2 * _MINUTE),
        ),
        Entity(
            e.SLA_RESULT,
            "ServiceLevelAgreementResults",
            _tracked(Kind.FLAG, "isFirstResponseMet isResolutionPlanMet isResolutionMet")
            | _last(
                Kind.ID,
                "ticketID firstResponseInitiatingResourceID resolutionPlanResourceID resolutionResourceID",
            )
            | _last(Kind.TEXT, "serviceLevelAgreementName"),
            legacy=("servicelevelagreementresult",),
            rest=Rest(Sweep.BY_TICKET, 10),
        ),
        Entity(
            e.TASK,
            "Tasks",
            _last(Kind.ID, "projectID assignedResourceID") | _last(Kind.TEXT, "title"),
            rest=_by_cursor("lastActivityDateTime", 2 * _MINUTE),
        ),
        Entity(
            e.PROJECT,
            "Projects",
            _last(Kind.ID, "companyID") | _last(Kind.TEXT, "projectName"),
            rest=_by_cursor("lastActivityDateTime", 2 * _MINUTE),
        ),
        Entity(
            e.WORK_TYPE,
            "BillingCodes",
            _last(Kind.TEXT, "name") | _last(Kind.ID, "useType billingCodeType") | _last(Kind.FLAG, "isActive"),
            rest=_full(6 * _HOUR),
        ),
        Entity(
            e.HOLIDAY,
            "Holidays",
            _last(Kind.DATE, "holidayDate") | _last(Kind.ID, "holidaySetID") | _last(Kind.TEXT, "holidayName"),
            rest=_full(6 * _HOUR),
        ),
        Entity(e.HOLIDAY_SET, "HolidaySets", _last(Kind.TEXT, "holidaySetName"), rest=_full(6 * _HOUR)),
        Entity(
            e.AVAILABILITY,
            "ResourceDailyAvailabilities",
            _last(Kind.ID, "resourceID")
            | _tracked(Kind.DECIMAL, " ".join(f"{day}AvailableHours" for day in WEEKDAY_NAMES)),
            rest=_full(_HOUR),
        ),
        Entity(
            e.TIME_OFF,
            "TimeOffRequests",
            _last(Kind.ID, "resourceID status") | _last(Kind.DATE, "requestDate") | _last(Kind.DECIMAL, "hours"),
            rest=_by_cursor("lastModifiedDateTime", _MINUTE, full_every_seconds=_DAY),
        ),
        Entity(
            e.SURVEY,
            "SurveyResults",
            _last(Kind.ID, "ticketID contactID companyID")
            | _last(Kind.DECIMAL, "surveyRating")
            | _last(Kind.INSTANT, "sendDate completeDate"),
            legacy=("surveyresult",),
            rest=_by_cursor("completeDate", _MINUTE),
        ),
        Entity(
            e.ENDPOINT,
            "ConfigurationItems",
            _tracked(Kind.FLAG, "isActive")
            | _tracked(Kind.ID, "companyID configurationItemType")
            | _last(Kind.INSTANT, "createDate"),
            legacy=("installedproduct",),
            field_aliases={"accountid": "companyID", "installedproducttype": "configurationItemType"},
            rest=_by_cursor("lastModifiedTime", _MINUTE, full_every_seconds=_DAY),
        ),
        Entity(e.SOURCE_GAP, "SourceGaps", _last(Kind.INSTANT, "startedAt endedAt")),
        Entity(e.PICKLIST, "Picklists", _last(Kind.JSON, "labels")),
        Entity(e.LOST_EVENT, "LostEvents", _last(Kind.ID, "ticketID") | _last(Kind.INSTANT, "lostAt")),
        Entity(
            e.HISTORY,
            "HistoryImports",
            _last(Kind.INSTANT, "importedAt") | _last(Kind.FLAG, "understood") | _last(Kind.JSON, "lines"),
        ),
        Entity(
            e.CONTEST,
            "Contests",
            _last(Kind.ID, "ticketID creditTo")
            | _last(Kind.INSTANT, "madeAt undoneAt")
            | _last(Kind.FLAG, "undone")
            | _last(Kind.TEXT, "kpi reason author undoneBy"),
        ),
        Entity(
            e.LOCATION,
            "InternalLocations",
            _last(Kind.ID, "holidaySetId") | _last(Kind.FLAG, "isDefault") | _last(Kind.TEXT, "name timeZone"),
            rest=_full(6 * _HOUR),
        ),
    )
}

UNREAD = (
    "BillingItem BillingItems",
    "Contact Contacts",
    "Contract Contracts",
    "Department Departments",
    "InternalLocationWithBusinessHours",
    "Role Roles",
    "Survey Surveys",
    "TicketHistory",
    "TicketNote TicketNotes",
    "TicketSecondaryResource TicketSecondaryResources",
)
"""Entities Autotask has that nothing here reads yet: stored, of no effect until a release reads them."""

NUDGES: Mapping[str, str] = {"TicketNote": "ticketID"}
"""Entities whose events only say that something happened on the ticket they name: its entries are read again."""


def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for entity in CATALOGUE.values():
        if entity.name in e.OWN:
            continue  # nobody says these through the door
        for alias in (entity.name, entity.collection, *entity.legacy):
            names[alias.lower()] = entity.name
            names[alias.lower() + "s"] = entity.name
    for line in UNREAD:
        first, *others = line.split()
        names |= {alias.lower(): first for alias in (first, *others)}
    return names


_NAMES = _names()
_FIELD_NAMES = {
    entity.name: {name.lower(): name for name in entity.fields}
    | {name: name for name in entity.fields}
    | {name[:1].upper() + name[1:]: name for name in entity.fields}
    | dict(entity.field_aliases)
    for entity in CATALOGUE.values()
}
"""By REST name, as webhooks spell it, and in small letters, which is where any other spelling is looked for."""


def entity_name(name: str) -> str | None:
    """The catalogue's name for a name on the wire (legacy or REST, singular or plural, any case), or ``None``."""
    return _NAMES.get(name.strip().lower())


def field_names(entity_type: str) -> Mapping[str, str]:
    """The REST names of an entity's fields by the spellings that are met; any other spelling is for ``field_name``."""
    return _FIELD_NAMES[entity_type]


def field_name(entity_type: str, name: str) -> str | None:
    """The REST name of a field in whatever case or alias, or ``None`` when nothing reads it."""
    names = _FIELD_NAMES[entity_type]
    return names.get(name) or names.get(name.strip().lower())
