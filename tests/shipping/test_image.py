"""The Dockerfile: linted by hadolint, and held to what no linter asks. No image is built here: that takes a daemon."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tests.e2e.programs import program

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", TEXT)).splitlines()
INSTRUCTIONS = [tuple(line.split(maxsplit=1)) for line in LINES if line]
STAGES = [number for number, (word, _) in enumerate(INSTRUCTIONS) if word == "FROM"]
LAST = INSTRUCTIONS[STAGES[-1] :]


def said(word: str) -> list[str]:
    """What the last stage says after a word."""
    return [rest for name, rest in LAST if name == word]


def test_hadolint_has_nothing_to_say() -> None:
    """Not even for the sake of style."""
    command = [program("hadolint"), "--failure-threshold", "style", "--no-color", str(ROOT / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


def test_the_base_is_one_image_of_a_named_release() -> None:
    """Both stages begin with it; a digest can be given when it is built."""
    (base,) = [rest for word, rest in INSTRUCTIONS if word == "ARG"]
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.\d+-slim-[a-z]+", base)
    assert ["${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE}"] == [INSTRUCTIONS[number][1] for number in STAGES]


def test_what_runs_is_nobody_special_and_says_how_it_is() -> None:
    """A user by number, so that a cluster can see that it is not root; the product's own command looks after it."""
    assert ["10001:10001"] == said("USER")
    (check,) = said("HEALTHCHECK")
    assert ["techscore", "health"] == json.loads(check.split("CMD ", 1)[1])
    assert [["techscore"], ["serve"]] == [json.loads(rest) for word in ("ENTRYPOINT", "CMD") for rest in said(word)]


def test_nothing_is_left_in_it_that_does_not_run() -> None:
    """No cache, no pip of its own, no sources, nothing fetched by address; exact versions only."""
    words = {word for word, _ in INSTRUCTIONS}
    assert set() == words & {"ADD", "ONBUILD", "SHELL"}
    assert ["--from=build /opt/techscore /opt/techscore"] == said("COPY")
    assert "PIP_NO_CACHE_DIR=1" in TEXT
    assert "PIP_CONSTRAINT=/src/constraints.txt" in TEXT
    assert "venv --without-pip" in TEXT


def test_the_builder_is_given_what_it_copies_and_no_more() -> None:
    """.dockerignore lets through exactly the build's sources: no secrets, no database, no history."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    given = {line.removeprefix("!").rstrip("/") for line in ignored if line.startswith("!")}
    copied = {
        name.rstrip("/") for word, rest in INSTRUCTIONS[: STAGES[-1]] if word == "COPY" for name in rest.split()[:-1]
    }
    assert given == copied
    assert [] == [name for name in given if not (ROOT / name).exists()]
