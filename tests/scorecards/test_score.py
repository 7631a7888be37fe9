"""Attainment, slots, score, band and focus, in exact fractions (kpis.md §3)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.scorecards.score import SLOTS, Part, Score, attainment, band, round_half_even, score

EIGHTH = Fraction(1, 8)
WEIGHTLESS = Part("utilization", "utilization", Fraction(0), Fraction(1), counts=True)


def parts(*attained: Fraction | int | None) -> list[Part]:
    """One part a slot, in the order of the slots; ``None`` = it does not count."""
    return [
        Part(slot, slot, EIGHTH, None if given is None else Fraction(given), given is not None)
        for slot, given in zip(SLOTS, attained, strict=False)
    ]


class TestAttainment:
    """The way from floor to target."""

    def test_the_worked_example(self) -> None:
        """kpis.md §6 example 7: utilization 0.72 is 0.7333…, escalation 0.20 is 0.8."""
        assert Fraction(11, 15) == attainment(Fraction("0.72"), Decimal("0.80"), Decimal("0.50"))
        assert Fraction(4, 5) == attainment(Fraction("0.20"), Decimal("0.15"), Decimal("0.40"))

    @pytest.mark.parametrize(
        ("value", "target", "floor", "expected"),
        [
            ("0.8", "0.8", "0.5", 1),
            ("0.95", "0.8", "0.5", 1),
            ("0.5", "0.8", "0.5", 0),
            ("0.1", "0.8", "0.5", 0),
            ("0.05", "0.15", "0.4", 1),
            ("0.9", "0.15", "0.4", 0),
        ],
    )
    def test_it_stays_between_nought_and_one(self, value: str, target: str, floor: str, expected: int) -> None:
        """Beyond target and floor there is nothing to gain or lose, whichever way is better."""
        assert Fraction(expected) == attainment(Fraction(value), Decimal(target), Decimal(floor))

    def test_no_value_has_no_attainment(self) -> None:
        """ "No data" is neither 0 nor 1 (R2)."""
        assert attainment(None, Decimal("0.8"), Decimal("0.5")) is None

    def test_target_and_floor_must_differ(self) -> None:
        """Between equal ends there is no way."""
        with pytest.raises(ValueError, match="equal"):
            attainment(Fraction(1), Decimal("0.5"), Decimal("0.5"))


class TestScore:
    """What the parts make together."""

    def test_all_at_target_is_a_hundred_without_focus(self) -> None:
        """None to work on when every effect is 0."""
        whole = score(parts(*[1] * 8))

        assert (Fraction(100), "best_in_class", None) == (whole.value, whole.band, whole.focus)

    def test_weights_and_effects(self) -> None:
        """Each counting part costs its weight times what it lacks; the largest cost is the focus."""
        whole = score(parts(1, 1, Fraction(1, 2), 1, 0, 1, 1, 1))

        assert (Fraction(325, 4), "coach", "escalation_rate") == (whole.value, whole.band, whole.focus)
        assert (Fraction(1, 16), EIGHTH, Fraction(0)) == (
            whole.effects["sla"],
            whole.effects["escalation_rate"],
            whole.effects["utilization"],
        )

    def test_parts_that_do_not_count_are_left_out(self) -> None:
        """Six of eight slots: the weights of the six make the whole."""
        whole = score(parts(1, None, 1, 1, 0, 1, None, 1))

        assert (Fraction(500, 6), Fraction(1, 6)) == (whole.value, whole.effects["escalation_rate"])
        assert "real_time_entry" not in whole.effects

    def test_an_insufficient_part_keeps_its_attainment_to_itself(self) -> None:
        """Attainment is shown with an insufficient sample and does not count."""
        counted = parts(1, 1, 1, 1, 1)
        insufficient = Part("reopen_rate", "reopen_rate", EIGHTH, Fraction(0), counts=False)

        assert score(counted) == score([*counted, insufficient])

    def test_the_sla_slot_is_shared(self) -> None:
        """A technician's engagement and completion have a sixteenth each and are one slot."""
        shared = [
            Part("sla_engagement", "sla", Fraction(1, 16), Fraction(0), counts=True),
            Part("sla_completion", "sla", Fraction(1, 16), Fraction(1), counts=True),
        ]
        four, five = parts(1, 1, None, 1)[:4], parts(1, 1, None, 1, 1)

        assert (None, None, "sla_engagement") == (
            score([*four, *shared]).value,
            score([*four, *shared]).band,
            score([*four, *shared]).focus,
        )
        assert Fraction(90) == score([*five, *shared]).value

    def test_four_slots_make_no_score_but_a_focus(self) -> None:
        """Too little for a figure of 100; what to work on is known all the same."""
        whole = score(parts(1, 0, 1, 1))

        assert (None, None, "real_time_entry", Fraction(1, 4)) == (
            whole.value,
            whole.band,
            whole.focus,
            whole.effects["real_time_entry"],
        )

    def test_ties_go_to_the_part_given_first(self) -> None:
        """The order of kpis.md §3 is the order parts are given in."""
        assert "utilization" == score(parts(0, 0, 1, 1, 1)).focus

    @pytest.mark.parametrize("given", [[], parts(None, None), [WEIGHTLESS]])
    def test_nothing_that_weighs_gives_nothing(self, given: list[Part]) -> None:
        """No part, none that counts, or only weights of 0."""
        assert Score(None, None, None, {}) == score(given)

    @given(st.lists(st.fractions(0, 1), min_size=5, max_size=8))
    def test_score_and_effects_make_the_whole(self, attained: list[Fraction]) -> None:
        """What is reached and what is lacking add up to a hundred, exactly."""
        whole = score(parts(*attained))

        assert whole.value is not None
        assert 100 == whole.value + 100 * sum(whole.effects.values())
        assert 0 <= whole.value <= 100


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("100", "best_in_class"),
        ("96", "best_in_class"),
        ("95.9999999999", "on_track"),
        ("85", "on_track"),
        ("84.9999999999", "coach"),
        ("70", "coach"),
        ("69.9999999999", "intervene"),
        ("0", "intervene"),
    ],
)
def test_bands_are_read_off_the_unrounded_score(value: str, expected: str) -> None:
    """95.9999999999 shows as 96.0 and is not best in class."""
    assert expected == band(Fraction(value))


class TestRounding:
    """Six decimals for people and JSON."""

    @pytest.mark.parametrize(
        ("value", "digits", "expected"),
        [
            (Fraction(60, 405), 6, "0.148148"),
            (Fraction("0.0000005"), 6, "0.0"),
            (Fraction("0.0000015"), 6, "2e-06"),
            (Fraction("0.0000025"), 6, "2e-06"),
            (Fraction("-0.0000015"), 6, "-2e-06"),
            (Fraction("2.675"), 2, "2.68"),
            (Fraction("600.005"), 2, "600.0"),
            (Fraction(1), 6, "1.0"),
        ],
    )
    def test_half_goes_to_the_even_digit(self, value: Fraction, digits: int, expected: str) -> None:
        """From the exact fraction: 2.675 is a half, whatever a float makes of it."""
        assert expected == repr(round_half_even(value, digits))

    @given(st.fractions(-1_000_000, 1_000_000))
    def test_it_agrees_with_decimal_quantize(self, value: Fraction) -> None:
        """The same digits as exact decimal arithmetic, and no more than six of them."""
        scaled = round(value * 10**6)

        assert Decimal(scaled).scaleb(-6) == Decimal(repr(round_half_even(value)))
