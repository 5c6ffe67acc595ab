"""What may be said of a skill in words, and what may not. Rules over figures; nothing is said by feeling.

A strength or a gap is claimed only where the whole interval lies on one side of a line: half of the live
questions, or the interval of the overall share; and where the figure rests mostly on the skill's own answers.
Everything else stays open, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reports.facts import FEW_QUESTIONS, ReportFacts, Share, SkillFacts, outcome_counts

HALF = 0.5
WEAK_BELOW = 0.6
"""Skills with a share below this are followed up (interview, learning), certain or not."""


class Kind(StrEnum):
    """What the figures allow to say."""

    STRENGTH = "strength"
    GAP = "gap"
    OPEN = "open"


class Because(StrEnum):
    """Why."""

    ABOVE_HALF = "above_half"
    BELOW_HALF = "below_half"
    ABOVE_OWN = "above_own"
    BELOW_OWN = "below_own"
    FEW = "few"
    BORROWED = "borrowed"
    UNREACHED = "unreached"
    STRADDLES = "straddles"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A skill, what may be said of it, and why."""

    skill: SkillFacts
    kind: Kind
    because: Because


def verdict(facts: ReportFacts, skill: SkillFacts) -> Verdict:
    """What the figures allow to say of one skill."""
    kind, because = _judge(skill.share, facts.overall)
    if kind is not Kind.OPEN and skill.borrowed:
        return Verdict(skill, Kind.OPEN, Because.BORROWED)
    if kind is Kind.GAP and 2 * _unreached(facts, skill.slug) >= skill.share.n:
        return Verdict(skill, Kind.OPEN, Because.UNREACHED)
    return Verdict(skill, kind, because)


def _judge(share: Share, overall: Share) -> tuple[Kind, Because]:
    if share.n < FEW_QUESTIONS or share.low is None or share.high is None:
        return Kind.OPEN, Because.FEW
    if share.low > HALF:
        return Kind.STRENGTH, Because.ABOVE_HALF
    if share.high < HALF:
        return Kind.GAP, Because.BELOW_HALF
    if overall.high is not None and share.low > overall.high:
        return Kind.STRENGTH, Because.ABOVE_OWN
    if overall.low is not None and share.high < overall.low:
        return Kind.GAP, Because.BELOW_OWN
    return Kind.OPEN, Because.STRADDLES


def _unreached(facts: ReportFacts, slug: str) -> int:
    """Questions of the skill that were never opened and lowered its figure."""
    if facts.method.unreached_left_out:
        return 0
    return outcome_counts(facts.of_skill(slug))["not_reached"]


def verdicts(facts: ReportFacts) -> list[Verdict]:
    return [verdict(facts, skill) for skill in facts.skills]


def weak_skills(facts: ReportFacts) -> list[Verdict]:
    """Skills worth a second look: gaps, and other skills with a low share.

    A skill of which no question was reached is left out: nothing is known of it.
    """
    found = [
        said
        for said in verdicts(facts)
        if said.skill.share.value is not None
        and (said.kind is Kind.GAP or said.skill.share.value < WEAK_BELOW)
        and _unreached(facts, said.skill.slug) < len(facts.of_skill(said.skill.slug))
    ]
    return lowest_first(found)


def lowest_first(said: Iterable[Verdict]) -> list[Verdict]:
    """Gaps before the rest, then the lowest share, then the larger number of questions."""
    return sorted(said, key=_place)


def _place(said: Verdict) -> tuple[bool, float, int]:
    return said.kind is not Kind.GAP, said.skill.share.value or 0.0, -said.skill.share.n
