"""What the documents name exists: links and anchors, commands with their options, settings, and policies that load.

Each check is a function from text to what is wrong with it, and is itself tried on a text that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from models.errors import PolicyError
from models.policy import load_policy
from models.settings import PREFIX, Settings
from service.cli import app
from tests.test_repository import ROOT, tracked

DOCUMENTS = sorted(path for path in tracked() if path.suffix == ".md")
POLICY_PAGES = ("docs/policy.md", "docs/getting-started.md")

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]*)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?<![\w.=-])techscore ([a-z][^\n`|#;&>\"']*)")
_CODE = re.compile(r"`([^`\n]+)`")
_OF_COMPOSE = {"TECHSCORE_VERSION", "TECHSCORE_POLICY"}
"""Read by compose.yaml, not by the service."""


def name(path: Path) -> str:
    """A document as test ids show it."""
    return str(path.relative_to(ROOT))


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    return {_anchor(heading) for heading in _HEADING.findall(_FENCED.sub("", text))}


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def broken_links(text: str, path: Path) -> list[str]:
    """Relative links that lead to no file, or to no heading in it."""
    return [target for target in _LINK.findall(_FENCED.sub("", text)) if not _leads(target, text, path)]


def _leads(target: str, text: str, path: Path) -> bool:
    if re.match(r"[a-z]+:", target):
        return True  # elsewhere: nothing is fetched
    file, _, anchor = target.partition("#")
    there = path.parent / file
    if file and not there.exists():
        return False
    return not anchor or anchor in anchors(there.read_text("utf-8") if file else text)


def commands_in(text: str) -> Iterator[str]:
    """What follows ``techscore`` in code, in line or fenced: up to the end of the command."""
    code = [body for _, body in _FENCED.findall(text)] + _CODE.findall(_FENCED.sub("", text))
    for piece in code:
        yield from (found.strip() for found in _COMMAND.findall(piece))


def unknown_commands(text: str) -> list[str]:
    """Command lines whose command or one of whose options does not exist."""
    return [line for line in commands_in(text) if not _exists(line)]


@cache
def _root() -> Any:
    return typer.main.get_command(app)


def _exists(line: str) -> bool:
    command, words = _root(), line.split()
    while words:
        children: Mapping[str, Any] = getattr(command, "commands", {})
        word = words[0].rstrip(",.")
        if word not in children:
            break
        command, words = children[word], words[1:]
    if getattr(command, "commands", {}):  # a group alone: fine where no further word is given
        return command is not _root() and not words
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.split("=")[0].strip("[],") for word in words if word.lstrip("[").startswith("--")}
    return given <= options


def unknown_settings(text: str) -> list[str]:
    """Names of environment variables that nothing reads."""
    fields = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    known = fields | {f"{field}_FILE" for field in fields} | _OF_COMPOSE
    return sorted(set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", text)) - known)


def policies_in(text: str) -> list[str]:
    """The TOML of a document, block by block."""
    return [body for language, body in _FENCED.findall(text) if language == "toml"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_link_leads_to_a_heading(path: Path) -> None:
    """Relative links lead to files that exist, and to headings in them."""
    assert [] == broken_links(path.read_text("utf-8"), path)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_command_exists(path: Path) -> None:
    """A command line in code names a command and options of the command line."""
    assert [] == unknown_commands(path.read_text("utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_setting_exists(path: Path) -> None:
    """An environment variable that is named is one that is read."""
    assert [] == unknown_settings(path.read_text("utf-8"))


@pytest.mark.parametrize("page", POLICY_PAGES)
def test_every_policy_loads(page: str, tmp_path: Path) -> None:
    """Each block of TOML is a policy file by itself."""
    blocks = policies_in((ROOT / page).read_text("utf-8"))
    assert blocks
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.toml"
        file.write_text(block, encoding="utf-8")
        load_policy(file)


def test_every_page_is_in_the_index() -> None:
    """docs/README.md links each page under docs; of the alerts their index."""
    index = (ROOT / "docs/README.md").read_text("utf-8")
    pages = [path.relative_to(ROOT / "docs") for path in DOCUMENTS if path.is_relative_to(ROOT / "docs")]
    listed = [page for page in pages if page.parent.name != "alerts" and page.name != "README.md"]
    assert [] == [str(page) for page in listed if f"({page})" not in index]


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A file that is not there and a heading that is not there, here and elsewhere; good ones are not reported."""
    (tmp_path / "there.md").write_text("# One `two`, three\n```\n# no heading\n```\n", encoding="utf-8")
    good = "[a](there.md) [b](there.md#one-two-three) [c](#here) [d](https://example.com/#x)\n# Here\n"
    bad = "[a](gone.md) [b](there.md#no-heading) [c](#nowhere)\n"
    assert ["gone.md", "there.md#no-heading", "#nowhere"] == broken_links(good + bad, tmp_path / "page.md")


def test_a_wrong_command_is_found() -> None:
    """A command, a subcommand and an option that do not exist; good ones are not reported, nor is prose."""
    good = "Have techscore wait. `techscore webhooks` `techscore reconcile [--days 35]`\n"
    bad = "`techscore verfiy`, `techscore db downgrade`\n```sh\ntechscore verify  # x\ntechscore serve --rol x\n```\n"
    assert ["serve --rol x", "verfiy", "db downgrade"] == unknown_commands(good + bad)


def test_a_wrong_setting_is_found() -> None:
    """A variable nobody reads; one that is, and its file, are not reported."""
    text = "`TECHSCORE_PORT` `TECHSCORE_AUTOTASK_SECRET_FILE` `TECHSCORE_PROT`"
    assert ["TECHSCORE_PROT"] == unknown_settings(text)


def test_a_wrong_policy_is_found(tmp_path: Path) -> None:
    """A block with a key that does not exist is refused."""
    (block,) = policies_in('```toml\nzone = "Europe/London"\n```\n')
    (tmp_path / "x.toml").write_text(block, encoding="utf-8")
    with pytest.raises(PolicyError):
        load_policy(tmp_path / "x.toml")
