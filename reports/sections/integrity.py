"""What was recorded around the sitting: facts in three tiers, never a verdict and never part of the score.

The page belongs to the candidate, so a missing signal proves nothing; and each signal has harmless causes.
The team sees moments on the assessment's standard clock (`TimeFacts.stretch`), candidates on their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.facts import QuestionFacts, ReportFacts, SignalFacts
from reports.sections.base import Data, Section

WORDS_PER_SECOND = 5.0
"""Nobody reads faster: a question that was answered in less than its words take was answered without reading it."""

NOTABLE_PASTE = 20
"""Characters. Shorter pastes (a number from a calculator) are listed and count for nothing."""

NOTHING, SOME, CLOSER = "nothing notable", "some signals", "look closer"
TIERS = (NOTHING, SOME, CLOSER)


@dataclass(frozen=True, slots=True)
class Rule:
    """From ``some`` on a figure is a signal, from ``closer`` on it asks for a closer look."""

    key: str
    label: str
    unit: str
    some: int
    closer: int

    def tier(self, figure: float) -> str:
        if figure >= self.closer:
            return CLOSER
        return SOME if figure >= self.some else NOTHING


RULES = (
    Rule("away_times", "Left for another window", "times", some=3, closer=15),
    Rule("away_seconds", "Seconds away in all", "seconds", some=30, closer=300),
    Rule("pastes", f"Pasted {NOTABLE_PASTE} characters or more into an answer", "times", some=1, closer=5),
    Rule("browsers", "Went on in another browser", "times", some=1, closer=3),
    Rule("too_fast", "Answered faster than the question can be read", "questions", some=2, closer=5),
)
SEVERAL = 3
"""So many figures that are signals ask for a closer look together."""


class Integrity(Section):
    slug = "integrity"
    title = "Around the sitting"

    def build(self, facts: ReportFacts) -> Data:
        fast = [question for question in facts.questions if too_fast(question)]
        figures = _figures(facts.signals, len(fast))
        rows = [_row(rule, figures[rule.key]) for rule in RULES]
        return {
            "tier": tier_of([row["tier"] for row in rows]),
            "several": SEVERAL,
            "words_per_second": WORDS_PER_SECOND,
            "figures": rows,
            "events": [{"after": event.after / facts.time.stretch, "what": in_words(event)} for event in facts.signals],
            "fast": [_fast(question) for question in fast],
            "own": {"stretch": facts.time.stretch},
        }

    def for_candidate(self, data: Data) -> Data:
        stretch = data["own"]["stretch"]
        events = [{"after": event["after"] * stretch, "what": event["what"]} for event in data["events"]]
        names = ("tier", "several", "words_per_second", "figures", "fast")
        return {name: data[name] for name in names} | {"events": events}


def tier_of(tiers: Sequence[str]) -> str:
    """The highest of the figures' tiers; several signals together count as the highest."""
    signals = sum(tier != NOTHING for tier in tiers)
    return CLOSER if signals >= SEVERAL else max(tiers, key=TIERS.index, default=NOTHING)


def reading_seconds(question: QuestionFacts) -> float:
    """The least time in which the words of a question can be read."""
    return len(question.stem.split()) / WORDS_PER_SECOND


def too_fast(question: QuestionFacts) -> bool:
    answered = question.outcome not in ("skipped", "not_reached")
    return answered and question.seconds is not None and question.seconds < reading_seconds(question)


def in_words(event: SignalFacts) -> str:
    """One event as a sentence."""
    size = round(event.size or 0)
    if event.kind == "focus_lost":
        return f"Away from the page for {_counted(size, 'second')}"
    if event.kind == "paste":
        where = f" into question {event.position}" if event.position else ""
        return f"Pasted {_counted(size, 'character')}{where}"
    if event.kind == "offline":
        return f"No connection for {_counted(size, 'second')}"
    if event.kind == "save_failed":
        return f"{_counted(size, 'save')} did not get through at first; the page went on trying"
    if event.kind == "handed_in":
        return f"{_counted(size, 'answer')} came late: in a file that the team handed in after the end"
    return "Went on in another browser"


def _figures(signals: Sequence[SignalFacts], fast: int) -> dict[str, int]:
    away = [event.size or 0 for event in signals if event.kind == "focus_lost"]
    return {
        "away_times": len(away),
        "away_seconds": round(sum(away)),
        "pastes": sum(event.kind == "paste" and (event.size or 0) >= NOTABLE_PASTE for event in signals),
        "browsers": sum(event.kind == "other_browser" for event in signals),
        "too_fast": fast,
    }


def _row(rule: Rule, figure: int) -> Data:
    return {
        "label": rule.label,
        "unit": rule.unit,
        "figure": figure,
        "some": rule.some,
        "closer": rule.closer,
        "tier": rule.tier(figure),
    }


def _fast(question: QuestionFacts) -> str:
    seconds, least = question.seconds or 0.0, reading_seconds(question)
    return f"Question {question.position}: {seconds:.1f} s on the screen; its words take {least:.1f} s at least"


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'s' if number != 1 else ''}"
