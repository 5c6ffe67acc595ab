"""The overall share, and what it rests on."""

from __future__ import annotations

from reports.facts import SETTLED_ANSWERS, ReportFacts, outcome_counts
from reports.figures import as_json, count, percent, whole
from reports.sections.base import Data, Section

WIDE = 0.25
"""From this width on, in shares, the range is called wide."""
VERDICTS = {"pass": "Pass", "borderline": "Borderline", "below": "Below"}


class Summary(Section):
    slug = "summary"
    title = "Overall"

    def build(self, facts: ReportFacts) -> Data:
        return {
            "share": as_json(facts.overall),
            "level": facts.method.level,
            "questions": len(facts.counted),
            "skills": len(facts.skills),
            "sentence": _sentence(facts, "this person"),
            "own_sentence": _sentence(facts, "you"),
            "notes": _notes(facts),
            "provisional": facts.method.estimates.provisional,
            "decision": _decision(facts),
            "place": _place(facts),
        }

    def for_candidate(self, data: Data) -> Data:
        """Without the team's pass mark and without a rank."""
        names = ("share", "level", "questions", "skills", "sentence", "own_sentence", "notes", "provisional")
        return {key: data[key] for key in names if key in data}


def _sentence(facts: ReportFacts, who: str) -> str:
    share = facts.overall
    if share.value is None:
        return "No question was counted, so there is no figure."
    if not _answered(facts):
        return "No question was answered. The figure counts that as no points; it says nothing about skill."
    label = " (provisional)" if facts.method.estimates.provisional else ""
    return (
        f"Judged by {count(share.n, 'question')}, {who} would get about {percent(share.value)} of all live questions "
        f"on these skills right{label}. The true share probably lies between {percent(share.low)} and "
        f"{percent(share.high)}: a range made this way holds it in {percent(facts.method.level)} of cases."
    )


def _decision(facts: ReportFacts) -> Data | None:
    """Pass, borderline or below, with the probability behind it; None without a pass mark."""
    found = facts.method.estimates
    if found.cut is None:
        return None
    origin = "by a panel" if found.cut_set_by == "panel" else "by hand"
    mark = f"The pass mark is {percent(found.cut)}, set {origin}."
    if not found.verdict or found.probability is None:
        why = "It is not applied while the figures rest on assumed question difficulty: a person decides."
        return {"verdict": "", "label": "Not decided", "why": f"{mark} {why}"}
    chance = f"The probability that the true share reaches it is {percent(found.probability)}."
    return {"verdict": found.verdict, "label": VERDICTS[found.verdict], "why": f"{mark} {chance}"}


def _place(facts: ReportFacts) -> Data | None:
    """The percentile with its range, or why there is none."""
    place = facts.place
    if place is None:
        return None
    if place.percentile is None:
        return {"percentile": None, "why": place.reason}
    low, high = whole(place.low or 0.0), whole(100.0 if place.high is None else place.high)
    return {
        "percentile": place.percentile,
        "low": place.low,
        "high": place.high,
        "why": f"Percentile {whole(place.percentile)} ({low}\u2013{high}) among {place.group}: n = {place.n}, "
        f"counted on {place.on:%-d %B %Y}.",
    }


def _notes(facts: ReportFacts) -> list[str]:
    counts = outcome_counts(facts.counted)
    waiting = sum(question.mark is None for question in facts.counted)
    notes = [_rests_on(facts)]
    if counts["not_reached"] and _answered(facts):
        were = count(counts["not_reached"], "question was", "questions were")
        notes.append(
            f"{were} not reached and left out, as the assessment declares: nothing is known of them."
            if facts.method.unreached_left_out
            else f"{were} not reached and earned nothing. That lowers the share without telling what the person knows."
        )
    if waiting:
        notes.append(f"{count(waiting, 'answer waits', 'answers wait')} for a person to mark and is not counted yet.")
    if _width(facts) >= WIDE:
        notes.append("The range is wide: a small lead over somebody else, or a small lag, means nothing.")
    return notes


def _answered(facts: ReportFacts) -> int:
    counts = outcome_counts(facts.counted)
    return len(facts.counted) - counts["skipped"] - counts["not_reached"]


def _rests_on(facts: ReportFacts) -> str:
    skills = count(len(facts.skills), "skill")
    found = facts.method.estimates
    rests = f"It rests on {count(facts.overall.n, 'question')} on {skills}, drawn for this sitting. "
    if not found.settled:
        return rests + "How hard they are is their authors' judgement, taken with the doubt that it deserves."
    return rests + (
        f"How hard they are was estimated from answers ({found.parameters}): {found.settled} of them were answered "
        f"by {SETTLED_ANSWERS} people or more."
    )


def _width(facts: ReportFacts) -> float:
    low, high = facts.overall.low, facts.overall.high
    return 0.0 if low is None or high is None else high - low
