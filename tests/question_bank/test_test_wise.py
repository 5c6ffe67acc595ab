"""Nobody passes by cleverness about options: test-wise strategies against the whole bank.

Each strategy picks an option of a single-choice question without understanding it. None may beat chance by
more than five points of a hundred over the bank.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from question_bank.formats.pack import PackQuestion
from question_bank.linting.options import REASON
from question_bank.services.load import parse_files, shipped_packs
from question_bank.types import TYPES
from question_bank.types.choice import Option

QUESTIONS = [q for pack in parse_files(shipped_packs()) for q in pack.questions if q.type == "single_choice"]
HEDGES = re.compile(
    r"\b(may|might|can|could|often|usually|typically|generally|likely|some|most|about)\b", re.IGNORECASE
)
MARGIN = 0.05


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def ranks(question: PackQuestion, value: Callable[[Option], float]) -> dict[str, float]:
    """The chance with which a strategy picks each option: the best ones share it."""
    options: Sequence[Option] = TYPES[question.type].load(question.payload).options
    best = max(value(option) for option in options)
    winners = [option.id for option in options if value(option) == best]
    return {name: 1 / len(winners) for name in winners}


def longest(question: PackQuestion) -> dict[str, float]:
    return ranks(question, lambda option: len(option.text))


def shortest(question: PackQuestion) -> dict[str, float]:
    return ranks(question, lambda option: -len(option.text))


def most_like_the_stem(question: PackQuestion) -> dict[str, float]:
    stem = words(question.stem)
    return ranks(question, lambda option: len(words(option.text) & stem) / (len(words(option.text)) or 1))


def most_hedged(question: PackQuestion) -> dict[str, float]:
    return ranks(question, lambda option: len(HEDGES.findall(option.text)))


def least_odd(question: PackQuestion) -> dict[str, float]:
    """The option that shares most words with the other options."""
    texts = {o.id: words(o.text) for o in TYPES[question.type].load(question.payload).options}

    def shared(option: Option) -> float:
        others = [texts[name] for name in texts if name != option.id]
        return sum(len(texts[option.id] & other) / (len(texts[option.id] | other) or 1) for other in others)

    return ranks(question, shared)


def without_a_reason(question: PackQuestion) -> dict[str, float]:
    return ranks(question, lambda option: not REASON.search(option.text))


def with_a_reason(question: PackQuestion) -> dict[str, float]:
    return ranks(question, lambda option: bool(REASON.search(option.text)))


STRATEGIES = (longest, shortest, most_like_the_stem, most_hedged, least_odd, without_a_reason, with_a_reason)


def majority(question: PackQuestion) -> dict[str, float]:
    votes: Counter[str] = Counter()
    for strategy in STRATEGIES:
        votes.update(strategy(question))
    best = max(votes.values())
    winners = [name for name, vote in votes.items() if vote >= best - 1e-9]
    return {name: 1 / len(winners) for name in winners}


@pytest.mark.parametrize("strategy", [*STRATEGIES, majority], ids=lambda s: s.__name__)
def test_a_strategy_without_knowledge_does_not_beat_chance(
    strategy: Callable[[PackQuestion], dict[str, float]],
) -> None:
    gain = 0.0
    for question in QUESTIONS:
        options = TYPES[question.type].load(question.payload).options
        key = next(option.id for option in options if option.correct)
        gain += strategy(question).get(key, 0.0) - 1 / len(options)
    assert gain / len(QUESTIONS) <= MARGIN, f"{gain / len(QUESTIONS):+.3f} over {len(QUESTIONS)} questions"
