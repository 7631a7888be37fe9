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

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    noun: ClassVar[str] = "key"


class BusinessDay(Table):
    """Office hours, wall clock in the policy's timezone."""

    start: ClockTime = time(8)
    """When it begins."""
    end: ClockTime = time(17)
    """When it ends."""
    days: Annotated[
        tuple[Weekday, ...],
        AfterValidator(in_week_order),
        Field(min_length=1),
        listed("a list of at least one of: mon, tue, wed, thu, fri, sat, sun"),
    ] = ("mon", "tue", "wed", "thu", "fri")
    """On which days."""

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
    """The ticket is done."""
    waiting: IdsOrLabels = (7,)
    """It waits for the customer, a vendor or materials: that breaks a contact."""
    sla_paused: IdsOrLabels = (7,)
    """Autotask's SLA clock stands still."""
    merged: IdsOrLabels = ()
    """It went into another ticket."""
    cancelled: IdsOrLabels = ()
    """It was called off."""
    duplicate: IdsOrLabels = ()
    """It repeats another ticket."""
    escalated: IdsOrLabels = ()
    """Entering it hands the ticket up."""


class QueueRoles(_RoleTable):
    """Which queues mean what."""

    merged: IdsOrLabels = ()
    """Tickets in it went into others."""
    excluded: IdsOrLabels = ()
    """Tickets in it are not scored."""


class TypeRoles(_RoleTable):
    """Which ticket types mean what."""

    incident: IdsOrLabels = ()
    """Something is broken."""
    request: IdsOrLabels = ()
    """Somebody wants something."""
    alert: IdsOrLabels = ()
    """A machine raised it."""
    change: IdsOrLabels = ()
    """Neither counts in first contact nor in reactive hours."""
    project: IdsOrLabels = ()
    """The same."""
    maintenance: IdsOrLabels = ()
    """The same."""


class SourceRoles(_RoleTable):
    """Which ticket sources mean what."""

    monitoring: IdsOrLabels = ()
    """Tickets that machines raise."""


class TimeOffStatusRoles(_RoleTable):
    """Which statuses of a time-off request mean what."""

    approved: IdsOrLabels = ()
    """The request was granted: those hours are not scheduled."""


class WorkTypeRoles(_RoleTable):
    """Which work types mean what."""

    time_off: IdsOrLabels = ()
    """Entries that are time off, not work."""


class Roles(Table):
    """The roles of each picklist."""

    status: StatusRoles = StatusRoles()
    """Ticket statuses."""
    queue: QueueRoles = QueueRoles()
    """Queues."""
    type: TypeRoles = TypeRoles()
    """Ticket types."""
    source: SourceRoles = SourceRoles()
    """Where tickets come from."""
    time_off_status: TimeOffStatusRoles = TimeOffStatusRoles()
    """Statuses of time-off requests."""
    work_type: WorkTypeRoles = WorkTypeRoles()
    """Work types."""


class Tiers(Table):
    """Ranks of queues and technicians, by id (as text) or label."""

    queues: Mapping[str, Ranks] = Field(default_factory=dict)
    """Queues by id or label."""
    technicians: Mapping[str, Ranks] = Field(default_factory=dict)
    """Technicians by id or name."""


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
    """The best rating."""
    positive_from: Rating = Decimal(4)
    """From which rating on an answer is positive."""

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
    """The expectation."""
    floor: Fraction6 | None = None
    """Where attainment is 0."""
    minimum_sample: Annotated[int, Field(strict=True, ge=1, le=1_000_000), allowed("a whole number from 1")] | None = (
        None
    )
    """Below this many the value stays out of the score."""
    weight: Weight | None = None
    """How much it weighs in the scores."""

    @model_validator(mode="after")
    def _spans_something(self) -> Self:
        if self.target is not None and self.target == self.floor:
            raise PydanticCustomError(
                "inconsistent",
                "target and floor are both {value}; allowed: two different numbers",
                {"value": str(self.target)},
            )
        return self
