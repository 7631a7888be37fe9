"""One week of the make-believe MSP, lived once for each way in which things may go, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import merge
from typing import Any

from models.database import Database
from models.instants import SECOND
from simulator.autotask.changes import Change
from simulator.autotask.faults import Faults
from simulator.callouts import Action
from simulator.world import history
from tests.autotask.figures import figures, lines, unknown
from tests.autotask.rig import Rig, Story, instant, rigged, story

PAST, MONDAY, SATURDAY, END = (
    "2026-02-25T05:00:00Z",
    "2026-03-09T04:00:00Z",
    "2026-03-14T05:00:00Z",
    "2026-03-14T06:00:00Z",
)
SCALE = 0.3
CALM = Faults(adds_latency=False, withdrawn=frozenset({"TicketHistory"}))
COORDINATOR = 29682901


@dataclass(frozen=True, slots=True)
class Week:
    """What one week came to, before and after histories were imported."""

    figures: Mapping[tuple[str, str, str], Any]
    lines: Mapping[tuple[Any, ...], tuple[Any, ...]]
    unknown: frozenset[int]
    healed: Mapping[tuple[str, str, str], Any]
    still_unknown: frozenset[int]
    counts: Mapping[str, Counter[str]]
    lost_for_good: frozenset[int]
    drift: str


def told_by(begins: str, ends: str, seed: int = 7) -> list[Change]:
    """What the world tells; of the time that is on no ticket only some, for it is much and always the same."""
    told = history(seed, instant(begins), instant(ends), scale=SCALE)
    return [
        one
        for one in told
        if one.collection != "TimeEntries" or one.entity_id % 5 == 0 or one.entity_id in _on_tickets(begins, ends, seed)
    ]


@cache
def _on_tickets(begins: str, ends: str, seed: int) -> frozenset[int]:
    told = history(seed, instant(begins), instant(ends), scale=SCALE)
    return frozenset(
        one.entity_id for one in told if one.collection == "TimeEntries" and one.fields.get("ticketID") is not None
    )


@cache
def the_week(seed: int = 7) -> Story:
    """Some days of past and a week, in which more notes, companies and machines are edited than in the world's."""
    told = told_by(PAST, SATURDAY, seed)
    return story(merge(told, _more(told), key=lambda one: one.at), MONDAY, END)


def _more(told: Sequence[Change]) -> Iterator[Change]:
    """Beside every time entry of the week one edit, each of another kind in turn."""
    companies = [one.entity_id for one in told if one.collection == "Companies" and one.action is Action.CREATE]
    machines = [
        one
        for one in told
        if one.collection == "ConfigurationItems" and one.action is Action.CREATE and one.at < instant(MONDAY)
    ]
    gone = {one.entity_id for one in told if one.action is Action.DELETE}
    entries = [one for one in told if one.collection == "TimeEntries" and one.action is Action.CREATE]
    entries = [one for one in entries if one.at > instant(MONDAY) and one.fields.get("ticketID") not in gone]
    for number, one in enumerate(entries):
        at = one.at + 2 * SECOND + 315_000
        machine = machines[number % len(machines)]
        if number % 3 == 0 and one.fields.get("ticketID") is not None:
            note = {"ticketID": one.fields["ticketID"], "title": "Called", "noteType": 1, "publish": 1}
            yield Change(at, Action.CREATE, "TicketNotes", 9_000_000 + number, note, COORDINATOR)
        elif number % 3 == 1:
            named = {"companyName": f"Renamed {number}"}
            yield Change(at, Action.UPDATE, "Companies", companies[number % len(companies)], named, COORDINATOR)
        elif machine.entity_id not in gone:
            kept = {"isActive": number % 2 == 0}
            yield Change(at, Action.UPDATE, "ConfigurationItems", machine.entity_id, kept, COORDINATOR)


async def live(database: Database, faults: Faults = CALM, *, webhooks: bool = True) -> Week:
    """Live the week, reconcile, look; then import histories and look again."""
    told = the_week()
    async with rigged(database, told, CALM) as rig:
        await rig.set_up(webhooks=webhooks)
        rig.set_faults(**{name: getattr(faults, name) for name in Faults.__slots__})
        await rig.settle(told.ends)
        counts = rig.counts()
        lost = lost_for_good(rig)
        rig.set_faults(error_share=0.0)
        drift, _ = await rig.reconcile()
        rig.project()
        before = unknown(rig)
        rig.project(told.ends)
        first = await figures(rig), lines(rig)
        rig.set_faults(withdrawn=frozenset())
        await rig.import_histories()
        left = unknown(rig)
        await rig.import_all_histories()
        rig.project(told.ends)
        return Week(*first, frozenset(before), await figures(rig), frozenset(left), counts, frozenset(lost), drift)


def lost_for_good(rig: Rig) -> set[int]:
    """The tickets of which the error log held an event whose payload is cut off."""
    cut = [text for text in rig.undelivered.values() if not text.endswith("}")]
    return {int(text.split('"Id":')[1].split(",")[0]) for text in cut if '"EntityType":"Ticket"' in text}
