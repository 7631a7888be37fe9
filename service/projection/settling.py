"""Subjects evaluated and the ledger brought to what they say: contributions, counters, deadlines, edges.

The step that projector and rebuild share. A subject whose KPI raises is parked and keeps what it has (I6); a day
that comes to be on a technician's roster, or leaves it, makes those due that read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

from sqlalchemy import Connection

from models.entities import TECHNICIAN_DAYS
from models.instants import add_days
from models.ledger import ParkedKind
from service.projection.edges import ROSTER, Concern
from service.projection.evaluation import Evaluation, evaluate
from service.projection.fold import EntityState
from service.projection.ledger import facts, figures, roster, waiting
from service.projection.ledger.tables import Key
from service.projection.loading import load_stories
from service.projection.mandate import Mandate
from service.projection.parking import parked_subject
from service.projection.slices import EvaluatedSlice
from service.projection.story import MEMBER_DAYS, Moment


def settle(
    connection: Connection, mandate: Mandate, subjects: set[Key], moment: Moment, states: Mapping[Key, EntityState]
) -> set[figures.Whose]:
    """Evaluate subjects at a moment and write the difference; whose counters moved. ``states``: newer than the
    ledger's, if any."""
    if not subjects:
        return set()
    stories = load_stories(connection, subjects, mandate.rules, states)
    evaluations = {key: evaluate(key, story, moment, mandate.measures) for key, story in stories.items()}
    for key in subjects - stories.keys():
        evaluations[key] = Evaluation()  # nothing is known of it yet: an entry came before its ticket
    parked_before = waiting.load_parked(connection, ParkedKind.SUBJECT, subjects)
    failed = {key: result for key, result in evaluations.items() if result.failure}
    deadlines = {key: result.deadlines for key, result in evaluations.items() if not result.failure}
    if failed:
        rows = [parked_subject(key, r.failure, parked_before.get(key), moment) for key, r in failed.items()]
        waiting.park(connection, rows)
        deadlines |= {Key(row.item_type, row.item_id): {"now": row.retry_at} for row in rows}
    waiting.unpark(connection, ParkedKind.SUBJECT, parked_before.keys() - failed.keys())
    waiting.save_deadlines(connection, waiting.load_deadlines(connection, subjects), deadlines)
    delta = _write(connection, {key: result for key, result in evaluations.items() if not result.failure})
    _make_roster_readers_due(connection, delta, moment)
    return figures.whose(delta)


def settle_first(connection: Connection, done: EvaluatedSlice, moment: Moment) -> None:
    """Write what subjects come to of which the ledger holds nothing yet; those postponed are made due."""
    deadlines = dict(done.deadlines)
    if done.failed:
        rows = [parked_subject(key, failure, None, moment) for key, failure in done.failed.items()]
        waiting.park(connection, rows)
        deadlines |= {Key(row.item_type, row.item_id): {"now": row.retry_at} for row in rows}
    waiting.save_deadlines(connection, {}, deadlines)
    waiting.make_due(connection, done.postponed, moment.now)
    figures.add_contributions(connection, done.contributions)
    figures.apply_delta(connection, done.delta)
    facts.add_edges(connection, done.edges)
    _make_roster_readers_due(connection, done.delta, moment)


def _write(connection: Connection, evaluations: Mapping[Key, Evaluation]) -> figures.Delta:
    """Retract what no longer holds, assert what does, and move the counters by the difference."""
    before = figures.load_contributions(connection, evaluations)
    gone: list[figures.Row] = []
    new: list[figures.Row] = []
    for key, result in sorted(evaluations.items(), key=itemgetter(0)):
        rows = before.get(key)
        gone += sorted(rows - result.rows) if rows else ()
        new += sorted(result.rows - rows if rows else result.rows)
    delta: figures.Delta = {}
    for row in gone:
        figures.add_to_delta(delta, row, -1)
    for row in new:
        figures.add_to_delta(delta, row, +1)
    figures.save_contributions(connection, gone, new)
    figures.apply_delta(connection, delta)
    edges_before = facts.load_reads(connection, evaluations)
    edges_after = {edge for result in evaluations.values() for edge in result.reads}
    facts.save_edges(connection, edges_before - edges_after, edges_after - edges_before)
    return delta


def _make_roster_readers_due(connection: Connection, delta: figures.Delta, moment: Moment) -> None:
    crossings = list(roster.crossings(connection, delta))
    concerns = [(Key(ROSTER, who), Concern(day, add_days(day, MEMBER_DAYS - 1))) for who, day in crossings]
    waiting.make_readers_due(connection, concerns, moment.now)
    waiting.make_due(connection, {Key(TECHNICIAN_DAYS, who) for who, _ in crossings}, moment.now)
