"""What the live page shows in each of its states, and that it shows them differently."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from models.instants import MINUTE, SECOND
from service.pages import render
from service.pages.breaches import SLA_KEYS, Overdue
from service.pages.home import Home, TileState
from service.pages.status import Condition, status
from service.pages.words import Tone
from service.scorecards.windows import Window
from tests.pages.cards import (
    AS_OF,
    breach,
    breaches_of,
    busy_desk,
    figure,
    fresh,
    good_figures,
    scorecard_of,
    technician,
    view_model,
)

UTC = ZoneInfo("UTC")
ADDRESS = "https://techscore.example"


def html_of(values: Home) -> str:
    """The page, runs of white space made one, to look for what a reader would read."""
    return " ".join(render.wall(values, ADDRESS).split())


def test_tiles_show_value_target_sample_and_budget() -> None:
    """One tile for each SLA KPI, each with its tone in a word, its n and what is left of the allowed misses."""
    triage, engagement, completion = view_model().tiles

    assert ("97.5", "97%", "320", "4", "12", False, "96%") == (
        triage.value,
        triage.target,
        triage.sample,
        triage.misses_left,
        triage.misses_allowed,
        triage.overdrawn,
        triage.coverage,
    )
    assert [(Tone.GOOD, "On target"), (Tone.WATCH, "Watch"), (Tone.ACT, "Act")] == [
        (tile.tone, tile.tone_word) for tile in (triage, engagement, completion)
    ]
    assert ("8", True, "3") == (engagement.misses_left, engagement.overdrawn, engagement.provisional)
    assert "<b>3</b> provisional" in html_of(view_model())


def test_zero_no_data_unmeasurable_and_small_are_four_things() -> None:
    """A 0, nothing decided, nothing measurable and too few tickets never look alike."""
    tiles = view_model(
        scorecard_of((figure("sla_triage", 0, 40), figure("sla_engagement", 0, 0), figure("sla_completion", 6, 7)))
    ).tiles
    unmeasurable = view_model(
        scorecard_of((figure("sla_triage", 40, 40), figure("sla_engagement", 0, 3, measurable=False)))
    ).tiles[1]

    assert [
        (TileState.MEASURED, "0", Tone.ACT),
        (TileState.NO_DATA, "", Tone.NONE),
        (TileState.SMALL, "85.7", Tone.NONE),
        (TileState.NOT_MEASURABLE, "", Tone.NONE),
    ] == [(tile.state, tile.value, tile.tone) for tile in (*tiles, unmeasurable)]


def test_not_measurable_says_why_and_what_to_change() -> None:
    """A service manager reads what is missing and which setting of Autotask mends it."""
    html = html_of(
        view_model(scorecard_of((figure("sla_triage", 40, 40), figure("sla_engagement", 0, 0, measurable=False))))
    )

    assert "Not measurable" in html
    assert "no Resolution Plan in the last 90 days" in html
    assert "<b>In Autotask:</b> Map the status your technicians set" in html


def test_silence_on_the_first_morning_is_no_fault_of_autotask() -> None:
    """While hardly a ticket was decided, an event nobody saw yet is "no data yet"."""
    first_ticket = (figure("sla_triage", 1, 1), figure("sla_engagement", 0, 0, measurable=False))

    assert TileState.NO_DATA == view_model(scorecard_of(first_ticket)).tiles[1].state


def test_a_small_sample_says_how_small() -> None:
    """The value stays, its n and the minimum beside it."""
    assert "Sample too small (n 7 &lt; 20)" in html_of(view_model(scorecard_of((figure("sla_completion", 6, 7),))))


def test_the_bar_runs_from_floor_to_everything() -> None:
    """Value and target stand on one scale, which is written beside it."""
    tile = view_model(scorecard_of((figure("sla_completion", 825, 1_000),))).tiles[0]

    assert (500, 714, "65%") == (tile.bar, tile.bar_target, tile.bar_from)


def test_an_empty_service_tells_how_to_send_the_first_webhook() -> None:
    """Before the first fact there are no tiles, but an address and no secret."""
    html = html_of(view_model(scorecard_of((), position=0)))

    assert "Waiting for the first webhook" in html
    assert f"{ADDRESS}/webhooks/autotask/$TECHSCORE_WEBHOOK_TOKEN" in html
    assert 'id="tiles"' not in html


def test_live_has_no_banner() -> None:
    """Nothing to say when all is well; behind by little is live."""
    told = status(fresh(waiting=900, now=AS_OF + 90 * SECOND), UTC)

    assert (Condition.LIVE, "Live", "") == (told.condition, told.word, told.title)
    assert 'id="banner"' not in html_of(view_model(status=told))


def test_figures_older_than_two_minutes_are_stale() -> None:
    """The banner says since when and where to look, and stays the same while they age."""
    told = status(fresh(now=AS_OF + 121 * SECOND), UTC)
    html = html_of(view_model(status=told, now=AS_OF + 121 * SECOND))

    assert Condition.LIVE == status(fresh(now=AS_OF + 120 * SECOND), UTC).condition
    assert Condition.STALE == told.condition
    assert 'data-condition="stale"' in html
    assert "<strong>Not live: figures as of 14:03 UTC</strong> No worker has moved them since" in html
    assert told == status(fresh(now=AS_OF + 14 * MINUTE), UTC)


def test_a_stale_ledger_with_a_backlog_says_so() -> None:
    """A worker that does not keep up is another matter than none."""
    assert "does not" not in status(fresh(now=AS_OF + 3 * MINUTE), UTC).advice
    assert "not keeping up: 4,000 events" in status(fresh(now=AS_OF + 3 * MINUTE, waiting=4_000), UTC).advice


def test_a_silent_worker_is_stale_at_once() -> None:
    """Figures may be fresh; without a worker they will not stay so."""
    told = status(fresh(silent=AS_OF - MINUTE), UTC)

    assert (Condition.STALE, True) == (told.condition, "not been heard of since 14:02" in told.advice)


def test_a_backlog_is_told() -> None:
    """While the worker catches up the page is not called live."""
    told = status(fresh(waiting=12_345), UTC)

    assert (Condition.BEHIND, "Catching up · 12,345 events waiting") == (told.condition, told.word)


def test_a_frozen_clock_is_not_live_and_counts_no_seconds() -> None:
    """A replay says that it is one."""
    told = status(fresh(frozen=True), UTC)
    values = view_model(status=told)

    assert (Condition.FROZEN, "", 0) == (told.condition, values.age, values.age_from)
    assert "The clock is frozen at Mon 14 Sep 2026, 14:03:22 UTC" in html_of(values)


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "'-alert(1)-'"]
)
def test_whatever_comes_from_outside_is_escaped(hostile: str) -> None:
    """Titles, numbers, names and windows are text, never markup or template."""
    card = replace(
        scorecard_of(technicians=(technician(1, hostile, (20, 20), (20, 20)),)),
        window=Window("2026-09", 20260901, 20260914),
    )
    rows = breaches_of(replace(breach(1, hostile, holder=hostile), number=hostile))
    html = render.wall(view_model(card, rows), ADDRESS) + render.notice("no_window", hostile)

    assert "<script>" not in html
    assert "<img" not in html
    assert "49" not in html.split('id="breaches"')[1].split("</section>")[0]
    assert "alert(1)" in html or "7 * 7" in html


def test_no_page_has_inline_script_or_style() -> None:
    """The content security policy forbids both, so neither may be relied on."""
    html = render.wall(view_model(*busy_desk()), ADDRESS) + render.notice("starting") + render.notice("unavailable")

    assert " style=" not in html
    assert "<style" not in html
    assert " onload=" not in html
    assert html.count("<script") == html.count('<script src="/static/')


def test_open_breaches_name_ticket_event_holder_and_queue() -> None:
    """Each row says what, since when, who holds it and where; nobody is said in a word."""
    row = breach(1, overdue=(Overdue("sla_triage", AS_OF - 2 * MINUTE, True),), tech_id=-1, holder="", queue_id=-1)
    html = html_of(view_model(breaches=breaches_of(row)))

    for said in ("T20260914.0001", "Printer on fire", "Triage <b>2 min</b>", "<i>provisional</i>", "since 14:01"):
        assert said in html
    assert "Nobody" in html
    assert "No queue" in html


def test_names_nobody_told_are_ids() -> None:
    """A ticket or holder without a name is shown by its id, never as nothing."""
    shown = view_model(breaches=breaches_of(replace(breach(7, holder=""), number="", title=""))).breaches[0]

    assert ("#7", "(no title yet)", "Resource 29682885", "Queue 29683354") == (
        shown.number,
        shown.title,
        shown.holder,
        shown.queue,
    )


def test_lists_are_bounded_and_say_what_they_leave_out() -> None:
    """More than fits is counted, not dropped."""
    html = html_of(view_model(*busy_desk(technicians=30)))

    assert "and 25 more, breached earlier" in html
    assert "and 6 more" in html
    assert 'class="crowded"' in html


def test_no_breach_and_no_technician_are_said() -> None:
    """Empty lists are sentences."""
    html = html_of(view_model())

    assert "Nothing is past due." in html
    assert "No technician has worked in this window yet." in html


def test_technicians_show_score_only_when_somebody_has_one() -> None:
    """A column of nothing is not shown; focus is a KPI's title."""
    without = technician(1, "Ada Moreau", (38, 40), (6, 7), "sla_completion")
    scored = replace(without, score=Fraction("91.28"), band="on_track")
    shown = view_model(scorecard_of(technicians=(scored,)))

    assert (False, True) == (view_model(scorecard_of(technicians=(without,))).scored, shown.scored)
    one = shown.technicians[0]
    assert ("91.2", "On track", "Completion") == (one.score, one.band, one.focus)
    assert [("95.0", "40", False), ("85.7", "7", True), ("85.7", "21", False)] == [
        (c.value, c.sample, c.small) for c in one.cells
    ]


def test_a_window_not_on_offer_is_offered_while_it_is_shown() -> None:
    """A month reached by its address is the current choice too."""
    card = replace(scorecard_of(good_figures()), window=Window("2026-08", 20260801, 20260831))
    links = view_model(card).windows

    assert ("2026-08", "August 2026", True) == (links[-1].name, links[-1].label, links[-1].current)
    assert 1 == sum(link.current for link in links)


def test_the_three_sla_kpis_are_the_tiles() -> None:
    """Tiles come in the order of the specification."""
    assert ("sla_triage", "sla_engagement", "sla_completion") == SLA_KEYS
