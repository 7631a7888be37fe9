"""Rows of the KPIs whose subject is an entry, a technician's day or an endpoint (kpis.md §3, §4)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.oracle_facts import Entity
from tests.oracle.oracle_ticket import Story
from tests.oracle.oracle_values import MILLION, MINUTE, half_even, ident, instant, millionths, pure_date, wall
from tests.oracle.oracle_world import Entry, Row, World, outcome_of

DAY = timedelta(days=1)
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ONE = MILLION


def entry_row(kpi: str, entry: Entry, day: date, sums: tuple[int, int, int], reason: str | None = None) -> Row:
    """A row of one entry; credit is the entry's technician."""
    return Row(
        kpi, "entry", entry.id, day, *sums, ticket_id=entry.ticket, tech_id=entry.who, happened_at=entry.end,
        outcome=outcome_of(*sums, reason), reason=reason,
    )  # fmt: skip


class Hours:
    """Membership, scheduled hours, utilization, real-time entry, reactive hours."""

    def __init__(self, world: World, since: date) -> None:
        self.world, self.policy, self.since = world, world.policy, since
        self.facing: dict[int, list[date]] = {}
        self.first_day: dict[int, date] = {}
        for entry in world.entries:
            if entry.who is None or not world.is_technician(entry.who):
                continue
            self.first_day[entry.who] = min(entry.day, self.first_day.get(entry.who, entry.day))
            if entry.customer_facing:
                self.facing.setdefault(entry.who, []).append(entry.day)

    # -- who ----------------------------------------------------------------------------------------------------------

    def is_member(self, who: int, first: date, last: date) -> bool:
        """R9: whether a technician is in `technicians` on at least one of the days."""
        if not self.world.is_technician(who):
            return False
        listed = self.policy.listed()
        if listed is not None:
            start = listed.get(who)
            return who in listed and (start is None or start <= last)
        return any(first - 59 * DAY <= day <= last for day in self.facing.get(who, []))

    def candidates(self) -> list[int]:
        """Everybody who may be a member on some day."""
        listed = self.policy.listed()
        return sorted(self.facing if listed is None else listed)

    def is_active_now(self, who: int) -> bool:
        """Whether a resource is on live lists: not known to be inactive or deleted."""
        resource = self.world.facts.get("Resource", who)
        if resource is None:
            return True
        active = self.world.flag_points(resource, "isActive")
        return resource.exists and not (active and self.world.at_end_of(self.world.today, active) is False)

    # -- scheduled hours ----------------------------------------------------------------------------------------------

    def scheduled(self, who: int, day: date) -> int:
        """§4: millionths of scheduled hours of a member."""
        resource = self.world.facts.get("Resource", who)
        start = self.policy.measured_from or self.first_day.get(who)
        if resource is None or start is None or day < start or not self.is_member(who, day, day):
            return 0
        hired = pure_date(resource.last("hireDate"))
        active = self.world.at_end_of(day, self.world.flag_points(resource, "isActive"))
        exists = self.world.at_end_of(day, self.world.flag_points(resource, "exists"))
        if (hired is not None and hired > day) or active is not True or not exists or self._holiday(resource, day):
            return 0
        whole = max(0, self._available(who, day) - self._time_off(who, day))
        if day < self.world.today:
            return whole
        opens, closes = (wall(day, clock, self.world.zone) for clock in (self.policy.opens, self.policy.closes))
        minute = self.world.now // MINUTE * MINUTE
        part = Fraction(minute - opens, closes - opens) if closes > opens else Fraction(int(minute >= opens))
        return half_even(whole * min(max(part, Fraction(0)), Fraction(1)))

    def _available(self, who: int, day: date) -> int:
        for row in reversed(self.world.facts.all("ResourceDailyAvailability")):
            if row.id_of("resourceID") == who and self.world.at_end_of(day, self.world.flag_points(row, "exists")):
                points = row.points(f"{NAMES[day.weekday()]}AvailableHours", millionths)
                return self.world.at_end_of(day, points) or 0
        return self.policy.default_availability(day.weekday())

    def _time_off(self, who: int, day: date) -> int:
        off = 0
        for request in self.world.facts.all("TimeOffRequest"):
            approved = self.policy.role("time_off_status", "approved", request.id_of("status"))
            asked = request.id_of("resourceID") == who and pure_date(request.last("requestDate")) == day
            if request.exists and approved and asked:
                off += millionths(request.last("hours")) or 0
        return off

    def _holiday(self, resource: Entity, day: date) -> bool:
        here = self.world.at_end_of(day, resource.points("locationID", ident))
        location = self._location(here) or self.default_location()
        holidays = None if location is None else location.id_of("holidaySetId")
        return holidays is not None and any(
            found.exists and found.id_of("holidaySetID") == holidays and pure_date(found.last("holidayDate")) == day
            for found in self.world.facts.all("Holiday")
        )

    def _location(self, key: int | None) -> Entity | None:
        found = self.world.facts.get("InternalLocation", key)
        return found if found is not None and found.exists else None

    def default_location(self) -> Entity | None:
        """The policy's location, else the one that is default."""
        if self.policy.default_location is not None:
            return self._location(self.policy.default_location)
        for found in self.world.facts.all("InternalLocation"):
            if found.exists and str(found.last("isDefault")).lower() == "true":
                return found
        return None

    def days(self) -> Iterator[date]:
        """The days asked for, today included."""
        day = self.since
        while day <= self.world.today:
            yield day
            day += DAY

    # -- utilization --------------------------------------------------------------------------------------------------

    def utilization(self) -> Iterator[Row]:
        """Rows of `utilization` and of its companion `utilization.time_coverage`."""
        for who in self.candidates():
            for day in self.days():
                hours = self.scheduled(who, day)
                if hours:
                    yield Row("utilization", "technician", who, day, 0, hours, 1, tech_id=who)
                    yield Row("utilization.time_coverage", "technician", who, day, 0, hours, 1, tech_id=who)
        for entry in self.world.entries:
            yield self._utilized(entry)
            if entry.who is not None and self.is_member(entry.who, entry.day, entry.day):
                yield entry_row("utilization.time_coverage", entry, entry.day, (entry.hours, 0, 0))

    def _utilized(self, entry: Entry) -> Row:
        contested, credit = self._contest("utilization", entry)
        if contested:
            reason: str | None = "contested"
        elif not self.world.is_technician(entry.who):
            reason = "not_a_technician"
        elif credit is None or not self.is_member(credit, entry.day, entry.day):
            reason = "not_a_member"
        else:
            reason = entry.company_reason
        row = entry_row("utilization", entry, entry.day, (0 if reason else entry.hours, 0, 0), reason)
        return Row(**{**row.__dict__, "tech_id": credit})

    def _contest(self, kpi: str, entry: Entry) -> tuple[bool, int | None]:
        """Whether a contest excludes the entry's ticket, and who is credited."""
        contest = self.world.facts.contest(entry.ticket, kpi)
        if contest is None:
            return False, entry.who
        if contest.get("action") == "exclude":
            return True, entry.who
        named = ident(contest.get("tech_id"))
        return False, named if named is None or self.world.is_technician(named) else entry.who

    # -- real-time entry ----------------------------------------------------------------------------------------------

    def real_time(self) -> Iterator[Row]:
        """Rows of `real_time_entry`, and of its companions `.real_time_entry_hours` and `.restated`."""
        for entry in self.world.entries:
            contested, credit = self._contest("real_time_entry", entry)
            reason = "contested" if contested else self._unfit(entry)
            if reason is None and entry.created is None:
                reason = "no_create_time"  # the page is silent; what is not known is not late
            on_time, day = False, entry.day
            if entry.end_given and entry.end is not None:
                day = self.world.day(entry.end)
                on_time = entry.created is not None and entry.created - entry.end <= self.policy.late_after
            elif entry.created is not None:
                on_time = self.world.day(entry.created) <= entry.day
            queue = self.world.queue_before(entry.ticket, None if reason else entry.end)
            sums = (0, 0, 0) if reason else (ONE * on_time, ONE, 1)
            row = entry_row("real_time_entry", entry, day, sums, reason)
            placed = {**row.__dict__, "tech_id": credit, "queue_id": queue, "company_id": entry.company}
            yield Row(**placed)
            if not reason:
                hours = {"kpi": "real_time_entry.real_time_entry_hours", "sample": 1}
                yield Row(**{**placed, **hours, "numerator": entry.hours * on_time, "denominator": entry.hours})
                if entry.restated:
                    yield Row(**{**placed, "kpi": "real_time_entry.restated", "numerator": ONE, "denominator": 0})

    def _unfit(self, entry: Entry) -> str | None:
        if not self.world.is_technician(entry.who):
            return "not_a_technician"
        if entry.company_reason:
            return entry.company_reason
        if entry.creator is None or entry.creator == entry.who:
            return None
        return "proxy_entered" if self.world.is_technician(entry.creator) else "imported"

    # -- reactive hours -----------------------------------------------------------------------------------------------

    def reactive(self, stories: dict[int, Story]) -> Iterator[Row]:
        """Rows of `reactive_hours_per_endpoint`: one per entry on a ticket, one per endpoint and day."""
        for entry in self.world.entries:
            if entry.ticket is not None:
                reason = self._not_reactive(entry, stories.get(entry.ticket))
                sums = (0, 0, 0) if reason else (entry.hours, 0, int(entry.hours != 0))
                row = entry_row("reactive_hours_per_endpoint", entry, entry.day, sums, reason)
                yield Row(**{**row.__dict__, "tech_id": None, "company_id": entry.company})
        for item in self.world.facts.all("ConfigurationItem"):
            yield from self._endpoint(item)

    def _not_reactive(self, entry: Entry, story: Story | None) -> str | None:
        if story is None or entry.company is None:
            return "unknown_company"
        excluded = story.exclusion("reactive_hours_per_endpoint")
        if excluded == "contested":
            return excluded
        if not self.world.is_technician(entry.who):
            return "not_a_technician"
        if excluded:
            return excluded
        if not any(self.policy.role("type", role, story.type) for role in ("incident", "alert")):
            return "wrong_type"
        return "unmanaged" if entry.company in self.policy.unmanaged else None

    def _endpoint(self, item: Entity) -> Iterator[Row]:
        kinds = item.points("configurationItemType", ident)
        companies = item.points("companyID", ident)
        active, exists = self.world.flag_points(item, "isActive"), self.world.flag_points(item, "exists")
        created = instant(item.last("createDate"))
        born = self.world.day(item.observations[0].seen_at if created is None else created)
        for day in self.days():
            company = self.world.at_end_of(day, companies)
            kind = self.world.at_end_of(day, kinds)
            managed = company is not None and company not in self.policy.internal | self.policy.unmanaged
            wanted = not self.policy.endpoint_types or kind in self.policy.endpoint_types
            lives = self.world.at_end_of(day, exists) and self.world.at_end_of(day, active) is True
            if day >= born and managed and wanted and lives:
                share = day_share(day)
                yield Row("reactive_hours_per_endpoint", "endpoint", item.id, day, 0, share, 0, company_id=company)


def day_share(day: date) -> int:
    """Millionths of an endpoint-month that one day stands for."""
    length = monthrange(day.year, day.month)[1]
    return MILLION * day.day // length - MILLION * (day.day - 1) // length
