"""The value types of the policy file: what may be written, brought into one canonical form.

Every type ends in ``allowed(...)`` or begins with ``listed(...)``: the words an error shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from models.policy_problems import allowed

Item = TypeVar("Item", int, str, int | str)

KPI_KEYS: tuple[str, ...] = (
    "utilization",
    "real_time_entry",
    "sla_triage",
    "sla_engagement",
    "sla_completion",
    "estimate_accuracy",
    "escalation_rate",
    "reopen_rate",
    "first_contact_resolution",
    "client_survey",
    "reactive_hours_per_endpoint",
)
"""The KPIs of kpis.md §3, in its order."""

DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[DayName, ...] = get_args(DayName)
"""Names of the days as the policy writes them, Monday first (``date.weekday()`` is the index)."""

LARGEST_ID = 2**63 - 1


def is_id(text: str) -> bool:
    """Whether a key of a table is an id rather than a label."""
    return text.isascii() and text.isdigit()


@dataclass(frozen=True)
class ListWords(BeforeValidator):
    """A validator of lists that can say in words what is allowed."""

    words: str = ""


def listed(text: str) -> BeforeValidator:
    """Refuses what is no list, saying ``text``."""

    def check(value: Any) -> Any:
        if not isinstance(value, list | tuple) or (not value and "at least one" in text):
            raise PydanticCustomError("not_allowed", text)
        return value

    return ListWords(check, words=text)


def canonical(values: tuple[Item, ...]) -> tuple[Item, ...]:
    """Ids before labels, each sorted, none twice."""
    return tuple(sorted(dict.fromkeys(values), key=lambda value: (isinstance(value, str), value)))


def in_week_order(days: Iterable[DayName]) -> tuple[DayName, ...]:
    """Days once each, Monday first."""
    return tuple(sorted(set(days), key=WEEKDAYS.index))


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(name) from None
    return name


def _known_kpi(name: str) -> str:
    if name not in KPI_KEYS:
        raise ValueError(name)
    return name


def _wall_clock(value: Any) -> Any:
    if isinstance(value, str) and len(value) not in (len("08:00"), len("08:00:00")):
        raise ValueError(value)
    if not isinstance(value, str | time):
        raise ValueError(value)  # pydantic would read a number as seconds
    return value


def _whole_seconds(value: time) -> time:
    if value.tzinfo is not None or value.microsecond:
        raise ValueError(value)
    return value


def _id_or_label(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_ID:
        return value
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError(value)


def _calendar_date(value: Any) -> Any:
    if value is not None and not isinstance(value, str | date):
        raise ValueError(value)  # pydantic would read a number as seconds since 1970
    return value


def _plain(value: Decimal) -> Decimal:
    """The shortest plain writing of a number, so that ``150.0`` and ``150`` are one policy."""
    short = value.normalize() + 0
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


TimeZone = Annotated[
    str,
    AfterValidator(_known_zone),
    allowed("the name of a time zone of the IANA database, such as America/New_York or Europe/London"),
]
Id = Annotated[int, Field(strict=True, ge=0, le=LARGEST_ID), allowed("an id, a whole number from 0")]
IdOrLabel = Annotated[
    int | str, BeforeValidator(_id_or_label), allowed("an id, a whole number from 0, or a label in quotes")
]
Ids = Annotated[tuple[Id, ...], AfterValidator(canonical), listed("a list of ids")]
IdsOrLabels = Annotated[tuple[IdOrLabel, ...], AfterValidator(canonical), listed("a list of ids or labels")]
Minutes = Annotated[int, Field(strict=True, ge=0, le=1_440), allowed("whole minutes from 0 to 1440")]
Rate = Annotated[
    Decimal,
    Field(ge=0, le=1_000_000, decimal_places=6),
    AfterValidator(_plain),
    allowed("an amount of money per hour from 0 to 1000000"),
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}\z"), allowed("three capital letters, such as USD or EUR")]
Fraction6 = Annotated[
    Decimal,
    Field(ge=0, le=10, decimal_places=6),
    AfterValidator(_plain),
    allowed("a number from 0 to 10 with at most 6 decimals (80 % is 0.80)"),
]
Weight = Annotated[
    Decimal,
    Field(ge=0, le=1_000, decimal_places=6),
    AfterValidator(_plain),
    allowed("a number from 0 to 1000 with at most 6 decimals"),
]
ClockTime = Annotated[
    time,
    BeforeValidator(_wall_clock),
    AfterValidator(_whole_seconds),
    allowed('a time of day in quotes, "00:00" to "23:59"'),
]
FirstDay = Annotated[date | None, BeforeValidator(_calendar_date), allowed("a date such as 2026-01-01")]
Weekday = Annotated[DayName, allowed(", ".join(WEEKDAYS))]
KpiKey = Annotated[str, AfterValidator(_known_kpi), allowed(f"a KPI; allowed: {', '.join(KPI_KEYS)}")]


class Technician(BaseModel):
    """Somebody on the policy's list, and the day from which; ``None`` = always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id
    since: FirstDay = Field(default=None, alias="from")


def _listed_people(value: Any) -> Any:
    """``"auto"``, or ids and ``{id = 7, from = 2026-01-01}`` tables as a list of tables."""
    if value == "auto":
        return value
    if isinstance(value, str) or not isinstance(value, list | tuple) or not value:
        raise ValueError(value)
    return tuple(one if isinstance(one, dict | Technician) else {"id": one} for one in value)


def _once_each(people: Literal["auto"] | tuple[Technician, ...]) -> Literal["auto"] | tuple[Technician, ...]:
    if isinstance(people, str):
        return people
    ids = [one.id for one in people]
    if len(set(ids)) != len(ids) and len(set(people)) != len(set(ids)):
        raise PydanticCustomError("inconsistent", "a technician is listed from two days; allowed: one day each")
    return tuple(sorted(set(people), key=lambda one: one.id))


Technicians = Annotated[
    Literal["auto"] | tuple[Technician, ...],
    BeforeValidator(_listed_people),
    AfterValidator(_once_each),
    allowed('"auto", or a list of at least one resource id, dated ones as {id = 7, from = 2026-01-01}'),
]
Hours = Annotated[
    Decimal,
    Field(ge=0, le=24, decimal_places=6),
    AfterValidator(_plain),
    allowed("hours from 0 to 24"),
]
Rating = Annotated[
    Decimal,
    Field(ge=0, le=1_000, decimal_places=6),
    AfterValidator(_plain),
    allowed("a rating from 0 to 1000"),
]


class Tier(BaseModel):
    """A rank (higher = further up) and the day from which it holds; ``None`` = for all time before any other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: Annotated[int, Field(strict=True, ge=0, le=1_000), allowed("a whole number from 0 to 1000")]
    since: FirstDay = Field(default=None, alias="from")


def _tiers(value: Any) -> Any:
    """``2``, ``{rank = 2, from = 2026-01-01}`` or a list of these, as a list of tables."""
    several = value if isinstance(value, list | tuple) else [value]
    if not several:
        raise PydanticCustomError(
            "not_allowed", "a rank, a table with rank and from, or a list of at least one of these"
        )
    return tuple(one if isinstance(one, dict | Tier) else {"rank": one} for one in several)


def _one_rank_a_day(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    days = [tier.since for tier in tiers]
    if len(set(days)) != len(days):
        raise PydanticCustomError("inconsistent", "two ranks hold from the same day; allowed: one rank a day")
    return tuple(sorted(tiers, key=lambda tier: tier.since or date.min))


Ranks = Annotated[tuple[Tier, ...], AfterValidator(_one_rank_a_day), BeforeValidator(_tiers)]
