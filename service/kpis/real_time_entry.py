"""Real-time time entry: was the work logged when it was done (kpis.md §3).

Per customer-facing entry: created within ``late_after_minutes`` of its end, or on the day worked where no end
is known. Beside it the same ratio weighted by hours, and how many entries were restated after the fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from models.entities import TIME_ENTRY
from models.instants import Day, Instant, local_day, start_of_day
from models.ledger import NOBODY, NONE
from service.kpis.companions import Companion, count_of_measure, ratio_of_measure
from service.kpis.contributions import ONE, Contribution, Verdict
from service.kpis.definition import Definition
from service.kpis.population import REASONS, is_taken_out
from service.kpis.utilization import TIME_COVERAGE_COMPANION
from service.projection.story import EntryStory, Moment, Story

HOURS = "real_time_entry_hours"
RESTATED = "restated"
_RESTATING = ("hoursWorked", "startDateTime", "endDateTime", "dateWorked")

DEFINITION = Definition(
    key="real_time_entry",
    title="Real-time entry",
    meaning="Customer-facing time entries logged while the work was fresh.",
    higher_is_better=True,
    target=Fraction("0.90"),
    floor=Fraction("0.50"),
    minimum_sample=20,
    slot="real_time_entry",
    tech_weight=Fraction(1, 8),
    team_weight=Fraction(1, 8),
    companions=(
        Companion(HOURS, "The same ratio weighted by hours.", ratio_of_measure, has_measure=True),
        TIME_COVERAGE_COMPANION,
        Companion(
            RESTATED,
            "Entries whose hours, start, end or date changed after they were first seen.",
            count_of_measure,
            has_measure=True,
        ),
    ),
    rules={
        "end": "In time when it was typed in soon after the work ended (the policy's late_after_minutes).",
        "date_worked": "Without an end time: in time when it was typed in on the day worked.",
    },
    reasons={
        "contested": REASONS["contested"],
        "deleted": "The entry, or the ticket it stands on, was deleted.",
        "time_off": "It is time off, not work.",
        "not_a_technician": "Who worked it is not a technician.",
        "unknown_company": "For which company it was worked is not known yet.",
        "internal": "It is work for the house itself, not for a customer.",
        "imported": "A system created it, not a person.",
        "proxy_entered": "Another technician typed it in.",
        "no_create_time": "When it was created is not known.",
    },
)


@dataclass(frozen=True)
class RealTimeEntry:
    """The KPI whose subject is a time entry."""

    definition: Definition = DEFINITION
    revision: int = 2

    subject_type = TIME_ENTRY

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """Contributions of one entry; the first reason that holds keeps it out."""
        assert isinstance(story, EntryStory)
        end = story.state.tracked("endDateTime")
        worked = story.state.tracked("dateWorked")
        day = _day(story, end, worked)
        if day is None:
            return Verdict()
        at = story.end if story.end is not None else start_of_day(day, story.rules.zone)
        if reason := _left_out(story):
            return Verdict((self._row(self.key, story, day, at, reason=reason),))
        created = story.created
        if created is None:
            return Verdict((self._row(self.key, story, day, at, reason="no_create_time"),))
        on_time = (
            created - end <= story.rules.late_after
            if isinstance(end, int)
            else local_day(created, story.rules.zone) <= day
        )
        hours = story.hours
        rows = [
            self._row(self.key, story, day, at, numerator=ONE if on_time else 0, denominator=ONE, sample=1),
            self._row(
                f"{self.key}.{HOURS}", story, day, at, numerator=hours if on_time else 0, denominator=hours, sample=1
            ),
        ]
        if _restated(story):
            rows.append(self._row(f"{self.key}.{RESTATED}", story, day, at, sample=1))
        return Verdict(tuple(rows))

    def _row(
        self,
        measure: str,
        story: EntryStory,
        day: Day,
        at: Instant,
        *,
        numerator: int = 0,
        denominator: int = 0,
        sample: int = 0,
        reason: str = "",
    ) -> Contribution:
        return Contribution(
            measure=measure,
            day=day,
            happened_at=at,
            tech_id=story.technician,
            queue_id=NONE if story.end is None else story.queue_before(story.end),
            company_id=NONE if story.company is None else story.company,
            numerator=numerator,
            denominator=denominator,
            sample=sample,
            reason=reason,
            rule="end" if isinstance(story.state.tracked("endDateTime"), int) else "date_worked",
        )


def _day(story: EntryStory, end: object, worked: object) -> Day | None:
    """The local date of the end, else the day worked, else whatever day is known of it."""
    if isinstance(end, int):
        return local_day(end, story.rules.zone)
    if isinstance(worked, int):
        return worked
    known = story.end if story.end is not None else story.created
    return None if known is None else local_day(known, story.rules.zone)


def _left_out(story: EntryStory) -> str:
    """Why an entry does not count, or an empty string (kpis.md R9, R13)."""
    creator = story.creator
    by_another = creator is not None and creator != story.state.number("resourceID")
    checks = (
        ("deleted", story.deleted),
        ("time_off", story.time_off),
        ("contested", is_taken_out(story.contests.get(DEFINITION.key))),
        ("not_a_technician", story.technician == NOBODY),
        ("unknown_company", story.company is None and not story.general),
        ("internal", not story.customer_facing),
        ("imported", by_another and not story.is_technician(creator)),
        ("proxy_entered", by_another),
    )
    return next((reason for reason, holds in checks if holds), "")


def _restated(story: EntryStory) -> bool:
    """Whether hours, start, end or date were ever observed with another value than at first."""
    return any(
        len({sighting.fields[name] for sighting in story.state.sightings if name in sighting.fields}) > 1
        for name in _RESTATING
    )


REAL_TIME_ENTRY = RealTimeEntry()
