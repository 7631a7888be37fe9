"""What a manager may decide about the numbers: the policy, read from ``scorecard.toml`` (design §6).

Every key has a default, so that no file works too. What may be written where is said by the types of
``models.policy_values`` and the tables of ``models.policy_tables``; ``load_policy`` names every problem of a
file with its line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from models.errors import PolicyError
from models.policy_file import read_document
from models.policy_problems import allowed, dotted, problems
from models.policy_tables import BusinessDay, DefaultAvailability, KpiPolicy, Roles, SurveyScale, Table, Tiers
from models.policy_values import (
    KPI_KEYS,
    Currency,
    FirstDay,
    Id,
    Ids,
    IdsOrLabels,
    KpiKey,
    Minutes,
    Rate,
    Technicians,
    TimeZone,
    is_id,
)

__all__ = ["KPI_KEYS", "BusinessDay", "KpiPolicy", "Policy", "Roles", "Tiers", "default_policy", "load_policy"]

DEFAULT_POLICY_FILE = Path("scorecard.toml")

NO_MEANING = frozenset({"kpis", "rate", "currency", "close_day", "leaderboard"})
"""Keys that give no number its meaning: targets and their like, money, the day of closing, and display."""


class Policy(Table):
    """The whole policy. Lists of ids are held sorted and without repetition: their order means nothing."""

    timezone: TimeZone = "America/New_York"
    """Days, weeks, months and business hours are told in this zone."""
    technicians: Technicians = "auto"
    """Who has capacity and a row: whoever works for customers, or these people."""
    ignored_resources: Ids = (4,)
    """Resources that are no people, such as the system user."""
    internal_companies: Ids = ()
    """Companies that are the house itself, besides company 0."""
    unmanaged_companies: Ids = ()
    """Customers whose endpoints and reactive hours count nowhere."""
    excluded_queues: IdsOrLabels = ()
    """Tickets in these queues are not scored."""
    excluded_categories: IdsOrLabels = ()
    """Tickets of these categories are not scored."""
    endpoint_types: IdsOrLabels = ()
    """Types of configuration items that are endpoints; none named: all."""
    late_after_minutes: Minutes = 15
    """A time entry created later than this after its end is not in real time."""
    breach_grace_minutes: Minutes = 5
    """So long an open breach is provisional, for news may be on its way."""
    gap_after_minutes: Minutes = 2
    """So long nothing may watch tickets before their history is unknown."""
    close_day: Annotated[int, Field(strict=True, ge=1, le=28), allowed("a day of the month from 1 to 28")] = 8
    """On this day of the next month a month is frozen as reported."""
    measured_from: FirstDay = None
    """Scheduled hours begin here; left out: with each technician's first entry."""
    default_location: Id | None = None
    """Whose holidays hold where a technician's location is unknown; left out: Autotask's own."""
    rate: Rate = Decimal(150)
    """What an hour is worth, for lost utilization in money."""
    currency: Currency = "USD"
    """In which currency."""
    leaderboard: Annotated[bool, Field(strict=True), allowed("true or false")] = False
    """Whether the pages give technicians a place by score; off, people stand by name and beside themselves alone."""
    business_day: BusinessDay = BusinessDay()
    """Office hours, wall clock in the timezone."""
    roles: Roles = Roles()
    """What the values of your picklists mean."""
    tiers: Tiers = Tiers()
    """Who stands above whom, for hand-ups; a higher rank is further up."""
    default_availability: DefaultAvailability = DefaultAvailability()
    """Hours of a day of somebody whose availability Autotask does not tell."""
    survey: SurveyScale = SurveyScale()
    """The scale of your surveys."""
    kpis: Mapping[KpiKey, KpiPolicy] = Field(default_factory=dict)
    """Per KPI what differs from its defaults."""

    @property
    def zone(self) -> ZoneInfo:
        """The timezone in which days, windows and business hours are told (``zoneinfo`` caches it)."""
        return ZoneInfo(self.timezone)

    def ids(self, kind: str, role: str) -> frozenset[int]:
        """The ids of a role (``ids("status", "complete")``), labels left out; ``ValueError`` for no such role."""
        table = getattr(self.roles, kind, None) if kind in Roles.model_fields else None
        if table is None or role not in type(table).model_fields:
            raise ValueError(f"no role {role!r} of {kind!r}")
        return only_ids(getattr(table, role))

    def unresolved_labels(self) -> tuple[str, ...]:
        """Where labels stand in place of ids, as ``roles.status.waiting: "On hold"``: they have no effect."""
        plain = {"excluded_queues", "excluded_categories", "endpoint_types", "roles"}
        found = list(_labels(self.model_dump(include=plain), ()))
        for kind in ("queues", "technicians"):
            found += [dotted(("tiers", kind, key)) for key in getattr(self.tiers, kind) if not is_id(key)]
        return tuple(found)

    def meaning(self) -> dict[str, object]:
        """What gives numbers their meaning, JSON-able and canonical: part of the ledger's generation (design §5).

        Left out: targets, floors, weights, minimum samples, and the other keys of ``NO_MEANING``.
        """
        return self.model_dump(mode="json", by_alias=True, exclude=set(NO_MEANING))

    def to_json(self) -> str:
        """The whole policy as canonical JSON: equal policies give equal text."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """The policy ``to_json`` wrote; ``PolicyError`` when it is of another shape."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise PolicyError(f"the stored policy cannot be used: {error}") from error


@lru_cache(maxsize=256)
def only_ids(values: tuple[int | str, ...]) -> frozenset[int]:
    """The ids among ids and labels."""
    return frozenset(value for value in values if isinstance(value, int))


def _labels(value: object, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _labels(inner, (*path, key))
    elif isinstance(value, tuple):
        labels = (one for one in value if isinstance(one, str))
        yield from (f"{dotted(path)}: {json.dumps(label, ensure_ascii=False)}" for label in labels)


def default_policy() -> Policy:
    """The policy in force where no file says otherwise."""
    return Policy()


def load_policy(path: Path | None) -> Policy:
    """Read the policy file the user named, or ``scorecard.toml`` when there is one, else the defaults.

    ``PolicyError`` names every problem on a line of its own: file, line, key, what was given, what is allowed.
    """
    try:
        document = read_document(path or DEFAULT_POLICY_FILE)
    except FileNotFoundError:
        if path is None:
            return default_policy()
        raise PolicyError(f"{path}: no such policy file; TECHSCORE_POLICY_FILE names it") from None
    try:
        return Policy.model_validate(document.content)
    except ValidationError as error:
        raise PolicyError("\n".join(problems(error, document, Policy))) from None
