"""SLA: how fast misses come, what is left of the month, where they come from, and what is about to breach."""

from __future__ import annotations

from collections.abc import Iterator

from grafana_foundation_sdk.builders import bargauge, table, timeseries
from grafana_foundation_sdk.builders.prometheus import Dataquery

from grafana import colours, links, panels, promql, tiles
from grafana.board import At, Board, spread
from grafana.panels import setting
from grafana.promql import largest

_WINDOW = "$window"
_RISK = promql.metric("sla_at_risk_ticket_minutes")
_EVENTS = tuple(promql.SLA.values())
SPANS = {"45bm": "45 minutes", "2bh": "2 hours", "3bh": "3 hours", "1bd": "1 day", "5bd": "5 days"}
BANDS = {"over": "over", "15m": "15 minutes", "30m": "30 minutes", "60m": "an hour", "today": "today", "later": "later"}


def sla() -> Board:
    """The dashboard."""
    board = Board(
        links.SLA,
        "How fast the SLAs miss, what is left of the month, in which queues, and which tickets are about to breach.",
        refresh="30s",
    )
    board.chooses_window(("Month to date", "mtd"), ("30 days", "30d"), ("Today", "today"))
    board.leads_to(links.WALL, links.SCORECARD, links.HEALTH)
    board.page("All at risk", "/at-risk")
    tiles.trust(board)
    for (event, kpi), at in zip(tiles.SLA, spread(24, 3, 4, 3), strict=True):
        board.put(at, tiles.figure(kpi, _WINDOW))
        board.put(At(at.x, 7, at.w, 3), tiles.budget(event, kpi))
    board.row(10, "Burn: how fast misses come")
    board.put(At(0, 11, 9, 7), burn_now())
    board.put(At(9, 11, 8, 7), burn_course())
    board.put(At(17, 11, 7, 7), left_course())
    board.row(18, "About to breach")
    board.put(At(0, 19, 15, 10), at_risk())
    board.put(At(15, 19, 9, 10), bands())
    board.row(29, "Queues")
    board.put(At(0, 30, 24, 9), queues())
    board.put(At(0, 39, 12, 9), open_tickets())
    board.put(At(12, 39, 12, 9), flow())
    return board


def burn_now() -> table.Panel:
    """Burn rates of now, by span."""
    panel = panels.sheet(
        "Burn rate now, by business time looked back at",
        "The share of misses over the share the target allows. 1 uses up exactly what the month allows; from 1 to "
        "watch, from 2 to act. Empty: nothing was decided in that span.",
        "none",
        panels.fresh_rows(promql.events_titled(promql.floored(largest("sla_burn_rate", by="event, span"), 1))),
    )
    panel.with_transformation(panels.crossed("event", "span"))
    names = {r"event\span": "SLA"} | SPANS
    panel.with_transformation(panels.arranged(names, names))
    panel.decimals(1).thresholds(colours.steps(colours.FINE, (1, colours.WATCH), (2, colours.ACT)))
    panel.override_by_name("SLA", [setting("custom.width", 140)])
    for span in SPANS.values():
        panel.override_by_name(span, [panels.painted()])
    return panel.no_value(f"nothing decided{panels.OR_STALE}")


def burn_course() -> timeseries.Panel:
    """How the burn of a business day went."""
    panel = panels.lines(
        "Burn rate over one business day",
        "The burn of the business day before each moment. Above 1 more is missed than the target allows.",
        "none",
        panels.fresh_course(promql.events_titled(largest("sla_burn_rate", by="event", span="1bd")), "{{event}}"),
    )
    return panels.drawn(panel.min(0), _EVENTS)


def left_course() -> timeseries.Panel:
    """How the misses of the month were used."""
    panel = panels.lines(
        "Misses left this month",
        "Misses the target still allows this month; below 0 the month is overdrawn.",
        "none",
        panels.fresh_course(promql.events_titled(largest("sla_misses_left", by="event")), "{{event}}"),
    )
    return panels.drawn(panel.decimals(0), _EVENTS)


def at_risk() -> table.Panel:
    """The tickets to look at now."""
    tickets = promql.events_titled(promql.floored(f"max by (slot, event, ticket, queue, tech) ({_RISK})"))
    held = f'label_replace({promql.copied(tickets, "holder", "tech")}, "holder", "NOBODY", "tech", "none")'
    state = promql.either(
        (promql.labelled(f"({held} < 0)", "state", "MISSED"), promql.labelled(f"({held} >= 0)", "state", "due"))
    )
    panel = panels.sheet(
        "Tickets at risk",
        "At most fifteen open SLA events: the soonest due first, then those just missed. Minutes of business time, "
        "negative when over; NOBODY holds a ticket that no technician has. The link shows all of them with their "
        "tickets.",
        "m",
        panels.fresh_rows(f"max by (slot, state, event, ticket, name, holder) ({promql.named(f'({state})', 'queue')})"),
    )
    names = {"state": "State", "Value": "Business time left", "event": "SLA", "ticket": "Ticket"}
    names |= {"holder": "Holder", "name": "Queue"}
    panel.with_transformation(panels.sorted_by("slot")).with_transformation(panels.arranged(names, names, ("slot",)))
    levels = panels.levels(colours.ACT, (15, colours.WATCH), (60, colours.FINE))
    panel.override_by_name("Business time left", [setting("thresholds", levels), panels.painted()])
    panel.override_by_name("Ticket", [panels.leads("All at risk", f"{links.PAGES}/at-risk")])
    return panel.decimals(0).no_value(f"no ticket at risk is known{panels.OR_STALE}")


def bands() -> bargauge.Panel:
    """How many are due how soon."""
    panel = panels.bars(
        "Open SLA events by when they are due",
        "Open SLA events of all queues by the business time that is left: over, within 15, 30 and 60 minutes, today, "
        "later.",
        "none",
        *_in_band(),
    )
    panel.override_by_name("over", [panels.colour(colours.ACT)])
    panel.override_by_name("15 minutes", [panels.colour(colours.ACT)])
    panel.override_by_name("30 minutes", [panels.colour(colours.WATCH)])
    panel.override_by_name("an hour", [panels.colour(colours.WATCH)])
    return panels.stalls(panel.decimals(0).no_value("no queue has had a figure yet"), promql.STALE)


def _in_band() -> Iterator[Dataquery]:
    for band, words in BANDS.items():
        yield panels.fresh_now(f"sum(max by (event, queue) ({promql.metric('sla_at_risk', band=band)}))", words)


def queues() -> table.Panel:
    """Each queue's SLAs, and what waits there."""
    queries = [largest("queue_info", by="queue, name")]
    names = {"name": "Queue"}
    for place, (_, kpi) in enumerate(tiles.SLA):
        for word, family in (("", "queue_kpi_value"), (": decided", "queue_kpi_sample_size")):
            value = largest(family, by="queue", kpi=kpi, window=_WINDOW)
            queries.append(value if word else promql.shown(value, kpi))
            names[f"Value #{'BCDEFG'[2 * place + bool(word)]}"] = promql.title(kpi) + word
    queries.append(f"sum by (queue) ({largest('open_tickets', by='queue, priority')})")
    queries.append(largest("unassigned_tickets", by="queue"))
    names |= {"Value #H": "Open tickets", "Value #I": "Nobody's"}
    panel = panels.sheet(
        "Queues",
        "Each queue's SLAs with how many were decided there, its open tickets and those nobody holds. Empty: nothing "
        "was decided, or the SLA cannot be measured.",
        "percentunit",
        *(panels.fresh_rows(query) for query in queries),
    )
    panel.with_transformation(panels.transform("merge"))
    panel.with_transformation(panels.arranged((*names, "queue"), names, without=("Value #A",)))
    for word in (*(f"{told}: decided" for told in _EVENTS), "Open tickets", "Nobody's"):
        panel.override_by_name(word, [setting("unit", "none"), setting("decimals", 0)])
    for _, kpi in tiles.SLA:
        evidence = links.evidence(kpi, f"window={_WINDOW}&queue_id=${{__data.fields.queue}}")
        panel.override_by_name(promql.title(kpi), [panels.leads("Evidence", evidence)])
    panel.override_by_name("queue", panels.hidden())
    return panels.ordered(panel.decimals(1).no_value(f"no queue has had a figure yet{panels.OR_STALE}"), "Queue")


def open_tickets() -> table.Panel:
    """What is open, by queue and priority."""
    tickets = largest("open_tickets", by="queue, priority")
    queue = promql.copied(f"({promql.named(tickets, 'queue')})", "in", "name")
    info = largest("priority_info", by="priority, name, place")
    priority = f"max by (in, priority) ({queue}) * on (priority) group_left (name, place) {info}"
    priority = promql.copied(f"({priority})", "of", "name")
    panel = panels.sheet(
        "Open tickets by queue and priority",
        "Scored tickets that are not complete, by the queue and the priority they have now; priorities in Autotask's "
        "order.",
        "none",
        panels.fresh_rows(f"max by (in, of, place) ({priority})"),
    )
    panel.with_transformation(panels.sorted_by("place")).with_transformation(panels.crossed("in", "of"))
    panel.override_by_name(r"in\of", [setting("displayName", "Queue")])
    return panels.ordered(panel.decimals(0).no_value(f"no open ticket is known{panels.OR_STALE}"), "Queue")


def flow() -> table.Panel:
    """What came, went and came back."""
    families = ("tickets_created", "tickets_completed", "tickets_reopened")
    names = {"name": "Queue", "Value #B": "Created", "Value #C": "Completed", "Value #D": "Reopened"}
    panel = panels.sheet(
        "Came, done, came back",
        "Scored tickets created and completed in the window, by queue, and completions of it undone within seven days.",
        "none",
        panels.fresh_rows(largest("queue_info", by="queue, name")),
        *(panels.fresh_rows(largest(family, by="queue", window=_WINDOW)) for family in families),
    )
    panel.with_transformation(panels.transform("merge"))
    panel.with_transformation(panels.arranged(names, names, without=("Value #A", "queue")))
    return panels.ordered(panel.decimals(0).no_value(f"no queue has had a figure yet{panels.OR_STALE}"), "Queue")
