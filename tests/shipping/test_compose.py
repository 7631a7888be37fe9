"""compose.yaml: read by Docker's own compose, and held to what makes it fit to run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # as in tests/alerts/test_rules.py

from models.policy import default_policy, load_policy
from models.settings import PREFIX, Settings
from models.settings_files import BY_FILE, SUFFIX
from service.probe import WEB, WORKER
from tests.e2e.programs import program
from tests.e2e.watching import read

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
LASTING = {name: one for name, one in SERVICES.items() if name != "migrate"}
OURS = ("migrate", "web", "worker")


def test_compose_reads_it() -> None:
    """``docker compose config`` checks it against the Compose Specification and puts everything in its place."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TECHSCORE_", "GRAFANA_"))}
    command = [program("docker-compose"), "--file", "compose.yaml", "config", "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, text=True, timeout=60)
    assert (0, "") == (done.returncode, done.stderr)
    assert SERVICES.keys() == json.loads(done.stdout)["services"].keys()


def test_compose_notices_what_is_wrong(tmp_path: Path) -> None:
    """The check above can fail."""
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(json.dumps(DOCUMENT | {"services": SERVICES | {"web": SERVICES["web"] | {"red_only": True}}}))
    command = [program("docker-compose"), "--file", str(wrong), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert "red_only" in done.stderr
    assert done.returncode


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_kept_in_its_place(name: str) -> None:
    """A root that cannot be written, no privileges, a user that is not root, logs that do not fill the disk."""
    one = SERVICES[name]
    assert one["read_only"] is True
    assert ["ALL"] == one["cap_drop"]
    assert ["no-new-privileges:true"] == one["security_opt"]
    assert str(one["user"]).split(":")[0] not in {"", "0", "root"}
    assert {"max-size", "max-file"} == one["logging"]["options"].keys()
    assert not one.get("privileged")


@pytest.mark.parametrize("name", LASTING)
def test_every_service_says_how_it_is_and_comes_back(name: str) -> None:
    """Each with a check of its own, and started again after a crash."""
    one = LASTING[name]
    assert "unless-stopped" == one["restart"]
    assert {"test", "interval", "timeout", "retries", "start_period"} == one["healthcheck"].keys()


def test_images_are_of_a_named_release() -> None:
    """None is ``latest``, and none without a tag."""
    images = [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", one["image"]) for one in SERVICES.values()]
    assert [] == [image for image in images if not re.search(r":v?\d+[\w.-]*$", image)]


def test_our_image_is_of_this_release() -> None:
    """The tag follows pyproject.toml."""
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version is not None
    assert {f"techscore:${{TECHSCORE_VERSION:-{version[1]}}}"} == {SERVICES[name]["image"] for name in OURS}


def test_only_the_page_and_the_wall_have_ports_and_only_on_this_machine() -> None:
    """TLS ends in a proxy; the database, Prometheus and Alertmanager are reached from inside alone."""
    ports = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert {"web", "grafana"} == ports.keys()
    assert [] == [port for given in ports.values() for port in given if not port.startswith("127.0.0.1:")]
    assert [["data"]] == [one["networks"] for one in SERVICES.values() if "front" not in one["networks"]]
    assert {"internal": True} == DOCUMENT["networks"]["data"]


def test_secrets_come_by_file() -> None:
    """No environment holds one; every file is used by somebody, and nobody asks for one that is not there."""
    for name, one in SERVICES.items():
        values = {key: str(value) for key, value in one.get("environment", {}).items()}
        secret = {key for key in values if re.search("PASSWORD|SECRET|TOKEN|DATABASE_URL|INTEGRATION_CODE", key)}
        assert [] == [key for key in secret if not key.endswith("_FILE")], name
        files = [value.removeprefix("/run/secrets/") for value in values.values() if value.startswith("/run/secrets/")]
        assert set() == set(files) - set(one.get("secrets", ())), name
    used = {secret for one in SERVICES.values() for secret in one.get("secrets", ())}
    assert used == DOCUMENT["secrets"].keys()
    assert {f"./secrets/{name}" for name in used} == {one["file"] for one in DOCUMENT["secrets"].values()}


def test_prometheus_and_alertmanager_find_their_secrets() -> None:
    """Whatever their configuration reads below ``/run/secrets`` is mounted there."""
    for name, file in (("prometheus", "prometheus.yml"), ("alertmanager", "alertmanager.yml")):
        wanted = set(re.findall(r"/run/secrets/(\w+)", json.dumps(read(file))))
        assert wanted == set(SERVICES[name]["secrets"])


def test_prometheus_knows_the_services_by_their_names() -> None:
    """Its targets are services of this file, at the ports they listen on."""
    config = json.dumps(read("prometheus.yml"))
    assert {"web", "alertmanager"} == set(re.findall(r'"(\w+):\d+"', config))
    assert SERVICES.keys() >= set(re.findall(r'"names": \["(\w+)"\]', config))


def test_our_settings_exist() -> None:
    """Every variable is a setting, or the file of one; all secrets are given by file."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    files = {f"{PREFIX}{name.upper()}{SUFFIX}" for name in BY_FILE}
    for name in OURS:
        given: Mapping[str, str] = SERVICES[name]["environment"]
        assert set() == given.keys() - known - files
        assert files <= given.keys()


def test_web_and_worker_are_the_two_roles() -> None:
    """Each looks after itself with the product's own command."""
    for role in (WEB, WORKER):
        assert ["serve", "--role", role] == SERVICES[role]["command"]
        assert ["CMD", "techscore", "health", "--role", role] == SERVICES[role]["healthcheck"]["test"]


def test_the_policy_mounted_by_default_can_be_read() -> None:
    """The annotated default policy."""
    (mounted,) = SERVICES["worker"]["volumes"]
    path = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", mounted).split(":")[0]
    assert default_policy() == load_policy(ROOT / path).model_copy(update={"kpis": {}})


def test_the_wall_is_what_grafana_opens_with_and_nobody_unknown_may_change_it() -> None:
    """Whoever does not log in is a viewer; the home is the wall; nothing is fetched or sent by itself."""
    told = SERVICES["grafana"]["environment"]
    assert ("true", "Viewer", "false", "false") == (
        told["GF_AUTH_ANONYMOUS_ENABLED"],
        told["GF_AUTH_ANONYMOUS_ORG_ROLE"],
        told["GF_USERS_ALLOW_SIGN_UP"],
        told["GF_USERS_VIEWERS_CAN_EDIT"],
    )
    provisioned = "".join(path.read_text("utf-8") for path in (ROOT / "grafana/provisioning").rglob("*.yml"))
    assert set() == set(re.findall(r"\$\{?([A-Z]\w+)", provisioned)) - told.keys()
    mounts = dict(mount.split(":")[:2] for mount in SERVICES["grafana"]["volumes"])
    home = Path(told["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == mounts["./grafana/dashboards"]
    assert "wall.json" == home.name
    calls = ("ANALYTICS_REPORTING_ENABLED", "ANALYTICS_CHECK_FOR_UPDATES", "NEWS_NEWS_FEED_ENABLED")
    assert {"false"} == {told[f"GF_{name}"] for name in calls}
