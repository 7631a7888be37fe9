"""The worker: leads or stands by; while it leads it projects, lets time pass, renders, and does the jobs left for it.

One loop, one thread. Everything that waits gets a bounded turn; whatever the database refuses for a while is
tried again with patience, for the inbox keeps what has not been taken.
"""

from __future__ import annotations

import time
from collections.abc import Set
from threading import Event
from typing import Any

import structlog

from ingest.autotask.journal import KeptJournal
from models.clock import Clock
from models.database import Database
from models.errors import Fenced, StorageUnavailable
from models.policy import Policy
from models.settings import Settings
from service import desk
from service.autotask import Autotask
from service.coaching.kept import KeptStandings
from service.desk import Pointer
from service.digest.post import Post
from service.errands import errands
from service.feeding import Feeding
from service.jobs import Jobs
from service.leadership import Leadership
from service.metrics.worker import WorkerMetrics
from service.months.closing import close_months
from service.policies import Policies
from service.projection.ledger.figures import Whose
from service.projection.live import Live
from service.proofs import Prover
from service.reading import view_of
from service.scorecards.tech_months import TechMonths
from service.scorecards.unchanged import Unchanged
from service.snapshots import take_snapshot

IDLE_SECONDS = 0.02
STANDBY_SECONDS = 1.0
PATIENCE_SECONDS = 1.0
BEAT_SECONDS = 3.0
LOOK_AROUND_SECONDS = 1.0
PROVE_SECONDS = 0.5
CLOSE_SECONDS = 30.0
DIGEST_SECONDS = 30.0
RENDER_AT_MOST_EVERY_SECONDS = 1.0
RENDER_BESIDE_A_BUILD_SECONDS = 5.0
"""A build shares the core with what is shown: a rendering a second would take a fifth of it."""
RENDER_AT_LEAST_EVERY_SECONDS = 10.0

log: Any = structlog.get_logger()


class Worker:
    """One worker process. ``run`` returns when ``stop`` is set; errors that waiting cannot cure leave it."""

    def __init__(self, settings: Settings, main: Database, clock: Clock, stop: Event) -> None:
        self._policies = Policies(settings.named_policy_file, main)
        self._main = main
        self._clock = clock
        self._stop = stop
        self._metrics = WorkerMetrics()
        self._technician = settings.metrics_technician
        self._months = TechMonths()
        self._unchanged = Unchanged()
        self._post = Post(settings, main, clock)
        self._plans = KeptStandings(main)
        autotask = Autotask(settings, self._metrics.autotask, journal=KeptJournal(main))
        self._errands = errands(settings, autotask)
        self._feeding = Feeding(settings, autotask, main, clock, self._metrics.autotask.mended)

    def run(self) -> None:
        """Lead when nobody else does, until told to stop."""
        leadership = Leadership(self._main)
        stands_by = False
        try:
            while not self._stop.is_set():
                try:
                    term = leadership.acquire()
                    if term is None:
                        if not stands_by:
                            log.info("worker_stands_by")
                        stands_by = True
                        self._stop.wait(STANDBY_SECONDS)
                        continue
                    stands_by = False
                    log.info("worker_leads", term=term)
                    self._lead(leadership, term)
                except Fenced as error:
                    log.warning("worker_fenced", detail=str(error))
                    self._stop.wait(STANDBY_SECONDS)
                except StorageUnavailable as error:
                    log.warning("storage_unavailable", detail=str(error))
                    self._stop.wait(PATIENCE_SECONDS)
        finally:
            leadership.close()

    def _lead(self, leadership: Leadership, term: int) -> None:
        self._unchanged = Unchanged()  # another may have led meanwhile
        live = Live(self._main, self._clock, self._policies.read(), term, self._snapshot)
        jobs = Jobs(self._main, self._clock, self._errands)
        rounds = _Rounds(self, leadership, live, jobs, Prover(self._main, self._clock))
        self._feeding.start()
        try:
            while not self._stop.is_set():
                started = time.perf_counter()
                step = live.turn()
                if step.moved:
                    self._metrics.stepped(step.facts, step.subjects, time.perf_counter() - started)
                rounds.make(moved=bool(step.facts or step.subjects))
                if not step.moved:
                    self._stop.wait(IDLE_SECONDS)
        finally:
            self._feeding.close()
            self._post.close()
            jobs.close()
            live.close()

    def _snapshot(self, ledger: Database, pointer: Pointer, policy: Policy, moved: Set[Whose]) -> None:
        self._unchanged.moved(moved)
        with self._main.read() as connection:
            in_force = desk.read_policy(connection)
        revision = 0 if in_force is None else in_force.revision
        with self._metrics.render_seconds.time():
            take_snapshot(
                ledger,
                pointer,
                policy,
                revision,
                self._clock,
                self._metrics.exposition(),
                technician=self._technician,
                months=self._months,
                plans=self._plans,
                unchanged=self._unchanged,
            )

    def look_around(self, live: Live, jobs: Jobs) -> None:
        """See whether the policy file changed, whether somebody left a job, and whether parked events can be read."""
        if (changed := self._policies.changed()) is not None:
            log.info("policy_changed")
            live.adopt(changed)
        jobs.look(live)
        if live.parked is not None:
            live.parked.tend()

    def close_months(self, live: Live) -> None:
        """Close the months that are due, when nothing waits."""
        if live.shown is None or live.building is not None:
            return
        ledger, pointer, policy = live.shown
        with ledger.read() as connection:
            close_months(self._main, view_of(connection, pointer, policy, 0), self._clock.now())

    def send_digests(self, live: Live) -> None:
        """Send what is due of Monday's digest."""
        if live.shown is None or live.building is not None:
            return
        ledger, pointer, policy = live.shown
        with ledger.read() as connection:
            self._post.look(view_of(connection, pointer, policy, 0).as_of, policy)

    def prove(self, live: Live, prover: Prover) -> None:
        """Verify a slice of the ledger that is shown, when a verification is due."""
        if live.shown is not None and live.building is None:
            prover.turn(*live.shown)


class _Rounds:
    """What the leader does now and then between turns: beat, look around, render."""

    def __init__(self, worker: Worker, leadership: Leadership, live: Live, jobs: Jobs, prover: Prover) -> None:
        self._worker = worker
        self._leadership = leadership
        self._live = live
        self._jobs = jobs
        self._prover = prover
        self._due = dict.fromkeys(("beat", "look", "render", "prove", "close", "digest"), 0.0)
        self._unrendered = True

    def make(self, *, moved: bool) -> None:
        """Do what is due by the monotonic clock."""
        self._unrendered = self._unrendered or moved
        if self._is_due("beat", BEAT_SECONDS):
            self._leadership.beat()
        if self._is_due("look", LOOK_AROUND_SECONDS):
            self._worker.look_around(self._live, self._jobs)
        if self._is_due("prove", PROVE_SECONDS):
            self._worker.prove(self._live, self._prover)
        if self._is_due("close", CLOSE_SECONDS):
            self._worker.close_months(self._live)
        if self._is_due("digest", DIGEST_SECONDS):
            self._worker.send_digests(self._live)
        if self._is_due("render", self._render_seconds()):
            self._live.render()
            self._unrendered = False

    def _render_seconds(self) -> float:
        """How long after the last rendering the next one is due."""
        if not self._unrendered:
            return RENDER_AT_LEAST_EVERY_SECONDS
        return RENDER_AT_MOST_EVERY_SECONDS if self._live.building is None else RENDER_BESIDE_A_BUILD_SECONDS

    def _is_due(self, name: str, every_seconds: float) -> bool:
        now = time.monotonic()
        if now - self._due[name] < every_seconds and self._due[name]:
            return False
        self._due[name] = now
        return True
