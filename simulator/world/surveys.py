"""Surveys: sent after a completion, mostly never answered; answers are good, neutral or bad."""

from __future__ import annotations

from random import Random

from simulator.dotnet_json import Json
from simulator.world.cast import SYSTEM_RESOURCE, Technician
from simulator.world.stage import Process, Stage

_FIRST_SURVEY = 310_000
_SURVEY_ID = 12
_ANSWERED = 0.34
_ANSWERED_AGAIN = 0.04


def survey(stage: Stage, rng: Random, who: Technician, ticket_id: int, company_id: int, contact_id: int) -> Process:
    """One invitation about the work of somebody, and perhaps its answer and another one later."""
    yield stage.now + rng.uniform(5, 40)
    number = stage.number("SurveyResults", _FIRST_SURVEY)
    fields: dict[str, Json] = {
        "surveyID": _SURVEY_ID,
        "ticketID": ticket_id,
        "companyID": company_id,
        "contactID": contact_id,
        "sendDate": stage.stamp(),
        "completeDate": None,
        "surveyRating": None,
        "companyRating": None,
        "contactRating": None,
        "resourceRating": None,
    }
    stage.create("SurveyResults", number, fields, SYSTEM_RESOURCE)
    if rng.random() >= _ANSWERED:
        return
    yield stage.now + min(rng.expovariate(1 / 300), 3_000)
    stage.update("SurveyResults", number, _answer(stage, rng, who), SYSTEM_RESOURCE)
    if rng.random() < _ANSWERED_AGAIN:
        yield stage.now + rng.uniform(30, 900)
        again = stage.number("SurveyResults", _FIRST_SURVEY)
        stage.create("SurveyResults", again, fields | _answer(stage, rng, who), SYSTEM_RESOURCE)


def _answer(stage: Stage, rng: Random, who: Technician) -> dict[str, Json]:
    pleased = rng.random() < who.pleases
    rating = rng.choice((4.0, 5.0, 5.0, 5.0) if pleased else (3.0, 3.0, 2.0, 1.0))
    return {
        "completeDate": stage.stamp(),
        "surveyRating": rating,
        "companyRating": rating,
        "contactRating": rating,
        "resourceRating": rating,
    }
