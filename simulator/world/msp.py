"""The make-believe MSP as a whole: months of life in order, and then the present at speed.

Pure: the same seed, times and scale give the same changes. Nothing but the lives still open is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.instants import Instant
from simulator.autotask.changes import Change
from simulator.world.book import Book
from simulator.world.calendar import DAY_MINUTES, SpedUp, WorkingTime
from simulator.world.cast import Technician, technicians
from simulator.world.clients import clients
from simulator.world.days import Days
from simulator.world.estate import companies, machines
from simulator.world.furniture import Furniture
from simulator.world.labour import Labour
from simulator.world.life import Life, Scene
from simulator.world.stage import Process, Stage

TICKETS_A_DAY = 23.0
_RUSH = (0.8, 1.5, 1.4, 1.0, 0.6, 1.2, 1.2, 0.8, 0.5)  # hour by hour from eight o'clock; 1 on average
_WEEK = (1.25, 1.05, 0.97, 0.93, 0.80)  # Monday to Friday
_LEAST_WEIGHT = 12.0


class World:
    """One MSP with one past. First read ``history`` to its end, then, if wanted, ``live``.

    ``scale``: so many times the tickets and, from 1.5 on, the desks, clients and machines. ``tickets``: about so many
    in the history, in place of a scale.
    """

    def __init__(
        self, seed: int, start: Instant, end: Instant, *, scale: float = 1.0, tickets: int | None = None
    ) -> None:
        self._days = WorkingTime(start, end)
        self._end = end
        self._until = self._days.minutes_until(end)
        if tickets is not None:
            scale = tickets / max(TICKETS_A_DAY * self._until / DAY_MINUTES, 1.0)
        self._tickets_a_day = TICKETS_A_DAY * scale
        desks = max(1, round(scale))
        self._stage = Stage(seed, self._days)
        self._set_up(desks)

    def history(self) -> Iterator[Change]:
        """What happens up to ``end``, in order. What is planned for later has not happened yet."""
        return self._stage.run(self._end)

    def live(self, start: Instant, speed: float) -> Iterator[Change]:
        """The same life going on from ``start``, ``speed`` working seconds in every second. Never ends.

        Every change is stamped with the real time at which it is to happen; it is for the reader to wait for it.
        """
        self._stage.timeline = SpedUp(self._until, start, speed)
        return self._stage.run(None)

    def _set_up(self, desks: int) -> None:
        stage, people, companies_served = self._stage, technicians(desks), clients(desks)
        book, labour = Book(stage, people, self._until), Labour(stage)
        furniture = Furniture(stage, companies_served, self._days)
        weights = tuple(_LEAST_WEIGHT + one.workstations for one in companies_served)
        days = Days(stage, book, labour, furniture)
        scene = Scene(stage, book, labour, furniture, companies_served, weights)
        stage.start(_open(furniture, people))
        for one in people:
            stage.start(days.career(one))
            stage.start(days.time_off(one))
        stage.start(machines(stage, furniture, [one for one in companies_served if one.workstations]))
        stage.start(companies(stage, companies_served))
        stage.start(self._arrivals(scene))

    def _arrivals(self, scene: Scene) -> Process:
        """Tickets come in, by hour and weekday."""
        stage = self._stage
        rng = stage.random("arrivals")
        while True:
            rush = _RUSH[int(stage.now % DAY_MINUTES // 60)] * _WEEK[stage.timeline.weekday(stage.now)]
            yield stage.now + rng.expovariate(self._tickets_a_day * rush / DAY_MINUTES)
            stage.start(Life(scene).live())


def _open(furniture: Furniture, people: Sequence[Technician]) -> Process:
    furniture.set_up(people)
    yield from ()


def history(
    seed: int, start: Instant, end: Instant, *, scale: float = 1.0, tickets: int | None = None
) -> Iterator[Change]:
    """The changes of a make-believe MSP from ``start`` to ``end``, in order, furniture first."""
    return World(seed, start, end, scale=scale, tickets=tickets).history()
