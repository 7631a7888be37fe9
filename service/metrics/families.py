"""Gauges of one rendering: families put together by name and exposed once, in the order they were declared.

Written out here and not by ``prometheus_client``, which looks at every label of every sample again: with two hundred
technicians that was most of a rendering. A test holds the two to the same text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from prometheus_client.utils import floatToGoString

PREFIX = "techscore_"
_KNOWN_VALUES = 65_536


@dataclass(frozen=True, slots=True)
class Family:
    """A gauge as it was declared."""

    name: str
    documentation: str
    labels: tuple[str, ...]


class Families:
    """Gauges; ``declare`` each with its labels, then ``add`` samples."""

    def __init__(self) -> None:
        self.declared: list[Family] = []
        self._heads: dict[str, str] = {}
        self._labels: dict[str, list[tuple[int, str]]] = {}
        self._lines: dict[str, list[str]] = {}

    def declare(self, name: str, documentation: str, labels: Iterable[str] = ()) -> None:
        """A gauge ``techscore_<name>``; it is exposed even while it has no sample."""
        told = documentation.replace("\\", "\\\\").replace("\n", "\\n")
        family = Family(f"{PREFIX}{name}", documentation, tuple(labels))
        self.declared.append(family)
        self._heads[name] = f"# HELP {PREFIX}{name} {told}\n# TYPE {PREFIX}{name} gauge\n"
        self._labels[name] = sorted(enumerate(family.labels), key=lambda label: label[1])
        self._lines[name] = []

    def add(self, name: str, value: float | None, *labels: str) -> None:
        """One sample, labels in their declared order; ``None`` leaves it out: absent, never NaN."""
        self.add_alike(((name, value),), *labels)

    def add_alike(self, samples: Iterable[tuple[str, float | None]], *labels: str) -> None:
        """A sample of each of several families that have the same labels, which are put together once."""
        told = None
        for name, value in samples:
            if value is None:
                continue
            if told is None:
                pairs = ",".join([f'{label}="{_escaped(labels[place])}"' for place, label in self._labels[name]])
                told = f"{{{pairs}}}" if pairs else ""
            self._lines[name].append(f"{PREFIX}{name}{told} {_number(value)}\n")

    def part(self) -> Families:
        """The same families without samples, to be filled apart."""
        other = Families()
        other.declared, other._heads, other._labels = self.declared, self._heads, self._labels
        other._lines = {name: [] for name in self._lines}
        return other

    def samples(self) -> Mapping[str, str]:
        """The samples of each family that has any, as text."""
        return {name: "".join(lines) for name, lines in self._lines.items() if lines}

    def put(self, samples: Mapping[str, str]) -> None:
        """Samples of these families, as ``samples`` gave them."""
        for name, text in samples.items():
            self._lines[name].append(text)

    def render(self) -> bytes:
        """The Prometheus text format."""
        return "".join([self._heads[name] + "".join(lines) for name, lines in self._lines.items()]).encode()


@lru_cache(maxsize=1_024)
def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


@lru_cache(maxsize=_KNOWN_VALUES)
def _number(value: float) -> str:
    return str(floatToGoString(value))  # type: ignore[no-untyped-call] # the library says nothing of its types
