"""A question as a candidate gets it, outside any attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from question_bank.models import QuestionVersion
from question_bank.types import TYPES
from question_bank.types.base import DescribedLine, Presentation
from question_bank.types.variants import worded, words_of

SEED = 20_260_101  # any number: the preview shows one order of the options, and always the same


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What the templates of the question types ask for, as in a running attempt."""

    stem: str
    type: str
    presentation: Presentation
    filled_in: Sequence[str] = ()
    stimulus: str = ""


def preview_page(type: str, stem: str, payload: dict[str, Any], seed: int = SEED, *, stimulus: str = "") -> PreviewPage:
    known = TYPES[type]
    asked = known.asked(known.load(payload), seed)
    return PreviewPage(
        worded(stem, asked.draw), type, known.present(asked, seed), stimulus=worded(stimulus, asked.draw)
    )


def key_of(type: str, payload: dict[str, Any], seed: int = SEED) -> Sequence[DescribedLine]:
    """The right answer and the rationale of each option. For people who may see keys."""
    known = TYPES[type]
    return known.describe(known.asked(known.load(payload), seed), None)


@dataclass(frozen=True, slots=True)
class SampleDraw:
    """One draw of a question with variables: what three candidates might get, and the key of each."""

    numbers: str
    stem: str
    key: Sequence[DescribedLine]


def sample_draws(type: str, stem: str, payload: dict[str, Any]) -> list[SampleDraw]:
    """Three draws, the first of them that of the preview; none where nothing is drawn."""
    known = TYPES[type]
    loaded = known.load(payload)
    if not loaded.draw:
        return []
    asked = [known.asked(loaded, seed) for seed in range(SEED, SEED + 3)]
    return [SampleDraw(words_of(one.draw), worded(stem, one.draw), known.describe(one, None)) for one in asked]


def page_of(version: QuestionVersion, seed: int = SEED) -> PreviewPage:
    return preview_page(version.type, version.stem, version.payload, seed, stimulus=version.stimulus)


def template_of(type: str) -> str:
    """The template that the page of a running attempt includes, too."""
    return f"question_types/{type}.html"
