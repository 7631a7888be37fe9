"""Who works for customers: the measure behind ``technicians = "auto"`` (kpis.md R9).

Each customer-facing time entry of a technician leaves one sample on the day worked. Who has one in the 60
days ending with a day is a member on that day.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.entities import TIME_ENTRY
from models.instants import start_of_day
from models.ledger import NOBODY
from service.kpis.contributions import Contribution, Verdict
from service.projection.story import EntryStory, Moment, Story

MEMBER_DAYS = 60


@dataclass(frozen=True)
class Roster:
    """Samples of customer-facing work by technician and day."""

    key: str = "roster"
    revision: int = 1

    subject_type = TIME_ENTRY

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One sample when the entry counts and is customer-facing; otherwise nothing."""
        assert isinstance(story, EntryStory)
        worked = story.state.tracked("dateWorked")
        if not isinstance(worked, int) or story.technician == NOBODY:
            return Verdict()
        if story.deleted or story.time_off or not story.customer_facing:
            return Verdict()
        row = Contribution(
            measure=self.key,
            day=worked,
            happened_at=start_of_day(worked, story.rules.zone),
            tech_id=story.technician,
            sample=1,
        )
        return Verdict((row,))


ROSTER = Roster()
