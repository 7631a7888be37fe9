"""Curves of P4 as SVG files, by hand: cost against tickets, both axes in powers of ten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path

from benchmarks.ledger import Costs

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
_COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#8250df")

Points = Sequence[tuple[float, float]]


def draw(folder: Path, kind: str, costs: Sequence[Costs]) -> list[Path]:
    """The three plots of one database; the files written."""
    curves: Mapping[str, tuple[str, Mapping[str, Points]]] = {
        "event": (
            "projection of one event",
            {
                "as in life": [(one.tickets, one.in_life) for one in costs],
                "on any ticket": [(one.tickets, one.uniform) for one in costs],
            },
        ),
        "scorecard": ("reading the scorecard", {"30 days": [(one.tickets, one.reading) for one in costs]}),
        "rendering": ("rendering the metrics", {"all": [(one.tickets, one.rendering) for one in costs]}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (title, lines) in curves.items():
        path = folder / f"{kind}-{name}.svg"
        milliseconds = {word: [(x, 1_000 * y) for x, y in points] for word, points in lines.items()}
        path.write_text(svg(f"{title}, {kind}", milliseconds), "utf-8")
        written.append(path)
    return written


def svg(title: str, lines: Mapping[str, Points]) -> str:
    """A plot of milliseconds against tickets."""
    xs = _powers(x for points in lines.values() for x, _ in points)
    ys = _powers(y for points in lines.values() for _, y in points)
    parts = [_text(LEFT, TOP - 15, title, "start"), _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "tickets", "middle")]
    for power in xs:
        x = _along(10.0**power, xs, LEFT, WIDTH - RIGHT)
        parts += [_line([(x, TOP), (x, HEIGHT - BOTTOM)], "#ddd"), _text(x, HEIGHT - BOTTOM + 18, f"{10**power:,}")]
    for power in ys:
        y = _along(10.0**power, ys, HEIGHT - BOTTOM, TOP)
        parts += [_line([(LEFT, y), (WIDTH - RIGHT, y)], "#ddd"), _text(LEFT - 6, y + 4, f"{10.0**power:g} ms", "end")]
    for number, (word, points) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [(_along(x, xs, LEFT, WIDTH - RIGHT), _along(y, ys, HEIGHT - BOTTOM, TOP)) for x, y in points]
        parts.append(_line(places, colour, 2))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places]
        parts.append(_text(places[-1][0] + 10, places[-1][1] + 4, f"{word} {points[-1][1]:.3g} ms", "start"))
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    style = 'font-family="sans-serif" font-size="12"'
    background = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{background}{"".join(parts)}</svg>\n'


def _powers(values: Iterable[float]) -> range:
    """The powers of ten around values."""
    logs = [log10(value) for value in values]
    return range(floor(min(logs)), max(ceil(max(logs)), floor(min(logs)) + 1) + 1)


def _along(value: float, powers: range, start: float, end: float) -> float:
    return start + (end - start) * (log10(value) - powers[0]) / (powers[-1] - powers[0])


def _line(places: Points, colour: str, width: float = 1) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
