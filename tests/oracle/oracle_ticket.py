"""A ticket's story at `now`: completions, hand-ups, exclusion, completeness of its history (kpis.md Roles, R14, §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from tests.oracle.oracle_facts import Entity, Order, Point, in_force, just_before, runs
from tests.oracle.oracle_values import ALWAYS, HOUR, MINUTE, NEVER, ident
from tests.oracle.oracle_world import Entry, World, ticket_points

GONE = ("merged", "cancelled", "duplicate")


@dataclass
class Completion:
    """The ticket entered `complete` at T; `left` = the reopening, None while there is none."""

    at: int
    entered: Order
    left_order: Order | None = None  # the first leaving of any kind: whoever tidies up later gets no credit
    left: int | None = None


@dataclass(frozen=True)
class HandUp:
    """A hand-up and who is charged with it."""

    at: int
    charged: int | None


class Story:
    """One ticket, read once."""

    def __init__(self, world: World, ticket: Entity) -> None:
        self.world, self.ticket, self.id = world, ticket, ticket.id
        self.policy, self.now = world.policy, world.now
        self.entries: list[Entry] = sorted(world.entries_of(ticket.id), key=lambda entry: entry.id)
        self.status = ticket_points(world.facts, world.policy, ticket, "status")
        self.queues = ticket_points(world.facts, world.policy, ticket, "queueID")
        self.primaries = [
            Point(p.order, p.seen_at, p.at, world.technician(p.value))
            for p in ticket_points(world.facts, world.policy, ticket, "assignedResourceID")
        ]
        self.company = ticket.id_of("companyID")
        self.created = ticket.instant_of("createDate")
        self.type = ticket.id_of("ticketType")
        self.complete_now = False
        self.completions: list[Completion] = []
        self._find_completions()
        self.hand_ups = self._find_hand_ups()

    # -- places and people --------------------------------------------------------------------------------------------

    @property
    def status_now(self) -> int | None:
        """The last status."""
        return self.status[-1].value if self.status else None

    @property
    def queue_now(self) -> int | None:
        """The last queue."""
        return self.queues[-1].value if self.queues else None

    @property
    def primary_now(self) -> int | None:
        """The last primary who is a technician."""
        return self.primaries[-1].value if self.primaries else None

    def queue_before(self, moment: int) -> int | None:
        """The queue just before a moment."""
        found: int | None = just_before(self.queues, moment)
        return found

    def primary_at(self, moment: int) -> int | None:
        """The primary in force at a moment."""
        found: int | None = in_force(self.primaries, moment)
        return found

    @property
    def first_day(self) -> date:
        """The local date of createDate, else of the first sighting."""
        return self.world.day(self.ticket.observations[0].seen_at if self.created is None else self.created)

    def completer(self, completion: Completion) -> int | None:
        """Who gets the credit for a completion."""
        named = None
        for seen in self.ticket.observations:
            inside = seen.order >= completion.entered and (
                completion.left_order is None or seen.order < completion.left_order
            )
            if inside and ident(seen.fields.get("completedbyresourceid")) is not None:
                named = ident(seen.fields["completedbyresourceid"])
        return self.world.technician(named, self.primary_at(completion.at))

    # -- completions --------------------------------------------------------------------------------------------------

    def _stage(self, status: int | None) -> str:
        if self.policy.status(status, "complete"):
            return "complete"
        return "gone" if self.policy.status(status, *GONE) else "working"

    def _is_noise(self, left: int, entered: int) -> bool:
        if entered - left > 15 * MINUTE:
            return False
        return not any(entry.start is not None and left <= entry.start <= entered for entry in self.entries)

    def _find_completions(self) -> None:
        stage = "new"  # the last stage that was not "gone"
        last = "new"  # the last stage, "gone" included
        for point in runs(self.status):
            reached = self._stage(point.value)
            if last == "complete" and reached != "complete" and self.completions[-1].left_order is None:
                self.completions[-1].left_order = point.order
            if reached == "working" and stage == "complete":
                self.completions[-1].left = point.at
            elif reached == "complete" and stage != "complete":
                self._enter(point)
            last = reached
            stage = stage if reached == "gone" else reached
        latest = self.completions[-1] if self.completions else None
        if (
            latest is not None
            and latest.left is not None
            and self.now <= latest.left + 15 * MINUTE
            and stage == "working"
        ):
            latest.left = None  # undecided: it may yet turn out to be noise
            self.complete_now = True
        elif stage == "complete" and last == "complete":
            self.complete_now = True

    def _enter(self, point: Point) -> None:
        at = point.at
        if at == ALWAYS:  # a history whose first line leaves `complete`: complete since creation
            at = self.ticket.observations[0].seen_at if self.created is None else self.created
        latest = self.completions[-1] if self.completions else None
        if latest is not None and latest.left is not None and self._is_noise(latest.left, at):
            latest.left = None
        else:
            self.completions.append(Completion(at, point.order))

    # -- hand-ups -----------------------------------------------------------------------------------------------------

    def _find_hand_ups(self) -> list[HandUp]:
        moments: set[int] = set()
        for kind, points in (("queues", self.queues), ("technicians", self.primaries)):
            changes = runs(points)
            for place, point in enumerate(changes[1:], start=1):
                day = self.world.day(point.at)
                risen = self.policy.tier(kind, point.value, day)
                known = [self.policy.tier(kind, before.value, day) for before in changes[:place]]
                ranked = [rank for rank in known if rank is not None]
                if risen is not None and ranked and risen > ranked[-1]:
                    moments.add(point.at)
        changes = runs(self.status)
        for before, point in pairwise(changes):
            if self.policy.status(point.value, "escalated") and not self.policy.status(before.value, "escalated"):
                moments.add(point.at)
        return [HandUp(at, self._charged(at)) for at in sorted(moments)]

    def _charged(self, at: int) -> int | None:
        begun = [
            (entry.start, entry.id, entry.who)
            for entry in self.entries
            if entry.start is not None and entry.start <= at
        ]
        primary: int | None = just_before(self.primaries, at)
        if primary is not None and any(who == primary for _, _, who in begun):
            return primary
        return max(begun)[2] if begun else None

    # -- exclusions ---------------------------------------------------------------------------------------------------

    def exclusion(self, kpi: str) -> str | None:
        """The first exclusion of §2 that applies now; None: scored."""
        contest = self.world.facts.contest(self.id, kpi)
        policy, status, queue = self.policy, self.status_now, self.queue_now
        alert = policy.role("type", "alert", self.type) or policy.role(
            "source", "monitoring", self.ticket.id_of("source")
        )
        category = self.ticket.id_of("ticketCategory")
        rules = {
            "contested": contest is not None and contest.get("action") == "exclude",
            "deleted": not self.ticket.exists,
            "merged": policy.status(status, "merged") or policy.role("queue", "merged", queue),
            "duplicate": policy.status(status, "duplicate"),
            "cancelled": policy.status(status, "cancelled"),
            "internal_company": self.world.is_internal(self.company),
            "excluded_queue": policy.role("queue", "excluded", queue) or queue in policy.excluded_queues,
            "excluded_category": category is not None and category in policy.excluded_categories,
            "alert_without_labour": alert and not self.entries,
        }
        return next((reason for reason, applies in rules.items() if applies), None)

    # -- history ------------------------------------------------------------------------------------------------------

    def gaps(self) -> list[tuple[int, int]]:
        """R14: the spans in which something may have happened to this ticket unseen."""
        found = []
        for start, end in self.world.facts.gaps.values():
            until = self.now if end is None else end
            if until - start > self.policy.gap_after:
                found.append((start, until))
        for at in self.world.facts.lost.get(self.id, []):
            before = [seen.seen_at for seen in self.ticket.observations if seen.seen_at < at]
            after = [seen.seen_at for seen in self.ticket.observations if seen.seen_at > at]
            history = self.world.facts.histories.get(self.id)
            if history is not None and history.imported_at > at:
                after.append(history.imported_at - 1)
            found.append((max(before, default=ALWAYS), min(after, default=NEVER)))
        return found

    def history_complete(self, until: int) -> bool:
        """R14: whether every transition up to an instant was seen."""
        first = self.ticket.observations[0]
        born = first.seen_at if self.created is None else self.created
        soon = self.created is not None and first.seen_at <= self.created + HOUR
        if (first.created or soon) and not self._gap_in(born, until):
            return True
        history = self.world.facts.histories.get(self.id)
        return history is not None and history.understood and not self._gap_in(history.imported_at, until)

    def _gap_in(self, start: int, end: int) -> bool:
        return any(gap_start <= end and start <= gap_end for gap_start, gap_end in self.gaps())
