"""Tapes: seeded random histories of a small MSP, with everything that can go wrong, as raw facts.

Written from kpis.md and the form of tapes alone; the oracle reads them and the product is fed them. A *moment* is a
``now`` at which figures are compared; whatever was received by then is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle import tape_around
from tests.oracle.tape_people import people
from tests.oracle.tape_policy import draw_policy
from tests.oracle.tape_scenes import AFTER, MIDDLE, Scene, finish, first_contact
from tests.oracle.tape_tickets import Case, open_case
from tests.oracle.tape_world import DAY, HOUR, SECOND, Fact, World, iso

LEAST, MOST = 40, 150
_DST = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1))
_ZONES = ("America/New_York", "Europe/London", "UTC")


@dataclass(frozen=True)
class Tape:
    """Facts in the order of their arrival, the policy, the moments (ISO, ascending); ``features`` of what is on it."""

    facts: list[Fact]
    policy: dict[str, Any]
    moments: list[str]
    features: frozenset[str] = frozenset()


def tape(seed: int) -> Tape:
    """The tape of a seed: the same seed, the same tape."""
    for attempt in range(1000):
        made = _try(Random(f"{seed}/{attempt}"))
        if made is not None:
            return made
    raise AssertionError(f"no tape of {LEAST} to {MOST} facts for seed {seed}")


def policy_of(made: Tape) -> dict[str, Any]:
    """The policy of a tape, of the shape of ``scorecard.toml``."""
    return made.policy


def stats(made: Iterable[Tape]) -> dict[str, int]:
    """In how many tapes each feature occurs."""
    return dict(sorted(Counter(name for one in made for name in one.features).items()))


def _try(rng: Random) -> Tape | None:
    zone = ZoneInfo(rng.choice(_ZONES))
    days = rng.choice((10, 14, 21, 33, 45, 60, 70))
    first = rng.choice(_DST) - timedelta(days=rng.randint(1, days - 1))
    if rng.random() < 0.25:
        first = date(2026, rng.randint(1, 9), rng.randint(1, 28))
    start = datetime(first.year, first.month, first.day, rng.randint(0, 23), rng.randint(0, 59), tzinfo=UTC)
    policy = draw_policy(rng, zone.key, first, days)
    lateness = rng.choice((0.0, 0.05, 0.2))
    world = World(rng, zone, start, start + days * DAY, policy, rng.choice((0.9, 0.6, 0.3)), lateness)
    _live(world)
    return _cut(world) if LEAST <= len(world.facts) <= MOST else None


def _live(world: World) -> None:
    people(world)
    tape_around.projects(world)
    tape_around.loose_entries(world)
    cases = [_ticket(world) for _ in range(world.rng.randint(3, 8))]
    tape_around.endpoints(world)
    tape_around.surveys(world, cases)
    tape_around.gaps(world, cases)
    tape_around.histories(world, cases)
    tape_around.contests(world, cases)


def _ticket(world: World) -> Case:
    start = world.working_time(tape_around.sometime(world, 0.8))
    case = open_case(world, max(start, world.start))
    if world.chance(0.15):
        scenes: list[Scene] = [first_contact]
    else:
        scenes = [*world.rng.sample(MIDDLE, world.rng.randint(1, 4)), *((finish,) if world.chance(0.75) else ())]
    if scenes[-1] in (first_contact, finish):
        scenes += world.rng.sample(AFTER, world.pick((0, 1, 1, 2)))
    for scene in scenes:
        scene(case)
    if case.entries == 0:
        case.work()
    if case.silent_until is not None and world.fits(case.silent_until):
        case.t = max(case.t, case.silent_until)
        case.set("row")
        if case.completed_at is not None:
            world.tag("first_seen_complete")
    return case


def _cut(world: World) -> Tape:
    world.rng.shuffle(world.facts)
    facts = sorted(world.facts, key=_received)
    _of_the_whole(world, facts)
    last = _received(facts[-1])
    final = _final(world, facts, last)
    moments = sorted(_moments(world, facts, last))
    return Tape(facts, world.policy, [iso(one) for one in (*moments, final)], frozenset(world.features))


def _final(world: World, facts: list[Fact], last: datetime) -> datetime:
    """The last moment: some days after the last fact, at times where a window or a spell of membership ends."""
    roll = world.rng.random()
    if roll < 0.3:
        worked = [fact["fields"]["dateWorked"][:10] for fact in facts if "dateWorked" in fact.get("fields", ())]
        day = date.fromisoformat(world.pick(worked)) + DAY * world.pick((28, 30, 59, 60, 61, 90))
        at = world.local(day) + SECOND * world.pick((-1, 0, 40_000))
        if at > last:
            world.tag("final_moment_at_a_windows_end")
            return at
    elif roll < 0.5:
        ahead = [bound for bound in world.bounds if bound > last + DAY]
        if ahead:
            world.tag("final_moment_on_bound")
            return world.pick(ahead) + SECOND * world.pick((-1, 0, 1))
    return last + world.pick((12 * HOUR, 3 * DAY, 8 * DAY, 9 * DAY, 33 * DAY)) + SECOND * world.rng.randint(1, 86_400)


def _moments(world: World, facts: list[Fact], last: datetime) -> set[datetime]:
    arrived = [_received(fact) for fact in facts]
    taken = set(arrived)
    lowest = arrived[len(arrived) // 3]
    midnights = [world.local(day) for day in tape_around.days_of(world.day_of(lowest), world.day_of(last))]
    turns = [one for one in midnights if world.day_of(one) in {day + DAY * more for day in _DST for more in (0, 1)}]
    months = [one for one in midnights if world.day_of(one).day == 1]
    found: set[datetime] = set()
    wanted = world.rng.randint(2, 5)
    for _ in range(60):
        kind = world.pick(("bound", "bound", "bound", "midnight", "turn", "month", "day"))
        pool = {"bound": world.bounds, "turn": turns, "month": months, "midnight": midnights}.get(kind, [])
        base = world.pick(pool) if pool else lowest + (last - lowest) * world.rng.random()
        at = base + SECOND * world.pick((-2, -1, 0, 0, 0, 1, 2))
        if not pool:
            at = at.replace(microsecond=0)
        if lowest < at < last and at not in taken and len(found) < wanted and at not in found:
            found.add(at)
            world.tag(f"moment_about_{kind}" if pool else "moment_of_some_day")
    while len(found) < 2:
        found.add((lowest + (last - lowest) * world.rng.random()).replace(microsecond=500_000))
    return found


def _received(fact: Fact) -> datetime:
    return datetime.fromisoformat(fact["received_at"])


def _of_the_whole(world: World, facts: list[Fact]) -> None:
    """Features that only the finished tape shows."""
    world.tag(f"zone_{world.zone.key}")
    heard: dict[tuple[str, int], str] = {}
    workers: dict[int, set[int]] = {}
    for fact in facts:
        if fact["kind"] not in {"event", "row"}:
            continue
        key, seen = (fact["entity"], fact["id"]), fact.get("event_time") or fact["seen_at"]
        if seen < heard.get(key, ""):
            world.tag("arrival_order_shuffled")
        heard[key] = max(seen, heard.get(key, ""))
        fields = fact["fields"]
        if fact["entity"] == "TimeEntry" and isinstance(fields.get("ticketID"), int):
            workers.setdefault(fields["ticketID"], set()).add(fields["resourceID"])
    if any(len(people) > 1 for people in workers.values()):
        world.tag("shared_ticket")
    first, last = world.day_of(_received(facts[0])), world.day_of(_received(facts[-1]))
    if any(first <= day <= last for day in _DST):
        world.tag("dst_day")
    if (first.year, first.month) != (last.year, last.month):
        world.tag("month_end")
    world.tag(*(f"policy_{key}" for key in world.policy))
    world.tag("technicians_auto" if world.policy["technicians"] == "auto" else "technicians_listed")
    if '"from"' in str(world.policy.get("tiers", "")).replace("'", '"'):
        world.tag("dated_tiers")
