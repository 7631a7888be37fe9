"""``verify`` and ``rebuild`` as commands: beside a live service, or by themselves when none runs."""

from __future__ import annotations

import time
from collections.abc import Callable

from models.clock import Clock
from models.database import Database
from models.desk import JobState
from models.errors import ConfigurationError
from models.instants import isoformat
from models.policy import Policy, load_policy
from models.schema import upgrade
from models.settings import Settings
from service import desk
from service.desk import Pointer
from service.kpis.registry import by_subject
from service.leadership import Leadership
from service.projection.generation import generation
from service.projection.ledgers import open_ledger
from service.projection.live import Live
from service.projection.rules import Rules
from service.projection.verify import Report, Verification
from service.snapshots import take_snapshot
from service.worker import REBUILD

Say = Callable[[str], None]
_FOLLOW_SECONDS = 0.5


def prove(settings: Settings, say: Say) -> int:
    """Verify the ledger that is shown; 0 when it agrees, 1 when it does not."""
    main = Database(settings.database_url)
    try:
        upgrade(main)
        with main.read() as connection:
            pointer = desk.read_pointer(connection)
            in_force = desk.read_policy(connection)
        if pointer is None or in_force is None:
            say("there is no ledger yet: nothing to verify")
            return 1
        _same_release(pointer, in_force.policy, settings.clock())
        ledger = open_ledger(main, pointer.generation, pointer.build)
        try:
            report = Verification(main, ledger, rules=Rules.of(in_force.policy), measures=by_subject()).run()
        finally:
            ledger.close()
    finally:
        main.close()
    for line in _told(report):
        say(line)
    return 0 if report.agreed else 1


def rebuild_ledger(settings: Settings, say: Say) -> int:
    """Have the leading worker build the ledger anew, or do it here when no worker leads."""
    main = Database(settings.database_url)
    try:
        upgrade(main)
        leadership = Leadership(main)
        try:
            term = leadership.acquire()
            if term is None:
                return _follow_job(main, settings.clock(), say)
            return _rebuild_here(main, settings, term, say)
        finally:
            leadership.close()
    finally:
        main.close()


def _rebuild_here(main: Database, settings: Settings, term: int, say: Say) -> int:
    clock = settings.clock()

    def snapshot(ledger: Database, pointer: Pointer, policy: Policy) -> None:
        take_snapshot(ledger, pointer, policy, 0, clock, b"")

    live = Live(main, clock, load_policy(settings.named_policy_file), term, snapshot)
    try:
        live.begin_build()
        said = ""
        while (progress := live.building) is not None:
            if str(progress) != said:
                said = str(progress)
                say(said)
            live.turn()
    finally:
        live.close()
    say("the new ledger is shown")
    return 0


def _follow_job(main: Database, clock: Clock, say: Say) -> int:
    with main.write() as connection:
        job_id = desk.add_job(connection, REBUILD, clock.now())
    said = ""
    while True:
        with main.read() as connection:
            state, progress = desk.read_job(connection, job_id)
        if progress != said:
            said = progress
            say(said)
        if state in (JobState.DONE, JobState.FAILED):
            return 0 if state is JobState.DONE else 1
        time.sleep(_FOLLOW_SECONDS)


def _same_release(pointer: Pointer, policy: Policy, clock: Clock) -> None:
    expected = generation(policy, frozen=clock.frozen)
    if pointer.generation != expected:
        raise ConfigurationError(
            f"the ledger shown is of generation {pointer.generation}, this release makes {expected}: "
            "start the worker (or run techscore rebuild) first"
        )


def _told(report: Report) -> list[str]:
    lines = [f"{difference.kind}: {difference.where}: {difference.detail}" for difference in report.differences]
    lines.append(
        f"verified to position {report.position}, as of {isoformat(report.as_of)}: {report.entities} entities, "
        f"{report.subjects} subjects, {report.counters} counters; {report.waiting} waiting, {report.parked} parked"
    )
    lines.append("equal" if report.agreed else f"NOT equal: {len(report.differences)} differences shown")
    return lines
