"""From counters to a card: exact values, samples, measurability, the policy's terms, scores."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest

from models.database import Database
from models.entities import MILLION
from models.ledger import Scope
from models.policy import KpiPolicy, Policy
from service.kpis.registry import KPIS
from service.scorecards.scorecard import Board
from service.scorecards.windows import UnknownWindow, Window
from tests.scorecards.shop import ANN, BOB, Shop, open_shop


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    """A shop with no facts yet."""
    with open_shop(database) as opened:
        yield opened


def test_an_empty_ledger_has_a_card_without_values(shop: Shop) -> None:
    """No facts: zeros, no value, no score, nobody, and a reason for each KPI that could not be measured."""
    card = shop.card("today")

    unmeasured = dict.fromkeys(("sla_triage", "sla_engagement", "sla_completion"), "no_event_in_90_days")
    unmeasured["escalation_rate"] = "no_tiers"
    assert Window("today", 20260914, 20260914) == card.window
    assert [kpi.key for kpi in KPIS] == [figure.kpi for figure in card.team.kpis]
    for figure in card.team.kpis:
        assert (0, 0, 0, 0) == (figure.numerator, figure.denominator, figure.sample_size, figure.provisional)
        assert (None, None, False) == (figure.value, figure.attainment, figure.sufficient)
        assert unmeasured.get(figure.kpi) == figure.reason
    assert (None, None, None, ()) == (card.team.score, card.team.band, card.team.focus, card.technicians)


def test_a_value_is_the_exact_fraction_of_sums(shop: Shop) -> None:
    """Two of three is two thirds, not 0.666667; the window says which days."""
    shop.tell(
        shop.decided("2026-09-01 09:00"),
        shop.decided("2026-09-02 09:00"),
        shop.decided("2026-09-14 09:00", met=False),
        shop.decided("2026-08-31 09:00", met=False),
    )
    figure = shop.figure()

    assert Fraction(2, 3) == figure.value
    assert (2 * MILLION, 3 * MILLION, 3) == (figure.numerator, figure.denominator, figure.sample_size)
    assert (20260901, 20260914) == (figure.first_day, figure.last_day)
    assert (Fraction(2, 3) - Fraction(65, 100)) / Fraction(25, 100) == figure.attainment
    assert Fraction(0) == shop.figure(window="last_month").value


def test_a_small_sample_is_shown_and_not_sufficient(shop: Shop) -> None:
    """19 of 20 is one short of the minimum: value and attainment stand, marked; the twentieth makes it count."""
    shop.tell(*(shop.decided("2026-09-03 09:00") for _ in range(19)))
    short = shop.figure()
    shop.tell(shop.decided("2026-09-04 09:00"))
    enough = shop.figure()

    assert (Fraction(1), Fraction(1), False) == (short.value, short.attainment, short.sufficient)
    assert (20, True) == (enough.sample_size, enough.sufficient)


def test_a_kpi_not_measurable_keeps_its_sums(shop: Shop) -> None:
    """Breaches alone, never an event: no value and no attainment in any scope, the sums stay to be seen."""
    shop.tell(shop.overdue("2026-09-14 09:00"), *shop.worked("2026-09-14", ANN))
    for figure in (shop.figure(), shop.figure(who=ANN)):
        assert (0, MILLION, 1) == (figure.numerator, figure.denominator, figure.sample_size)
        assert (None, None, False) == (figure.value, figure.attainment, figure.measurable)
        assert ("no_event_in_90_days" if figure.kpi.startswith("sla_") else None) == figure.reason


def test_technicians_have_cards_of_their_own(shop: Shop) -> None:
    """Each technician's sums are their own; who did nothing in the window has zeros, not a gap."""
    shop.tell(
        shop.decided("2026-09-10 09:00", who=ANN),
        shop.decided("2026-09-10 10:00", who=BOB, met=False),
        *shop.worked("2026-09-10", ANN),
        *shop.worked("2026-09-10", BOB),
        shop.resource(ANN, "Ann", "Archer"),
    )

    assert [(ANN, "Ann Archer"), (BOB, "Technician 102")] == [(c.tech_id, c.name) for c in shop.card().technicians]
    assert Fraction(1) == shop.figure(who=ANN).value
    assert Fraction(0) == shop.figure(who=BOB).value
    nothing = shop.figure(who=BOB, window="today")
    assert (0, 0, None, True) == (nothing.denominator, nothing.sample_size, nothing.value, nothing.measurable)


def test_provisional_breaches_are_counted_and_told(shop: Shop) -> None:
    """A breach within its grace counts at once and says that it may change."""
    shop.tell(shop.decided("2026-09-14 09:00"), shop.overdue("2026-09-14 11:58"))

    assert (2, 1) == (shop.figure().sample_size, shop.figure().provisional)
    shop.tell(shop.resource(ANN, "Ann", "Archer"))  # heard of at noon: the grace is left to wait for
    shop.harness.advance_to(shop.now + 3 * 60 * MILLION)
    assert (2, 0) == (shop.figure().sample_size, shop.figure().provisional)


def test_the_policy_sets_the_terms_at_once(shop: Shop) -> None:
    """Target, floor and minimum sample of the policy hold at the next look, in the same ledger."""
    shop.tell(shop.decided("2026-09-14 09:00"), shop.decided("2026-09-14 10:00", met=False))
    own = KpiPolicy(target=Decimal("0.75"), floor=Decimal("0.25"), minimum_sample=2)
    shop.put_in_force(Policy(timezone="UTC", kpis={"sla_completion": own}))
    figure = shop.figure()

    assert (Fraction(3, 4), Fraction(1, 4)) == (figure.target, figure.floor)
    assert (Fraction(1, 2), True) == (figure.attainment, figure.sufficient)


@pytest.mark.parametrize(("met", "expected"), [(True, 1), (False, 0)])
def test_a_target_that_meets_the_floor_is_all_or_nothing(shop: Shop, met: bool, expected: int) -> None:
    """A policy's target that equals the KPI's own floor leaves no way between them, and breaks nothing."""
    shop.tell(shop.decided("2026-09-14 09:00", met=met))
    shop.put_in_force(Policy(timezone="UTC", kpis={"sla_completion": KpiPolicy(target=Decimal("0.65"))}))

    assert expected == shop.figure().attainment


def test_the_focus_weighs_what_each_kpi_costs(shop: Shop) -> None:
    """With one slot there is no score; the focus is the KPI that costs most, by the policy's weights."""
    shop.tell(
        shop.decided("2026-09-14 09:00", kpi="sla_triage", met=False),
        shop.decided("2026-09-14 09:30", kpi="sla_completion", met=False),
    )
    plain = {key: KpiPolicy(minimum_sample=1) for key in ("sla_triage", "sla_completion")}
    shop.put_in_force(Policy(timezone="UTC", kpis=plain))
    assert (None, "sla_triage") == (shop.card().team.score, shop.card().team.focus)

    heavy = plain | {"sla_completion": KpiPolicy(minimum_sample=1, weight=Decimal(2))}
    shop.put_in_force(Policy(timezone="UTC", kpis=heavy))
    assert "sla_completion" == shop.card().team.focus


def test_a_weight_brings_nobody_a_kpi_that_is_not_theirs(shop: Shop) -> None:
    """Triage is the team's: a weight for it does not put it into technicians' scores."""
    shop.tell(shop.decided("2026-09-14 09:00", kpi="sla_triage", met=False), *shop.worked("2026-09-14", ANN))
    own = KpiPolicy(minimum_sample=1, weight=Decimal(1))
    shop.put_in_force(Policy(timezone="UTC", kpis={"sla_triage": own}))
    card = shop.card()

    assert ("sla_triage", [None]) == (card.team.focus, [one.focus for one in card.technicians])


def test_queues_have_figures_too(shop: Shop) -> None:
    """Any scope is read the same way; a queue that ever had a decision keeps its zeros."""
    shop.tell(shop.decided("2026-09-14 09:00", queue=1), shop.decided("2026-08-01 09:00", queue=2, met=False))
    with shop.view() as view:
        board = Board(view)
        assert [1, 2] == board.queues()
        found = board.figures(board.window("today"), Scope.QUEUE, board.queues())

    values = [next(one.value for one in found[queue] if one.kpi == "sla_completion") for queue in (1, 2)]
    assert [Fraction(1), None] == values


def test_no_such_window(shop: Shop) -> None:
    """A name that is no window is an error that names it."""
    with pytest.raises(UnknownWindow):
        shop.card("fortnight")
