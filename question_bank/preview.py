"""A question as a candidate gets it, outside any attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from question_bank.models import QuestionVersion
from question_bank.types import TYPES
from question_bank.types.base import DescribedLine, Presentation

SEED = 20_260_101  # any number: the preview shows one order of the options, and always the same


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What the templates of the question types ask for, as in a running attempt."""

    stem: str
    type: str
    presentation: Presentation
    filled_in: Sequence[str] = ()


def preview_page(type: str, stem: str, payload: dict[str, Any], seed: int = SEED) -> PreviewPage:
    known = TYPES[type]
    return PreviewPage(stem, type, known.present(known.load(payload), seed))


def key_of(type: str, payload: dict[str, Any]) -> Sequence[DescribedLine]:
    """The right answer and the rationale of each option. For people who may see keys."""
    known = TYPES[type]
    return known.describe(known.load(payload), None)


def page_of(version: QuestionVersion, seed: int = SEED) -> PreviewPage:
    return preview_page(version.type, version.stem, version.payload, seed)


def template_of(type: str) -> str:
    """The template that the page of a running attempt includes, too."""
    return f"question_types/{type}.html"
