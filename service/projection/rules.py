"""The policy as the fold and the KPIs ask for it: sets of ids and microseconds, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from models.instants import MINUTE, Instant
from models.policy import Policy


def _ids(items: tuple[int | str, ...]) -> frozenset[int]:
    return frozenset(item for item in items if isinstance(item, int))


@dataclass(frozen=True)
class Rules:
    """Everything of the policy that gives contributions their meaning."""

    zone: ZoneInfo
    complete: frozenset[int]
    sla_paused: frozenset[int]
    merged: frozenset[int]
    cancelled: frozenset[int]
    duplicate: frozenset[int]
    merged_queues: frozenset[int]
    excluded_queues: frozenset[int]
    excluded_categories: frozenset[int]
    alert_types: frozenset[int]
    monitoring_sources: frozenset[int]
    time_off_work: frozenset[int]
    internal_companies: frozenset[int]
    ignored_resources: frozenset[int]
    breach_grace: Instant
    late_after: Instant

    @property
    def set_aside(self) -> frozenset[int]:
        """Statuses to which leaving is no reopening (kpis.md §1 Completion)."""
        return self.merged | self.cancelled | self.duplicate

    @classmethod
    def of(cls, policy: Policy) -> Rules:
        """The rules a policy makes. Labels count once picklists are read; until then only ids do."""
        return cls(
            zone=policy.zone,
            complete=policy.ids("status", "complete"),
            sla_paused=policy.ids("status", "sla_paused"),
            merged=policy.ids("status", "merged"),
            cancelled=policy.ids("status", "cancelled"),
            duplicate=policy.ids("status", "duplicate"),
            merged_queues=policy.ids("queue", "merged"),
            excluded_queues=policy.ids("queue", "excluded") | _ids(policy.excluded_queues),
            excluded_categories=_ids(policy.excluded_categories),
            alert_types=policy.ids("type", "alert"),
            monitoring_sources=policy.ids("source", "monitoring"),
            time_off_work=policy.ids("work_type", "time_off"),
            internal_companies=_ids(policy.internal_companies) | {0},
            ignored_resources=_ids(policy.ignored_resources),
            breach_grace=policy.breach_grace_minutes * MINUTE,
            late_after=policy.late_after_minutes * MINUTE,
        )
