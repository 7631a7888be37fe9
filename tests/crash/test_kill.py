"""Killed anywhere, under load: what was acknowledged is there exactly once, and the figures are what the facts say.

Each round kills web, worker or both with SIGKILL, at a random moment or at a named point of their work, starts
them again, and counts (design I1, I2, I4).
"""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.crash.crew import Crew, Load, crew_on, eventually, key_of
from tests.crash.launcher import Point

_VICTIMS: tuple[tuple[tuple[str, ...], Point], ...] = (
    (("web",), Point.AFTER_INSERT),
    (("worker",), Point.MID_BATCH),
    (("web",), Point.AFTER_COMMIT),
    (("worker",), Point.BEFORE_SNAPSHOT),
    (("web",), Point.NONE),
    (("worker",), Point.NONE),
    (("web", "worker"), Point.NONE),
)
ROUNDS = 20
_POINT_OF = {
    Point.AFTER_INSERT: "web",
    Point.AFTER_COMMIT: "web",
    Point.MID_BATCH: "worker",
    Point.BEFORE_SNAPSHOT: "worker",
}


async def test_what_was_acknowledged_survives_every_kill(
    tmp_path: Path, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Twenty crashes: acknowledged events exactly once, unanswered ones at most once, and ``verify`` agrees."""
    chance = random.Random(20)
    dialect = database_url.partition(":")[0].partition("+")[0]
    with crew_on(tmp_path, database_url) as crew:
        await crew.wait_ready()
        for number in range(ROUNDS):
            victims, point = _VICTIMS[number % len(_VICTIMS)]
            said = await _round(crew, victims, point, chance)
            line = f"{dialect:<10} round {number + 1:>2}  kill {' and '.join(victims):<14} {point:<34}  {said}"
            record_property("counts", line)


async def _round(crew: Crew, victims: tuple[str, ...], point: Point, chance: random.Random) -> str:
    if point is not Point.NONE:
        _restart_with(crew, _POINT_OF[point], point)
        await crew.wait_ready()
    load = Load(crew.base_url)
    async with load.running():
        enough = chance.randint(10, 150)
        await eventually(
            "some answers and an open question", lambda: len(load.acknowledged) >= enough and load.in_flight
        )
        in_flight = set(load.in_flight)
        if point is Point.NONE:
            for role in victims:
                crew.signal(role, signal.SIGKILL)
        else:
            crew.trigger(victims[0])
        await eventually(f"the end of {victims}", lambda: not any(crew.is_alive(role) for role in victims))
        if point is not Point.NONE:
            await eventually("an open question", lambda: load.in_flight or load.lost)
            in_flight = load.in_flight | set(load.lost)
    assert in_flight
    assert [] == load.refused
    assert bool(load.lost) is ("web" in victims)
    acknowledged = dict(load.acknowledged)
    for role in victims:
        crew.start(role)
    await crew.wait_ready()

    stored = crew.stored()
    assert {body: [position] for body, position in acknowledged.items()} == {
        body: stored.get(key_of(body), []) for body in acknowledged
    }
    survived = {body for body in load.lost if key_of(body) in stored}
    if point is Point.AFTER_COMMIT:
        assert survived
    await _send_again(load, survived)
    stored = crew.stored()
    assert all(len(positions) == 1 for positions in stored.values())
    assert {key_of(body) for body in (*load.acknowledged, *load.lost)} <= stored.keys()
    position = await crew.wait_projected()
    assert "equal" == crew.verify()
    return (
        f"acknowledged {len(acknowledged):>4}, in flight {len(in_flight)}, unanswered {len(load.lost)} "
        f"(stored {len(survived)}), verify equal at {position}"
    )


async def _send_again(load: Load, survived: set[bytes]) -> None:
    """As Autotask does with what was not answered; a second storing would be a second position."""
    async with httpx.AsyncClient(base_url=load.base_url, timeout=10) as client:
        for body in load.lost:
            response = await load.send(client, body)
            assert response is not None
            assert (202, body in survived) == (response.status_code, response.json()["duplicate"])


def _restart_with(crew: Crew, role: str, point: Point) -> None:
    crew.signal(role, signal.SIGKILL)
    crew.start(role, point)
