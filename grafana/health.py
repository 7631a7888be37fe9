"""Techscore's own health: what comes in, how far behind figures are, what is set aside, and whether they are proven."""

from __future__ import annotations

from collections.abc import Iterator

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.builders.prometheus import Dataquery

from grafana import colours, links, panels, promql, tiles
from grafana.board import At, Board, spread
from grafana.panels import setting
from grafana.promql import largest, quantile, rate


def health() -> Board:
    """The dashboard."""
    board = Board(
        links.HEALTH,
        "Is what we see true? Inbox, lag, feeds, webhooks, requests to Autotask, drift, parked items, the ledger's "
        "proof.",
        refresh="30s",
        since="now-6h",
    )
    board.leads_to(links.WALL, links.SCORECARD, links.SLA)
    board.page("What can be measured", "/doctor")
    tiles.trust(board)
    for at, panel in zip(spread(15, 3, 4, 5), _numbers(), strict=True):
        board.put(at, panel)
    board.put(At(15, 3, 9, 4), scraped())
    board.row(7, "Autotask")
    board.put(At(0, 8, 10, 11), feeds())
    board.put(At(10, 8, 6, 11), webhooks())
    board.put(At(16, 8, 8, 11), drift())
    board.put(At(0, 19, 12, 8), requests())
    board.put(At(12, 19, 12, 8), budget())
    board.row(27, "Inbox and ledger")
    board.put(At(0, 28, 8, 8), came_in())
    board.put(At(8, 28, 8, 8), refused())
    board.put(At(16, 28, 8, 8), behind())
    board.put(At(0, 36, 8, 8), served())
    board.put(At(8, 36, 8, 8), durations())
    board.put(At(16, 36, 8, 8), parked_ages())
    return board


def _numbers() -> Iterator[stat.Panel]:
    yield _number(
        "Events waiting",
        "Inbox positions that the ledger has not reached; read at the scrape, true also while the worker is down.",
        "none",
        panels.now(largest("inbox_backlog"), "in the inbox"),
        (100, 1000),
    )
    yield _number(
        "Figures lag by",
        "Since when the oldest event or deadline not taken in waits. Seconds are usual; over a minute for five "
        "minutes alerts.",
        "s",
        panels.now(promql.floored(largest("projection_lag_seconds")), "behind what came in"),
        (10, 60),
    )
    yield _number(
        "Set aside",
        "Parked: events that cannot be read, and subjects whose KPI raises. They are in no figure until retried.",
        "none",
        panels.now(largest("parked", by="kind"), "{{kind}}"),
        (1, 100),
    )
    yield _number(
        "Ledger against its facts",
        "Differences the last verification found between figures and facts: a sample every 15 minutes, everything at "
        "night.",
        "none",
        panels.now(largest("ledger_mismatch", by="kind"), "differences ({{kind}})"),
        (1, 1),
    ).no_value("not verified yet")
    yield _number(
        "Autotask requests used",
        "The used part of our own hourly share. Over 90 % feeds slow down, reference data first.",
        "percentunit",
        panels.now(promql.floored(largest("autotask_budget_used_ratio"), 2), "of our hour's share"),
        (0.75, 0.9),
    ).no_value("not known")


def _number(title: str, description: str, unit: str, query: Dataquery, levels: tuple[float, float]) -> stat.Panel:
    panel = panels.stats(title, description, unit, query)
    watch, act = levels
    return panel.decimals(0).thresholds(colours.steps(colours.FINE, (watch, colours.WATCH), (act, colours.ACT)))


def scraped() -> stat.Panel:
    up = 'min by (job) (up{job=~"techscore.*"})'
    """Who answers."""
    panel = panels.stats(
        "Scraped by Prometheus",
        "Whether Prometheus reaches every replica of each job, and which release answers.",
        "none",
        panels.now(f"{up} == 1", "{{job}}"),
        panels.now(f"{up} == 0", "{{job}} DOWN"),
        panels.now(f"count by (version) ({promql.metric('build_info')})", "replicas of {{version}}"),
    )
    for ref, tint, word in (("A", colours.FINE, "up"), ("B", colours.ACT, "DOWN")):
        mapped = setting("mappings", [panels.says({1: (word, None), 0: (word, None)})])
        panel.override_by_query(ref, [panels.colour(tint), mapped])
    return panels.sized(panel, 16, 32, "Prometheus knows no Techscore")


def feeds() -> table.Panel:
    """When each feed last read everything."""
    age = f"time() - {largest('source_last_success_timestamp_seconds', by='feed')}"
    return _aged(
        "Feeds: last read in full, ago",
        "How long ago each feed last read all there was. Tickets and time entries every ten seconds, changes of "
        "others every one or two minutes, whole tables every quarter of an hour to once a day.",
        panels.rows(age),
        {"feed": "Feed", "Value": "Ago"},
    ).no_value("no feed is known: none is set up, or Techscore cannot be asked")


def _aged(title: str, description: str, query: Dataquery, names: dict[str, str]) -> table.Panel:
    panel = panels.sheet(title, description, "s", query).decimals(0)
    return panel.with_transformation(panels.arranged(names, names))


def webhooks() -> table.Panel:
    """Which webhooks are active."""
    names = {"entity": "Entity", "Value": "Webhook"}
    panel = panels.sheet(
        "Webhooks",
        "Whether Autotask had the webhook of each entity active when last looked at. While one is not, feeds bring "
        "its changes.",
        "none",
        panels.rows(largest("webhook_active", by="entity")),
    )
    panel.with_transformation(panels.arranged(names, names))
    panel.mappings([panels.says({1: ("✓ active", colours.FINE), 0: ("✗ INACTIVE", colours.ACT)}), panels.absent("—")])
    panel.override_by_name("Webhook", [panels.painted()])
    return panel.no_value("no webhook was looked at yet")


def drift() -> table.Panel:
    """What the last reconciliation found."""
    panel = panels.sheet(
        "Drift: rows that differed from Autotask",
        "Rows the last reconciliation found missing, stale or deleted, and repaired. From ten on something does not "
        "arrive.",
        "none",
        panels.rows(largest("reconcile_drift", by="entity, kind")),
    )
    panel.with_transformation(panels.crossed("entity", "kind"))
    panel.thresholds(colours.steps(colours.FINE, (1, colours.WATCH), (10, colours.ACT))).decimals(0)
    panel.override_by_regexp("^(missing|stale|deleted)$", [panels.painted()])
    panel.override_by_name(r"entity\kind", [setting("displayName", "Entity"), setting("custom.width", 210)])
    return panel.no_value("nothing compared yet")


def requests() -> timeseries.Panel:
    """What is asked of Autotask."""
    return panels.lines(
        "Requests to Autotask",
        "Requests to Autotask each second, by what came of them: ok, or the reason word of what went wrong.",
        "reqps",
        panels.course(rate("autotask_requests_total", by="outcome"), "{{outcome}}"),
    )


def budget() -> timeseries.Panel:
    """How much of the hour's requests is used."""
    return (
        panels.lines(
            "Share of the hour's requests used",
            "The used part of our hourly share of the requests that all integrations of a tenant have together.",
            "percentunit",
            panels.course(largest("autotask_budget_used_ratio"), "used"),
        )
        .min(0)
        .max(1)
    )


def came_in() -> timeseries.Panel:
    """Events by entity."""
    return panels.lines(
        "Events let in",
        "Events that came in by webhook each second, by entity and what became of them.",
        "reqps",
        panels.course(rate("inbox_events_total", by="entity, outcome") + " > 0", "{{entity}} {{outcome}}"),
    ).no_value("no event came in")


def refused() -> timeseries.Panel:
    """Refusals by reason."""
    return panels.lines(
        "Refused at the door",
        "Webhook requests refused each second, by reason. Signatures: the secret was changed on one side, or somebody"
        " tries.",
        "reqps",
        panels.course(rate("webhook_rejections_total", by="reason") + " > 0", "{{reason}}"),
    ).no_value("nothing was refused")


def behind() -> timeseries.Panel:
    """Lag and backlog."""
    panel = panels.lines(
        "Lag and backlog",
        "Seconds that figures are behind what has come in, and how many events wait.",
        "s",
        panels.course(largest("projection_lag_seconds"), "lag"),
        panels.course(largest("inbox_backlog"), "events waiting"),
    )
    waiting = [setting("unit", "none"), setting("custom.axisPlacement", "right")]
    panel.override_by_name("events waiting", waiting)
    return panels.drawn(panel.min(0), ("lag", "events waiting"))


def served() -> timeseries.Panel:
    """How fast requests are answered."""
    return panels.lines(
        "Answers: 99 of 100 within",
        "From a request's arrival to the end of its answer, by route; all web replicas together.",
        "s",
        panels.course(quantile("http_request_seconds", by="route"), "{{route}}"),
    ).no_value("nothing was asked")


def durations() -> timeseries.Panel:
    """How long the machinery takes."""
    panel = panels.lines(
        "Appending, projecting, rendering: 99 of 100 within",
        "One append to the inbox with its commit, one transaction of the ledger, one rendering of the metrics.",
        "s",
        panels.course(quantile("inbox_append_seconds"), "append"),
        panels.course(quantile("projection_step_seconds"), "ledger step"),
        panels.course(quantile("render_seconds"), "rendering"),
    )
    return panels.drawn(panel, ("append", "ledger step", "rendering"))


def parked_ages() -> table.Panel:
    """Since when parked items wait."""
    age = f"time() - min by (kind) ({promql.metric('parked_oldest_timestamp_seconds')})"
    return _aged(
        "Longest set aside",
        "Since when the item longest parked waits; after four hours this alerts. `techscore parked list` says which "
        "and why.",
        panels.rows(age),
        {"kind": "What", "Value": "Since"},
    ).no_value("nothing is set aside")
