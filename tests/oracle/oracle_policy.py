"""The policy of a tape with the page's defaults filled in (kpis.md Roles, R9, §2-§4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.oracle_values import ident, number, pure_date

# target, floor, minimum sample; lower-is-better shows in target < floor
KPIS: dict[str, tuple[str, str, int]] = {
    "utilization": ("0.80", "0.50", 1),
    "real_time_entry": ("0.90", "0.50", 20),
    "sla_triage": ("0.97", "0.75", 20),
    "sla_engagement": ("0.95", "0.70", 20),
    "sla_completion": ("0.90", "0.65", 20),
    "estimate_accuracy": ("1.00", "0.50", 10),
    "escalation_rate": ("0.15", "0.40", 20),
    "reopen_rate": ("0.03", "0.10", 30),
    "first_contact_resolution": ("0.70", "0.30", 20),
    "client_survey": ("0.95", "0.70", 10),
    "reactive_hours_per_endpoint": ("0.25", "0.50", 1),
}
ROLES: dict[str, dict[str, list[int]]] = {
    "status": {"complete": [5], "waiting": [7], "sla_paused": [7]},
    "queue": {},
    "type": {},
    "source": {},
    "time_off_status": {},
    "work_type": {},
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SLA_KPIS = ("sla_triage", "sla_engagement", "sla_completion")


def ids(values: object) -> set[int]:
    """Ids of a list whose elements are ids or {id, ...}."""
    found: set[int] = set()
    if not isinstance(values, Iterable) or isinstance(values, str):
        return found
    for value in values:
        read = ident(value.get("id") if isinstance(value, dict) else value)
        if read is not None:
            found.add(read)
    return found


def fraction(value: object) -> Fraction:
    """A policy number by its shortest text."""
    read = number(value)
    assert read is not None, value
    return Fraction(read)


def as_date(value: object) -> date | None:
    """A policy date: text, or a date as a TOML reader gives it."""
    return value if isinstance(value, date) else pure_date(value)


class Policy:
    """Questions to the policy."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.zone = ZoneInfo(raw.get("timezone") or "America/New_York")
        self.ignored = ids(raw.get("ignored_resources", [4]))
        self.internal = {0} | ids(raw.get("internal_companies", []))
        self.unmanaged = ids(raw.get("unmanaged_companies", []))
        self.excluded_queues = ids(raw.get("excluded_queues", []))
        self.excluded_categories = ids(raw.get("excluded_categories", []))
        self.endpoint_types = ids(raw.get("endpoint_types", []))
        self.late_after = int(fraction(raw.get("late_after_minutes", 15)) * 60_000_000)
        self.grace = int(fraction(raw.get("breach_grace_minutes", 5)) * 60_000_000)
        self.gap_after = int(fraction(raw.get("gap_after_minutes", 2)) * 60_000_000)
        self.rate = fraction(raw.get("rate", 150))
        self.measured_from = as_date(raw.get("measured_from"))
        self.default_location = ident(raw.get("default_location"))
        day = raw.get("business_day") or {}
        self.opens, self.closes = str(day.get("start", "08:00")), str(day.get("end", "17:00"))
        self.positive_from = fraction((raw.get("survey") or {}).get("positive_from", 4))
        self.tiers = raw.get("tiers") or {}
        self.roles: dict[tuple[str, str], set[int]] = {}
        given = raw.get("roles") or {}
        for kind in {*ROLES, *given}:
            for role, values in {**ROLES.get(kind, {}), **(given.get(kind) or {})}.items():
                self.roles[kind, role] = ids(values)

    def role(self, kind: str, role: str, value: int | None) -> bool:
        """Whether a picklist value has the role."""
        return value is not None and value in self.roles.get((kind, role), set())

    def status(self, value: int | None, *roles: str) -> bool:
        """Whether a status has one of the roles."""
        return any(self.role("status", role, value) for role in roles)

    # -- members ------------------------------------------------------------------------------------------------------

    def listed(self) -> dict[int, date | None] | None:
        """Technicians named by the policy with the day they are members from; None: `auto`."""
        members = self.raw.get("technicians", "auto")
        if isinstance(members, str):
            return None
        found: dict[int, date | None] = {}
        for member in members:
            who = ident(member.get("id") if isinstance(member, dict) else member)
            if who is not None:
                found[who] = as_date(member.get("from")) if isinstance(member, dict) else None
        return found

    def default_availability(self, weekday: int) -> int:
        """Millionths of hours on a weekday (0 = Monday) of a technician without an availability row."""
        table = self.raw.get("default_availability")
        if table is None:
            return 8_000_000 if weekday < 5 else 0
        return round(fraction(table.get(WEEKDAYS[weekday], 0)) * 1_000_000)

    # -- tiers --------------------------------------------------------------------------------------------------------

    def tier(self, kind: str, value: int | None, day: date) -> Fraction | None:
        """The rank of a queue ("queues") or technician ("technicians") on a day; None: unranked."""
        if value is None:
            return None
        table = self.tiers.get(kind) or {}
        return rank_on(table.get(str(value), table.get(value)), day)

    def highest_tier(self, day: date) -> Fraction | None:
        """The highest rank of the whole policy on a day."""
        ranks = [
            rank_on(told, day) for kind in ("queues", "technicians") for told in (self.tiers.get(kind) or {}).values()
        ]
        return max((rank for rank in ranks if rank is not None), default=None)

    def has_tiers(self) -> bool:
        """Whether anything is ranked."""
        return any(self.tiers.get(kind) for kind in ("queues", "technicians"))

    # -- KPI settings -------------------------------------------------------------------------------------------------

    def _kpi(self, kpi: str) -> dict[str, Any]:
        found = (self.raw.get("kpis") or {}).get(kpi) or {}
        assert isinstance(found, dict)
        return found

    def target(self, kpi: str) -> Fraction:
        """Where attainment is 1."""
        return fraction(self._kpi(kpi).get("target", KPIS[kpi][0]))

    def floor(self, kpi: str) -> Fraction:
        """Where attainment is 0."""
        return fraction(self._kpi(kpi).get("floor", KPIS[kpi][1]))

    def minimum(self, kpi: str) -> int:
        """The least sample size that is sufficient."""
        return int(self._kpi(kpi).get("minimum_sample", KPIS[kpi][2]))

    def weight(self, kpi: str, scope: str) -> Fraction:
        """The weight in the score of a "tech" or the "team"; 0: not in it."""
        if kpi == "reactive_hours_per_endpoint" or (kpi == "sla_triage" and scope == "tech"):
            return Fraction(0)
        given = self._kpi(kpi).get("weight")
        if given is not None:
            return fraction(given) / 8  # the page is silent; the policy's weight counts in slots
        if kpi not in SLA_KPIS:
            return Fraction(1, 8)
        return Fraction(1, 24) if scope == "team" else Fraction(1, 16)


def rank_on(told: object, day: date) -> Fraction | None:
    """The rank in force on a day of `rank | {rank, from} | list of these`."""
    best: tuple[date, Fraction] | None = None
    for entry in told if isinstance(told, list) else [told]:
        rank = number(entry.get("rank") if isinstance(entry, dict) else entry)
        start = (as_date(entry.get("from")) if isinstance(entry, dict) else None) or date.min
        if rank is not None and start <= day and (best is None or start >= best[0]):
            best = (start, Fraction(rank))
    return best[1] if best else None
