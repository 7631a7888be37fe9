"""Answers kept by entity tag: made once, bounded, and never given under another tag."""

from __future__ import annotations

import pytest

from service.answers import Answers


def test_an_answer_is_made_once() -> None:
    """The second request with the same tag gets the body of the first; another tag gets its own."""
    answers = Answers()
    assert b"first" == answers.get("a", lambda: b"first")
    assert b"first" == answers.get("a", lambda: b"never made")
    assert b"other" == answers.get("b", lambda: b"other")


@pytest.mark.parametrize("answers", [Answers(most_answers=2), Answers(most_bytes=10)], ids=["number", "bytes"])
def test_what_was_asked_for_longest_ago_goes_first(answers: Answers) -> None:
    """The bounds hold; what was asked for lately stays."""
    answers.get("a", lambda: b"aaaaa")
    answers.get("b", lambda: b"bbbbb")
    answers.get("a", lambda: b"never made")
    answers.get("c", lambda: b"ccccc")
    assert (b"aaaaa", b"ccccc") == tuple(answers.get(tag, lambda: b"never made") for tag in "ac")
    assert b"made again" == answers.get("b", lambda: b"made again")


def test_an_answer_larger_than_everything_is_given_and_not_kept() -> None:
    """One huge answer empties the store rather than break its bound."""
    answers = Answers(most_bytes=3)
    assert b"large" == answers.get("a", lambda: b"large")
    assert b"made again" == answers.get("a", lambda: b"made again")


def test_a_failure_leaves_nothing_behind() -> None:
    """What could not be made is tried again by the next request."""
    answers = Answers()

    def fail() -> bytes:
        raise LookupError("no such window")

    with pytest.raises(LookupError):
        answers.get("a", fail)
    assert b"made" == answers.get("a", lambda: b"made")
