"""Client survey score: positive answers of those that came, neutral ones in the denominator (kpis.md §3).

The answers to a ticket's survey are part of the ticket's story: which completion they judge, whether the ticket is
scored, which answer of a contact is the latest. One without a ticket, or whose ticket is not known, stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

from models.entities import SURVEY, TICKET
from models.instants import Instant, local_day
from models.ledger import NONE
from service.kpis.companions import Companion, CompanionValue, Ground, ratio_of_measure
from service.kpis.contributions import ONE, Contribution, Verdict
from service.kpis.definition import Definition
from service.kpis.population import REASONS, exclusion
from service.projection.fold import EntityState
from service.projection.rules import Rules
from service.projection.story import Moment, Story, SurveyStory, TicketStory, id_or

RESPONSE_RATE = "survey_response_rate"
_Z = Decimal("1.959964")


def wilson_low(positive: int, answers: int) -> Fraction | None:
    """The lower 95 % Wilson bound of a share, to 12 decimals; ``None`` without answers."""
    if not answers:
        return None
    with localcontext() as context:
        context.prec = 50
        n, share, z = Decimal(answers), Decimal(positive) / answers, _Z
        spread = z * ((share * (1 - share) + z * z / (4 * n)) / n).sqrt()
        low = (share + z * z / (2 * n) - spread) / (1 + z * z / n)
        return Fraction(low.quantize(Decimal("1e-12"), ROUND_HALF_EVEN))


def _wilson_of(ground: Ground) -> CompanionValue:
    return wilson_low(ground.own.numerator // ONE, ground.own.denominator // ONE)


DEFINITION = Definition(
    key="client_survey",
    title="Client survey",
    meaning="Survey answers that are positive, of all that came in 90 days.",
    higher_is_better=True,
    target=Fraction("0.95"),
    floor=Fraction("0.70"),
    minimum_sample=10,
    slot="client_survey",
    tech_weight=Fraction(1, 8),
    team_weight=Fraction(1, 8),
    lead_days=90,
    companions=(
        Companion(RESPONSE_RATE, "Answers ÷ completions in the same days.", ratio_of_measure, has_measure=True),
        Companion("survey_wilson_low", "Lower 95 % bound of the score: ranks few answers fairly.", _wilson_of),
    ),
    reasons={
        **REASONS,
        "no_rating": "It has no rating, or was never completed.",
        "superseded": "The same contact answered again for the same ticket.",
        "unknown_ticket": "Its ticket is not known.",
    },
)


@dataclass(frozen=True)
class ClientSurvey:
    """The KPI whose subject is a ticket with its survey answers."""

    definition: Definition = DEFINITION
    revision: int = 1

    subject_type = TICKET

    @property
    def key(self) -> str:
        return self.definition.key

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One contribution per answer (``part`` is its id); completions for the response rate."""
        assert isinstance(story, TicketStory)
        excluded = exclusion(story, self.key)
        latest = _latest(story.surveys)
        rows = [self._answer(story, moment, one, excluded, latest) for one in story.surveys]
        beside = [] if excluded else list(self._completions(story, moment))
        answers = [_counted_answer(row) for row in rows if row.denominator]
        until = story.completions(moment.now).undecided_until
        return Verdict((*rows, *answers, *beside), next_change_at=until)

    def _answer(
        self,
        story: TicketStory,
        moment: Moment,
        answer: EntityState,
        excluded: str,
        latest: frozenset[int],
    ) -> Contribution:
        done = answer.number("completeDate")
        reason = excluded or _without_rating(answer) or ("" if answer.entity_id in latest else "superseded")
        at = _happened_at(answer)
        return _row(
            answer,
            story.rules,
            reason,
            tech_id=story.primary() if done is None else _credit(story, moment, done),
            queue_id=story.queue_now if reason else story.queue_before(at),
            company_id=story.company,
        )

    def _completions(self, story: TicketStory, moment: Moment) -> Iterator[Contribution]:
        for number, one in enumerate(story.completions(moment.now).items):
            yield Contribution(
                measure=f"{self.key}.{RESPONSE_RATE}",
                day=local_day(one.at, story.rules.zone),
                happened_at=one.at,
                part=-1 - number,
                tech_id=story.completer(one),
                queue_id=story.queue_before(one.at),
                company_id=story.company,
                denominator=ONE,
                sample=1,
            )


@dataclass(frozen=True)
class SurveyAlone:
    """The measure of answers that belong to no ticket that is known; they count for the same KPI."""

    key: str = "client_survey_alone"
    revision: int = 1

    subject_type = SURVEY

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """One contribution: by itself without a ticket, nothing while its ticket is not known."""
        assert isinstance(story, SurveyStory)
        if story.ticket_known or not story.state.exists:
            return Verdict()
        unknown = "" if story.state.number("ticketID") is None else "unknown_ticket"
        row = _row(story.state, story.rules, unknown or _without_rating(story.state), part=story.state.entity_id)
        return Verdict((row, _counted_answer(row)) if row.denominator else (row,))


def _row(
    answer: EntityState,
    rules: Rules,
    reason: str,
    *,
    part: int | None = None,
    tech_id: int = NONE,
    queue_id: int = NONE,
    company_id: int = NONE,
) -> Contribution:
    at, rating = _happened_at(answer), answer.number("surveyRating")
    counts = not reason
    return Contribution(
        measure=DEFINITION.key,
        day=local_day(at, rules.zone),
        happened_at=at,
        part=answer.entity_id if part is None else part,
        tech_id=tech_id,
        queue_id=queue_id,
        company_id=company_id,
        numerator=ONE if counts and rating is not None and rating >= rules.survey_positive_from else 0,
        denominator=ONE if counts else 0,
        sample=int(counts),
        reason=reason,
    )


def _counted_answer(row: Contribution) -> Contribution:
    return Contribution(
        measure=f"{DEFINITION.key}.{RESPONSE_RATE}",
        day=row.day,
        happened_at=row.happened_at,
        part=row.part,
        tech_id=row.tech_id,
        queue_id=row.queue_id,
        company_id=row.company_id,
        numerator=ONE,
    )


def _without_rating(answer: EntityState) -> str:
    complete = answer.number("surveyRating") is not None and answer.number("completeDate") is not None
    return "" if complete else "no_rating"


def _happened_at(answer: EntityState) -> Instant:
    """When it was completed; of one without a rating when it was sent."""
    done, sent = answer.number("completeDate"), answer.number("sendDate")
    first, second = (sent, done) if _without_rating(answer) else (done, sent)
    known = (one for one in (first, second) if one is not None)
    return next(known, answer.seen_at)


def _latest(answers: tuple[EntityState, ...]) -> frozenset[int]:
    """The latest answer of each contact, by (completion, id)."""
    found: dict[int, tuple[Instant, int]] = {}
    for one in answers:
        done, contact = one.number("completeDate"), id_or(NONE, one.value("contactID"))
        if done is not None and not _without_rating(one):
            found[contact] = max(found.get(contact, (done, one.entity_id)), (done, one.entity_id))
    return frozenset(number for _, number in found.values())


def _credit(story: TicketStory, moment: Moment, done: Instant) -> int:
    """Who completed the ticket last before the answer, else last at all, else who held it then."""
    completions = story.completions(moment.now).items
    before = [one for one in completions if one.at <= done] or list(completions)
    completer = story.completer(before[-1]) if before else NONE
    return completer if completer >= 0 else story.primary(done)


CLIENT_SURVEY = ClientSurvey()
CLIENT_SURVEY_ALONE = SurveyAlone()
