"""What lies around the tickets: projects, endpoints, surveys; and the facts of Techscore's own about what it heard."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.tape_entries import log_time
from tests.oracle.tape_policy import (
    KPIS,
    LISTED_INTERNAL,
    OWN_COMPANY,
    PRINTER,
    SERVER,
    UNKNOWN_COMPANY,
    UNKNOWN_RESOURCE,
    UNMANAGED,
    WORKSTATION,
)
from tests.oracle.tape_tickets import Case
from tests.oracle.tape_world import DAY, HOUR, MINUTE, SECOND, World, iso


def sometime(world: World, share: float = 0.9) -> datetime:
    """Some whole second of the history."""
    span = (world.end - world.start).total_seconds()
    return world.start + timedelta(seconds=int(span * share * world.rng.random()))


def projects(world: World) -> None:
    """Work on tasks: of clients, of ourselves, of projects that are heard of later or never."""
    for _ in range(world.rng.randint(0, 2)):
        task, project = world.new_id("task", 2001), world.new_id("project", 2101)
        company = world.pick((*world.companies, OWN_COMPANY, LISTED_INTERNAL, UNKNOWN_COMPANY, None))
        at = sometime(world, 0.6)
        fate = world.pick(("first", "first", "late", "no_project", "never"))
        told = at if fate != "late" else at + world.some_time(DAY, 6 * DAY)
        for entity, number, fields in (
            ("Task", task, {"projectID": project, "title": "Move"}),
            ("Project", project, {"companyID": company, "projectName": "Move"}),
        ):
            if fate == "never" or (fate == "no_project" and entity == "Project") or not world.fits(told):
                continue
            world.tell(entity, number, told + world.some_time(SECOND, DAY), fields)
        world.tag("task_entry", f"task_{fate}")
        for _ in range(world.rng.randint(1, 2)):
            log_time(world, world.working_time(at + DAY * world.rng.randint(0, 4)), task=task)
        if company == OWN_COMPANY and fate == "first" and world.fits(told + 3 * DAY):
            world.tell("Project", project, told + 3 * DAY, {"companyID": world.companies[0]})
            world.tag("project_moved")


def loose_entries(world: World) -> None:
    """Entries on nothing (internal time) and on a ticket nobody ever hears of."""
    if world.chance(0.6):
        log_time(world, world.working_time(sometime(world)))
        world.tag("entry_on_nothing")
    if world.chance(0.35):
        log_time(world, world.working_time(sometime(world)), ticket=1999)
        world.tag("entry_on_unknown_ticket")


def endpoints(world: World) -> None:
    """Configuration items: made before and within the history, moved, switched off and on, deleted."""
    for _ in range(world.rng.randint(0, 4)):
        number = world.new_id("endpoint", 4001)
        at = sometime(world, 0.7)
        made = world.pick((at, at - 40 * DAY, at - 3 * DAY, at - HOUR))
        fields: dict[str, Any] = {
            "companyID": world.pick((*world.companies, *world.companies, UNMANAGED, OWN_COMPANY)),
            "isActive": world.chance(0.85),
            "configurationItemType": world.pick((SERVER, SERVER, WORKSTATION, PRINTER, None)),
            "createDate": iso(made),
        }
        world.tell("ConfigurationItem", number, at, fields, how="row" if world.chance(0.6) else "create")
        world.tag("endpoint", "endpoint_older_than_first_seen" if made < at else "endpoint_seen_at_creation")
        for _ in range(world.rng.randint(0, 2)):
            at = world.edge(world.local(world.day_of(at) + DAY * world.rng.randint(1, 9)))
            if not world.fits(at):
                break
            kind = world.pick(("companyID", "isActive", "isActive", "configurationItemType", "delete"))
            if kind == "delete":
                world.delete("ConfigurationItem", number, at)
                world.tag("endpoint_deleted")
                continue
            known = world.fields("ConfigurationItem", number)
            to = {
                "companyID": world.pick((*world.companies, UNMANAGED)),
                "isActive": not known["isActive"],
                "configurationItemType": world.pick((SERVER, PRINTER)),
            }[kind]
            world.tell("ConfigurationItem", number, at, {**known, kind: to})
            if kind == "isActive":
                world.tag("endpoint_reactivated" if to else "endpoint_deactivated")
            else:
                world.tag("endpoint_moved" if kind == "companyID" else "endpoint_type_changed")


def surveys(world: World, cases: list[Case]) -> None:
    """Responses: with and without rating, several of a contact, without ticket, of an unknown one, updated."""
    limit = world.policy.get("survey", {"positive_from": 4})["positive_from"]
    for _ in range(world.rng.randint(0, 4)):
        case = world.pick(cases)
        kind = world.pick(("ticket", "ticket", "ticket", "none", "unknown"))
        ticket = {"ticket": case.id, "none": None, "unknown": 1998}[kind]
        contact = world.pick((601, 601, 602, None))
        base = case.completed_at or case.t
        for _ in range(world.pick((1, 1, 2, 2))):
            number = world.new_id("survey", 6001)
            done = world.pick((world.edge(base), base + world.some_time(SECOND, 6 * DAY), sometime(world)))
            seen = done + world.some_time(0 * SECOND, HOUR)
            if not world.fits(seen):
                continue
            fields: dict[str, Any] = {
                "ticketID": ticket,
                "contactID": contact,
                "companyID": world.pick((world.companies[0], None)),
                "surveyRating": world.pick((limit, limit - 1, limit + 1, 0, None, f"{limit - 1}.5")),
                "sendDate": iso(done - DAY),
                "completeDate": iso(done),
            }
            if world.chance(0.15):
                fields["completeDate"] = None
                world.tag("survey_not_answered")
            world.tell("SurveyResults", number, seen, fields, how="row")
            world.tag("survey", f"survey_{kind}")
            if fields["surveyRating"] is None:
                world.tag("survey_no_rating")
            if world.chance(0.3) and world.fits(seen + DAY):
                answer = {"surveyRating": limit, "completeDate": iso(done + MINUTE)}
                world.tell("SurveyResults", number, seen + DAY, {**fields, **answer})
                world.tag("survey_updated")


def gaps(world: World, cases: list[Case]) -> None:
    """When neither feed nor webhook worked: too short to count, about the bounds of a ticket, open; lost events."""
    least = MINUTE * world.policy.get("gap_after_minutes", 2)
    for _ in range(world.pick((0, 0, 1, 2))):
        number = world.new_id("gap", 901)
        case = world.pick(cases)
        length = world.pick((least, least + SECOND, least - SECOND, 3 * HOUR, 20 * MINUTE))
        length = max(length, SECOND)
        anchor = world.pick((_created(case), (case.completed_at or case.t) + 7 * DAY, case.t, sometime(world)))
        anchor = anchor.replace(microsecond=0)
        start = world.pick((anchor, anchor - length, anchor + SECOND, anchor - length - SECOND))
        end = start + length
        if not world.fits(end + HOUR) or start < world.start:
            continue
        name = {least: "gap_exactly_allowed", least + SECOND: "gap_one_second_longer"}
        world.tag("gap", name.get(length, "gap_short" if length < least else "gap_long"))
        gap: dict[str, Any] = {"kind": "gap", "id": number, "start": iso(start), "end": iso(end)}
        if world.chance(0.5):
            world.raw({**gap, "end": None, "received_at": iso(start + length / 2)})
            world.tag("gap_open")
            if world.chance(0.3):
                world.tag("gap_left_open")
                continue
            world.tag("gap_closed_later")
        world.raw({**gap, "received_at": iso(end + SECOND)})
    for _ in range(world.pick((0, 0, 0, 1, 2))):
        case = world.pick(cases)
        at = world.pick((case.t + SECOND, sometime(world), _created(case) + HOUR)).replace(microsecond=0)
        lost = {"kind": "lost_event", "id": world.new_id("lost", 951), "ticket": case.id, "at": iso(at)}
        if world.fits(at + MINUTE):
            world.raw({**lost, "received_at": iso(at + MINUTE)})
            world.tag("lost_event")


def _created(case: Case) -> datetime:
    text = case.fields.get("createDate")
    return datetime.fromisoformat(text) if text else case.t


def histories(world: World, cases: list[Case]) -> None:
    """TicketHistory of some tickets is imported, understood or not, once or again."""
    for case in cases:
        if not world.chance(0.25):
            continue
        at = world.pick((case.t, case.t + world.some_time(SECOND, 3 * DAY), sometime(world))).replace(microsecond=0)
        for _ in range(world.pick((1, 1, 2))):
            at = max(at, _created(case).replace(microsecond=0)) + SECOND
            if not world.fits(at):
                break
            understood = world.chance(0.7)
            lines = [
                {"at": iso(when), "field": name, "old": old, "new": new}
                for when, name, old, new in case.log
                if when <= at and (understood or world.chance(0.6))
            ]
            fact = {"kind": "history", "ticket": case.id, "imported_at": iso(at), "understood": understood}
            world.raw({**fact, "lines": lines, "received_at": iso(at)})
            world.tag("history_understood" if understood else "history_not_understood")
            if not lines:
                world.tag("history_empty")
            at += world.some_time(HOUR, 3 * DAY)


def contests(world: World, cases: list[Case]) -> None:
    """Managers object: exclude, credit, both after each other, and undo."""
    planned = sorted({sometime(world, 1.0) for _ in range(world.pick((0, 0, 1, 2, 4)))})
    made: list[tuple[int, Case, str]] = []
    for at in planned:
        if made and world.chance(0.3):
            undone = world.pick(made)[0]
            world.raw({"kind": "contest_undone", "id": undone, "at": iso(at), "received_at": iso(at)})
            world.tag("contest_undone")
            continue
        again = bool(made) and world.chance(0.5)
        _, case, kpi = world.pick(made) if again else (0, world.pick(cases), world.pick(KPIS))
        action = world.pick(("exclude", "credit"))
        if action == "credit" and kpi in {"estimate_accuracy", "escalation_rate"}:
            action = "exclude"
        who = world.pick((*world.technicians, UNKNOWN_RESOURCE)) if action == "credit" else None
        number = world.new_id("contest", 1)
        made.append((number, case, kpi))
        world.raw(
            {
                "kind": "contest",
                "id": number,
                "at": iso(at),
                "ticket": case.id,
                "kpi": kpi,
                "action": action,
                "tech_id": who,
                "reason": "Not ours",
                "author": "manager",
                "received_at": iso(at),
            }
        )
        world.tag(f"contest_{action}")
        if again:
            world.tag("contest_again")


def days_of(first: date, last: date) -> list[date]:
    """Every day from ``first`` to ``last``."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
