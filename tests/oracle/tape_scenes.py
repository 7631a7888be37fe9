"""What can happen to a ticket: small scenes, each about one rule of kpis.md, most of them on its bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.tape_policy import (
    API_USER,
    CANCELLED,
    CLIENTS,
    DUPLICATE,
    ESCALATED,
    FIRST,
    IN_PROGRESS,
    INCIDENT,
    MERGED,
    MERGED_QUEUE,
    NEW,
    ON_HOLD,
    OWN_COMPANY,
    REQUEST,
    SALES,
    SECOND_LINE,
    THIRD,
    TRIAGE,
    UNKNOWN_RESOURCE,
    UNMANAGED,
    WAITING_CUSTOMER,
    WAITING_VENDOR,
)
from tests.oracle.tape_sla import due_edited, paused_over_due, responded, sla_result
from tests.oracle.tape_tickets import Case
from tests.oracle.tape_world import DAY, HOUR, MINUTE, SECOND

Scene = Callable[[Case], None]


def assign(case: Case) -> None:
    """Another primary, nobody, or somebody who is no technician."""
    world = case.world
    if not case.after(MINUTE, DAY):
        return
    to = world.pick((*world.technicians, *world.technicians, None, API_USER, UNKNOWN_RESOURCE))
    if to == API_USER:
        world.tag("primary_api_user")
    case.set(assignedResourceID=to)
    world.tag("reassigned")


def worked(case: Case) -> None:
    """One to three entries, the next about 30 minutes behind the end of the last."""
    world = case.world
    if not case.after(MINUTE, 6 * HOUR):
        return
    who = world.pick(world.technicians)
    for _ in range(world.rng.randint(1, 3)):
        if case.entries >= 6:
            return
        end = case.work(who if world.chance(0.7) else None)
        if world.chance(0.5) and case.at(world.edge(end + 30 * MINUTE)):
            world.tag("entries_half_an_hour_apart")


def handed_up(case: Case) -> None:
    """A hand-up by queue, by the primary's tier, by status, or by several of these at one instant."""
    world = case.world
    if world.chance(0.6) and case.entries < 6:
        case.work(plain=world.chance(0.5))
    if not case.after(SECOND, 8 * HOUR):
        return
    if world.chance(0.3) and case.entries < 6:
        case.work(start=case.t)
        world.tag("entry_starts_at_hand_up")
    queue, primary = world.pick((SECOND_LINE, THIRD)), world.technicians[-1]
    kind = world.pick(("queue", "primary", "status", "both", "both", "all"))
    changes: dict[str, Any] = {}
    if kind in {"queue", "both", "all"}:
        changes["queueID"] = queue
        world.tag("hand_up_by_queue")
    if kind in {"primary", "both", "all"}:
        changes["assignedResourceID"] = primary
        world.tag("hand_up_by_primary")
    if kind in {"status", "all"}:
        changes["status"] = ESCALATED
        world.tag("hand_up_by_status")
    if kind in {"both", "all"}:
        world.tag("hand_ups_at_one_instant")
        if world.chance(0.4):
            for name, value in sorted(changes.items()):
                case.set("event", **{name: value})
            world.tag("one_instant_several_events")
            return
    case.set(**changes)


def down_and_up(case: Case) -> None:
    """Through an unranked queue, down, and up again: unranked values neither rise nor reset."""
    world = case.world
    for queue in (world.pick((SALES, TRIAGE, FIRST)), world.pick((FIRST, SECOND_LINE)), world.pick((FIRST, THIRD))):
        if case.after(MINUTE, 5 * HOUR):
            case.set(queueID=queue)
            world.tag("queues_up_and_down")


def waited(case: Case) -> None:
    """A spell of waiting, sometimes beginning or ending just where an entry starts."""
    world = case.world
    if not case.after(SECOND, 4 * HOUR):
        return
    case.set(status=world.pick((WAITING_CUSTOMER, WAITING_VENDOR, ON_HOLD)))
    world.tag("waiting_status")
    if world.chance(0.8) and case.after(SECOND, DAY):
        case.set(status=IN_PROGRESS)
        if world.chance(0.4) and case.entries < 6:
            case.work(plain=True)


def reprioritised(case: Case) -> None:
    """Priority changes."""
    if case.after(SECOND, DAY):
        case.set(priority=case.world.pick((1, 2, 3, 4, None)))
        case.world.tag("priority_change")


def reestimated(case: Case) -> None:
    """The estimate changes, before or after the first entry, to none as well."""
    if case.after(SECOND, DAY):
        case.set(estimatedHours=case.world.pick((None, 0, 0.5, 1.5, "2.25", 4)))
        case.world.tag("estimate_change")


def noise(case: Case) -> None:
    """Completed, reopened and completed again within about 15 minutes, with or without work in between."""
    world = case.world
    if case.completed_at is None:
        finish(case)
    for _ in range(world.pick((1, 1, 2))):
        if case.completed_at is None or not case.after(SECOND, HOUR):
            return
        left = case.t
        case.set(status=world.pick((NEW, IN_PROGRESS)))
        world.bounds.append(left + 15 * MINUTE)
        gap = world.pick((15 * MINUTE, 15 * MINUTE, 15 * MINUTE + SECOND, MINUTE, 15 * MINUTE - SECOND))
        entered = left + gap
        if world.chance(0.5) and case.entries < 6:
            start = world.pick((left, left + gap / 2, entered, left - SECOND, entered + SECOND))
            case.work(start=start.replace(microsecond=0), plain=world.chance(0.6))
            world.tag("entry_about_noise")
        if not case.at(entered):
            return
        case.complete()
        name = {15 * MINUTE: "noise_exactly_15_min", 15 * MINUTE + SECOND: "noise_15_min_1_s"}
        world.tag("noise", name.get(gap, "noise_shorter"))


def reopened(case: Case) -> None:
    """A real reopening, about seven times 24 h after completion or sooner; completed again in most cases."""
    world = case.world
    if case.completed_at is None:
        finish(case)
    if case.completed_at is None:
        return
    week = world.edge(case.completed_at + 7 * DAY)
    if world.chance(0.4) and case.at(week):
        world.tag("reopened_about_7_days")
    elif not case.after(16 * MINUTE, 5 * DAY):
        return
    case.set(status=world.pick((NEW, IN_PROGRESS, WAITING_CUSTOMER)))
    case.completed_at = None
    world.tag("reopened")
    if case.entries < 6 and world.chance(0.6):
        case.work()
    if world.chance(0.75) and case.after(20 * MINUTE, 2 * DAY):
        case.complete()
        world.tag("completed_again")


def set_aside(case: Case) -> None:
    """Merged (status or queue), cancelled or duplicate; some come back to work or to complete."""
    world = case.world
    if not case.after(SECOND, DAY):
        return
    kind = world.pick(("merged", "merged_queue", "cancelled", "duplicate"))
    if kind == "merged_queue":
        case.set(queueID=MERGED_QUEUE)
    else:
        case.set(status={"merged": MERGED, "cancelled": CANCELLED, "duplicate": DUPLICATE}[kind])
    world.tag(kind)
    if world.chance(0.5) and case.after(SECOND, 2 * DAY):
        world.tag("back_from_set_aside")
        if kind == "merged_queue":
            case.set(queueID=FIRST)
        elif world.chance(0.5):
            case.complete()
        else:
            case.set(status=IN_PROGRESS)
            case.completed_at = None


def deleted(case: Case) -> None:
    """The ticket is deleted; some are seen again."""
    world = case.world
    if case.silent_until is not None or not case.after(SECOND, DAY):
        return
    world.delete("Ticket", case.id, case.t)
    world.tag("ticket_deleted")
    if world.chance(0.3) and case.after(5 * SECOND, DAY):
        case.set("row")
        world.tag("ticket_revived")


def reclassified(case: Case) -> None:
    """Company, type or source are corrected."""
    world = case.world
    if not case.after(SECOND, DAY):
        return
    changes: tuple[dict[str, Any], ...] = (
        {"companyID": world.pick((OWN_COMPANY, UNMANAGED, *CLIENTS))},
        {"ticketType": world.pick((INCIDENT, REQUEST, 3, None))},
        {"source": world.pick((8, 2))},
    )
    change = world.pick(changes)
    case.set(**change)
    world.tag("company_changed" if "companyID" in change else "reclassified")


def glanced(case: Case) -> None:
    """A REST row long after the last change: its cursor lags."""
    if case.after(HOUR, 2 * DAY):
        case.set("row")
        case.world.tag("read_without_change")


def finish(case: Case) -> None:
    """The last entry and completion."""
    world = case.world
    if case.entries < 6 and world.chance(0.8):
        case.work()
    if not case.after(SECOND, 4 * HOUR):
        return
    if world.chance(0.15) and case.entries < 6:
        late = world.edge(case.t + 7 * DAY)
        if world.fits(late + DAY):
            case.work(start=late, plain=True)
            world.tag("entry_7_days_after_completion")
    case.complete()


def first_contact(case: Case) -> None:
    """One technician from the first entry to completion; in between nothing, or one thing that may break a contact."""
    world = case.world
    who = world.pick(world.technicians)
    if world.chance(0.5):
        case.set(assignedResourceID=world.pick((who, None, world.technicians[-1])))
    end = case.work(who, plain=True)
    kind = world.pick(("nothing", "pause", "pause", "waiting", "waiting", "primary", "primary", "hand_up"))
    if kind == "pause" and case.at(world.edge(end + 30 * MINUTE)):
        case.work(who, plain=True)
    if kind == "waiting" and case.after(SECOND, HOUR):
        case.set(status=world.pick((WAITING_CUSTOMER, WAITING_VENDOR, ON_HOLD)))
        if world.chance(0.5) and case.after(SECOND, DAY):
            case.set(status=IN_PROGRESS)
    if kind == "primary" and case.after(SECOND, HOUR):
        case.set(assignedResourceID=world.pick((who, None, *world.technicians)))
    if kind == "hand_up" and case.after(SECOND, HOUR):
        case.set(queueID=world.pick((SECOND_LINE, THIRD)))
    if case.after(SECOND, 2 * HOUR):
        case.complete()
        world.tag("first_contact", f"first_contact_{kind}")


MIDDLE: tuple[Scene, ...] = (
    assign,
    worked,
    worked,
    handed_up,
    handed_up,
    down_and_up,
    waited,
    reprioritised,
    reestimated,
    responded,
    responded,
    due_edited,
    paused_over_due,
    sla_result,
    set_aside,
    reclassified,
    glanced,
)
AFTER: tuple[Scene, ...] = (
    noise,
    noise,
    reopened,
    reopened,
    sla_result,
    set_aside,
    deleted,
    glanced,
    due_edited,
    worked,
)
