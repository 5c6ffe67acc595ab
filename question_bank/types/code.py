"""What the types share whose answer is a text that is written in an editor."""

from __future__ import annotations

import random
from dataclasses import dataclass

from question_bank.types.base import MAX_ANSWER_CHARS, Answer, AnswerError, Presentation, Raw


@dataclass(frozen=True, slots=True)
class CodePresentation(Presentation):
    """``start`` is what stands in the editor at first; ``language`` names its colours."""

    language: str = ""
    label: str = ""
    start: str = ""


def clean_text(raw: Raw, start: str) -> Answer | None:
    """The text with line ends as files have them; None where nothing or the text at the start stands there.

    Raises:
        AnswerError: longer than the limit.
    """
    text = as_file("\n".join(raw.get("answer", [])))
    if not text.strip() or text.strip() == as_file(start).strip():
        return None
    if len(text) > MAX_ANSWER_CHARS:
        over = len(text) - MAX_ANSWER_CHARS
        raise AnswerError(f"Not saved: {over:,} characters too many. At most {MAX_ANSWER_CHARS:,} can be kept.")
    return {"text": text}


def a_guess(rng: random.Random) -> Answer:
    """What somebody writes who does not read the question: it earns nothing."""
    return {"text": f"no idea {rng.randrange(1000)}"}


def as_file(text: str) -> str:
    """Line ends as files have them; no NUL, for PostgreSQL stores none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
