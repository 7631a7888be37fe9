"""The collector of a serving process."""

from __future__ import annotations

import gc

from service import memory


def test_what_start_up_made_is_collected_no_more() -> None:
    """After settling, full collections are rare and pass over everything made so far."""
    before = gc.get_threshold()
    try:
        memory.settle()
        assert (50_000, 50, 100) == gc.get_threshold()
        assert 0 < gc.get_freeze_count()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
