"""Histories for the laws: what may be observed of a small desk, drawn by Hypothesis.

A history is a set of *stored* facts, at least 30 over three tickets that share three technicians. Every one
holds a core of the hard cases (``_core``): a value that comes back (A A B A A), a REST row between two webhooks
of one second, a delete and a revival, references that come before what they refer to, a resource that turns out
to be an API user. REST rows differ in a field nobody reads, for a row that only repeats the latest is never stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import strategies as st

from models.inbox import Fact
from models.instants import MINUTE, SECOND, Instant, isoformat
from models.policy import Policy, Roles
from models.policy_tables import SourceRoles, StatusRoles, TypeRoles, WorkTypeRoles
from tests.projection.harness import at, row, webhook

START = at("2026-09-14 09:00")
STEP = 5 * MINUTE
STEPS = 30
LATEST = START + STEPS * STEP
POLICY = Policy(
    timezone="America/New_York",
    roles=Roles(
        status=StatusRoles(merged=(20,), cancelled=(21,)),
        type=TypeRoles(alert=(35,)),
        source=SourceRoles(monitoring=(38,)),
        work_type=WorkTypeRoles(time_off=(66,)),
    ),
)
TICKETS, RESULTS, ENTRIES, PEOPLE = (1, 2, 3), (201, 202, 203, 204), (301, 302, 303), (101, 102, 4)
TASK, PROJECT = 401, 501


@dataclass(frozen=True)
class Sighted:
    """One observation to be: of what, when, how, with which fields; ``changed`` only of REST rows."""

    entity: str
    number: int
    seen: Instant
    how: str
    fields: tuple[tuple[str, Any], ...] = ()
    sequence: int = 1
    changed: Instant | None = None


@dataclass(frozen=True)
class Plan:
    """A history, an order in which its facts arrive (repetitions included), and how it is cut up."""

    facts: tuple[Fact, ...]
    order: tuple[int, ...]
    batch: int
    cuts: tuple[int, ...]
    clocks: tuple[Instant, ...]
    now: Instant
    start: Instant = START
    policy: Policy = POLICY

    @property
    def arrivals(self) -> list[Fact]:
        """The facts in the order of arrival."""
        return [self.facts[index] for index in self.order]

    @property
    def portions(self) -> list[list[Fact]]:
        """The arrivals, cut at ``cuts``."""
        bounds = [0, *sorted(self.cuts), len(self.order)]
        arrivals = self.arrivals
        return [arrivals[first:last] for first, last in pairwise(bounds)]


def times(steps: int = STEPS) -> st.SearchStrategy[Instant]:
    """Instants on a coarse grid, so that many fall together; some a fraction of a second later."""
    return st.builds(
        lambda step, off: START + step * STEP + off, st.integers(0, steps), st.sampled_from((0, 0, 0, 250_000, SECOND))
    )


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(strategy, st.none())


def _iso(strategy: st.SearchStrategy[Instant]) -> st.SearchStrategy[str]:
    return strategy.map(isoformat)


_SLA_TIMES = {
    f"{name}{kind}DateTime": _maybe(_iso(times()))
    for name in ("firstResponse", "resolutionPlan", "resolved")
    for kind in ("", "Due")
}
_TICKET_FIELDS: dict[str, st.SearchStrategy[Any]] = _SLA_TIMES | {
    "status": st.sampled_from((1, 5, 5, 7, 8, 20, 21)),
    "queueID": st.sampled_from((10, 11)),
    "assignedResourceID": st.sampled_from((*PEOPLE, None)),
    "completedByResourceID": st.sampled_from((*PEOPLE, None)),
    "completedDate": _maybe(_iso(times())),
    "createDate": _iso(times(2)),
    "companyID": st.sampled_from((0, 50, 51, None)),
    "ticketType": st.sampled_from((35, 36)),
    "source": st.sampled_from((37, 38)),
    "firstResponseInitiatingResourceID": st.sampled_from(PEOPLE),
}
_RESULT_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "ticketID": st.sampled_from(TICKETS),
    "isFirstResponseMet": st.sampled_from((True, False, None)),
    "isResolutionMet": st.sampled_from((True, False, None)),
    "firstResponseInitiatingResourceID": st.sampled_from(PEOPLE),
    "resolutionResourceID": st.sampled_from((*PEOPLE, None)),
}
_ENTRY_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "resourceID": st.sampled_from(PEOPLE),
    "ticketID": st.sampled_from((*TICKETS, None)),
    "taskID": st.sampled_from((TASK, None)),
    "startDateTime": _iso(times()),
    "endDateTime": _maybe(_iso(times())),
    "createDateTime": _iso(times()),
    "creatorUserID": st.sampled_from((*PEOPLE, None)),
    "hoursWorked": st.sampled_from((0.25, "1.5", 2)),
    "dateWorked": st.sampled_from(("2026-09-14T00:00:00Z", "2026-09-15T00:00:00Z")),
    "billingCodeID": st.sampled_from((65, 66)),
}
_KINDS: tuple[tuple[str, tuple[int, ...], dict[str, st.SearchStrategy[Any]]], ...] = (
    ("Ticket", TICKETS, _TICKET_FIELDS),
    ("Ticket", TICKETS, _TICKET_FIELDS),
    ("Ticket", TICKETS, _TICKET_FIELDS),
    ("ServiceLevelAgreementResults", RESULTS, _RESULT_FIELDS),
    ("TimeEntry", ENTRIES, _ENTRY_FIELDS),
    ("Resource", PEOPLE, {"licenseType": st.sampled_from((1, 7))}),
    ("Task", (TASK,), {"projectID": st.sampled_from((PROJECT, None))}),
    ("Project", (PROJECT,), {"companyID": st.sampled_from((0, 50, None))}),
    ("Company", (50,), {"companyName": st.sampled_from(("Acme", "Umbrella"))}),
)


@st.composite
def _sighted(draw: st.DrawFn) -> Sighted:
    entity, numbers, fields = draw(st.sampled_from(_KINDS))
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=5, unique=True))
    seen = draw(times())
    how = draw(st.sampled_from(("Update", "Update", "Update", "Create", "row", "row", "Delete")))
    return Sighted(
        entity=entity,
        number=draw(st.sampled_from(numbers)),
        seen=seen,
        how=how,
        fields=() if how == "Delete" else tuple((name, draw(fields[name])) for name in sorted(chosen)),
        sequence=draw(st.integers(1, 3)),
        changed=draw(_maybe(st.integers(0, 6).map(lambda steps: seen - steps * STEP))),
    )


def _core() -> list[Sighted]:
    def ticket(number: int, minutes: int, how: str = "Update", sequence: int = 1, **fields: Any) -> Sighted:
        return Sighted("Ticket", number, START + minutes * MINUTE, how, tuple(fields.items()), sequence)

    due = isoformat(START + 40 * MINUTE)
    facts = [
        ticket(number, 0, "Create", status=1, resolvedDueDateTime=due, firstResponseDueDateTime=due)
        for number in TICKETS
    ]
    # A A B A A: complete, complete, reopened, complete, complete
    facts += [ticket(1, 10, status=5), ticket(1, 11, status=5, completedByResourceID=101), ticket(1, 12, status=8)]
    facts += [ticket(1, 13, status=5), ticket(1, 14, status=5, completedByResourceID=102)]
    # queue and primary: A A B A A over the due date
    facts += [ticket(2, 5 * n, queueID=q, assignedResourceID=p) for n, q, p in _THERE_AND_BACK]
    # a REST row between two webhooks of one second
    facts += [ticket(3, 30, sequence=1, status=8), ticket(3, 30, sequence=2, status=7, assignedResourceID=102)]
    facts += [ticket(3, 30, "row", status=5, assignedResourceID=101)]
    # a delete and a revival
    facts += [ticket(2, 60, "Delete"), ticket(2, 61, status=8)]
    # references that come before what they refer to
    facts += [
        Sighted(
            "ServiceLevelAgreementResults",
            201,
            START + 20 * MINUTE,
            "row",
            (("ticketID", 1), ("isResolutionMet", False)),
        ),
        Sighted("TimeEntry", 301, START + 12 * MINUTE, "row", _WORK_ON_1),
        Sighted("TimeEntry", 302, START + 12 * MINUTE, "Create", _WORK_ON_TASK),
        Sighted("Task", TASK, START, "Create", (("projectID", PROJECT),)),
        Sighted("Project", PROJECT, START, "Create", (("companyID", 50),)),
        Sighted("Resource", 101, START, "Create", (("licenseType", 7),)),
    ]
    return facts


_THERE_AND_BACK = ((1, 10, 101), (2, 10, 101), (7, 11, 102), (9, 10, 101), (10, 10, 101))
_WORK_ON_1 = (
    ("resourceID", 102),
    ("ticketID", 1),
    ("startDateTime", isoformat(START + 12 * MINUTE)),
    ("dateWorked", "2026-09-14T00:00:00Z"),
)
_WORK_ON_TASK = (("resourceID", 102), ("taskID", TASK), ("dateWorked", "2026-09-14T00:00:00Z"))


def facts_of(sighted: Sequence[Sighted]) -> tuple[Fact, ...]:
    """The facts as they would be stored."""
    facts: list[Fact] = []
    for number, one in enumerate(sighted):
        if one.how == "row":
            content = dict(one.fields) | {"lastActivityDate": number}
            facts.append(row(one.entity, one.number, one.seen, content, one.changed))
        else:
            facts.append(
                webhook(one.entity, one.number, one.seen, dict(one.fields), action=one.how, sequence=one.sequence)
            )
    return tuple({fact.dedup_key: fact for fact in facts}.values())


def histories(least: int = 32, most: int = 44) -> st.SearchStrategy[tuple[Fact, ...]]:
    """Histories of ``least`` to ``most`` distinct sightings, the core among them."""
    core = _core()
    known = {_event(one) for one in core}
    others = _sighted().filter(lambda one: _event(one) not in known)
    drawn = st.lists(others, min_size=least - len(core), max_size=most - len(core), unique_by=_event)
    return drawn.map(lambda more: facts_of([*core, *more]))


def _event(one: Sighted) -> Sighted:
    """What makes a sighting itself: two webhooks that differ in ``changed`` alone are the same event."""
    return one if one.how == "row" else replace(one, changed=None)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A history and one way in which it arrives."""
    return arriving(draw, draw(histories()), times(), START, POLICY)


def arriving(
    draw: st.DrawFn, facts: tuple[Fact, ...], clocks: st.SearchStrategy[Instant], start: Instant, policy: Policy
) -> Plan:
    """One way in which the facts of a history arrive, the clock at some instants on the way."""
    order = list(range(len(facts)))
    Random(draw(st.integers(0, 2**32))).shuffle(order)  # a drawn permutation would leave no room for the history
    for again in draw(st.lists(st.integers(0, len(facts) - 1), max_size=6)):
        order.insert(draw(st.integers(0, len(order))), again)
    cuts = draw(st.lists(st.integers(1, len(order) - 1), max_size=5, unique=True))
    return Plan(
        facts=facts,
        order=tuple(order),
        now=draw(clocks),
        batch=draw(st.one_of(st.integers(1, 8), st.just(len(order)))),
        cuts=tuple(cuts),
        clocks=tuple(draw(st.lists(clocks, min_size=len(cuts) + 1, max_size=len(cuts) + 1))),
        start=start,
        policy=policy,
    )


__all__ = ["LATEST", "POLICY", "START", "STEP", "Plan", "arriving", "facts_of", "histories", "plans", "times"]
