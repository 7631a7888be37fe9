"""Tests of days and weeks take minutes each: they run when they are asked for."""

from __future__ import annotations

import os

import pytest

LONG = pytest.mark.skipif(
    "LONG_TESTS" not in os.environ,
    reason="takes minutes: LONG_TESTS=1, faulthandler_timeout=0",
)
