"""The values of the page ``/health``: whether Techscore itself is well, from the same reads as API and metrics.

Each line is a name, a *tone*, and words; whoever is to do something finds the remedy in them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ingest import inbox
from ingest.feeds import store, watch
from ingest.reconcile import store as drift
from models.clock import Clock
from models.database import Database
from models.instants import MINUTE, SECOND, Instant
from models.policy import Policy
from service.lag import Standing, standing
from service.pages import words
from service.pages.words import Tone
from service.parked import parked_items
from service.projection.ledger.snapshot import read_snapshot
from service.proofs import proofs_of
from service.reading import View
from service.web import Web

MOST_PARKED = 20
_BUDGET = re.compile(rb"^techscore_autotask_budget_used_ratio ([0-9.e+-]+)$", re.MULTILINE)
_WATCH_BUDGET, _ACT_BUDGET = 0.8, 1.0
_MISSING = {
    "no_worker_yet": "no worker has run yet: start it with techscore serve",
    "worker_silent": "the worker says nothing any more: start it with techscore serve",
    "no_figures_yet": "no ledger has been built yet: is the worker running?",
    "projection_behind": "the worker has not kept up for more than a minute",
    "parked_ageing": "something has been parked for more than a day: see below",
    "storage_unavailable": "the database cannot be reached, or takes nothing",
}


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One thing that is well or not."""

    name: str
    tone: Tone
    said: str


@dataclass(frozen=True, slots=True)
class HealthPart:
    """Several of a kind; ``empty`` is said where there are none."""

    key: str
    title: str
    lines: tuple[HealthLine, ...]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class HealthSheet:
    """Everything the template shows. ``wrong``: how many lines want somebody to act."""

    as_of: str
    wrong: int
    parts: tuple[HealthPart, ...]


def health_sheet(web: Web, view: View | None) -> HealthSheet:
    """The page's values; without a ledger (``view`` is ``None``) what can be said without one."""
    say = _When(web.clock, view)
    main = web.database
    parts = [
        HealthPart("ready", "Ready", tuple(_checks(web))),
        HealthPart("inbox", "Inbox and ledger", tuple(_inbox(main, view, web.clock, say))),
        HealthPart(
            "feeds", "Feeds", tuple(_feeds(main, say)), "No feed has run: there are no credentials, or no need."
        ),
        HealthPart(
            "webhooks", "Webhooks", tuple(_webhooks(main, say)), "No webhook has been looked at in Autotask yet."
        ),
        HealthPart("drift", "Drift", tuple(_drift(main, say)), "Nothing has been compared with Autotask yet."),
    ]
    if view is not None:
        parts += [
            HealthPart(
                "budget", "Autotask's hourly budget", tuple(_budget(view)), "Nothing has been asked of Autotask."
            ),
            HealthPart("parked", "Parked", tuple(_parked(main, view, say)), "Nothing is set aside."),
            HealthPart("proof", "Proof of the ledger", tuple(_proof(main, view, say)), "Not verified yet."),
        ]
    wrong = sum(1 for part in parts for line in part.lines if line.tone is Tone.ACT)
    return HealthSheet("" if view is None else words.clock_time(view.as_of, view.policy.zone), wrong, tuple(parts))


class _When:
    """Says times as the policy's zone has them; before there is a policy, in UTC."""

    def __init__(self, clock: Clock, view: View | None) -> None:
        self.now = clock.now()
        self._zone = Policy().zone if view is None else view.policy.zone

    def at(self, instant: Instant) -> str:
        return words.moment(instant, self.now, self._zone)

    def ago(self, instant: Instant) -> str:
        return f"{words.span(self.now - instant)} ago"


def _checks(web: Web) -> Iterator[HealthLine]:
    for check in web.checks:
        missing = check.run(web.database)
        said = "ok" if missing is None else _MISSING.get(missing, missing.replace("_", " "))
        yield HealthLine(check.name.capitalize(), Tone.GOOD if missing is None else Tone.ACT, said)


def _inbox(main: Database, view: View | None, clock: Clock, say: _When) -> Iterator[HealthLine]:
    now = standing(main, view, clock)
    with main.read() as connection:
        last = inbox.last_position(connection)
    yield HealthLine("Inbox", Tone.NONE, f"{words.count(last)} events stored")
    yield HealthLine("Backlog", _of_lag(now), f"{words.count(now.backlog)} not in the ledger yet")
    yield HealthLine("Lag", _of_lag(now), words.span(now.lag) if now.lag else "nothing waits")
    if view is not None:
        heard = f"{say.at(view.heard)}, {say.ago(view.heard)}" if view.heard else "never"
        yield HealthLine("Last heard of Autotask", Tone.NONE, heard)
        yield HealthLine("Ledger", Tone.NONE, f"{view.version.generation}.{view.version.build}")


def _of_lag(now: Standing) -> Tone:
    return Tone.ACT if now.lag > MINUTE else Tone.WATCH if now.lag > 10 * SECOND else Tone.GOOD


def _feeds(main: Database, say: _When) -> Iterator[HealthLine]:
    with main.read() as connection:
        found = store.standings(connection)
    for name, one in sorted(found.items()):
        last = "never read to the end yet" if one.succeeded_at is None else f"last read {say.ago(one.succeeded_at)}"
        if one.failing_since is None:
            yield HealthLine(name, Tone.GOOD if one.succeeded_at is not None else Tone.NONE, last)
        else:
            why = (one.reason or "unknown").replace("_", " ")
            yield HealthLine(name, Tone.ACT, f"failing since {say.at(one.failing_since)}: {why}; {last}")


def _webhooks(main: Database, say: _When) -> Iterator[HealthLine]:
    with main.read() as connection:
        found = watch.registered(connection)
    for entity, (is_active, checked_at) in found.items():
        said = "active" if is_active else "switched off in Autotask"
        yield HealthLine(entity, Tone.GOOD if is_active else Tone.ACT, f"{said}, looked at {say.ago(checked_at)}")


def _drift(main: Database, say: _When) -> Iterator[HealthLine]:
    by_entity: dict[str, list[drift.Found]] = defaultdict(list)
    with main.read() as connection:
        for one in drift.read(connection):
            by_entity[one.entity].append(one)
    for entity, found in sorted(by_entity.items()):
        told = ", ".join(f"{words.count(one.found)} {one.kind}" for one in found if one.found)
        when = say.ago(max(one.counted_at for one in found))
        yield HealthLine(
            entity, Tone.WATCH if told else Tone.GOOD, f"{f'{told}, repaired' if told else 'no difference'}, {when}"
        )


def _budget(view: View) -> Iterator[HealthLine]:
    packed = read_snapshot(view.connection)
    found = None if packed is None else _BUDGET.search(packed.text())
    if found is not None:
        used = float(found[1])
        tone = Tone.ACT if used >= _ACT_BUDGET else Tone.WATCH if used >= _WATCH_BUDGET else Tone.GOOD
        yield HealthLine("Used of our hourly share", tone, f"{100 * used:.0f}%")


def _parked(main: Database, view: View, say: _When) -> Iterator[HealthLine]:
    for one in parked_items(main, view, limit=MOST_PARKED):
        whose = "" if one.entity is None else f" ({one.entity.type} {one.entity.id})"
        why = f"{one.reason.replace('_', ' ')} {one.detail}".strip()
        yield HealthLine(
            f"{one.kind} {one.word}{whose}", Tone.ACT, f"{why}; since {say.at(one.since)}, tried {one.attempts} times"
        )


def _proof(main: Database, view: View, say: _When) -> Iterator[HealthLine]:
    for one in proofs_of(main, view):
        seen = f"{words.count(one.subjects)} subjects, {say.ago(one.finished_at)}"
        said = f"{words.count(one.differences)} differences in {seen}" if one.differences else f"agrees: {seen}"
        yield HealthLine(one.kind.capitalize(), Tone.ACT if one.differences else Tone.GOOD, said)
