"""A technician's days: projects and internal time around the tickets, time off, joining and leaving."""

from __future__ import annotations

from random import Random

from simulator.dotnet_json import Json
from simulator.world.book import Book, day_of
from simulator.world.calendar import DAY_MINUTES
from simulator.world.cast import COORDINATOR, SYSTEM_RESOURCE, Technician
from simulator.world.clients import FIRST_TASK, PROJECTS
from simulator.world.furniture import Furniture
from simulator.world.labour import Labour
from simulator.world.picklists import TimeOff, WorkType
from simulator.world.stage import Process, Stage

_FIRST_REQUEST = 60_000
_STOCKTAKING = ((200.0, 0.35), (350.0, 0.6), (505.0, 1.0))
"""When in the day projects and internal time are written, and how much of the day is past by then."""
_TASKS = tuple(range(FIRST_TASK, FIRST_TASK + sum(len(titles) for _, _, _, titles in PROJECTS)))
_SHORTEST_MINUTES = 12


class Days:
    """Lives the working days of technicians beside their tickets."""

    def __init__(self, stage: Stage, book: Book, labour: Labour, furniture: Furniture) -> None:
        self._stage = stage
        self._book = book
        self._labour = labour
        self._furniture = furniture

    def career(self, who: Technician) -> Process:
        """From the first working day to the last one: a morning and an evening each day."""
        stage, rng = self._stage, self._stage.random(f"days:{who.resource_id}")
        joins, leaves = self._book.stay(who)
        if joins:
            yield joins
            self._furniture.employ(who, stage.date())
        for day in range(day_of(joins), 10**9):
            yield day * DAY_MINUTES + rng.uniform(0.5, 3)
            if stage.now >= leaves:
                stage.update("Resources", who.resource_id, {"isActive": False}, SYSTEM_RESOURCE)
                return
            here = self._book.here(who, stage.now)
            if here and rng.random() < 0.2:
                self._project_block(rng, who)
            written = [0.0, 0.0]
            for minute, share in _STOCKTAKING:
                yield day * DAY_MINUTES + minute + rng.uniform(0, 25)
                if self._book.here(who, stage.now):
                    self._fill(rng, who, day, share, written)
            if not here and not stage.timeline.live and stage.timeline.weekday(stage.now) in who.weekdays:
                self._write(rng, who, day, 480, WorkType.TIME_OFF)
            self._book.forget(who, day - 2)

    def time_off(self, who: Technician) -> Process:
        """Holidays asked for in advance, some declined or called off; days of illness."""
        stage, rng = self._stage, self._stage.random(f"off:{who.resource_id}")
        joins, leaves = self._book.stay(who)
        yield joins + rng.uniform(1, 15) * DAY_MINUTES
        while stage.now < leaves and not stage.timeline.live:
            today = day_of(stage.now)
            if rng.random() < 0.3:
                stage.start(self._request(rng, who, today + 1, 8.0, ill=True))
            else:
                first, half = today + rng.randint(8, 20), rng.random() < 0.15
                for day in range(first, first + (1 if half else rng.choice((1, 1, 2, 5)))):
                    if stage.timeline.weekday(day * DAY_MINUTES) in who.weekdays:
                        stage.start(self._request(rng, who, day, 4.0 if half else 8.0, ill=False))
            yield stage.now + rng.uniform(12, 36) * DAY_MINUTES

    def _request(self, rng: Random, who: Technician, day: int, hours: float, *, ill: bool) -> Process:
        stage = self._stage
        if ill:
            yield day * DAY_MINUTES + rng.uniform(1, 30)
            if stage.timeline.live:
                return
        number = stage.number("TimeOffRequests", _FIRST_REQUEST)
        fields: dict[str, Json] = {
            "resourceID": who.resource_id,
            "requestDate": stage.date(day * DAY_MINUTES),
            "hours": hours,
            "startTime": None,
            "endTime": None,
            "status": int(TimeOff.REQUESTED),
            "timeOffRequestType": 20 if ill else 10,
            "reason": "Ill" if ill else "Holiday",
            "createDateTime": stage.stamp(),
            "createdByResourceID": who.resource_id,
            "approvedDateTime": None,
            "approveRejectResourceID": None,
        }
        stage.create("TimeOffRequests", number, fields, who.resource_id)
        yield stage.now + (rng.uniform(1, 60) if ill else rng.uniform(60, 1_500))
        granted = ill or rng.random() >= 0.08
        decision: dict[str, Json] = {
            "status": int(TimeOff.APPROVED if granted else TimeOff.DECLINED),
            "approvedDateTime": stage.stamp() if granted else None,
            "approveRejectResourceID": COORDINATOR,
        }
        stage.update("TimeOffRequests", number, decision, COORDINATOR)
        if not granted:
            return
        self._book.off(who, day, hours * 60)
        if not ill and rng.random() < 0.08:
            yield min(stage.now + rng.uniform(100, 2_000), day * DAY_MINUTES - 60)
            self._book.off(who, day, 0)
            stage.update("TimeOffRequests", number, {"status": int(TimeOff.CANCELLED)}, who.resource_id)

    def _project_block(self, rng: Random, who: Technician) -> None:
        start, minutes = self._book.place(who, self._stage.now + rng.uniform(5, 240), rng.uniform(45, 110))
        self._stage.start(self._labour.timed(rng, who, start, minutes, taskID=rng.choice(_TASKS[:-1])))

    def _fill(self, rng: Random, who: Technician, day: int, share: float, written: list[float]) -> None:
        """What the tickets left of the day so far (``share``): projects up to the aim, and internal time.

        ``written``: minutes of both kinds already written today.
        """
        scheduled = self._book.scheduled(who, day)
        aim = who.utilization * rng.uniform(0.92, 1.08) * scheduled
        worked = self._book.worked(who) + written[0]
        project = min(aim * share - worked, aim - self._book.booked(who, day) - written[0])
        if project > _SHORTEST_MINUTES:
            worked += project
            written[0] += project
            on: dict[str, Json] = {"taskID": rng.choice(_TASKS if rng.random() < 0.3 else _TASKS[:-1])}
            self._stage.start(self._labour.untimed(rng, who, day, project, **on))
        internal = who.coverage * rng.uniform(0.97, 1.02) * scheduled * share - worked - written[1]
        if internal > _SHORTEST_MINUTES:
            written[1] += internal
            code = rng.choice((WorkType.MEETING, WorkType.MEETING, WorkType.TRAINING, WorkType.ADMINISTRATION))
            self._write(rng, who, day, internal, code)

    def _write(self, rng: Random, who: Technician, day: int, minutes: float, code: WorkType) -> None:
        entry = self._labour.untimed(rng, who, day, minutes, internalBillingCodeID=int(code))
        self._stage.start(entry)
