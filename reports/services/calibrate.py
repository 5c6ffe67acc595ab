"""Calibration: what the answers say of the questions, skill by skill, each in a transaction of its own.

Each skill is fitted by itself, all its answers against one ability of that skill: consistent whatever the other
skills do, and small enough to be taken up again where a worker died. Each fit starts from the priors of the
difficulty bands, never from an earlier calibration, so that no answer counts twice; a question with few answers
hardly moves. From `ANCHORED_FROM` people on the scale of a skill is held by its well-known questions instead.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from accounts.models import User
from assessments.models import ItemMark, Outcome
from assessments.states import State
from psychometrics.bank import Bank
from psychometrics.calibrated import ItemEstimate
from psychometrics.calibration import METHOD, calibrate
from psychometrics.classical import FEW
from psychometrics.correlations import estimate_correlations
from psychometrics.drift import Shift, shifts
from psychometrics.fit import ItemFit, item_fit
from psychometrics.items import Item
from psychometrics.responses import Responses
from question_bank.models import QuestionVersion, Skill
from reports.models import Calibration, ItemParameters
from reports.services.item_bank import item_of, newest_calibration, prior_of

ANCHORED_FROM = 500
"""People who answered a skill, and answers to a question, from which the question may hold the scale."""
CORRELATED_FROM, MOST_PEOPLE = 200, 4000
"""People from which on the correlations of skills are estimated, and the most that are read for it."""
LEFT_BEHIND = datetime.timedelta(minutes=10)
"""A calibration that was not touched for so long lost its worker."""


def begin_calibration(*, reason: str, actor: User | None = None) -> Calibration | None:
    """A new calibration of everything scored so far; None where one runs or nothing new was scored.

    What is scored from now on belongs to the next one, so that a calibration can be taken up again and yields the
    same. The caller wakes a worker with its id.
    """
    with transaction.atomic():
        latest = Calibration.objects.select_for_update().first()
        if latest and latest.finished_at is None:
            return None
        newest = _marks().aggregate(newest=Max("score_id"))["newest"] or 0
        if not newest or (latest and not latest.failed and latest.newest_score == newest):
            return None
        return Calibration.objects.create(
            number=latest.number + 1 if latest else 1,
            reason=reason,
            actor=actor,
            newest_score=newest,
            total=len(_skills(newest)),
            method=METHOD,
        )


def run_calibration(calibration_id: int) -> None:
    """Fit every skill that is not fitted yet, then finish. Safe to run twice and at the same time."""
    newest = Calibration.objects.get(pk=calibration_id).newest_score
    for skill in _skills(newest):
        _fit_skill(calibration_id, skill)
    correlation = _correlations(calibration_id, newest)
    with transaction.atomic():
        calibration = Calibration.objects.select_for_update().get(pk=calibration_id)
        if calibration.finished_at is None:
            marks = _marks(newest)
            calibration.persons = marks.values("score").distinct().count()
            calibration.answers = marks.count()
            calibration.correlation = correlation
            calibration.finished_at = timezone.now()
            calibration.save(update_fields=["persons", "answers", "correlation", "finished_at", "touched_at"])


def _correlations(calibration_id: int, newest: int) -> dict[str, Any]:
    """How the skills go together, from the newest people; empty (assumed) while there are too few."""
    rows = _marks(newest).filter(item__counted=True).order_by("-score_id")
    scores = list(rows.values_list("score_id", flat=True).distinct()[:MOST_PEOPLE])
    if len(scores) < CORRELATED_FROM:
        return {}
    bank = Bank.of(
        [item_of(row) for row in ItemParameters.objects.filter(calibration=calibration_id).select_related("skill")]
    )
    persons: dict[int, dict[str, float]] = {score: {} for score in scores}
    for score, version, mark in (
        _marks(newest).filter(score__in=scores).values_list("score_id", "item__question_version_id", "mark")
    ):
        persons[score][str(version)] = float(mark or 0.0)
    skills = [skill.slug for skill in _skills(newest)]
    found = estimate_correlations(list(persons.values()), bank, skills)
    return {"skills": skills, "matrix": found.matrix.tolist()} if found.converged else {}


def left_behind() -> list[int]:
    """Calibrations that no worker is busy with any more."""
    since = timezone.now() - LEFT_BEHIND
    return list(Calibration.objects.filter(finished_at=None, touched_at__lt=since).values_list("pk", flat=True))


def _marks(newest: int | None = None) -> QuerySet[ItemMark]:
    """What is learnt from: marks of the newest scores. Pilot questions too; what was never seen tells nothing."""
    found = ItemMark.objects.filter(
        score=F("item__attempt__score"), item__attempt__state=State.SCORED, mark__isnull=False, dropped=False
    ).exclude(outcome=Outcome.NOT_REACHED)
    return found if newest is None else found.filter(score__lte=newest)


def _skills(newest: int) -> list[Skill]:
    """Skills with answers, in the order of the taxonomy."""
    asked = _marks(newest).values("item__skill")
    return list(Skill.objects.filter(pk__in=asked).order_by("domain__position", "position"))


@transaction.atomic
def _fit_skill(calibration_id: int, skill: Skill) -> None:
    """The lock makes a second worker wait and then find the skill done."""
    calibration = Calibration.objects.select_for_update().get(pk=calibration_id)
    if calibration.finished_at or calibration.items.filter(skill=skill).exists():
        return
    data = _answers(skill, calibration.newest_score)
    versions = {v.pk: v for v in QuestionVersion.objects.filter(pk__in=data.versions).select_related("question__skill")}
    priors = [replace(prior_of(versions[pk]), skill=skill.slug) for pk in data.versions]
    known = _well_known(data)
    held = [replace(known[i.name], log_slope_sd=0.0, difficulty_sd=0.0) if i.name in known else i for i in priors]
    result = calibrate(data.responses, "2pl", prior=held)
    items = []
    for found, prior in zip(result.items, priors, strict=True):
        # An anchor keeps the error that it had when it was estimated; what cannot be estimated keeps its prior.
        item = known.get(prior.name) or _estimated(found, prior)
        items.append(replace(item, n=found.n))
    fits = item_fit(data.responses, items)
    moved = _shifts(skill, calibration.newest_score, priors)
    rows = [_row(calibration, skill, item, fit, moved.get(item.name)) for item, fit in zip(items, fits, strict=True)]
    ItemParameters.objects.bulk_create(rows)
    Calibration.objects.filter(pk=calibration_id).update(done=F("done") + 1, touched_at=timezone.now())


def _estimated(found: ItemEstimate, prior: Item) -> Item:
    """The question as estimated; its prior where that is no usable figure, so that no skill stops all others."""
    try:
        return found.as_item(prior.skill)
    except ValueError:
        return prior


@dataclass(frozen=True, slots=True)
class _Answers:
    responses: Responses
    versions: Sequence[int]


def _shifts(skill: Skill, newest: int, priors: Sequence[Item]) -> dict[str, Shift]:
    """What came since the last calibration against what that one expected, by question; empty for the first one."""
    last = newest_calibration()
    if last is None or not _marks(newest).filter(item__skill=skill, score__gt=last.newest_score).exists():
        return {}
    data = _answers(skill, newest, since=last.newest_score)
    known = {
        str(row.version_id): item_of(row)
        for row in last.items.filter(version__in=data.versions).select_related("skill")
    }
    assumed = {item.name: item for item in priors}
    items = [known.get(name) or assumed[name] for name in data.responses.names]
    return {shift.name: shift for shift in shifts(data.responses, items)}


def _answers(skill: Skill, newest: int, since: int = 0) -> _Answers:
    """Answers of the skill from all scores up to the newest one; ``since``: only from later scores than that."""
    rows = np.array(
        _marks(newest)
        .filter(item__skill=skill, score__gt=since)
        .order_by("pk")
        .values_list("item__attempt_id", "item__question_version_id", "mark"),
        dtype=float,
    )
    versions, item = np.unique(rows[:, 1].astype(np.int64), return_inverse=True)
    _, person = np.unique(rows[:, 0].astype(np.int64), return_inverse=True)
    names = [str(version) for version in versions]
    return _Answers(Responses.sparse(person, item, rows[:, 2], names=names), [int(version) for version in versions])


def _well_known(data: _Answers) -> dict[str, Item]:
    """Questions of the last calibration that may hold the scale; none while too few people answered the skill."""
    last = newest_calibration()
    if last is None or data.responses.shape[0] < ANCHORED_FROM:
        return {}
    rows = last.items.filter(version__in=data.versions, n__gte=ANCHORED_FROM).select_related("skill")
    return {str(row.version_id): item_of(row) for row in rows}


def _row(calibration: Calibration, skill: Skill, item: Item, fit: ItemFit, shift: Shift | None) -> ItemParameters:
    enough = item.n >= FEW
    drift = shift if shift and shift.change else None
    return ItemParameters(
        calibration=calibration,
        version_id=int(item.name),
        skill=skill,
        log_slope=item.log_slope,
        difficulty=item.difficulty,
        log_slope_sd=item.log_slope_sd,
        difficulty_sd=item.difficulty_sd,
        correlation=item.correlation,
        chance=item.chance,
        steps=list(item.steps),
        n=item.n,
        infit=fit.infit.value if enough else None,
        outfit=fit.outfit.value if enough else None,
        infit_sd=fit.infit.se if enough else None,
        outfit_sd=fit.outfit.se if enough else None,
        since_n=shift.change.n if shift else 0,
        observed=drift.observed if drift else None,
        expected=drift.expected if drift else None,
        shift_sd=drift.change.se if drift else None,
    )
