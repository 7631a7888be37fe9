"""Prometheus text as values, read by Prometheus' own parser, and checked by promtool where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

TOLERATED = (
    'techscore_month_business_days_left use base unit "seconds" instead of "days"',
    'techscore_sla_at_risk_ticket_minutes use base unit "seconds" instead of "minutes"',
)
"""Names of the contract at which promtool frowns: business time is told in days and minutes, for no number of seconds
makes a business day, and people read both off a wall."""
PROMTOOL_MISSING = "promtool is not on the PATH: metrics cannot be checked as Prometheus would"


def samples(text: bytes) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Values by sample name and sorted labels; fails when a family or a series is there twice."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    families: set[str] = set()
    for family in text_string_to_metric_families(text.decode()):
        assert family.name not in families, f"{family.name} twice"
        families.add(family.name)
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            series = found.setdefault(sample.name, {})
            assert labels not in series, f"{sample.name}{labels} twice"
            series[labels] = sample.value
    return found


def value(text: bytes, name: str, **labels: str) -> float | None:
    """One sample's value, or ``None`` when there is no such series."""
    return samples(text).get(name, {}).get(tuple(sorted(labels.items())))


def check(text: bytes) -> None:
    """``promtool check metrics`` is clean but for the tolerated names; without promtool a laptop skips, CI fails."""
    promtool = shutil.which("promtool")
    if promtool is None:
        if os.environ.get("CI") == "true":
            pytest.fail(PROMTOOL_MISSING)
        pytest.skip(PROMTOOL_MISSING)
    done = subprocess.run((promtool, "check", "metrics"), input=text, capture_output=True, check=False, timeout=60)
    told = [line for line in (done.stdout + done.stderr).decode().splitlines() if line not in TOLERATED]
    assert [] == told
    assert done.returncode == 0 or done.stderr, "promtool failed and did not say why"
