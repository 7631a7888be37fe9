"""How far back: durations and dates."""

from __future__ import annotations

import pytest

from ingest.backfill.since import since_of
from models.errors import ConfigurationError
from models.instants import isoformat, parse_instant

NOW = parse_instant("2026-03-31T22:15:00Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13mo", "2025-02-28T00:00:00Z"),
        ("1mo", "2026-02-28T00:00:00Z"),
        ("1y", "2025-03-28T00:00:00Z"),
        ("90d", "2025-12-31T00:00:00Z"),
        ("2w", "2026-03-17T00:00:00Z"),
        ("2025-01-31", "2025-01-31T00:00:00Z"),
        (" 1D ", "2026-03-30T00:00:00Z"),
    ],
)
def test_what_is_meant(text: str, expected: str) -> None:
    """The start of a day, so that the same words on the same day mean the same."""
    assert expected == isoformat(since_of(text, NOW))


@pytest.mark.parametrize("text", ["", "13", "13m", "-1d", "0d", "9999y", "2026-04-01", "2026-13-01", "yesterday"])
def test_what_cannot_be_meant(text: str) -> None:
    """Not a duration, not a date, in the future, or before there was an Autotask."""
    with pytest.raises(ConfigurationError, match="no time to begin at"):
        since_of(text, NOW)
