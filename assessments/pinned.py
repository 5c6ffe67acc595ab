"""What never changes once an attempt has started, kept in the process: saves ask for it many times a second."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from assessments.models import Attempt, AttemptItem, item_seed
from question_bank.models import QuestionVersion
from question_bank.types.base import QuestionType


@dataclass(frozen=True, slots=True)
class PinnedForm:
    """Whose attempt it is, its seed, and the ids of its question versions in the order of their positions."""

    candidate: int
    seed: int
    versions: tuple[int, ...]

    def version(self, position: int) -> int | None:
        """The question version at a position, counted from 1; None where there is none."""
        return self.versions[position - 1] if 1 <= position <= len(self.versions) else None

    def item_seed(self, position: int) -> int:
        return item_seed(self.seed, position)


@lru_cache(maxsize=4096)
def pinned_form(public_id: UUID) -> PinnedForm:
    """The form of an attempt: one query for its first save, none for the later ones.

    Raises:
        Attempt.DoesNotExist: which is never kept.
    """
    rows = list(
        AttemptItem.objects.filter(attempt__public_id=public_id)
        .order_by("position")
        .values_list("attempt__candidate_id", "attempt__seed", "question_version_id")
    )
    if not rows:
        raise Attempt.DoesNotExist
    candidate, seed, _ = rows[0]
    return PinnedForm(candidate, seed, tuple(version for _, _, version in rows))


@dataclass(frozen=True, slots=True)
class PinnedQuestion:
    """A question version: its type, its parsed payload, its texts."""

    kind: QuestionType[Any]
    payload: Any
    stem: str
    stimulus: str


@lru_cache(maxsize=2048)
def pinned_question(version_id: int) -> PinnedQuestion:
    """A question version. Versions are never changed."""
    version = QuestionVersion.objects.only("type", "payload", "stem", "stimulus").get(pk=version_id)
    return PinnedQuestion(version.question_type, version.loaded_payload(), version.stem, version.stimulus)
