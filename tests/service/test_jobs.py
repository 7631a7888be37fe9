"""Jobs that wait for Autotask go beside the others; one that a killed command left is joined, not repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from threading import Event

import pytest

from models.clock import ManualClock
from models.database import Database
from models.desk import JobState
from models.policy import Policy
from service import desk
from service.errands import Errand
from service.jobs import REBUILD, Jobs
from service.leadership import Leadership
from service.projection.live import Live
from tests.projection.harness import at

NOW = at("2026-09-14 12:00")
SECONDS = 10.0


class Held:
    """Errands that go on until they are let go."""

    def __init__(self) -> None:
        self.started: list[str | None] = []
        self._errands: list[Errand] = []
        self._free = Event()

    def start(self, arguments: str | None) -> Errand:
        """Begin one."""
        self.started.append(arguments)

        async def work(say: Callable[[str], None]) -> bool:
            say("at work")
            await asyncio.to_thread(self._free.wait, SECONDS)
            say("all read")
            return True

        self._errands.append(Errand(work, only_last=True))
        return self._errands[-1]

    def free(self) -> None:
        """Let all end, and wait until they have."""
        self._free.set()
        assert all(errand.wait(SECONDS) for errand in self._errands)


@pytest.fixture
def held() -> Iterator[Held]:
    """None is left behind."""
    made = Held()
    yield made
    made.free()


@pytest.fixture
def live(database: Database) -> Iterator[Live]:
    """A leader's ledger."""
    leadership = Leadership(database)
    opened = Live(database, ManualClock(NOW), Policy(), leadership.acquire() or 0, lambda *_: None)
    yield opened
    opened.close()
    leadership.close()


def _job(database: Database, kind: str, arguments: str | None = None) -> int:
    with database.write() as connection:
        return desk.add_job(connection, kind, NOW, arguments)


def _standing(database: Database, job: int) -> tuple[JobState, str]:
    with database.read() as connection:
        return desk.read_job(connection, job)


def test_a_long_errand_holds_up_no_other_job(database: Database, live: Live, held: Held) -> None:
    """While a backfill is under way a rebuild is done; another backfill waits for its turn."""
    jobs = Jobs(database, ManualClock(NOW), {"backfill": held.start})
    first, rebuild, second = (_job(database, kind) for kind in ("backfill", REBUILD, "backfill"))
    while _standing(database, rebuild)[0] is not JobState.DONE:
        jobs.look(live)
        live.turn()
    assert [JobState.RUNNING, JobState.WAITING] == [_standing(database, job)[0] for job in (first, second)]
    held.free()
    jobs.look(live)
    assert (JobState.DONE, "all read") == _standing(database, first)
    jobs.look(live)
    held.free()
    jobs.look(live)
    assert (JobState.DONE, 2) == (_standing(database, second)[0], len(held.started))
    jobs.close()


def test_what_a_dead_leader_had_begun_is_begun_again(database: Database, live: Live, held: Held) -> None:
    """The next leader starts the errand with the same arguments."""
    job = _job(database, "backfill", "13mo")
    dead = Jobs(database, ManualClock(NOW), {"backfill": held.start})
    dead.look(live)
    Jobs(database, ManualClock(NOW), {"backfill": held.start}).look(live)
    assert (["13mo", "13mo"], JobState.RUNNING) == (held.started, _standing(database, job)[0])
