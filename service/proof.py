"""``verify`` as a command: beside a live service, or by itself when none runs."""

from __future__ import annotations

from collections.abc import Callable

from models.clock import Clock
from models.database import Database
from models.errors import ConfigurationError
from models.instants import isoformat
from models.policy import Policy
from models.schema import upgrade
from models.settings import Settings
from service import desk
from service.desk import Pointer
from service.kpis.registry import by_subject
from service.projection.generation import generation
from service.projection.ledger.parked import parked_after
from service.projection.ledger.tables import Key
from service.projection.ledgers import open_ledger
from service.projection.retry import item_word
from service.projection.rules import Rules
from service.projection.verify import Report, Verification

Say = Callable[[str], None]
MAX_PARKED = 20
"""So many parked items are named; ``techscore parked list`` has them all."""


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
            aside = _parked(ledger)
        finally:
            ledger.close()
    finally:
        main.close()
    for line in (*aside, *_told(report)):
        say(line)
    return 0 if report.agreed else 1


def _same_release(pointer: Pointer, policy: Policy, clock: Clock) -> None:
    expected = generation(policy, frozen=clock.frozen)
    if pointer.generation != expected:
        raise ConfigurationError(
            f"the ledger shown is of generation {pointer.generation}, this release makes {expected}: "
            "start the worker (or run techscore rebuild) first"
        )


def _parked(ledger: Database) -> list[str]:
    with ledger.read() as connection:
        rows = parked_after(connection, None, None, MAX_PARKED)
    return [f"parked: {item_word(Key(row.item_type, row.item_id))}: {row.reason} {row.detail}".rstrip() for row in rows]


def _told(report: Report) -> list[str]:
    lines = [f"{difference.kind}: {difference.where}: {difference.detail}" for difference in report.differences]
    lines.append(
        f"verified to position {report.position}, as of {isoformat(report.as_of)}: {report.entities} entities, "
        f"{report.subjects} subjects, {report.counters} counters; {report.waiting} waiting, {report.parked} parked; "
        f"{report.parked_events} events parked, {report.discarded} discarded"
    )
    lines.append("equal" if report.agreed else f"NOT equal: {len(report.differences)} differences shown")
    return lines
