"""Programs of others that tests drive for real: Prometheus, Alertmanager, their tools."""

from __future__ import annotations

import os
import shutil

import pytest

PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
}
"""Debian's packages."""


def program(name: str, *others: str) -> str:
    """The path of a program, by any of its names; without it a laptop skips, CI fails."""
    path = next((found for one in (name, *others) if (found := shutil.which(one)) is not None), None)
    if path is None:
        reason = f"{name} is not installed (Debian package {PACKAGES[name]})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
