"""Who works: the measure behind who has capacity (kpis.md R9, §4).

With ``technicians = "auto"`` each customer-facing time entry of a technician leaves one sample on the day worked: who
has one in the 60 days ending with a day is a member on that day. With a list each entry of somebody listed does: the
earliest is where their scheduled hours begin.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.entities import TIME_ENTRY
from models.instants import start_of_day
from models.ledger import NOBODY
from service.kpis.contributions import Contribution, Verdict
from service.projection.story import EntryStory, Moment, Story


@dataclass(frozen=True)
class Roster:
    """Samples of customer-facing work by technician and day."""

    key: str = "roster"
    revision: int = 2

    subject_type = TIME_ENTRY

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One sample when the entry counts for membership; otherwise nothing."""
        assert isinstance(story, EntryStory)
        worked = story.state.tracked("dateWorked")
        if not isinstance(worked, int) or story.technician == NOBODY:
            return Verdict()
        listed = story.rules.listed
        counts = story.customer_facing if listed is None else story.technician in listed
        if story.deleted or story.time_off or not counts:
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
