"""Another meaning under live load: the new ledger is built beside, then shown; nobody ever reads a mixture (design §5).

Every event is one SLA decision, of which the policy may leave out those of one queue. So for every answer it can be
told from its generation and position alone what it has to say.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import httpx

from models.clock import WallClock
from models.instants import HOUR, MINUTE, isoformat
from tests.e2e.running import Service, event, until

LEFT_OUT, KEPT = 29, 30
BEFORE, SO_MANY = 1_500, 4_000


class Load:
    """Posts decisions without end; remembers the queue at each position."""

    def __init__(self, service: Service) -> None:
        self.queues: dict[int, int] = {}
        self._service = service
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def post(self, number: int) -> None:
        """One ticket whose completion was decided some minutes ago."""
        now = WallClock().now()
        queue = LEFT_OUT if number % 3 == 0 else KEPT
        fields = {
            "companyID": 7,
            "queueID": queue,
            "createDate": isoformat(now - HOUR),
            "resolvedDueDateTime": isoformat(now - MINUTE),
            "resolvedDateTime": isoformat(now - 2 * MINUTE),
        }
        position = self._service.post(event("Ticket", number, now - MINUTE, fields))
        self.queues[position] = queue

    def counted(self, position: int, *, without: bool) -> int:
        """How many decisions stand at or below a position."""
        return sum(1 for at, queue in self.queues.items() if at <= position and not (without and queue == LEFT_OUT))

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        number = BEFORE
        while not self._stop.is_set() and number < SO_MANY:
            number += 1
            try:
                self.post(number)
            except (AssertionError, httpx.TransportError):
                return  # the service was killed
            time.sleep(0.005)


def _say(service: Service) -> tuple[str, int, int]:
    """Generation, position, and how many completions were decided, in one answer."""
    document = service.scorecard()
    figure = next(one for one in document["team"]["kpis"] if one["kpi"] == "sla_completion")
    return document["generation"], document["position"], figure["denominator"] // 1_000_000


def _change_meaning(service: Service) -> None:
    (service.folder / "scorecard.toml").write_text(f"excluded_queues = [{LEFT_OUT}]\n")


def _filled(service: Service) -> Load:
    load = Load(service)
    for number in range(1, BEFORE + 1):
        load.post(number)
    service.wait_projected(max(load.queues))
    return load


def test_no_reader_sees_a_mixture(service: Service) -> None:
    """Before, while and after the switch every answer says what its generation says of its position."""
    load = _filled(service)
    old, _, _ = _say(service)
    seen: list[tuple[str, int, int]] = []
    with load:
        _change_meaning(service)

        def look() -> bool:
            seen.append(_say(service))
            return seen[-1][0] != old

        until("the new meaning is shown", look)
        seen.extend(_say(service) for _ in range(20))
    service.wait_projected(max(load.queues))
    seen.append(_say(service))
    assert {True, False} == {generation == old for generation, _, _ in seen}
    for generation, position, decided in seen:
        assert load.counted(position, without=generation != old) == decided, f"{generation} at {position}"
    told = service.run("verify")
    assert 0 == told.returncode, told.stdout + told.stderr
    fresh: Any = service.run("rebuild")
    assert 0 == fresh.returncode, fresh.stdout + fresh.stderr
    generation, position, decided = _say(service)
    assert seen[-1] == (generation, position, decided)


def test_a_kill_during_the_build_leaves_the_old_one_serving(service: Service) -> None:
    """The worker dies while it builds: the old figures stay; the one that follows builds anew and switches."""
    load = _filled(service)
    before = _say(service)
    _change_meaning(service)
    until("the change is seen", lambda: "policy_changed" in service.log.read_text(errors="replace"))
    worker = service.children()["worker"]
    os.kill(worker, signal.SIGKILL)
    for _ in range(20):
        generation, position, decided = _say(service)
        assert load.counted(position, without=generation != before[0]) == decided
    until("the new meaning is shown", lambda: _say(service)[0] != before[0])
    generation, position, decided = _say(service)
    assert load.counted(position, without=True) == decided
    assert 0 == service.run("verify").returncode
