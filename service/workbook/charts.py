"""Native charts: a line over thirteen months, and the line it is held to. Dots too: one month alone makes no line."""

from __future__ import annotations

from typing import Any

_FORMATS = {"percent": "0%", "number": "0.00", "score": "0"}
Place = tuple[int, int, int]
"""First row, last row, column."""


def line_chart(book: Any, title: str, sheet: str, values: Place, target: Place, style: str = "score") -> Any:
    """A chart of two columns of a sheet whose first column has the months."""
    chart = book.add_chart({"type": "line"})
    months = [sheet, values[0], 0, values[1], 0]
    chart.add_series(
        {
            "name": title,
            "categories": months,
            "values": [sheet, values[0], values[2], values[1], values[2]],
            "line": {"color": "#1f4e79", "width": 2.25},
            "marker": {"type": "circle", "size": 5, "fill": {"color": "#1f4e79"}, "border": {"color": "#1f4e79"}},
        }
    )
    chart.add_series(
        {
            "name": "Target" if style != "score" else "Best in class",
            "categories": months,
            "values": [sheet, target[0], target[2], target[1], target[2]],
            "line": {"color": "#8a8a8a", "width": 1.25, "dash_type": "dash"},
        }
    )
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_legend({"position": "bottom"})
    lines = {"visible": True, "line": {"color": "#e0e0e0"}}
    chart.set_y_axis({"num_format": _FORMATS[style], "min": 0, "major_gridlines": lines})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 540, "height": 300})
    return chart
