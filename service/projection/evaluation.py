"""One subject evaluated: rows, deadlines and edges, or why that failed. The path rebuild and verify share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.instants import NEVER
from models.ledger import DeadlineClock
from service.kpis.contests import CONTESTABLE, contest_of, contested
from service.kpis.definition import Measure
from service.projection.edges import EdgeRow, reads
from service.projection.ledger.figures import CONTRIBUTION_COLUMNS, Row, contribution_row
from service.projection.ledger.tables import Key
from service.projection.story import Moment, Story

_NOW, _HEARD = DeadlineClock.NOW.value, DeadlineClock.HEARD.value
_MOST = 2**63 - 1
_NUMBERS = slice(CONTRIBUTION_COLUMNS.index("part"), CONTRIBUTION_COLUMNS.index("outcome"))
"""Where the numbers of a contribution stand in its row."""


@dataclass(frozen=True)
class Evaluation:
    """What the ledger shall hold of one subject. ``failure`` instead, when a measure raised."""

    rows: frozenset[Row] = frozenset()
    deadlines: Mapping[str, int] = field(default_factory=dict)
    reads: frozenset[EdgeRow] = frozenset()
    failure: str = ""


def evaluate(subject: Key, story: Story, moment: Moment, measures: Mapping[str, Sequence[Measure]]) -> Evaluation:
    """Evaluate every measure of a subject. A measure that raises parks the subject and nobody else (I6)."""
    rows: set[Row] = set()
    change_at = heard_at = NEVER
    has_contests = isinstance(story, CONTESTABLE) and bool(story.contests)
    try:
        for measure in measures.get(subject.type, ()):
            verdict = measure.evaluate(story, moment)
            if has_contests and (contest := contest_of(story, measure.key)) is not None:
                verdict = contested(verdict, measure.key, contest)
            contributions, next_change_at, next_heard_at = verdict
            rows.update([contribution_row(subject, one) for one in contributions])
            change_at = min(change_at, next_change_at)
            heard_at = min(heard_at, next_heard_at)
        edges = reads(story)
        _require_storable(rows)
    except Exception as error:  # whatever a KPI raises must not stop the others
        return Evaluation(failure=f"{type(error).__name__}: {error}"[:500])
    deadlines = {clock: due for clock, due in ((_NOW, change_at), (_HEARD, heard_at)) if due != NEVER}
    return Evaluation(frozenset(rows), deadlines, edges)


def _require_storable(rows: set[Row]) -> None:
    """``OverflowError`` for a number no database takes: it is the subject's fault, not that of the facts beside it."""
    for row in rows:
        numbers = row[_NUMBERS]
        if max(numbers) > _MOST or min(numbers) < -_MOST:
            raise OverflowError("a contribution with a number beyond 64 bits")
