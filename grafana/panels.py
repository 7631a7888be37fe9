"""Panels as this house makes them: each with a title, a description, a unit and words for *nothing there*."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, stat, table, text, timeseries
from grafana_foundation_sdk.builders.common import (
    ReduceDataOptions,
    TableSortByFieldState,
    VizLegendOptions,
    VizTextDisplayOptions,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DashboardRangeMapOptions,
    DashboardSpecialValueMapOptions,
    DataTransformerConfig,
    DynamicConfigValue,
    RangeMap,
    SpecialValueMap,
    SpecialValueMatch,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from grafana import colours, links, promql

SOURCE = common.DataSourceRef("prometheus", "techscore-prometheus")
_DASHES = ({"fill": "solid"}, {"fill": "dash", "dash": [12, 6]}, {"fill": "dot", "dash": [0, 6]})
ONLY_LETTERS = common.BigValueColorMode.VALUE
NOTHING = "no data: see Techscore health"
OR_STALE = ", or STALE: see the top"
"""After the words for nothing, of what falls silent while figures stand still."""

Any = stat.Panel | table.Panel | bargauge.Panel | timeseries.Panel | text.Panel
Data = TypeVar("Data", stat.Panel, table.Panel, bargauge.Panel, timeseries.Panel)


def now(expression: str, legend: str = "{{state}}") -> Dataquery:
    """What holds now, one series for each set of labels."""
    return Dataquery().expr(expression).instant().legend_format(legend).datasource(SOURCE)


def rows(expression: str) -> Dataquery:
    """What holds now, as the rows of a table; the legend is the labels."""
    return now(expression, "").format(PromQueryFormat.TABLE)


def course(expression: str, legend: str) -> Dataquery:
    """How it went in the dashboard's time range."""
    return Dataquery().expr(expression).range().legend_format(legend).datasource(SOURCE)


def fresh_now(expression: str, legend: str = "{{state}}") -> Dataquery:
    """What holds now, and nothing while figures stand still."""
    return now(promql.fresh(expression), legend)


def fresh_rows(expression: str) -> Dataquery:
    """What holds now as rows, and none while figures stand still."""
    return rows(promql.fresh(expression))


def fresh_course(expression: str, legend: str) -> Dataquery:
    """How it went, with gaps where figures stood still."""
    return course(promql.fresh(expression), legend)


def stats(title: str, description: str, unit: str, *queries: Dataquery) -> stat.Panel:
    """Big numbers of now."""
    panel = (
        stat.Panel()
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .justify_mode(common.BigValueJustifyMode.CENTER)
        .orientation(common.VizOrientation.AUTO)
    )
    _dressed(panel, title, description, unit, queries)
    return panel.thresholds(colours.steps(colours.FINE)).mappings([absent()])


def bars(title: str, description: str, unit: str, *queries: Dataquery) -> bargauge.Panel:
    """Bars of now, one for each series, lying one under another."""
    panel = (
        bargauge.Panel()
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .orientation(common.VizOrientation.HORIZONTAL)
        .value_mode(common.BarGaugeValueMode.TEXT)
        .show_unfilled(True)
        .min(0)
    )
    return _dressed(panel, title, description, unit, queries).mappings([absent()])


def columns(title: str, description: str, unit: str, *queries: Dataquery) -> bargauge.Panel:
    """Bars that stand side by side, as months do."""
    return bars(title, description, unit, *queries).orientation(common.VizOrientation.VERTICAL)


def lines(title: str, description: str, unit: str, *queries: Dataquery) -> timeseries.Panel:
    """What happened in the time range, as it was known then."""
    panel = (
        timeseries.Panel()
        .line_width(2)
        .fill_opacity(0)
        .show_points(common.VisibilityMode.NEVER)
        .span_nulls(False)
        .legend(
            VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    _dressed(panel, title, description, unit, queries)
    return panel.color_scheme(colours.by_series()).no_value("nothing is known of this time")


def drawn(panel: timeseries.Panel, names: Iterable[str], *, queries: bool = False) -> timeseries.Panel:
    """Lines of these names (or queries), told apart by colour and by how they are dashed."""
    for place, name in enumerate(names):
        style = setting("custom.lineStyle", _DASHES[place % len(_DASHES)])
        look = [colour(colours.LINES[place % len(colours.LINES)]), style]
        if queries:
            panel.override_by_query(name, look)
        else:
            panel.override_by_name(name, look)
    return panel


def sheet(title: str, description: str, unit: str, *queries: Dataquery) -> table.Panel:
    """A table of now; cells with nothing in them are neither good nor bad."""
    panel = table.Panel().show_header(True).cell_height(common.TableCellHeight.SM).min_width(80)
    return (
        _dressed(panel, title, description, unit, queries)
        .mappings([absent("—")])
        .override_by_regexp(".*", [setting("custom.wrapHeaderText", True)])
    )


def words(title: str, description: str, markdown: str) -> text.Panel:
    """Something to read."""
    return text.Panel().title(title).description(description).mode(TextMode.MARKDOWN).content(markdown)


def _dressed(panel: Data, title: str, description: str, unit: str, queries: Sequence[Dataquery]) -> Data:
    panel.title(title).description(description).unit(unit).datasource(SOURCE).no_value(NOTHING)
    panel.thresholds(colours.plain()).color_scheme(colours.by_threshold())
    for query, name in zip(queries, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=False):
        panel.with_target(query.ref_id(name))
    return panel


def letters(panel: stat.Panel) -> stat.Panel:
    """Numbers without a ground behind them: those that are not judged."""
    return panel.color_mode(ONLY_LETTERS).thresholds(colours.plain())


def sized(panel: Data, title: float, value: float, nothing: str = "?") -> Data:
    """Letters of these sizes, for people far away; where there is nothing, a stat's words must fit at that size."""
    if isinstance(panel, stat.Panel | bargauge.Panel):
        panel.text(VizTextDisplayOptions().title_size(title).value_size(value))
    if isinstance(panel, stat.Panel):
        panel.no_value(nothing)
    return panel


def judged(panel: stat.Panel) -> stat.Panel:
    """A tile of ``promql.tile``: the colour of each state, and a dash where there is no number."""
    _states(panel, {promql.ON_TARGET: colours.FINE, promql.WATCH: colours.WATCH, promql.ACT: colours.ACT})
    panel.override_by_name(promql.FEW, [colour(colours.NEUTRAL)])
    panel.override_by_name(promql.UNMEASURED, [colour(colours.NEUTRAL), dash()])
    return panel


def banded(panel: stat.Panel) -> stat.Panel:
    """A tile of ``promql.score_tile``: the colour of each band."""
    on_track, coach, intervene = ("best in class", "on track"), "coach", "intervene"
    return _states(panel, dict.fromkeys(on_track, colours.FINE) | {coach: colours.WATCH, intervene: colours.ACT})


def _states(panel: stat.Panel, tints: Mapping[str, str]) -> stat.Panel:
    for word, tint in tints.items():
        panel.override_by_name(word, [colour(tint)])
    panel.override_by_name(promql.EMPTY, [colour(colours.NEUTRAL), dash()])
    panel.override_by_name(promql.STALE, [colour(colours.ACT), dash()])
    return panel


def stalls(panel: Data, word: str = "—") -> Data:
    """Numbers that leave while figures stand still: the word for it comes in their place, with ``word`` as number."""
    panel.with_target(now(promql.stale()).ref_id("Z"))
    panel.override_by_name(promql.STALE, [colour(colours.ACT), dash(word)])
    return panel


def colour(code: str) -> DynamicConfigValue:
    """A field's one colour."""
    return DynamicConfigValue("color", colours.only(code))


def setting(name: str, value: object) -> DynamicConfigValue:
    """Any other setting of a field."""
    return DynamicConfigValue(name, value)


def dash(word: str = "—") -> DynamicConfigValue:
    """A field whose 0 stands for no number."""
    return DynamicConfigValue("mappings", [says({0: (word, None)})])


def says(values: Mapping[int, tuple[str, str | None]]) -> ValueMap:
    """Words, and perhaps a colour, for single values."""
    return ValueMap({str(number): ValueMappingResult(word, tint) for number, (word, tint) in values.items()})


def absent(word: str | None = None) -> SpecialValueMap:
    """Where there is no value: the colour of neither good nor bad, and perhaps a word."""
    result = ValueMappingResult(word, colours.NEUTRAL)
    return SpecialValueMap(DashboardSpecialValueMapOptions(SpecialValueMatch.NULL_AND_NAN, result))


def ranges(*spans: tuple[float, float, str, str]) -> list[ValueMapping]:
    """Words and colours for spans of values: from, to, word, colour."""
    return [
        RangeMap(DashboardRangeMapOptions(low, high, ValueMappingResult(word, tint))) for low, high, word, tint in spans
    ]


def transform(name: str, **options: object) -> DataTransformerConfig:
    """One step between query and picture."""
    return DataTransformerConfig(id_val=name, options=options)


def sorted_by(field: str, *, descending: bool = False) -> DataTransformerConfig:
    """Rows in the order of a field."""
    return transform("sortBy", fields={}, sort=[{"field": field, "desc": descending}])


def arranged(
    order: Iterable[str], names: Mapping[str, str] | None = None, without: Iterable[str] = ()
) -> DataTransformerConfig:
    """Fields in this order, under these names; time is left out."""
    return transform(
        "organize",
        excludeByName=dict.fromkeys(("Time", *without), True),
        indexByName={name: place for place, name in enumerate(order)},
        renameByName=dict(names or {}),
    )


def crossed(row: str, column: str) -> DataTransformerConfig:
    """One row for each value of a label, one column for each value of another."""
    return transform("groupingToMatrix", columnField=column, rowField=row, valueField="Value", emptyValue="null")


def one_per_row(panel: Data, limit: int, name: str) -> Data:
    """Each row of a table its own number, under what the field ``name`` says."""
    if isinstance(panel, stat.Panel | bargauge.Panel):
        panel.reduce_options(ReduceDataOptions().values(True).limit(limit).calcs(["lastNotNull"]))
        panel.display_name(f"${{__data.fields.{name}}}")
    return panel


def painted() -> DynamicConfigValue:
    """A table's field whose cells have the colour of their value behind it."""
    return setting("custom.cellOptions", {"type": "color-background", "mode": "basic"})


def ordered(panel: table.Panel, field: str, *, descending: bool = False) -> table.Panel:
    """A table that opens sorted."""
    return panel.sort_by([TableSortByFieldState().display_name(field).desc(descending)])


def leads(title: str, url: str) -> DynamicConfigValue:
    """A field whose values lead somewhere."""
    return setting("links", [links.data_link(title, url)])


def levels(base: str, *others: tuple[float, str]) -> dict[str, object]:
    """Thresholds as an override writes them."""
    steps = [{"color": base, "value": None}, *({"color": tint, "value": value} for value, tint in others)]
    return {"mode": "absolute", "steps": steps}


def hidden() -> list[DynamicConfigValue]:
    """A field that links read and nobody sees; the second word is that of tables since Grafana 12.2."""
    return [setting("custom.hidden", True), setting("custom.hideFrom", {"viz": True})]
