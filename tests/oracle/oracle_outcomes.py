"""Rows of the KPIs of a ticket's outcome: estimate, escalation, reopening, first contact, survey (kpis.md §3)."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from tests.oracle.oracle_facts import Entity, in_force, runs
from tests.oracle.oracle_sla import contest_credit
from tests.oracle.oracle_ticket import Completion, Story
from tests.oracle.oracle_values import MILLION, MINUTE, WEEK, half_even, millionths, number
from tests.oracle.oracle_world import Entry, Row, World, outcome_of


def ticket_row(
    story: Story, kpi: str, sums: tuple[int, int, int], at: int | None = None, who: int | None = None,
    reason: str | None = None, *, provisional: bool = False,
) -> Row:  # fmt: skip
    """A row on the day of `at` (else of the ticket's creation); one that counts nothing has the queue of now."""
    counts = any(sums)
    return Row(
        kpi, "ticket", story.id, story.first_day if at is None else story.world.day(at), *sums, ticket_id=story.id,
        tech_id=who, queue_id=story.queue_before(at) if counts and at is not None else story.queue_now,
        company_id=story.company, happened_at=at, outcome=outcome_of(*sums, reason), reason=reason,
        provisional=provisional and counts,
    )  # fmt: skip


NOTHING = (0, 0, 0)
HIT, MISS = (MILLION, MILLION, 1), (0, MILLION, 1)


# -- estimate_accuracy ------------------------------------------------------------------------------------------------


def estimate_of(story: Story) -> int | None:
    """The estimate in force when the earliest-created entry was created, else the first one known after."""
    points = story.ticket.points("estimatedHours", millionths)
    created = [entry.created for entry in story.entries if entry.created is not None]
    moment = min(created, default=None)
    if moment is not None:
        found = in_force(points, moment)
        if found:
            return found if found > 0 else None
        points = [point for point in points if point.at > moment]
    return next((point.value for point in points if point.value is not None and point.value > 0), None)


def estimate_rows(story: Story) -> list[Row]:
    """One row per technician with hours."""
    kpi = "estimate_accuracy"
    last = story.completions[-1].at if story.completions else None
    hours: dict[int, int] = {}
    for entry in story.entries:
        if entry.who is not None:
            hours[entry.who] = hours.get(entry.who, 0) + entry.hours
    hours = {who: worked for who, worked in sorted(hours.items()) if worked > 0}
    estimate = estimate_of(story)
    reason = story.exclusion(kpi)
    if reason is None and not story.complete_now:
        reason = "open"
    reason = reason or (None if estimate else "no_estimate") or (None if hours else "no_hours")
    if reason or not estimate:
        return [ticket_row(story, kpi, NOTHING, None if reason == "open" else last, story.primary_now, reason)]
    whole = sum(hours.values())
    shares = {who: half_even(Fraction(estimate * worked, whole)) for who, worked in hours.items()}
    highest = max(hours)
    shares[highest] = estimate - sum(share for who, share in shares.items() if who != highest)
    return [ticket_row(story, kpi, (shares[who], hours[who], 1), last, who) for who in hours]


# -- escalation_rate --------------------------------------------------------------------------------------------------


def escalation_rows(story: Story) -> list[Row]:
    """One row per technician with an entry."""
    kpi, rows = "escalation_rate", []
    excluded = story.exclusion(kpi)
    for who in sorted({entry.who for entry in story.entries if entry.who is not None}):
        charged = next((hand_up.at for hand_up in story.hand_ups if hand_up.charged == who), None)
        last = story.completions[-1].at if story.completions and story.complete_now else None
        at = last if charged is None else charged
        ever = story.completions[-1].at if story.completions else story.world.now
        until = charged if charged is not None else ever
        day = story.first_day if at is None else story.world.day(at)  # R6: the day of a row that waits
        rank = story.policy.tier("technicians", who, day)
        if excluded:
            rows.append(ticket_row(story, kpi, NOTHING, at, who, excluded))
        elif not story.history_complete(until):
            rows.append(ticket_row(story, kpi, NOTHING, at, who, "history_unknown"))
        elif rank is not None and rank == story.policy.highest_tier(day):
            rows.append(ticket_row(story, kpi, NOTHING, at, who, "top_tier"))
        elif charged is not None:
            rows.append(ticket_row(story, kpi, HIT, charged, who))
        elif last is not None:
            rows.append(ticket_row(story, kpi, MISS, last, who))
        else:
            rows.append(ticket_row(story, kpi, NOTHING, None, who, "pending"))
    return rows


# -- reopen_rate ------------------------------------------------------------------------------------------------------


def reopened(completion: Completion) -> bool:
    """Whether it left `complete` within seven days, inclusive."""
    return completion.left is not None and completion.left <= completion.at + WEEK


def reopen_rows(story: Story) -> list[Row]:
    """One row per completion."""
    kpi, now = "reopen_rate", story.now
    excluded = story.exclusion(kpi)
    if not story.completions:
        return [ticket_row(story, kpi, NOTHING, None, story.primary_now, excluded or "open")]
    rows = []
    for completion in story.completions:
        who = contest_credit(story.world, story, kpi, story.completer(completion))
        known = story.history_complete(min(now, completion.at + WEEK))
        reason = excluded or (None if known else "history_unknown")
        sums = NOTHING if reason else HIT if reopened(completion) else MISS
        provisional = now < completion.at + WEEK
        rows.append(ticket_row(story, kpi, sums, completion.at, who, reason, provisional=provisional))
    # A ticket has many completions: their subject is the ticket, told apart by happened_at.
    return rows


# -- first_contact_resolution -----------------------------------------------------------------------------------------


def first_contact_row(story: Story) -> Row:
    """One row per ticket, judged at its first completion."""
    kpi, now = "first_contact_resolution", story.now
    first = story.completions[0] if story.completions else None
    at = None if first is None else first.at
    started = [
        entry for entry in story.entries if at is not None and entry.start is not None and entry.start < at + WEEK
    ]
    looked_at = sorted(started, key=lambda entry: (entry.start or 0, entry.id))
    who = looked_at[0].who if looked_at else story.primary_now
    reason = story.exclusion(kpi)
    if reason is None and not any(story.policy.role("type", role, story.type) for role in ("incident", "request")):
        reason = "wrong_type"
    if reason is None and at is None:
        reason = "open"
    if reason is None and at is not None and not story.history_complete(min(now, at + WEEK)):
        reason = "history_unknown"
    if reason is None and not looked_at:
        reason = "no_entry"
    who = contest_credit(story.world, story, kpi, who)
    if reason or first is None:
        return ticket_row(story, kpi, NOTHING, at, who, reason)
    failed = failure(story, first, looked_at)
    return ticket_row(story, kpi, MISS if failed else HIT, at, who, failed, provisional=now < first.at + WEEK)


def failure(story: Story, first: Completion, entries: list[Entry]) -> str | None:
    """The first failing rule."""
    start, at, who = entries[0].start or 0, first.at, entries[0].who
    rules = {
        "several_technicians": len({entry.who for entry in entries}) > 1,
        "several_engagements": interrupted(entries),
        "handed_on": any(start < hand_up.at <= at for hand_up in story.hand_ups)
        or primary_changed(story, start, at, who),
        "waited": waited(story, start, at),
        "reopened": reopened(first),
    }
    return next((rule for rule, fails in rules.items() if fails), None)


def interrupted(entries: list[Entry]) -> bool:
    """A start more than 30 minutes after the greatest end so far."""
    greatest: int | None = None
    for entry in entries:
        start = entry.start or 0
        if greatest is not None and start > greatest + 30 * MINUTE:
            return True
        end = start if entry.end is None else entry.end
        greatest = end if greatest is None else max(greatest, end)
    return False


def primary_changed(story: Story, start: int, at: int, first_technician: int | None) -> bool:
    """A change of primary in (start, at]; nobody -> the first entry's technician is none."""
    changes = runs(story.primaries)
    for before, change in pairwise(changes):
        taken = before.value is None and change.value == first_technician
        if start < change.at <= at and not taken:
            return True
    return False


def waited(story: Story, start: int, at: int) -> bool:
    """Role `waiting` in force at any instant of [start, at)."""
    if start >= at:
        return False
    if story.policy.status(in_force(story.status, start), "waiting"):
        return True
    changes = runs(story.status)
    for place, change in enumerate(changes):
        left = changes[place + 1].at if place + 1 < len(changes) else at
        if story.policy.status(change.value, "waiting") and start <= change.at < min(at, left):
            return True
    return False


# -- client_survey ----------------------------------------------------------------------------------------------------


def survey_rows(world: World, stories: dict[int, Story]) -> list[Row]:
    """One row per existing response; completions beside them for the response rate."""
    responses = [response for response in world.facts.all("SurveyResults") if response.exists]
    latest: dict[tuple[int, int | None], tuple[int, int]] = {}
    for response in responses:
        ticket, done = response.id_of("ticketID"), response.instant_of("completeDate")
        if ticket is not None and done is not None and number(response.last("surveyRating")) is not None:
            key = (ticket, response.id_of("contactID"))
            latest[key] = max(latest.get(key, (done, response.id)), (done, response.id))
    rows = []
    for response in responses:
        row = survey_row(world, stories, response, latest)
        rows.append(row)
        if row.denominator:
            rate = {
                "kpi": "client_survey.survey_response_rate",
                "numerator": MILLION,
                "denominator": 0,
                "provisional": False,
            }
            rows.append(Row(**{**row.__dict__, **rate}))
    for story in stories.values():
        if story.exclusion("client_survey") is None:
            for completion in story.completions:
                who = story.completer(completion)
                rows.append(ticket_row(story, "client_survey.survey_response_rate", MISS, completion.at, who))
    return rows


def survey_row(
    world: World, stories: dict[int, Story], response: Entity, latest: dict[tuple[int, int | None], tuple[int, int]]
) -> Row:
    """One response."""
    kpi = "client_survey"
    ticket, done, sent = (
        response.id_of("ticketID"),
        response.instant_of("completeDate"),
        response.instant_of("sendDate"),
    )
    story = None if ticket is None else stories.get(ticket)
    rating = number(response.last("surveyRating"))
    reason = None
    if ticket is not None and story is None:
        reason = "unknown_ticket"
    elif story is not None:
        reason = story.exclusion(kpi)
    if reason is None and (rating is None or done is None):
        reason = "no_rating"
    if reason is None and ticket is not None and latest[ticket, response.id_of("contactID")] != (done, response.id):
        reason = "superseded"
    moment = sent if rating is None or done is None else done
    moment = next(at for at in (moment, done, sent, response.observations[0].seen_at) if at is not None)
    who = queue = company = None
    if story is not None:
        who = contest_credit(world, story, kpi, survey_credit(story, done))
        queue = story.queue_now if reason or done is None else story.queue_before(done)
        company = story.company
    positive = rating is not None and Fraction(rating) >= world.policy.positive_from
    sums = NOTHING if reason else HIT if positive else MISS
    return Row(
        kpi, "survey", response.id, world.day(moment), *sums, ticket_id=ticket, tech_id=who, queue_id=queue,
        company_id=company, happened_at=done, outcome=outcome_of(*sums, reason), reason=reason,
    )  # fmt: skip


def survey_credit(story: Story, done: int | None) -> int | None:
    """The completer of the last completion up to the response, else of the last at all, else the primary then."""
    if done is None:
        return story.primary_now
    before = [completion for completion in story.completions if completion.at <= done]
    for completion in (before or story.completions)[-1:]:
        who = story.completer(completion)
        if who is not None:
            return who
    return story.primary_at(done)
