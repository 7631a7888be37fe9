"""Colours that everybody can tell apart: blue and grey are fine, orange is to be watched, vermillion wants somebody.

After the palette of Okabe and Ito, its orange made lighter: Grafana then writes on it in black, which can be read. No
colour stands alone: each comes with a number, a word or a sign.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import FieldColorModeId, Threshold, ThresholdsMode

FINE = "#0072B2"
CALM = "#56B4E9"
NEUTRAL = "#6B727C"
WATCH = "#F5B83D"
ACT = "#D55E00"
LINES = (CALM, "#F0E442", "#CC79A7", "#009E73", "#D9DCE1")
"""Of lines, which stand for things and not for good or bad; no two that stand together are dashed alike."""


def steps(base: str, *others: tuple[float, str]) -> ThresholdsConfig:
    """The colour below the first threshold, then each threshold with the colour from there on."""
    levels = [Threshold(None, base), *(Threshold(value, colour) for value, colour in others)]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(levels)


def plain() -> ThresholdsConfig:
    """One calm colour, whatever the number."""
    return steps(CALM)


def by_threshold() -> FieldColor:
    """Coloured by the thresholds."""
    return FieldColor().mode(FieldColorModeId.THRESHOLDS)


def by_series() -> FieldColor:
    """Each series its own colour, told apart also without seeing colours as well as can be."""
    return FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME)


def only(colour: str) -> dict[str, str]:
    """A field's colour, as an override writes it."""
    return {"mode": "fixed", "fixedColor": colour}


SCORE = ((70.0, WATCH), (85.0, FINE))
"""The bands of a score: below 70 intervene, from 70 coach, from 85 on track, from 96 best in class."""
