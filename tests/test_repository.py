"""The house rules that no linter knows: what may stand in the repository, and that documents keep their word."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
MAX_LINES = 400

# Written with brackets so that this file does not match itself.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:ro[o]t|wo[r]k|ho[m]e/\w+|Use[r]s)(?:/|\b)")
REGISTRY_HOSTS = re.compile(
    r"index[-_]ur[l]|find[-_]link[s]|pythonhoste[d]|pypi[.](?:org|io)|registry[.](?:npmjs|yarnpkg)"
)


@cache
def tracked() -> tuple[Path, ...]:
    """The repository's files: committed, or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


@cache
def project() -> dict[str, Any]:
    """``pyproject.toml``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def text_lines() -> Iterator[tuple[str, str]]:
    """Every line of every text file, with where it stands."""
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def python_files() -> Iterator[Path]:
    """Every Python file."""
    return (path for path in tracked() if path.suffix == ".py")


def constraints() -> dict[str, Requirement]:
    """``constraints.txt`` by canonical name."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


def declared() -> list[Requirement]:
    """Every dependency of ``pyproject.toml``, extras included."""
    extras = project()["project"]["optional-dependencies"].values()
    return [Requirement(line) for lines in (project()["project"]["dependencies"], *extras) for line in lines]


@pytest.mark.parametrize("forbidden", [MACHINE_PATHS, REGISTRY_HOSTS], ids=["machine paths", "registry hosts"])
def test_no_file_names_a_machine_or_a_registry(forbidden: re.Pattern[str]) -> None:
    """What is committed works anywhere: it names no path of one machine and no package registry."""
    assert [] == [f"{where}: {line.strip()}" for where, line in text_lines() if forbidden.search(line)]


def test_the_forbidden_words_are_recognised() -> None:
    """The patterns of the rule above do find what they forbid."""
    machine = [f"cd /{folder}/x" for folder in ("root", "work", "home/me", "Users")]
    registry = [text.format(".", "-") for text in ("https://pypi{}org/simple", "pip --index{1}url=x")]
    assert [] == [line for line in machine if not MACHINE_PATHS.search(line)]
    assert [] == [line for line in registry if not REGISTRY_HOSTS.search(line)]


def test_no_python_file_is_too_long() -> None:
    """A file past 400 lines wants splitting."""
    lengths = {str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n") for path in python_files()}
    assert {} == {name: lines for name, lines in lengths.items() if lines > MAX_LINES}


def test_every_test_says_what_it_shows() -> None:
    """Each test function has a docstring."""
    silent = []
    for path in (path for path in python_files() if path.name.startswith("test_")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                silent += [] if ast.get_docstring(node) else [f"{path.relative_to(ROOT)}: {node.name}"]
    assert [] == silent


def test_every_make_command_of_the_documents_exists() -> None:
    """README and CONTRIBUTING name targets that the Makefile has, each with its line of help."""
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    documents = "".join((ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    assert {"help", "demo", "test", "check", "docs", "pictures", "dashboards-preview", "bench"} == targets
    assert set() == set(re.findall(r"(?:^|`)make ([a-z-]+)", documents, re.MULTILINE)) - targets


def test_the_first_two_commands_of_the_readme_are_demo_and_test() -> None:
    """Whoever arrives reads first what it is, then the two commands."""
    commands = re.findall(r"^make (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert ["demo", "test"] == commands[:2]


def test_every_decision_is_in_the_index() -> None:
    """docs/README.md links each decision record."""
    index = (ROOT / "docs/README.md").read_text("utf-8")
    assert [] == [path.name for path in sorted((ROOT / "docs/decisions").glob("*.md")) if path.name not in index]


def test_the_console_script_resolves() -> None:
    """``techscore`` is installed and leads to a callable."""
    (script,) = distribution("techscore").entry_points.select(group="console_scripts", name="techscore")
    assert callable(script.load())


def test_the_constraints_name_one_exact_version_each() -> None:
    """Every line of constraints.txt is one ``==`` version, without a URL."""
    pins = constraints().values()
    assert [] == [str(pin) for pin in pins if pin.url or [spec.operator for spec in pin.specifier] != ["=="]]


def test_the_constraints_cover_every_dependency() -> None:
    """Whatever pyproject.toml asks for has an exact version in constraints.txt, and it lies within the range."""
    pins = constraints()
    missing = [need.name for need in declared() if canonicalize_name(need.name) not in pins]
    assert [] == missing
    versions = {need: Version(next(iter(pins[canonicalize_name(need.name)].specifier)).version) for need in declared()}
    assert [] == [f"{need} is not {version}" for need, version in versions.items() if version not in need.specifier]


def test_what_is_installed_is_what_the_constraints_say() -> None:
    """The environment the tests run in is the one that is promised, indirect dependencies included."""
    pins = constraints()
    todo = [need.name for need in declared() if need.marker is None or need.marker.evaluate()]
    seen: dict[str, str] = {}
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in seen:
            installed = distribution(name)
            seen[name] = installed.version
            needs = (Requirement(line) for line in installed.requires or ())
            todo += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    assert [] == [f"{name}=={version}" for name, version in seen.items() if name not in pins]
    assert [] == [f"{name}=={version}" for name, version in seen.items() if version not in pins[name].specifier]


def test_every_ignored_lint_rule_has_its_reason() -> None:
    """In pyproject.toml and in the code an ignore carries its reason beside it."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    ignores = text[text.index("\nignore = [") : text.index("[tool.ruff.lint.isort]")]
    bare = [line.strip() for line in ignores.splitlines() if re.search(r'"[A-Z]+\d+",?\s*$', line)]
    marks = re.compile(r"#\s*noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*\s*$")
    bare += [
        f"{where}: {line.strip()}"
        for where, line in text_lines()
        if where.split(":")[0].endswith(".py") and marks.search(line)
    ]
    assert [] == bare
