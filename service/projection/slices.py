"""A slice of a build worked out: what some entities, or some subjects, come to, as rows ready to be stored.

Reads and never writes, so any process may do it (``service.projection.crew``); whoever builds stores the rows. All that
a slice reads stays as it is while its part of the build lasts: the inbox up to a position, then the folded states. The
one thing that moves is the roster, and a subject that asks for it is *postponed*: left for when nobody works beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection

from models.instants import Instant
from models.ledger import Parked
from service.kpis.definition import Measure
from service.projection.edges import child_edge, work_row
from service.projection.evaluation import evaluate
from service.projection.fold import EntityState, dump
from service.projection.ledger import figures
from service.projection.ledger.tables import Key
from service.projection.loading import load_stories
from service.projection.parking import parked_event
from service.projection.refold import refold
from service.projection.rules import Rules
from service.projection.story import EntryStory, Moment

Rows: TypeAlias = list[tuple[Any, ...]]
"""Plain tuples in the order of a table's columns: cheap to hand from one process to another."""

_PLACE = itemgetter(figures.CONTRIBUTION_COLUMNS.index("measure"), figures.CONTRIBUTION_COLUMNS.index("part"))
"""Where a row stands among those of its subject."""


@dataclass(frozen=True)
class Terms:
    """What holds for all slices of a build: facts up to ``position`` but those ``without``, at ``as_of``."""

    position: int
    without: frozenset[int]
    as_of: Instant
    rules: Rules


@dataclass(frozen=True)
class FoldedSlice:
    """Entities folded: their states, the edges of children, work rows, and events that cannot be read."""

    facts: int
    heard: Instant
    states: Rows
    edges: Rows
    work: Rows
    unreadable: list[Parked]


@dataclass(frozen=True)
class EvaluatedSlice:
    """Subjects evaluated for the first time: what the ledger shall hold of them, and how far the counters move.

    ``failed``: subjects of which a measure raised, with what it said.
    """

    subjects: int
    contributions: Rows = field(default_factory=list)
    delta: figures.Delta = field(default_factory=dict)
    deadlines: dict[Key, Mapping[str, int]] = field(default_factory=dict)
    edges: Rows = field(default_factory=list)
    failed: dict[Key, str] = field(default_factory=dict)
    postponed: set[Key] = field(default_factory=set)


def fold_slice(
    inbox: Connection, keys: Sequence[Key], terms: Terms, strays: dict[Key, EntityState] | None = None
) -> FoldedSlice:
    """Fold all facts of these entities (sorted); those of ``strays`` among them are taken out of it and joined."""
    folded = refold(inbox, keys, terms.position, strays=strays, without=terms.without)
    unreadable = [parked_event(row, error, None, terms.as_of) for row, error in folded.unreadable]
    found = FoldedSlice(folded.facts, folded.heard, [], [], [], unreadable)
    for key, state in sorted(folded.states.items()):
        found.states.append((*key, dump(state)))
        if (edge := child_edge(state)) is not None:
            found.edges.append(tuple(edge))
        if (work := work_row(state, terms.rules)) is not None:
            found.work.append(tuple(work))
    found.edges.sort()
    found.work.sort()
    return found


def evaluate_slice(
    ledger: Connection,
    keys: Sequence[Key],
    terms: Terms,
    moment: Moment,
    measures: Mapping[str, Sequence[Measure]],
) -> EvaluatedSlice:
    """Evaluate subjects of which the ledger holds nothing yet (sorted)."""
    found = EvaluatedSlice(len(keys))
    stories = load_stories(ledger, keys, terms.rules, {})
    for key in keys:
        story = stories[key]
        if isinstance(story, EntryStory) and story.asks_rosters_of:
            found.postponed.add(key)
            continue
        result = evaluate(key, story, moment, measures)
        if result.failure:
            found.failed[key] = result.failure
            continue
        found.contributions.extend(sorted(result.rows, key=_PLACE))
        found.edges.extend(map(tuple, result.reads))
        if result.deadlines:
            found.deadlines[key] = result.deadlines
    for row in found.contributions:
        figures.add_to_delta(found.delta, row, +1)
    found.edges.sort()
    return found
