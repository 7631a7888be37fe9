"""The garbage collector, settled for a process that serves: what start-up made is looked through no more.

A full collection walks everything the framework and the KPIs ever made while every request waits, and shows in the
99th percentile of ingest (``make bench``, P1). Almost everything a request makes is freed by counting references;
cycles may wait for a rarer collection.
"""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 50_000
YOUNG_COLLECTIONS = 50
MIDDLE_COLLECTIONS = 100


def settle() -> None:
    """Call once, when everything that lives as long as the process has been made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_COLLECTIONS, MIDDLE_COLLECTIONS)
