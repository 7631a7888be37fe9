"""What the image installs: the wheel, in an environment of its own, far from the repository, serves everything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.alerts.test_rules import ROOT
from tests.door import SECRET, TOKEN
from tests.e2e.running import free_port, until


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``bin/`` of an environment with the wheel in it; what it depends on is borrowed from ours."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", f"--wheel-dir={folder}", str(ROOT)]
    subprocess.run(build, check=True, timeout=120, cwd=folder)
    venv.create(folder / "env", with_pip=False)
    (wheel,) = folder.glob("techscore-*.whl")
    python = folder / "env/bin/python"
    subprocess.run(
        [*pip, f"--python={python}", "install", "--no-deps", "--no-index", str(wheel)], check=True, timeout=120
    )
    (site,) = (folder / "env/lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """Ours without anything that leads back to the repository; settings of a service open to this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TECHSCORE_", "PYTHON"))}
    return kept | {
        "TECHSCORE_PORT": str(free_port()),
        "TECHSCORE_WEBHOOK_TOKEN": TOKEN,
        "TECHSCORE_WEBHOOK_SECRETS": SECRET,
        "TECHSCORE_AUTH": "open",
    }


def run(
    installed: Path, folder: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """A command of the wheel."""
    command = [str(installed / "techscore"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder to run in."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(scope="module")
def client(installed: Path, folder: Path, environment: dict[str, str]) -> Iterator[httpx.Client]:
    """The wheel, serving."""
    log = folder / "log"
    with log.open("wb") as output:
        command = [str(installed / "techscore"), "serve"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    with httpx.Client(base_url=f"http://127.0.0.1:{environment['TECHSCORE_PORT']}", timeout=10) as made:

        def ready() -> bool:
            assert process.poll() is None, log.read_text()[-2_000:]
            try:
                return made.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        until("ready", ready)
        yield made
    process.terminate()
    assert 0 == process.wait(30)


def test_what_runs_is_the_wheel(installed: Path, folder: Path, environment: dict[str, str]) -> None:
    """Not the repository, which lies elsewhere."""
    told = "import models, ingest, service, simulator; print(models.__file__, ingest.__file__, service.__file__)"
    done = subprocess.run(
        [installed / "python", "-c", told], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert [] == [path for path in done.stdout.split() if not path.startswith(str(installed.parent))]


def test_it_serves_pages_with_their_styles_and_scripts(client: httpx.Client) -> None:
    """Migrations were applied, templates and static files are in the wheel."""
    page = client.get("/")
    assert (200, "text/html; charset=utf-8") == (page.status_code, page.headers["content-type"])
    files = set(re.findall(r'"(/static/[^"]+)"', page.text + client.get("/login").text))
    assert len(files) > 2
    assert {200} == {client.get(name).status_code for name in files}
    assert 200 == client.get("/api/v1/scorecard").status_code
    assert "techscore_build_info" in client.get("/metrics").text


@pytest.mark.usefixtures("client")
def test_it_says_that_it_is_alive(installed: Path, folder: Path, environment: dict[str, str]) -> None:
    """``techscore health``, as the image's health check asks; and that it is not, where nothing runs."""
    done = run(installed, folder, environment, "health")
    assert (0, "web: alive\nworker: alive\n") == (done.returncode, done.stdout)
    elsewhere = environment | {"TECHSCORE_PORT": str(free_port())}
    done = run(installed, folder, elsewhere, "health")
    assert (1, "web: no_answer\nworker: alive\n") == (done.returncode, done.stdout)


def test_its_commands_work_without_a_repository(installed: Path, folder: Path, environment: dict[str, str]) -> None:
    """The schema, the rules and a token, in an empty folder."""
    assert 0 == run(installed, folder, environment, "db", "upgrade").returncode
    rules = run(installed, folder, environment, "rules")
    assert (0, (ROOT / "prometheus/rules/techscore.yml").read_text("utf-8")) == (rules.returncode, rules.stdout)
    token = run(installed, folder, environment, "tokens", "create", "--name", "prometheus", "--scope", "scrape")
    assert (0, True) == (token.returncode, token.stdout.startswith("tsc_"))
