"""prometheus.yml and alertmanager.yml as they are committed: read by their own tools, routed and muted as they say."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from models.policy import default_policy
from service.alerts.catalogue import rules
from service.alerts.rule import Rule
from tests.alerts.test_rules import promtool
from tests.e2e.programs import program
from tests.e2e.running import until
from tests.e2e.watching import FOLDER, Receiver, alertmanager, read

ALERTMANAGER = FOLDER / "alertmanager.yml"
RULES = {rule.alert: rule for rule in rules(default_policy()) if rule.labels.get("event", "triage") == "triage"}


def labels(rule: Rule) -> Mapping[str, str]:
    """What an alert of a rule carries at least."""
    return {"alertname": rule.alert, "severity": rule.severity, "about": rule.about, **rule.labels}


def amtool(*arguments: str) -> tuple[int, str]:
    """Exit code and everything amtool said."""
    command = [program("amtool"), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_prometheus_reads_its_configuration(tmp_path: Path) -> None:
    """``promtool check config``, with the rules it names; a token lies where it is read from."""
    token = tmp_path / "scrape_token"
    token.write_text("tsc_example")
    text = (FOLDER / "prometheus.yml").read_text(encoding="utf-8").replace("/run/secrets/scrape_token", str(token))
    (tmp_path / "prometheus.yml").write_text(text)
    (tmp_path / "rules").symlink_to(FOLDER / "rules")
    code, told = promtool("check", "config", tmp_path / "prometheus.yml")
    assert (0, True) == (code, f"{len(list((FOLDER / 'rules').glob('*.yml')))} rule files found" in told), told


def test_the_ledger_is_read_once_and_each_replica_for_itself() -> None:
    """Two jobs, which the alert about a target knows by their names, each with credentials from a file."""
    jobs = {job["job_name"]: job for job in read("prometheus.yml")["scrape_configs"]}
    assert {"techscore-ledger": ["ledger"], "techscore-process": ["process"]} == {
        name: job["params"]["part"] for name, job in jobs.items()
    }
    assert 1 == sum(len(one["targets"]) for one in jobs["techscore-ledger"]["static_configs"])
    assert {True} == {"credentials_file" in job["authorization"] for job in jobs.values()}
    assert 'job=~"techscore.*"' in RULES["TechscoreTargetDown"].expr


def test_alertmanager_reads_its_configuration() -> None:
    """``amtool check-config``."""
    assert 0 == (found := amtool("check-config", str(ALERTMANAGER)))[0], found[1]


@pytest.mark.parametrize("alert", RULES)
def test_every_alert_has_who_hears_it(alert: str) -> None:
    """By what it is about, then by how urgent it is."""
    rule = RULES[alert]
    told = [f"{name}={value}" for name, value in labels(rule).items()]
    expected = {"ticket": "coordinator", "source": "operator", "health": "operator"}.get(
        rule.about, "service-manager-now" if rule.severity == "critical" else "service-manager"
    )
    code, heard = amtool("config", "routes", "test", f"--config.file={ALERTMANAGER}", *told)
    assert (0, expected) == (code, heard.splitlines()[0])  # it warns of its own flags behind


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[httpx.Client]:
    """A real Alertmanager with the committed configuration."""
    chat = Receiver("a-chat-token")
    with alertmanager(tmp_path, chat) as client:
        yield client
    chat.close()


def _muted(manager: httpx.Client, *also: str) -> set[str]:
    """Which alerts are muted when those of ``also`` fire beside every one that is about a KPI, a ticket or a source."""
    firing = [rule for rule in RULES.values() if rule.alert in also or _mutable(rule)]
    posted = manager.post("/api/v2/alerts", json=[{"labels": labels(rule)} for rule in firing])
    assert 200 == posted.status_code, posted.text

    def states() -> Mapping[str, str]:
        listed = manager.get("/api/v2/alerts").json()
        return {one["labels"]["alertname"]: one["status"]["state"] for one in listed}

    until("every alert is looked at", lambda: len(states()) == len(firing) and "unprocessed" not in states().values())
    return {name for name, state in states().items() if state == "suppressed"}


def _mutable(rule: Rule) -> bool:
    return rule.about != "health" and rule.alert not in {"TechscoreSourceSilent", "TechscoreSlaFastBurn"}


def _about(*topics: str) -> set[str]:
    return {rule.alert for rule in RULES.values() if rule.about in topics and _mutable(rule)}


def test_one_loud_alert_mutes_the_lower_ones(manager: httpx.Client) -> None:
    """Of one event, the fast burn says what slow burn and trend would."""
    assert {"TechscoreSlaSlowBurn", "TechscoreSlaTrend"} == _muted(manager, "TechscoreSlaFastBurn")


@pytest.mark.parametrize("alert", ["TechscoreSourceSilent", "TechscoreLag", "TechscoreLedgerMismatch"])
def test_figures_that_mean_nothing_are_not_told(manager: httpx.Client, alert: str) -> None:
    """A silent source mutes KPIs and tickets, and so does what makes figures late or wrong."""
    assert _about("kpi", "ticket") == _muted(manager, alert)


def test_a_target_that_is_down_is_all_there_is_to_say(manager: httpx.Client) -> None:
    """It mutes sources as well."""
    assert _about("kpi", "ticket", "source") == _muted(manager, "TechscoreTargetDown")


def test_nothing_is_muted_without_a_reason(manager: httpx.Client) -> None:
    """Only the trend, beside the slow burn of its event."""
    assert {"TechscoreSlaTrend"} == _muted(manager)
