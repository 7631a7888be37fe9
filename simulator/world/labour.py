"""Time entries: written at once or late, by the worker or for them, sometimes corrected, sometimes deleted."""

from __future__ import annotations

from random import Random

from models.instants import HOUR, MINUTE
from simulator.dotnet_json import Json
from simulator.world.book import day_of
from simulator.world.calendar import DAY_MINUTES, local_date, pure_date, stamp
from simulator.world.cast import API_RESOURCE, COORDINATOR, Technician
from simulator.world.furniture import ROLE_ID
from simulator.world.picklists import WorkType
from simulator.world.stage import Process, Stage

_FIRST_ENTRY = 90_000_000
_BY_PROXY = 0.02
_IMPORTED = 0.006
_CORRECTED = 0.04
_DELETED = 0.012
_LEFT_FOR_TOMORROW = 0.4
_QUARTER = 0.25


class Labour:
    """Writes down what was worked. Minutes are working minutes."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def timed(self, rng: Random, who: Technician, start: float, minutes: float, **on: Json) -> Process:
        """An entry with start and end, on a ticket or a task (``ticketID=`` or ``taskID=``)."""
        timeline, end = self._stage.timeline, start + minutes
        late = rng.random() < who.writes_late
        lag = _late(rng) if late else min(rng.uniform(0.3, 11), max(_left_of_day(end), 0.1))
        hours = timeline.hours(minutes)
        # on a day that flies by nobody can be late by desk time: late work is work of earlier on
        earlier = int(lag * MINUTE) if late and timeline.live else 0
        begun, ended = timeline.at(start) - earlier, timeline.at(end) - earlier
        yield end + lag
        ahead = max(ended - self._stage.timeline.at(self._stage.now), 0)  # planned for later, then time flew
        begun, ended = begun - ahead, ended - ahead
        times: dict[str, Json] = {
            "dateWorked": pure_date(local_date(begun)),
            "startDateTime": stamp(begun),
            "endDateTime": stamp(ended),
            "offsetHours": round(hours - (ended - begun) / HOUR, 4),
        }
        yield from self._write(rng, who, hours, times | on)

    def untimed(self, rng: Random, who: Technician, day: int, minutes: float, **on: Json) -> Process:
        """An entry of today that says no time of day, on a task or on nothing; late when written the next day."""
        hours = self._stage.timeline.hours(minutes)
        times: dict[str, Json] = {
            "dateWorked": self._stage.date(),
            "startDateTime": None,
            "endDateTime": None,
            "offsetHours": 0.0,
        }
        if rng.random() < who.writes_late * 0.8:
            yield (day + 1) * DAY_MINUTES + rng.uniform(5, 300)
        yield from self._write(rng, who, hours, times | on)

    def _write(self, rng: Random, who: Technician, hours: float, fields: dict[str, Json]) -> Process:
        stage = self._stage
        entry = stage.number("TimeEntries", _FIRST_ENTRY)
        writer = self._writer(rng, who)
        internal = fields.get("internalBillingCodeID") is not None
        work_type = WorkType.PROJECT if fields.get("taskID") else WorkType.REMOTE
        row: dict[str, Json] = {
            "resourceID": who.resource_id,
            "roleID": None if internal else ROLE_ID,
            "ticketID": None,
            "taskID": None,
            "timeEntryType": 10 if internal else 6 if fields.get("taskID") else 2,
            "billingCodeID": None if internal else int(work_type),
            "internalBillingCodeID": None,
            "hoursWorked": hours,
            "hoursToBill": 0.0 if internal else hours,
            "isNonBillable": internal or rng.random() < 0.1,
            "showOnInvoice": not internal,
            "contractID": None,
            "summaryNotes": "Worked on it",
            "createDateTime": stage.stamp(),
            "creatorUserID": writer,
            "lastModifiedUserID": writer,
        }
        stage.create("TimeEntries", entry, row | fields, writer)
        fate = rng.random()
        if fate < _CORRECTED:
            yield stage.now + rng.uniform(10, 600)
            corrected = round(hours + stage.timeline.hours(60 * _QUARTER) * rng.choice((1, 1, 2)), 4)
            change: dict[str, Json] = {"hoursWorked": corrected, "lastModifiedUserID": who.resource_id}
            stage.update("TimeEntries", entry, change, who.resource_id)
        elif fate < _CORRECTED + _DELETED:
            yield stage.now + rng.uniform(2, 300)
            stage.delete("TimeEntries", entry, who.resource_id)

    def _writer(self, rng: Random, who: Technician) -> int:
        chance = rng.random()
        if chance < _IMPORTED:
            return API_RESOURCE
        return COORDINATOR if chance < _IMPORTED + _BY_PROXY else who.resource_id


def _left_of_day(minute: float) -> float:
    return (day_of(minute) + 1) * DAY_MINUTES - 0.5 - minute


def _late(rng: Random) -> float:
    if rng.random() < _LEFT_FOR_TOMORROW:
        return rng.uniform(200, 900)
    return rng.uniform(18, 120)
