"""What a digest says, word for word, and that a technician's says nothing of another.

After a wanted change: ``python -m tests.digest.golden_files`` writes the files anew; read their difference.
"""

from __future__ import annotations

import re

import pytest

from models.database import Database
from service.digest.message import MANAGER, Message
from tests.digest.golden_files import GOLDEN, told
from tests.digest.story import NAMES, jobs, open_story, ticket_number
from tests.scorecards.shop import ANN, BOB, CAT, Shop

OTHERS = {ANN: (BOB, CAT), BOB: (ANN, CAT), CAT: (ANN, BOB)}


def test_the_digests_are_those_of_the_golden_files(story: Shop) -> None:
    """Every reader's plain text and HTML."""
    made = {f"{one.reader.replace(':', '-')}.{kind}": text for one in told(story) for kind, text in _parts(one)}
    golden = {path.name: path.read_text("utf-8") for path in GOLDEN.iterdir()}
    assert golden == made


@pytest.mark.parametrize("who", [ANN, BOB, CAT])
def test_nothing_of_another_technician(story: Shop, who: int) -> None:
    """No name, no id and no ticket number of anybody else, in neither part, subject or address."""
    words = _words_of(*OTHERS[who])
    (mine,) = (one for one in told(story) if one.reader == f"technician:{who}")
    everything = f"{mine}"
    assert [] == [word for word in words if re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", everything)]


def test_the_words_looked_for_are_in_the_managers_digest(story: Shop) -> None:
    """The test above can fail: the manager is told names and tickets."""
    (manager,) = (one for one in told(story) if one.reader == MANAGER)
    assert {"Archer", "Beck", "T20260911.0011"} <= {word for word in _words_of(ANN, BOB) if word in f"{manager}"}


def test_text_from_outside_is_one_line_and_no_markup(story: Shop) -> None:
    """A title of markup and line breaks: escaped in HTML, one line in plain text."""
    (ann,) = (one for one in told(story) if one.reader == f"technician:{ANN}")
    assert "<img" not in ann.html
    assert "&lt;img" in ann.html
    assert [] == [line for line in ann.text.splitlines() if line.startswith("Bcc")]


def test_a_ledger_without_a_fact_has_a_digest(database: Database) -> None:
    """Nobody to speak of: the manager is told so, in words."""
    with open_story(database, facts=False) as shop:
        messages = told(shop)
    assert MANAGER == messages[0].reader
    assert "Nobody this week." in messages[0].text
    assert all("there is not enough to compare" in one.text for one in messages[1:])


def _words_of(*people: int) -> list[str]:
    names = [word for one in people for word in (*NAMES[one], str(one))]
    return [*names, *(ticket_number(job) for job in jobs() if job.who in people)]


def _parts(message: Message) -> list[tuple[str, str]]:
    return [("txt", message.text), ("html", message.html)]
