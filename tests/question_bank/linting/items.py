"""A question without fault, to be spoilt by the tests of the linter."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from question_bank.linting.base import Context, LintItem

TODAY = datetime.date(2026, 11, 21)
TOPICS = {"serving": ("batching", "caching")}
CONTEXT = Context(TODAY, TOPICS)


def option(text: str, *, correct: bool = False, rationale: str = "The mistake of reading the mean.") -> dict[str, Any]:
    return {"id": f"o{abs(hash(text))}", "text": text, "correct": correct, "rationale": rationale}


def options(*texts: str, key: int = 0) -> dict[str, Any]:
    return {"options": [option(text, correct=place == key) for place, text in enumerate(texts)]}


def item(name: str = "serving-tail", **changes: Any) -> LintItem:
    """Clean by every rule."""
    return dataclasses.replace(
        LintItem(
            id=name,
            skill="serving",
            topic="batching",
            type="single_choice",
            difficulty=2,
            expected_seconds=90,
            stem="Replicas are added, and the slowest percent of requests stays slow. Which figure shows the reason?",
            payload=options(
                "The queue length in front of each of the replicas",
                "The mean of the processor load over all replicas",
                "The number of requests that come in each minute",
                "The size of the model file that a replica loads",
                key=1,
            ),
            explanation="The mean hides the one replica whose queue is long; look at each of them, and at the slowest.",
            references=[{"title": "The Tail at Scale", "url": "https://research.google/pubs/the-tail-at-scale/"}],
            interview_follow_up="When does another replica not help?",
            checked_on=TODAY,
        ),
        **changes,
    )
