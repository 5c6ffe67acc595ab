"""A score's figures with their uncertainty: the marks of one attempt against the item bank of today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Organisation
from assessments.definition import Cut
from assessments.models import ItemMark, Outcome, Score
from assessments.results import MarkSheet
from psychometrics.bank import Bank
from psychometrics.profile import CORRELATION, Profile, score_profile
from reports.facts import SETTLED_ANSWERS
from reports.models import Calibration
from reports.services.item_bank import bank_for, newest_calibration

SETTLED_SHARE = 0.8
"""Figures are provisional until so many of the counted questions have that many answers."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """The figures of one score. ``settled``: counted questions whose difficulty rests on answers."""

    profile: Profile
    parameters: str
    settled: int
    counted: int
    correlation_known: bool
    cut: Cut | None

    @property
    def provisional(self) -> bool:
        """Do the figures rest mostly on assumed difficulties?"""
        return _provisional(self.settled, self.counted)

    @property
    def verdict(self) -> str:
        """``pass``, ``borderline`` or ``below``; empty without a cut, and while the figures are provisional."""
        return "" if self.provisional else self.profile.verdict()


def estimates_of(score: Score, marks: Sequence[ItemMark], level: float) -> Estimates:
    """Figures of a score from its marks (with item and skill), by the newest calibration.

    Questions that wait for a person are left out; what was skipped counts as no points, and so does what was never
    opened, unless the assessment declares that it is left out.
    """
    left_out = score.attempt.version.loaded().scoring.leaves_out_unreached
    counted = tuple(
        (row.item.question_version_id, row.item.skill.slug, float(row.mark))
        for row in marks
        if row.counted and row.mark is not None and not (left_out and row.outcome == Outcome.NOT_REACHED)
    )
    calibration, attempt = newest_calibration(), score.attempt
    bank = bank_for(calibration, attempt.assessment.organisation, [version for version, _, _ in counted])
    return _estimates(MarkSheet(attempt, counted, score.points, level), calibration, bank)


def verdicts_of_sheets(sender: Any, sheets: Sequence[MarkSheet], **kwargs: Any) -> list[str]:
    """Receiver of `verdicts_wanted`, by the newest calibration. A few queries for each organisation."""
    calibration = newest_calibration()
    asked: dict[Organisation | None, set[int]] = {}
    for sheet in sheets:
        versions = asked.setdefault(sheet.attempt.assessment.organisation, set())
        versions.update(version for version, _, _ in sheet.marks)
    banks = {owner: bank_for(calibration, owner, versions) for owner, versions in asked.items()}
    return [_verdict(sheet, calibration, banks[sheet.attempt.assessment.organisation]) for sheet in sheets]


def _verdict(sheet: MarkSheet, calibration: Calibration | None, bank: Bank) -> str:
    """Without estimating anything where nothing would be said."""
    answers = [str(version) for version, _, _ in sheet.marks]
    decided = sheet.attempt.version.loaded().cut and not _provisional(_settled(answers, bank), len(answers))
    return _estimates(sheet, calibration, bank).verdict if decided else ""


def _estimates(sheet: MarkSheet, calibration: Calibration | None, bank: Bank) -> Estimates:
    answers = {str(version): mark for version, _, mark in sheet.marks}
    skills = list(dict.fromkeys(skill for _, skill, _ in sheet.marks))
    cut = sheet.attempt.version.loaded().cut
    known = correlations_of(calibration, skills)
    profile = score_profile(
        answers,
        bank,
        skills=skills,
        correlation=known or CORRELATION,
        cut=cut.share if cut else None,
        level=sheet.level,
    )
    return Estimates(profile, bank.version, _settled(answers, bank), len(answers), known is not None, cut)


def _provisional(settled: int, counted: int) -> bool:
    return settled < SETTLED_SHARE * counted or not counted


def _settled(answers: Iterable[str], bank: Bank) -> int:
    return sum(bank.items[name].n >= SETTLED_ANSWERS for name in answers)


def correlations_of(calibration: Calibration | None, skills: Sequence[str]) -> list[list[float]] | None:
    """The estimated correlations of these skills; None where they are assumed."""
    if calibration is None or not calibration.correlation:
        return None
    place = {slug: index for index, slug in enumerate(calibration.correlation["skills"])}
    if not set(skills) <= set(place):
        return None
    matrix = calibration.correlation["matrix"]
    return [[matrix[place[one]][place[other]] for other in skills] for one in skills]
