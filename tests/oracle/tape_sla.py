"""What happens to a ticket's service level: events, due dates, pauses and Autotask's own verdict (kpis.md, sla_*)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.oracle.tape_policy import API_USER, FIRST, IN_PROGRESS, SYSTEM_USER, WAITING_CUSTOMER
from tests.oracle.tape_tickets import DUES, EVENTS, Case
from tests.oracle.tape_world import DAY, HOUR, MINUTE, SECOND, iso


def responded(case: Case) -> None:
    """SLA events happen: about the due time, told at once or only later, some by nobody or by who is not counted."""
    world = case.world
    for due, event in EVENTS.items():
        if world.chance(0.35):
            continue
        if case.fields.get(due) and world.chance(0.6):
            at = world.edge(_instant(case.fields[due]))
            if not case.at(at + SECOND * world.pick((0, 0, 5, 400))) and not case.after(SECOND, HOUR):
                return
            at = min(at, case.t)
            world.tag("sla_event_about_due")
        elif case.after(SECOND, 6 * HOUR):
            at = case.t - SECOND * world.pick((0, 0, 30))
        else:
            return
        changes: dict[str, Any] = {event: iso(at)}
        if event == "firstResponseDateTime":
            changes["firstResponseInitiatingResourceID"] = world.pick((*world.technicians, None, SYSTEM_USER))
            if world.chance(0.3):
                changes["queueID"] = FIRST
                world.tag("leaves_triage_in_response")
        case.set(**changes)
        world.tag("sla_event")


def due_edited(case: Case) -> None:
    """A due date is moved, removed, set again, or attached late: about now, before, after."""
    world = case.world
    if not case.after(SECOND, 2 * DAY):
        return
    due = world.pick(DUES)
    known = case.fields.get(due, "absent")
    to = world.pick((world.edge(case.t), world.edge(case.t), case.t + 6 * HOUR, case.t - HOUR, None))
    world.tag("due_attached_late" if known is None else "due_first_known" if known == "absent" else "due_edited")
    if to is None:
        world.tag("due_removed")
    elif to > case.t:
        world.bounds.append(to)
    case.set("any", **{due: None if to is None else iso(to)})
    event = EVENTS[due]
    if case.fields.get(event) and world.chance(0.3) and case.after(SECOND, HOUR):
        case.set("any", **{event: world.pick((None, iso(case.t - MINUTE)))})
        world.tag("sla_event_edited")


def paused_over_due(case: Case) -> None:
    """Autotask's clock stands still over the due time, which is told again, or not, at the end of the spell."""
    world = case.world
    ahead = [name for name in DUES if case.fields.get(name) and _instant(case.fields[name]) > case.t + MINUTE]
    if not ahead:
        if not case.at(case.t + MINUTE):
            return
        due_name = world.pick(DUES)
        due = case.t + world.some_time(10 * MINUTE, 5 * HOUR)
        case.set(**{due_name: iso(due)})
    else:
        due_name = ahead[0]
        due = _instant(case.fields[due_name])
    world.bounds.append(due)
    if not case.at(world.pick((due - 5 * MINUTE, world.edge(due)))):
        return
    case.set(status=WAITING_CUSTOMER)
    world.tag("paused_about_due")
    if world.chance(0.3):
        world.tag("pause_left_open")
        return
    if not case.at(world.pick((world.edge(due), due + world.some_time(MINUTE, DAY)))):
        return
    roll = world.rng.random()
    if roll < 0.3:
        case.set(status=IN_PROGRESS, **{due_name: iso(due)})
        world.tag("due_told_at_pause_end")
    elif roll < 0.5:
        case.set(status=IN_PROGRESS, **{due_name: iso(due + 3 * HOUR)})
        world.tag("due_moved_at_pause_end")
    else:
        case.set("event", status=IN_PROGRESS)
        if world.chance(0.6) and case.after(SECOND, HOUR):
            case.set("event", **{due_name: iso(due)})
            world.tag("due_told_after_pause")


def sla_result(case: Case) -> None:
    """Autotask's verdict, before or after the times it is about change; a second one may follow."""
    world = case.world
    number = world.new_id("sla_result", 5001)
    fields: dict[str, Any] = {"ticketID": case.id}
    for name in ("isFirstResponseMet", "isResolutionPlanMet", "isResolutionMet"):
        if world.chance(0.85):
            fields[name] = world.pick((True, True, False, None))
    for name in ("firstResponseInitiatingResourceID", "resolutionPlanResourceID", "resolutionResourceID"):
        if world.chance(0.7):
            fields[name] = world.pick((*world.technicians, None, API_USER))
    if not world.chance(0.25) and not case.after(SECOND, HOUR):
        return
    world.tell("ServiceLevelAgreementResults", number, case.t, fields)
    world.tag("sla_result")
    if world.chance(0.4):
        due_edited(case)
        world.tag("changed_after_sla_result")
        if world.chance(0.5) and case.after(SECOND, HOUR):
            flag = world.pick((True, False))
            world.tell("ServiceLevelAgreementResults", number, case.t, {"isResolutionMet": flag, **_owner(case)})
            world.tag("sla_result_again")


def _owner(case: Case) -> dict[str, Any]:
    return {"ticketID": case.id}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
