"""A helper of a build: a process of its own that works slices out and hands the rows back; it never writes.

Started by ``service.projection.crew`` as ``python -m service.projection.helper <descriptor>``. The descriptor is one
end of a socket; when the other end is closed, however that came about, the helper ends.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Channel
from typing import TypeAlias

from models.database import Database
from models.ledger import LAYOUT
from service import memory
from service.kpis.registry import by_subject, revisions
from service.projection import fold
from service.projection.generation import STORY_REVISION
from service.projection.ledger.tables import Key
from service.projection.slices import EvaluatedSlice, FoldedSlice, Terms, evaluate_slice, fold_slice
from service.projection.story import Moment

NICENESS = 5
"""The door and the live ledger come first."""


@dataclass(frozen=True)
class Task:
    """One slice: entities of one type to be folded, or with a ``moment`` subjects to be evaluated."""

    keys: tuple[Key, ...]
    moment: Moment | None = None


Done: TypeAlias = FoldedSlice | EvaluatedSlice


@dataclass(frozen=True)
class Errand:
    """What a helper is told first: where things are, under which terms, and what gives numbers their meaning.

    ``schema``: of the ledger, on PostgreSQL. ``meaning``: of the code that builds.
    """

    inbox: str
    ledger: str
    schema: str | None
    terms: Terms
    meaning: str


def meaning() -> str:
    """What the code of this process makes of facts: another release's helper must not help."""
    return repr((LAYOUT, fold.REVISION, STORY_REVISION, sorted(revisions().items())))


def help_with(channel: Channel) -> None:
    """Work out task after task until the channel is closed; an error leaves, and the builder does without."""
    errand: Errand = pickle.loads(channel.recv_bytes())  # noqa: S301 -- the other end is the process that started this
    if errand.meaning != meaning():
        return
    inbox = Database(errand.inbox)
    ledger = Database(errand.ledger, schema=errand.schema, must_exist=True)
    measures = by_subject()
    memory.settle()
    while True:
        task: Task = pickle.loads(channel.recv_bytes())  # noqa: S301 -- as above
        done: Done
        if task.moment is None:
            with inbox.read() as connection:
                done = fold_slice(connection, task.keys, errand.terms)
        else:
            with ledger.read() as connection:
                done = evaluate_slice(connection, task.keys, errand.terms, task.moment, measures)
        channel.send_bytes(pickle.dumps(done, pickle.HIGHEST_PROTOCOL))


def main() -> None:
    """Help until nobody wants it. Leaves without closing anything: the files may be another build's by then."""
    os.nice(NICENESS)
    with suppress(Exception):  # closed; or an error, which the builder meets again when it does the slice itself
        help_with(Channel(int(sys.argv[1])))
    os._exit(0)


if __name__ == "__main__":
    main()
