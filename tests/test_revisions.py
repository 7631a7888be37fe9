"""No number changes its meaning in silence: a changed KPI, fold or story needs a raised revision (design §5)."""

from __future__ import annotations

import pytest

from tests.revisions import Recorded, complaint, current, digest, recorded


@pytest.mark.parametrize("name", sorted(current().keys() | recorded().keys()))
def test_a_changed_part_has_a_raised_and_recorded_revision(name: str) -> None:
    """The message says what to do."""
    assert "" == complaint(name, current().get(name), recorded().get(name))


def test_comments_docstrings_and_layout_mean_nothing() -> None:
    """The digest is of what the code does."""
    plain = "X = 1\n\n\ndef f(a: int) -> int:\n    return a + 1\n"
    dressed = (
        '"""Why."""\nX = 1  # one\n"""One."""\n\ndef f(\n    a: int,\n) -> int:\n    """More."""\n    return a + 1\n'
    )
    assert digest(plain) == digest(dressed)


@pytest.mark.parametrize(
    "changed", ["X = 2\n", "X = 1.0\n", "X = '1'\n", "X = True\n", "Y = 1\n", "X = -1\n", "X = 1\nX = 1\n", ""]
)
def test_one_changed_token_is_another_digest(changed: str) -> None:
    """A digit, a type, a name, a line more or less."""
    assert digest("X = 1\n") != digest(changed)


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [
        (Recorded(1, "a"), Recorded(1, "b"), "raise"),
        (Recorded(2, "a"), Recorded(1, "b"), "record"),
        (Recorded(2, "a"), Recorded(1, "a"), "record"),
        (Recorded(1, "a"), Recorded(2, "b"), "only rises"),
        (Recorded(1, "a"), None, "new"),
        (None, Recorded(1, "a"), "gone"),
    ],
)
def test_what_is_complained_of(now: Recorded | None, before: Recorded | None, word: str) -> None:
    """Each way in which a part and its record differ."""
    assert word in complaint("the fold", now, before)
