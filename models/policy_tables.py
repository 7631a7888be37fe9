"""The tables inside the policy file: business day, roles, tiers and what is said of one KPI.

A *role* gives a meaning to picklist values of the tenant (kpis.md §1 "Roles"), a *tier* ranks queues and
technicians for hand-ups.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from models.policy_problems import allowed
from models.policy_values import (
    ClockTime,
    Fraction6,
    Hours,
    IdsOrLabels,
    Ranks,
    Rating,
    Weekday,
    Weight,
    in_week_order,
    listed,
)


class Table(BaseModel):
    """A table of the policy file: frozen, and no key but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    noun: ClassVar[str] = "key"


class BusinessDay(Table):
    """Office hours, wall clock in the policy's timezone."""

    start: ClockTime = time(8)
    end: ClockTime = time(17)
    days: Annotated[
        tuple[Weekday, ...],
        AfterValidator(in_week_order),
        Field(min_length=1),
        listed("a list of at least one of: mon, tue, wed, thu, fri, sat, sun"),
    ] = ("mon", "tue", "wed", "thu", "fri")

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError(
                "inconsistent",
                "end {end} is not after start {start}; allowed: an end later on the same day",
                {"end": f"{self.end:%H:%M}", "start": f"{self.start:%H:%M}"},
            )
        return self


class _RoleTable(Table):
    noun: ClassVar[str] = "role"


class StatusRoles(_RoleTable):
    """Which ticket statuses mean what."""

    complete: IdsOrLabels = (5,)
    waiting: IdsOrLabels = (7,)
    sla_paused: IdsOrLabels = (7,)
    merged: IdsOrLabels = ()
    cancelled: IdsOrLabels = ()
    duplicate: IdsOrLabels = ()
    escalated: IdsOrLabels = ()


class QueueRoles(_RoleTable):
    """Which queues mean what."""

    merged: IdsOrLabels = ()
    excluded: IdsOrLabels = ()


class TypeRoles(_RoleTable):
    """Which ticket types mean what."""

    incident: IdsOrLabels = ()
    request: IdsOrLabels = ()
    alert: IdsOrLabels = ()
    change: IdsOrLabels = ()
    project: IdsOrLabels = ()
    maintenance: IdsOrLabels = ()


class SourceRoles(_RoleTable):
    """Which ticket sources mean what."""

    monitoring: IdsOrLabels = ()


class TimeOffStatusRoles(_RoleTable):
    """Which statuses of a time-off request mean what."""

    approved: IdsOrLabels = ()


class WorkTypeRoles(_RoleTable):
    """Which work types mean what."""

    time_off: IdsOrLabels = ()


class Roles(Table):
    """The roles of each picklist."""

    status: StatusRoles = StatusRoles()
    queue: QueueRoles = QueueRoles()
    type: TypeRoles = TypeRoles()
    source: SourceRoles = SourceRoles()
    time_off_status: TimeOffStatusRoles = TimeOffStatusRoles()
    work_type: WorkTypeRoles = WorkTypeRoles()


class Tiers(Table):
    """Ranks of queues and technicians, by id (as text) or label."""

    queues: Mapping[str, Ranks] = Field(default_factory=dict)
    technicians: Mapping[str, Ranks] = Field(default_factory=dict)


class DefaultAvailability(Table):
    """The hours of a weekday of somebody whose availability Autotask does not tell."""

    mon: Hours = Decimal(8)
    tue: Hours = Decimal(8)
    wed: Hours = Decimal(8)
    thu: Hours = Decimal(8)
    fri: Hours = Decimal(8)
    sat: Hours = Decimal(0)
    sun: Hours = Decimal(0)


class SurveyScale(Table):
    """The best rating of a survey, and from which on an answer is positive."""

    maximum: Rating = Decimal(5)
    positive_from: Rating = Decimal(4)

    @model_validator(mode="after")
    def _can_be_positive(self) -> Self:
        if self.positive_from > self.maximum:
            raise PydanticCustomError(
                "inconsistent",
                "positive_from {least} is above maximum {most}; allowed: at most the maximum",
                {"least": str(self.positive_from), "most": str(self.maximum)},
            )
        return self


class KpiPolicy(Table):
    """What differs from a KPI's own defaults; ``None`` = the default."""

    target: Fraction6 | None = None
    floor: Fraction6 | None = None
    minimum_sample: Annotated[int, Field(strict=True, ge=1, le=1_000_000), allowed("a whole number from 1")] | None = (
        None
    )
    weight: Weight | None = None

    @model_validator(mode="after")
    def _spans_something(self) -> Self:
        if self.target is not None and self.target == self.floor:
            raise PydanticCustomError(
                "inconsistent",
                "target and floor are both {value}; allowed: two different numbers",
                {"value": str(self.target)},
            )
        return self
