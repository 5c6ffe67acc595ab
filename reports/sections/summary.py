"""The overall share, and what it rests on."""

from __future__ import annotations

from reports.facts import ReportFacts, outcome_counts
from reports.figures import as_json, count, percent
from reports.sections.base import Data, Section

WIDE = 0.25
"""From this width on, in shares, the range is called wide."""


class Summary(Section):
    slug = "summary"
    title = "Overall"

    def build(self, facts: ReportFacts) -> Data:
        return {
            "share": as_json(facts.overall),
            "level": facts.method.level,
            "questions": len(facts.counted),
            "skills": len(facts.skills),
            "sentence": _sentence(facts),
            "notes": _notes(facts),
        }

    def for_candidate(self, data: Data) -> Data:
        return {key: data[key] for key in ("share", "level", "questions", "skills", "sentence", "notes")}


def _sentence(facts: ReportFacts) -> str:
    share = facts.overall
    if share.value is None:
        return "No question was counted, so there is no figure."
    if not _answered(facts):
        return "No question was answered. The figure counts that as no points; it says nothing about skill."
    return (
        f"With many more questions of the same kind, the share would probably lie between {percent(share.low)} and "
        f"{percent(share.high)}: a range made this way holds it in {percent(facts.method.level)} of cases."
    )


def _notes(facts: ReportFacts) -> list[str]:
    counts = outcome_counts(facts.counted)
    waiting = sum(question.mark is None for question in facts.counted)
    notes = [_rests_on(facts)]
    if counts["not_reached"] and _answered(facts):
        notes.append(
            f"{count(counts['not_reached'], 'question was', 'questions were')} not reached and earned nothing. "
            "That lowers the share without telling what the person knows."
        )
    if waiting:
        notes.append(f"{count(waiting, 'answer waits', 'answers wait')} for a person to mark and is not counted yet.")
    if _width(facts) >= WIDE:
        notes.append("The range is wide. Two people whose ranges overlap cannot be told apart by this result.")
    return notes


def _answered(facts: ReportFacts) -> int:
    counts = outcome_counts(facts.counted)
    return len(facts.counted) - counts["skipped"] - counts["not_reached"]


def _rests_on(facts: ReportFacts) -> str:
    skills = count(len(facts.skills), "skill")
    return (
        f"It rests on {count(facts.overall.n, 'question')} on {skills}, drawn for this sitting. How hard they are is "
        "their authors' judgement. Nobody was compared with anybody, and no pass mark was applied."
    )


def _width(facts: ReportFacts) -> float:
    low, high = facts.overall.low, facts.overall.high
    return 0.0 if low is None or high is None else high - low
