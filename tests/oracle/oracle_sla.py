"""Rows of the three SLA KPIs (kpis.md §3, rules 1 to 7)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracle.oracle_facts import Entity, Point, runs
from tests.oracle.oracle_ticket import Story
from tests.oracle.oracle_values import ALWAYS, MILLION, NEVER, instant, truth
from tests.oracle.oracle_world import Row, World, outcome_of


@dataclass(frozen=True)
class Event:
    """One of Autotask's three SLA events and the names of its fields."""

    kpi: str
    prefix: str
    flag: str
    credit: str

    @property
    def at(self) -> str:
        """When it happened."""
        return f"{self.prefix}DateTime"

    @property
    def due(self) -> str:
        """When it is due."""
        return f"{self.prefix}DueDateTime"


EVENTS = (
    Event("sla_triage", "firstResponse", "isFirstResponseMet", "firstResponseInitiatingResourceID"),
    Event("sla_engagement", "resolutionPlan", "isResolutionPlanMet", "resolutionPlanResourceID"),
    Event("sla_completion", "resolved", "isResolutionMet", "resolutionResourceID"),
)


def sla_rows(world: World, story: Story) -> list[Row]:
    """One row per event, and one of `sla_*.sla_coverage` per event of a scored ticket."""
    return [row for event in EVENTS for row in (decide(world, story, event), coverage(world, story, event)) if row]


def result_of(world: World, story: Story) -> Entity | None:
    """The ticket's SLA result with the greatest id."""
    found = [r for r in world.facts.all("ServiceLevelAgreementResults") if r.exists and r.id_of("ticketID") == story.id]
    return found[-1] if found else None


def known_flag(story: Story, event: Event, result: Entity | None) -> bool | None:
    """The flag, if an observation that carried it was seen at or after the last change of the event's time or due."""
    if result is None:
        return None
    changed = ALWAYS
    for name in (event.at, event.due):
        for change in runs(story.ticket.points(name, instant))[1:]:
            changed = max(changed, change.at)
    flag = truth(result.last(event.flag))
    carried = [seen for seen in result.observations if event.flag.lower() in seen.fields and seen.seen_at >= changed]
    return flag if carried else None


def late(points: list[Point], due: int) -> bool:
    """Rule 2: the first due date ever was attached at or after the current one."""
    changes = runs(points)
    if not changes or changes[0].value is not None:
        return False
    first = next((change for change in changes if change.value is not None), None)
    return first is not None and due <= first.at


def paused(world: World, story: Story, dues: list[Point], due: int) -> bool:
    """Rule 6: the due date lies inside a pause, and has not been told again since."""
    changes = runs(story.status)
    for place, entered in enumerate(changes):
        if not world.policy.status(entered.value, "sla_paused"):
            continue
        begin = entered.at if place else ALWAYS
        ends = [point for point in changes[place:] if not world.policy.status(point.value, "sla_paused")]
        if not begin <= due < (ends[0].at if ends else NEVER):
            continue
        if not ends or not any(told.seen_at >= ends[0].at or told.order == ends[0].order for told in dues):
            return True
    return False


def decide(world: World, story: Story, event: Event) -> Row:
    """The first rule that matches."""
    dues = story.ticket.points(event.due, instant)
    due, at = story.ticket.instant_of(event.due), story.ticket.instant_of(event.at)
    result = result_of(world, story)
    excluded = story.exclusion(event.kpi)
    if excluded:
        return nothing(world, story, event, due, excluded)
    if due is None:
        return nothing(world, story, event, due, "no_sla")
    if late(dues, due):
        return nothing(world, story, event, due, "late_sla")
    flag = known_flag(story, event, result)
    if at is not None:
        met = at <= due if flag is None else flag
        return decided(world, story, event, min(at, due), met, credit(world, story, event, result, at), witness=True)
    if story.complete_now and story.completions:
        if flag is None:
            return nothing(world, story, event, due, "closed_without_event")
        done = story.completions[-1].at
        return decided(world, story, event, done, flag, credit(world, story, event, result, done))
    if due > world.now:
        return nothing(world, story, event, due, "pending")
    if paused(world, story, dues, due):
        return nothing(world, story, event, due, "paused")
    provisional = world.now < due + world.policy.grace or world.facts.heard < due
    return decided(world, story, event, due, False, story.primary_now, "open_breach", provisional)


def credit(world: World, story: Story, event: Event, result: Entity | None, at: int) -> int | None:
    """Who is credited when the event was at `at`."""
    named = None if result is None else result.id_of(event.credit)
    if event.kpi == "sla_triage":
        return world.technician(named, story.ticket.id_of(event.credit))
    if world.is_technician(named):
        return named
    if event.kpi == "sla_completion" and story.completions:
        return story.completer(story.completions[-1])
    return story.primary_at(at)


def decided(
    world: World, story: Story, event: Event, at: int, met: bool, who: int | None, reason: str | None = None,
    provisional: bool = False, *, witness: bool = False,
) -> Row:  # fmt: skip
    """A decision at an instant."""
    return Row(
        event.kpi, "ticket", story.id, world.day(at), MILLION * met, MILLION, 1, ticket_id=story.id,
        tech_id=contest_credit(world, story, event.kpi, who), queue_id=story.queue_before(at), company_id=story.company,
        happened_at=at, reason=reason, provisional=provisional, witness=witness,
    )  # fmt: skip


def nothing(world: World, story: Story, event: Event, due: int | None, reason: str) -> Row:
    """A row that counts nothing: the day of the due date, else of the ticket's creation."""
    return Row(
        event.kpi, "ticket", story.id, story.first_day if due is None else world.day(due), ticket_id=story.id,
        tech_id=story.primary_now, queue_id=story.queue_now, company_id=story.company, happened_at=due,
        outcome=outcome_of(0, 0, 0, reason), reason=reason,
    )  # fmt: skip


def contest_credit(world: World, story: Story, kpi: str, who: int | None) -> int | None:
    """§2: a contest's new credit replaces that of the ticket's contributions."""
    contest = world.facts.contest(story.id, kpi)
    if contest is None or contest.get("action") != "credit":
        return who
    named = contest.get("tech_id")
    return named if named is None or world.is_technician(named) else who


def coverage(world: World, story: Story, event: Event) -> Row | None:
    """The companion: does a scored ticket have a due date, on the day of its creation."""
    if story.created is None or story.exclusion(event.kpi):
        return None
    has_due = story.ticket.instant_of(event.due) is not None
    return Row(
        f"{event.kpi}.sla_coverage", "ticket", story.id, world.day(story.created), MILLION * has_due, MILLION, 1,
        ticket_id=story.id, queue_id=story.queue_before(story.created), company_id=story.company,
    )  # fmt: skip
