"""What can be said in words, from the figures, by the rules of `reports.verdicts`."""

from __future__ import annotations

from reports.facts import FEW_QUESTIONS, ReportFacts, outcome_counts
from reports.figures import as_json, listed
from reports.sections.base import Data, Section
from reports.verdicts import Because, Kind, Verdict, verdicts

_WHY = {
    Because.ABOVE_HALF: "Even the low end of the range lies above half of the questions.",
    Because.BELOW_HALF: "Even the high end of the range lies below half of the questions.",
    Because.ABOVE_OWN: "The whole range lies above that of the overall share.",
    Because.BELOW_OWN: "The whole range lies below that of the overall share.",
    Because.FEW: "Too few questions to say.",
    Because.BORROWED: "The figure rests mostly on the answers to the other skills.",
    Because.UNREACHED: "At least half of the questions were not reached, so this may be time rather than skill.",
    Because.STRADDLES: "The range holds both more and less than half of the questions.",
}


class StrengthsAndGaps(Section):
    slug = "strengths_and_gaps"
    title = "Strengths and gaps"

    def build(self, facts: ReportFacts) -> Data | None:
        if not facts.skills:
            return None
        said = verdicts(facts)
        return {
            "few_below": FEW_QUESTIONS,
            **{
                f"{kind.value}s": [_line(facts, v) for v in said if v.kind is kind]
                for kind in (Kind.STRENGTH, Kind.GAP)
            },
            "open": _open(facts, said),
        }

    def for_candidate(self, data: Data) -> Data:
        return {key: data[key] for key in ("few_below", "strengths", "gaps", "open")}


def _line(facts: ReportFacts, said: Verdict) -> Data:
    share = said.skill.share
    lost = _lost(facts, said.skill.slug) if said.kind is Kind.GAP else ""
    return {
        "skill": said.skill.slug,
        "title": said.skill.title,
        "because": said.because.value,
        "why": _WHY[said.because],
        "lost": lost,
        **as_json(share),
    }


def _lost(facts: ReportFacts, slug: str) -> str:
    """Where the points went: ``2 wrong, 1 skipped and 1 not reached``."""
    counts = outcome_counts(facts.of_skill(slug))
    words = [("partly right", "partly"), ("wrong", "wrong"), ("skipped", "skipped")]
    if not facts.method.unreached_left_out:
        words.append(("not reached", "not_reached"))
    return listed([f"{counts[key]} {word}" for word, key in words if counts[key]])


def _open(facts: ReportFacts, said: list[Verdict]) -> list[Data]:
    """The skills that nothing is claimed of, by reason."""
    groups = []
    for because in (Because.STRADDLES, Because.UNREACHED, Because.BORROWED, Because.FEW):
        lines = [_line(facts, v) for v in said if v.kind is Kind.OPEN and v.because is because]
        if lines:
            groups.append({"because": because.value, "why": _WHY[because], "skills": lines})
    return groups
