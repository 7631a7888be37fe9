"""Jobs: what commands leave for the leading worker, how they are done, and how a command follows its own.

A command that changes the ledger never does so beside a worker. It leaves a job and says how that goes; while no
worker leads it takes the lead and does what is waiting itself, exactly as a worker would (design §6).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Set

from ingest.autotask.journal import KeptJournal
from models.clock import Clock
from models.database import Database
from models.desk import JobState
from models.errors import ConfigurationError
from models.policy import Policy
from models.schema import upgrade
from models.settings import Settings
from service import desk
from service.autotask import Autotask
from service.desk import OpenJob, Pointer
from service.errands import Errand, Start, errands
from service.leadership import Leadership
from service.policies import Policies
from service.projection.ledger.figures import Whose
from service.projection.live import Live
from service.projection.retry import ParkedItems, wanted_of
from service.snapshots import take_snapshot

REBUILD = "rebuild"
PARKED_RETRY = "parked_retry"
PARKED_DISCARD = "parked_discard"

Say = Callable[[str], None]
Standing = tuple[JobState, str]
_FOLLOW_SECONDS = 0.5
_IDLE_SECONDS = 0.02


class Jobs:
    """Does the jobs that were left, oldest first, a bounded piece at each look; for whoever leads.

    ``starts``: the jobs that are errands, by kind.
    """

    def __init__(self, main: Database, clock: Clock, starts: Mapping[str, Start]) -> None:
        self._main = main
        self._clock = clock
        self._starts = starts
        self._begun: int | None = None
        self._errands: dict[int, Errand] = {}

    def look(self, live: Live) -> None:
        """Do a piece of the oldest job of the loop's own, if there is one; see how the errands go.

        An errand may take days (a backfill): nothing but another of its kind waits for it.
        """
        with self._main.read() as connection:
            open_jobs = desk.open_jobs(connection)
        oldest = {job.kind if job.kind in self._starts else "": job for job in reversed(open_jobs)}
        for job in oldest.values():
            try:
                state, said = self._run_errand(job) if job.kind in self._starts else self._work_on(live, job)
            except ConfigurationError as error:
                state, said = JobState.FAILED, str(error)
            with self._main.write() as connection:
                desk.note_job(connection, job.id, state, said, self._clock.now())

    def close(self) -> None:
        """End the errands under way; the next leader begins them anew. Twice is fine."""
        for errand in self._errands.values():
            errand.close()
        self._errands.clear()

    def _run_errand(self, job: OpenJob) -> Standing:
        if job.id not in self._errands:
            self._errands[job.id] = self._starts[job.kind](job.arguments)
        state, said = self._errands[job.id].standing()
        if state is not JobState.RUNNING:
            self._errands.pop(job.id).close()
        return state, said

    def _work_on(self, live: Live, job: OpenJob) -> Standing:
        is_new = job.id != self._begun  # or begun by a leader that is gone
        if job.kind == REBUILD:
            self._begun = job.id
            return _rebuild(live, is_new=is_new)
        if job.kind not in (PARKED_RETRY, PARKED_DISCARD):
            return JobState.FAILED, f"this release knows no job {job.kind!r}"
        if live.building is not None or live.parked is None:
            # What was parked may be counted in the ledger that is being built: its switch comes first.
            return JobState.RUNNING, f"waits for the new ledger: {live.building}"
        self._begun = job.id
        if job.kind == PARKED_RETRY:
            return _retry(live.parked, job, is_new=is_new)
        return JobState.DONE, live.parked.discard(wanted_of(job.arguments), self._clock.now())


def _rebuild(live: Live, *, is_new: bool) -> Standing:
    if is_new:
        live.begin_build()
    if (progress := live.building) is None:
        return JobState.DONE, "the new ledger is shown"
    return JobState.RUNNING, str(progress)


def _retry(parked: ParkedItems, job: OpenJob, *, is_new: bool) -> Standing:
    wanted = wanted_of(job.arguments)
    if is_new:
        parked.call_up(wanted)
    waiting = parked.called_up()
    return (JobState.RUNNING, f"{waiting} to try again") if waiting else (JobState.DONE, parked.told(wanted))


def carry_out(settings: Settings, kind: str, arguments: str | None, say: Say, *, join: bool = False) -> int:
    """Have a job done and say how it goes; 0 when it was done, 1 when it could not be.

    ``join``: where the same job is under way already, or was left by a command that was killed, follow that one.
    """
    main = Database(settings.database_url)
    try:
        upgrade(main)
        clock = settings.clock()
        with main.write() as connection:
            same = [job.id for job in desk.open_jobs(connection) if (job.kind, job.arguments) == (kind, arguments)]
            job_id = same[0] if join and same else desk.add_job(connection, kind, clock.now(), arguments)
        leadership = Leadership(main)
        try:
            term = leadership.acquire()
            if term is None:
                return _follow(main, job_id, say, lambda: time.sleep(_FOLLOW_SECONDS))
            return _lead(main, settings, term, job_id, say)
        finally:
            leadership.close()
    finally:
        main.close()


def _lead(main: Database, settings: Settings, term: int, job_id: int, say: Say) -> int:
    clock = settings.clock()

    def snapshot(ledger: Database, pointer: Pointer, policy: Policy, _moved: Set[Whose]) -> None:
        take_snapshot(ledger, pointer, policy, 0, clock, b"")

    live = Live(main, clock, Policies(settings.named_policy_file, main).read(), term, snapshot)
    jobs = Jobs(main, clock, errands(settings, Autotask(settings, journal=KeptJournal(main))))

    def lead() -> None:
        jobs.look(live)
        step = live.turn()
        if live.parked is not None:
            live.parked.tend()
        if not step.moved:
            time.sleep(_IDLE_SECONDS)

    try:
        return _follow(main, job_id, say, lead)
    finally:
        jobs.close()
        live.close()


def _follow(main: Database, job_id: int, say: Say, meanwhile: Callable[[], None]) -> int:
    said = ""
    while True:
        with main.read() as connection:
            state, progress = desk.read_job(connection, job_id)
        if progress != said:
            # An errand's progress grows line by line: each is said once.
            say(progress.removeprefix(f"{said}\n") if said else progress)
            said = progress
        if state in (JobState.DONE, JobState.FAILED):
            return 0 if state is JobState.DONE else 1
        meanwhile()
