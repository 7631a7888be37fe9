"""What a backfill reads and in which order."""

from __future__ import annotations

from ingest.backfill.plan import parts
from ingest.backfill.progress import Progress, seldom
from models.instants import MINUTE, SECOND, parse_instant

SINCE = parse_instant("2025-12-10T00:00:00Z")
STARTED = parse_instant("2026-02-25T12:00:00Z")


def test_the_order() -> None:
    """Furniture, then the newest month of tickets with their entries, back to the oldest, then the rest."""
    names = [part.name for part in parts(SINCE, STARTED)]
    dated = [
        "Tickets 2026-02",
        "TimeEntries 2026-02",
        "Tickets 2026-01",
        "TimeEntries 2026-01",
        "Tickets 2025-12",
        "TimeEntries 2025-12",
        "SurveyResults",
        "Tickets older",
        "TimeEntries older",
        "Tickets meanwhile",
        "TimeEntries meanwhile",
    ]
    assert dated == names[-len(dated) :]
    assert ["Resources", "InternalLocations"] == names[:2]
    assert names.index("Companies") < names.index("ConfigurationItems")
    assert len(set(names)) == len(names)


def test_the_same_plan_when_it_is_gone_on_with() -> None:
    """The plan follows from since when and when it was begun; an hour of the same day does not move it."""
    assert parts(SINCE, STARTED) == parts(SINCE, STARTED)


def test_a_since_at_the_start_of_a_month() -> None:
    """No empty month is read."""
    first = parse_instant("2026-02-01T00:00:00Z")
    assert ["Tickets 2026-02"] == [part.name for part in parts(first, STARTED) if part.name.startswith("Tickets 2")]


def test_rate_and_end() -> None:
    """The rate is that of this session, the end follows from what is left."""
    progress = Progress("Tickets 2026-02", 3_000, 9_000, 1_000, STARTED, STARTED + 100 * SECOND)
    assert (20, STARTED + 100 * SECOND + 5 * MINUTE) == (progress.rows_per_second, progress.ends_at)
    assert "Tickets 2026-02: 3000 of 9000 rows, 20 rows/s, 5 min left (12:06 UTC)" == str(progress)


def test_nothing_is_promised_before_a_rate_is_known() -> None:
    """At the start there is no end to tell."""
    assert "Resources: 0 of 5 rows" == str(Progress("Resources", 0, 5, 0, STARTED, STARTED))


def test_progress_is_said_now_and_then() -> None:
    """The first at once, then at most one in five seconds."""
    said: list[str] = []
    times = iter([0.0, 1.0, 4.9, 5.0, 5.0])
    say = seldom(said.append, 5.0, lambda: next(times))
    for text in ("a", "b", "c", "d"):
        say(text)
    assert ["a", "d"] == said
