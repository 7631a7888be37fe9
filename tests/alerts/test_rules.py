"""Alert rules: those of the default policy are committed, read by Prometheus, tested, and each has its page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # it has no types of its own, and one test needs no package of stubs
from prometheus_client.parser import text_string_to_metric_families

from models.database import Database
from models.policy import KpiPolicy, Policy, default_policy
from service.alerts.catalogue import DEFAULT_FILE, rule_file, rules
from service.metrics.ledger import declared
from service.metrics.worker import WorkerMetrics
from service.serve import web_app
from tests.door import serving, settings_for
from tests.e2e.programs import program

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "prometheus/rules/tests").glob("*.yml"))
ALERTS = sorted({rule.alert for rule in rules(default_policy())})


def promtool(*arguments: object) -> tuple[int, str]:
    """Exit code and everything promtool said."""
    command = [program("promtool"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def test_the_committed_rules_are_those_of_the_default_policy() -> None:
    """``make docs`` writes them."""
    assert rule_file() == (ROOT / DEFAULT_FILE).read_text(encoding="utf-8"), "run `make docs`"


def test_prometheus_reads_the_rules() -> None:
    """``promtool check rules`` is clean, duplicates included."""
    assert 0 == (found := promtool("check", "rules", ROOT / DEFAULT_FILE))[0], found[1]


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should(path: Path) -> None:
    """``promtool test rules``: at the right minute, in these words, and otherwise not."""
    assert 0 == (found := promtool("test", "rules", path))[0], found[1]


def test_a_wrong_word_is_noticed(tmp_path: Path) -> None:
    """The tests of the rules can fail."""
    text = (ROOT / "prometheus/rules/tests/sla.yml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(
        text.replace("8 of 9 allowed", "9 of 9 allowed").replace("../techscore", f"{ROOT}/{DEFAULT_FILE[:-4]}")
    )
    code, told = promtool("test", "rules", wrong)
    assert (1, True) == (code, "8 of 9 allowed triage misses used" in told)


def _kinds(test: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each alert of a test with what is shown of it; ``minute``: it fires, and was silent earlier in the same test."""
    earlier: set[str] = set()
    for case in test["alert_rule_test"]:
        alert = case["alertname"]
        if "input_series" not in test:
            yield alert, "absent"
        elif not case["exp_alerts"]:
            yield alert, "silent"
            earlier.add(alert)
        elif all({"summary", "runbook_url"} == one["exp_annotations"].keys() for one in case["exp_alerts"]):
            yield alert, "words"
            if alert in earlier:
                yield alert, "minute"


def test_every_alert_has_its_cases() -> None:
    """One that fires at its minute in these words, one that stays silent, one without any data."""
    found: dict[str, set[str]] = {alert: set() for alert in ALERTS}
    for path in TESTS:
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            for alert, kind in _kinds(test):
                found[alert].add(kind)
    assert {alert: {"minute", "words", "silent", "absent"} for alert in ALERTS} == found


def test_every_alert_has_its_page() -> None:
    """Where its ``runbook_url`` leads; and there is no page of an alert that is no more."""
    pages = {path.stem for path in (ROOT / "docs/alerts").glob("*.md")} - {"README"}
    index = (ROOT / "docs/alerts/README.md").read_text(encoding="utf-8")
    assert set(ALERTS) == pages
    assert [] == [alert for alert in ALERTS if f"({alert}.md)" not in index]


async def test_every_metric_and_label_of_the_rules_exists(database: Database) -> None:
    """A rule about a series that nobody exposes would be silent for ever."""
    settings = settings_for(database.url.render_as_string(hide_password=False))
    async with serving(web_app(settings, database=database)) as client:
        scrape = (await client.get("/metrics")).text
    texts = (scrape, declared().render().decode(), WorkerMetrics().exposition().decode())
    families = [family for text in texts for family in text_string_to_metric_families(text)]
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    told = {name for rule in rules(default_policy()) for name in re.findall(r"techscore_\w+", rule.expr + rule.summary)}
    assert set() == told - names


def _exprs(policy: Policy) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(rule_file(policy))["groups"] for rule in group["rules"]]


def test_rules_follow_the_policy() -> None:
    """Targets stand in the rules; one that allows no misses burns nothing; a lax one can still be burnt."""
    policy = Policy(
        kpis={
            "sla_triage": KpiPolicy(target=Decimal(1)),
            "sla_completion": KpiPolicy(target=Decimal("0.70")),
            "utilization": KpiPolicy(target=Decimal("0.75")),
        }
    )
    found = _exprs(policy)
    fast = {rule["labels"]["event"]: rule["expr"] for rule in found if rule["alert"] == "TechscoreSlaFastBurn"}
    assert {"engagement", "completion"} == fast.keys()
    assert ">= 2.66667\n" in fast["completion"]
    (line,) = [rule for rule in found if rule["alert"] == "TechscoreUtilizationUnderLine"]
    assert "< 0.75\n" in line["expr"]
    assert "the line is 75%" in line["annotations"]["summary"]


def test_the_command_prints_the_rules_of_the_policy(tmp_path: Path) -> None:
    """``techscore rules`` reads the policy in force and puts the pages where it is told they are."""
    policy = tmp_path / "scorecard.toml"
    policy.write_text("[kpis.sla_triage]\ntarget = 0.99\n")
    command = [sys.executable, "-m", "service", "rules", "--runbooks", "https://wiki.example/alerts/"]
    told = {**os.environ, "TECHSCORE_POLICY_FILE": str(policy)}
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, check=True, text=True, timeout=60)
    first = yaml.safe_load(done.stdout)["groups"][0]["rules"][0]
    assert "https://wiki.example/alerts/TechscoreSlaFastBurn.md" == first["annotations"]["runbook_url"]
    assert "the target of 99% allows" in first["annotations"]["summary"]
