"""How long a build will go on, by the pace so far (``techscore rebuild`` says it)."""

from __future__ import annotations

from collections.abc import Callable

from models.database import Database
from service.projection.rebuild import EVALUATION, BuildProgress, Pace, Rebuild
from tests.projection.harness import Harness, at, webhook

NOW = at("2026-09-14 12:00")


def _ticking(*moments: float) -> Callable[[], float]:
    return iter(moments).__next__


def test_while_facts_are_folded() -> None:
    """A hundred of four hundred in ten seconds: thirty more, and the evaluation of all of them."""
    pace = Pace(_ticking(0.0, 10.0))

    assert 30 + EVALUATION * 40 == pace.left(BuildProgress(facts=100, of=400))


def test_while_subjects_are_evaluated() -> None:
    """Only the pace of the evaluation counts: five of fifty in two seconds leave eighteen."""
    pace = Pace(_ticking(0.0, 10.0, 12.0))
    pace.evaluates()

    assert 18 == pace.left(BuildProgress(facts=400, of=400, subjects=5, of_subjects=50))


def test_nothing_is_said_before_there_is_a_pace() -> None:
    """Nothing done, nothing foretold."""
    assert Pace(_ticking(0.0, 3.0)).left(BuildProgress(of=400)) is None


def test_in_words() -> None:
    """Seconds while there are few, then minutes."""
    begun = BuildProgress(facts=100, of=400, seconds_left=90.2)
    assert "100 of at most 400 facts folded, 0 subjects evaluated, about 91 s left" == str(begun)
    later = BuildProgress(facts=400, of=400, subjects=5, of_subjects=50, seconds_left=121)
    assert "400 of at most 400 facts folded, 5 subjects evaluated of about 50, about 3 min left" == str(later)


def test_a_build_counts_its_subjects(new_database: Callable[[], Database]) -> None:
    """The last thing a build says is that all is done."""
    main = new_database()
    harness = Harness(main, now=NOW)
    try:
        harness.store(*(webhook("Ticket", number, NOW, {"companyID": 7}, action="Create") for number in range(1, 8)))
        *_, last = Rebuild(main, harness.ledger, harness.mandate(), as_of=NOW).slices()
    finally:
        harness.close()

    assert (7, 7, 7, 7, 0.0) == (last.facts, last.of, last.subjects, last.of_subjects, last.seconds_left)
