"""What an assessment is expected to tell before anybody has taken it: ranges and reliability per skill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Organisation
from assessments.definition import Definition
from psychometrics.bank import Bank
from psychometrics.blueprint import Expected, expected_precision
from psychometrics.profile import CORRELATION
from question_bank.models import Skill
from reports.services.estimates import correlations_of
from reports.services.item_bank import bank_for, newest_calibration

FACTORS = (0.5, 1.0, 1.5, 2.0)
"""Lengths that are compared: half as many questions to twice as many."""


@dataclass(frozen=True, slots=True)
class Precision:
    """``skills``: (title, expectation). ``lengths``: of the whole, with fewer and more questions. ``missing``: titles
    of skills without live questions, of which nothing can be expected."""

    skills: Sequence[tuple[str, Expected]]
    whole: Expected | None
    lengths: Sequence[Expected]
    missing: Sequence[str]
    cut: float | None
    parameters: str


def precision_of(definition: Definition, organisation: Organisation | None) -> Precision:
    """Of the blueprint, by the newest calibration."""
    counts: Counter[str] = Counter()
    for section in definition.sections:
        for line in section.blueprint:
            counts[line.skill] += line.count
    calibration = newest_calibration()
    bank = bank_for(calibration, organisation, [])
    titles = dict(Skill.objects.filter(slug__in=counts).values_list("slug", "title"))
    missing = [titles.get(slug, slug) for slug in counts if slug not in bank.live]
    asked = {slug: count for slug, count in counts.items() if slug in bank.live}
    cut = definition.cut.share if definition.cut else None
    if not asked:
        return Precision((), None, (), missing, cut, bank.version)
    correlation = correlations_of(calibration, list(asked)) or CORRELATION

    def expect(factor: float, bank: Bank) -> tuple[tuple[Expected, ...], Expected]:
        longer = {slug: max(1, round(count * factor)) for slug, count in asked.items()}
        return expected_precision(longer, bank, correlation=correlation, cut=cut)

    skills, whole = expect(1.0, bank)
    lengths = [expect(factor, bank)[1] for factor in FACTORS]
    different = {length.n: length for length in lengths}
    return Precision(
        [(titles[one.skill], one) for one in skills], whole, list(different.values()), missing, cut, bank.version
    )
