"""Setting a pass mark by a panel (modified Angoff): draw a form, rate it, talk, rate it again, take the mean."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotPossible
from accounts.models import User
from assessments.assembly import PoolTooSmall, draw
from assessments.models import Assessment, CutPanel, PanelQuestion, PanelRating
from assessments.services.publish import pool_for, save_draft
from psychometrics.estimates import Estimate
from psychometrics.standards import angoff

ROUNDS = 2
SMALLEST, LARGEST = 0.05, 0.95
"""Pass marks that a definition accepts."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge's ratings of one round by position, and their mean; complete where every question is rated."""

    judge: User
    shares: Mapping[int, float]
    complete: bool

    @property
    def mean(self) -> float | None:
        return sum(self.shares.values()) / len(self.shares) if self.complete else None


def open_panel(*, assessment: Assessment, by: User) -> CutPanel:
    """Draw a form from the draft and let the team rate it.

    Raises:
        NotPossible: one is open already, or the bank cannot fill the draft.
    """
    definition = assessment.draft_definition()
    pool = pool_for(assessment.organisation, definition.skills)
    try:
        form = draw(definition, pool, secrets.randbits(62))
        with transaction.atomic():
            panel = CutPanel.objects.create(assessment=assessment, opened_by=by)
            PanelQuestion.objects.bulk_create(
                PanelQuestion(panel=panel, position=position, version_id=drawn.question.version)
                for position, drawn in enumerate(form, start=1)
            )
    except PoolTooSmall as error:
        raise NotPossible(f"The bank cannot fill the draft: {error}.") from error
    except IntegrityError as error:
        raise NotPossible("A panel is open for this assessment already.") from error
    return panel


@transaction.atomic
def rate(*, panel: CutPanel, position: int, judge: User, share: float) -> None:
    """Store what a judge says of a question in the round that is open; a later rating replaces an earlier one.

    Raises:
        NotPossible: the panel is closed. PanelQuestion.DoesNotExist: no such question.
    """
    panel = CutPanel.objects.select_for_update(of=("self",)).get(pk=panel.pk)
    if panel.closed_at:
        raise NotPossible("This panel is closed; its ratings stay as they are.")
    question = panel.questions.get(position=position)
    PanelRating.objects.create(question=question, judge=judge, round=panel.round, share=share)


@transaction.atomic
def next_round(*, panel: CutPanel) -> None:
    """Let everybody rate again, now seeing what the panel said.

    Raises:
        NotPossible: this is the last round, or fewer than two judges are through.
    """
    panel = CutPanel.objects.select_for_update(of=("self",)).get(pk=panel.pk)
    if panel.closed_at or panel.round >= ROUNDS:
        raise NotPossible("There is no further round.")
    _complete(panel)
    panel.round += 1
    panel.save(update_fields=["round"])


@transaction.atomic
def close_panel(*, panel: CutPanel, by: User) -> CutPanel:
    """Take the mean of the judges who rated everything as the pass mark of the assessment's draft.

    Raises:
        NotPossible: closed already, fewer than two judges are through, or a mean that is no pass mark.
    """
    panel = CutPanel.objects.select_for_update(of=("self",)).select_related("assessment").get(pk=panel.pk)
    if panel.closed_at:
        raise NotPossible("This panel is closed already.")
    judged = _complete(panel)
    found = cut_of(judged)
    if found.value is None or not SMALLEST <= found.value <= LARGEST:
        raise NotPossible("The mean of the panel is no pass mark: it must lie between 5 % and 95 %.")
    panel.cut, panel.error, panel.judges = found.value, found.se, len(judged)
    panel.closed_at, panel.closed_by = timezone.now(), by
    panel.save(update_fields=["cut", "error", "judges", "closed_at", "closed_by"])
    assessment = panel.assessment
    note = f"{len(judged)} judges, round {panel.round}, {panel.closed_at:%Y-%m-%d}, standard error {found.se or 0:.1%}"
    cut = {"share": round(found.value, 4), "set_by": "panel", "note": note}
    save_draft(assessment=assessment, definition=assessment.draft_definition().model_dump(mode="json") | {"cut": cut})
    return panel


def judgements(panel: CutPanel, round: int | None = None) -> list[Judgement]:
    """What each judge said in a round (the present one), those who came first first. One query."""
    questions = panel.questions.count()
    rows = PanelRating.objects.filter(question__panel=panel, round=round or panel.round)
    by_judge: dict[User, dict[int, float]] = {}
    for row in rows.select_related("judge", "question").order_by("pk"):
        by_judge.setdefault(row.judge, {})[row.question.position] = row.share
    return [Judgement(judge, shares, len(shares) == questions) for judge, shares in by_judge.items()]


def cut_of(judged: list[Judgement]) -> Estimate:
    """The panel's cut from the complete judgements."""
    complete = [[j.shares[position] for position in sorted(j.shares)] for j in judged if j.complete]
    return (
        angoff(np.array(complete).reshape(len(complete), -1)).cut if complete else angoff(np.full((1, 1), np.nan)).cut
    )


def _complete(panel: CutPanel) -> list[Judgement]:
    found = [judged for judged in judgements(panel) if judged.complete]
    if len(found) < 2:
        raise NotPossible("At least two judges must have rated every question of this round.")
    return found
