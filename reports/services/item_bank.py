"""The questions as items for scoring: calibrated parameters where there are any, else the prior of the band."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from django.db.models import Count, Sum

from accounts.models import Organisation
from psychometrics.bank import Bank
from psychometrics.items import Item, prior_item
from question_bank.access import drawable
from question_bank.models import QuestionVersion
from reports.models import Calibration, ItemParameters

ASSUMED = "assumed difficulties"
"""Name of the parameters before the first calibration."""


def newest_calibration() -> Calibration | None:
    """The calibration that new scores use."""
    return Calibration.objects.filter(finished_at__isnull=False, failed="").first()


def bank_for(calibration: Calibration | None, organisation: Organisation | None, asked: Iterable[int]) -> Bank:
    """Every live question that this organisation's assessments draw from, and the versions that were asked.

    ``asked``: primary keys of question versions. A version that is not live any more is answered, but does not
    count in "the share of the live questions". The live part is kept per process until the bank changes.
    """
    state = drawable(organisation).aggregate(n=Count("pk"), sum=Sum("current_id"))
    live = _live_bank(
        calibration.pk if calibration else None,
        calibration.name if calibration else ASSUMED,
        organisation.pk if organisation else None,
        (state["n"], state["sum"] or 0),
    )
    missing = [pk for pk in asked if str(pk) not in live.items]
    if not missing:
        return live
    found = QuestionVersion.objects.filter(pk__in=missing).select_related("question__skill")
    others = Bank.of(_items(calibration.pk if calibration else None, found, live=False), live.version)
    return replace(live, items=live.items | others.items, curves=live.curves | others.curves)


@lru_cache(maxsize=16)
def _live_bank(calibration: int | None, name: str, organisation: int | None, state: tuple[int, int]) -> Bank:
    """``state`` changes with every release, new version and retirement: it is part of the key only."""
    owner = Organisation.objects.get(pk=organisation) if organisation else None
    current = drawable(owner).values("current_id")
    versions = QuestionVersion.objects.filter(pk__in=current).select_related("question__skill")
    return Bank.of(_items(calibration, versions, live=True), name)


def _items(calibration: int | None, versions: Iterable[QuestionVersion], *, live: bool) -> list[Item]:
    versions = list(versions)
    rows = ItemParameters.objects.filter(calibration=calibration, version__in=[v.pk for v in versions])
    known = {row.version_id: row for row in rows.select_related("skill")} if calibration else {}
    return [item_of(known[v.pk], live=live) if v.pk in known else prior_of(v, live=live) for v in versions]


def prior_of(version: QuestionVersion, *, live: bool = True) -> Item:
    """The item before any answer to it."""
    return prior_item(
        str(version.pk),
        version.question.skill.slug,
        version.difficulty,
        chance=_chance(version),
        live=live,
    )


def _chance(version: QuestionVersion) -> float:
    return version.question_type.chance(version.loaded_payload())


def item_of(row: ItemParameters, *, live: bool = True) -> Item:
    """A calibrated question."""
    return Item(
        str(row.version_id),
        row.skill.slug,
        log_slope=row.log_slope,
        difficulty=row.difficulty,
        log_slope_sd=row.log_slope_sd,
        difficulty_sd=row.difficulty_sd,
        correlation=row.correlation,
        chance=row.chance,
        steps=tuple(row.steps),
        live=live,
        n=row.n,
    )
