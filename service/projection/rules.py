"""The policy as the fold and the KPIs ask for it: sets of ids and microseconds, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import TypeAlias
from zoneinfo import ZoneInfo

from models.entities import MILLION
from models.instants import MINUTE, Day, Instant, day_of
from models.policy import Policy
from models.policy_values import WEEKDAYS, Technician, Tier, is_id

Ranks: TypeAlias = tuple[tuple[Day, int], ...]
"""Ranks with the day from which each holds, the earliest first; ``ALWAYS`` for one that holds for all time."""
ALWAYS: Day = 0


def _ids(items: tuple[int | str, ...]) -> frozenset[int]:
    return frozenset(item for item in items if isinstance(item, int))


def _ranks(tiers: Mapping[str, tuple[Tier, ...]]) -> dict[int, Ranks]:
    return {
        int(key): tuple((ALWAYS if one.since is None else day_of(one.since), one.rank) for one in ranks)
        for key, ranks in tiers.items()
        if is_id(key)
    }


def _listed(people: tuple[Technician, ...]) -> dict[int, Day]:
    return {one.id: ALWAYS if one.since is None else day_of(one.since) for one in people}


def _rank(tiers: Mapping[int, Ranks], number: object, day: Day) -> int | None:
    ranks = tiers.get(number, ()) if isinstance(number, int) else ()
    return next((rank for since, rank in reversed(ranks) if since <= day), None)


@dataclass(frozen=True)
class Rules:
    """Everything of the policy that gives contributions their meaning."""

    zone: ZoneInfo
    complete: frozenset[int]
    waiting: frozenset[int]
    escalated: frozenset[int]
    sla_paused: frozenset[int]
    merged: frozenset[int]
    cancelled: frozenset[int]
    duplicate: frozenset[int]
    merged_queues: frozenset[int]
    excluded_queues: frozenset[int]
    excluded_categories: frozenset[int]
    incident_types: frozenset[int]
    request_types: frozenset[int]
    alert_types: frozenset[int]
    monitoring_sources: frozenset[int]
    time_off_work: frozenset[int]
    internal_companies: frozenset[int]
    ignored_resources: frozenset[int]
    breach_grace: Instant
    late_after: Instant
    gap_after: Instant
    unmanaged_companies: frozenset[int]
    endpoint_types: frozenset[int]
    approved_time_off: frozenset[int]
    listed: Mapping[int, Day] | None
    queue_tiers: Mapping[int, Ranks]
    technician_tiers: Mapping[int, Ranks]
    measured_from: Day | None
    default_location: int | None
    default_availability: tuple[int, ...]
    survey_positive_from: int
    business_start: time
    business_end: time
    business_weekdays: frozenset[int]

    @property
    def set_aside(self) -> frozenset[int]:
        """Statuses to which leaving is no reopening (kpis.md §1 Completion)."""
        return self.merged | self.cancelled | self.duplicate

    @property
    def has_tiers(self) -> bool:
        """Whether anything is ranked at all."""
        return bool(self.queue_tiers or self.technician_tiers)

    def top_rank(self, day: Day) -> int | None:
        """The highest rank of the whole policy, queues included, on a day (kpis.md R8: tiers apply by the day)."""
        ranked = [_rank(tiers, key, day) for tiers in (self.queue_tiers, self.technician_tiers) for key in tiers]
        return max((rank for rank in ranked if rank is not None), default=None)

    def queue_tier(self, queue_id: object, day: Day) -> int | None:
        """The rank of a queue on a day; ``None`` when unranked."""
        return _rank(self.queue_tiers, queue_id, day)

    def technician_tier(self, tech_id: object, day: Day) -> int | None:
        """The rank of a technician on a day; ``None`` when unranked."""
        return _rank(self.technician_tiers, tech_id, day)

    @classmethod
    def of(cls, policy: Policy) -> Rules:
        """The rules a policy makes. Only ids count: labels are looked up before (``service.labels``)."""
        return cls(
            zone=policy.zone,
            complete=policy.ids("status", "complete"),
            waiting=policy.ids("status", "waiting"),
            escalated=policy.ids("status", "escalated"),
            sla_paused=policy.ids("status", "sla_paused"),
            merged=policy.ids("status", "merged"),
            cancelled=policy.ids("status", "cancelled"),
            duplicate=policy.ids("status", "duplicate"),
            merged_queues=policy.ids("queue", "merged"),
            excluded_queues=policy.ids("queue", "excluded") | _ids(policy.excluded_queues),
            excluded_categories=_ids(policy.excluded_categories),
            incident_types=policy.ids("type", "incident"),
            request_types=policy.ids("type", "request"),
            alert_types=policy.ids("type", "alert"),
            monitoring_sources=policy.ids("source", "monitoring"),
            time_off_work=policy.ids("work_type", "time_off"),
            internal_companies=_ids(policy.internal_companies) | {0},
            ignored_resources=_ids(policy.ignored_resources),
            breach_grace=policy.breach_grace_minutes * MINUTE,
            late_after=policy.late_after_minutes * MINUTE,
            gap_after=policy.gap_after_minutes * MINUTE,
            unmanaged_companies=_ids(policy.unmanaged_companies),
            endpoint_types=_ids(policy.endpoint_types),
            approved_time_off=policy.ids("time_off_status", "approved"),
            listed=None if isinstance(policy.technicians, str) else _listed(policy.technicians),
            queue_tiers=_ranks(policy.tiers.queues),
            technician_tiers=_ranks(policy.tiers.technicians),
            measured_from=None if policy.measured_from is None else day_of(policy.measured_from),
            default_location=policy.default_location,
            default_availability=tuple(int(getattr(policy.default_availability, day) * MILLION) for day in WEEKDAYS),
            survey_positive_from=int(policy.survey.positive_from * MILLION),
            business_start=policy.business_day.start,
            business_end=policy.business_day.end,
            business_weekdays=frozenset(WEEKDAYS.index(day) for day in policy.business_day.days),
        )
