"""What gives numbers their meaning, and the revisions under which it was last recorded (design §5).

A *part* is a measure, the fold, or the stories: some modules and the revision that enters the generation. The
committed ``revisions.json`` holds each part's revision and the digest of its sources, comments and docstrings
left out. ``python -m tests.revisions`` records a raised revision; ``--same-meaning`` records a change of source
that changes no number (a rename, a faster way to the same rows) under the old one.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from service.kpis.registry import MEASURES
from service.projection import fold, generation

ROOT = Path(__file__).parents[1]
FILE = Path(__file__).with_name("revisions.json")

FOLD = ("service.projection.fold", "ingest.observations", "ingest.values", "ingest.autotask.catalogue")
STORY = tuple(
    f"service.projection.{name}"
    for name in (
        *("story", "history", "completions", "completeness", "handups", "steps", "work"),
        *("edges", "loading", "rules", "evaluation"),
    )
)
EVERY_MEASURE = tuple(f"service.kpis.{name}" for name in ("contests", "contributions", "population", "watched"))


@dataclass(frozen=True)
class Recorded:
    """A part's revision with the digest of its sources."""

    revision: int
    digest: str


def current() -> dict[str, Recorded]:
    """Every part as it is now."""
    parts = {
        "fold": Recorded(fold.REVISION, digest_of(FOLD)),
        "story": Recorded(generation.STORY_REVISION, digest_of(STORY)),
    }
    for measure in MEASURES:
        modules = (*_files_of(type(measure).__module__), *EVERY_MEASURE)
        parts[f"measure {measure.key}"] = Recorded(measure.revision, digest_of(modules))
    return parts


def _files_of(module: str) -> list[str]:
    """A measure's module and those named after it (``sla``, ``sla_case``)."""
    folder = (ROOT / Path(*module.split("."))).parent
    name = module.rpartition(".")[2]
    return [f"{module.rpartition('.')[0]}.{path.stem}" for path in sorted(folder.glob(f"{name}*.py"))]


def recorded() -> dict[str, Recorded]:
    """Every part as it was recorded last."""
    if not FILE.exists():
        return {}
    return {name: Recorded(**part) for name, part in json.loads(FILE.read_text(encoding="utf-8")).items()}


def complaint(name: str, now: Recorded | None, before: Recorded | None) -> str:
    """What to do about a part, or an empty string."""
    record = "record it with `python -m tests.revisions`"
    if now == before:
        return ""
    if before is None:
        return f"{name} is new: {record}"
    if now is None:
        return f"{name} is gone: {record}"
    if now.revision > before.revision:
        return f"{name} has revision {now.revision}, recorded is {before.revision}: {record}"
    if now.revision < before.revision:
        return f"{name} has revision {now.revision}, below the recorded {before.revision}: a revision only rises"
    return (
        f"the source of {name} changed under revision {now.revision}. If the same facts may give other numbers, raise "
        f"the revision (old ledgers are then rebuilt) and {record}; if surely not, run it with --same-meaning"
    )


def digest_of(modules: Iterable[str]) -> str:
    """Sixteen hex digits over the sources of modules, whatever their comments, docstrings and layout."""
    sources = [(ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8") for module in modules]
    return digest(*sources)


def digest(*sources: str) -> str:
    """Sixteen hex digits over sources; the same under every Python version we support."""
    meaning = json.dumps([_meaning(ast.parse(source)) for source in sources])
    return sha256(meaning.encode()).hexdigest()[:16]


def _meaning(node: Any) -> Any:
    """A syntax tree without positions, bare strings and empty fields (which differ between Python versions)."""
    if isinstance(node, ast.AST):
        fields = {
            name: _meaning(value) for name, value in ast.iter_fields(node) if name not in ("kind", "type_comment")
        }
        return [type(node).__name__, {name: value for name, value in sorted(fields.items()) if value not in (None, [])}]
    if isinstance(node, list):
        return [_meaning(item) for item in node if not _is_bare_string(item)]
    return node if node is None or isinstance(node, str) else f"{type(node).__name__} {node!r}"


def _is_bare_string(node: Any) -> bool:
    is_constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_constant and isinstance(node.value.value, str)


def record(*, same_meaning: bool) -> list[str]:
    """Write the current revisions down; gives what stands against it (then nothing is written)."""
    now, before = current(), recorded()
    changed = [name for name in now if name in before and now[name] != before[name]]
    against = [
        complaint(name, now[name], before[name])
        for name in changed
        if now[name].revision < before[name].revision
        or (now[name].revision == before[name].revision and not same_meaning)
    ]
    if not against:
        _write(now)
    return against


def _write(parts: Mapping[str, Recorded]) -> None:
    text = json.dumps({name: asdict(part) for name, part in sorted(parts.items())}, indent=2)
    FILE.write_text(text + "\n", encoding="utf-8")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Record the revisions of what gives numbers their meaning.")
    parser.add_argument("--same-meaning", action="store_true", help="the sources changed, no number does")
    against = record(same_meaning=parser.parse_args().same_meaning)
    sys.stdout.writelines(f"{line}\n" for line in against or [f"{FILE.name} written"])
    return 1 if against else 0


if __name__ == "__main__":
    sys.exit(main())
