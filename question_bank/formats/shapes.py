"""The question types as the formats see them: fields of a pack from what a file says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from question_bank.formats.base import NO_RATIONALE
from question_bank.formats.texts import clean, option_ids
from question_bank.types.cloze import normalised

GAP = "answer"


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a file: Markdown, whether it is right, and why (empty where the file does not say)."""

    text: str
    right: bool
    why: str = ""


def choice(
    options: Sequence[Choice], *, several: bool | None = None, shuffle: bool = True, ids: Sequence[str] = ()
) -> dict[str, Any]:
    """Single or multiple choice. ``several``: whether more than one may be ticked; None: as many as are right."""
    if several is None:
        several = sum(option.right for option in options) != 1
    names = option_ids([option.text for option in options], ids)
    return {
        "type": "multiple_choice" if several else "single_choice",
        "payload": {
            "options": [
                {"id": name, "text": option.text, "correct": option.right, "rationale": _reason(option.why)}
                for name, option in zip(names, options, strict=True)
            ],
            "shuffle": shuffle,
        },
    }


def _reason(why: str) -> str:
    """The reason of an option; the one that stands for none where nothing of it can be seen."""
    return why if clean(why)[0].strip() else NO_RATIONALE


def true_false(right: bool, why_true: str = "", why_false: str = "") -> dict[str, Any]:
    """True or false as a single choice of two, in this order."""
    return choice([Choice("True", right, why_true), Choice("False", not right, why_false)], shuffle=False)


def numeric(
    answer: float, tolerance: float, *, unit: str = "", misses: Sequence[tuple[float, str]] = ()
) -> dict[str, Any]:
    return {
        "type": "numeric",
        "payload": {
            "answer": answer,
            "tolerance": abs(tolerance),
            "unit": unit or None,
            "near_misses": [{"value": value, "rationale": why or NO_RATIONALE} for value, why in misses],
        },
    }


def short_text(accepted: Sequence[str], *, case_sensitive: bool = False, why: str = "") -> dict[str, Any]:
    """A word or a few to be typed: a fill-in question with one gap."""
    gap = {"id": GAP, "kind": "text", "accepted": distinct(accepted, case_sensitive), "rationale": why}
    return {
        "type": "cloze",
        "payload": {"text": f"[[{GAP}]]", "gaps": [gap | ({"case_sensitive": True} if case_sensitive else {})]},
    }


def distinct(texts: Sequence[str], case_sensitive: bool) -> list[str]:
    """The texts without those that mean the same to a gap."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(normalised(text, case_sensitive=case_sensitive), text)
    return [text for form, text in found.items() if form]


def matching(
    pairs: Sequence[tuple[str, str]], distractors: Sequence[str] = (), *, whys: Sequence[str] = (), shuffle: bool = True
) -> dict[str, Any]:
    """Rows and the option that belongs to each; ``distractors`` belong to none."""
    texts = list(dict.fromkeys([right for _, right in pairs] + list(distractors)))
    names = dict(zip(texts, option_ids(texts), strict=True))
    rows = option_ids([left for left, _ in pairs])
    return {
        "type": "matching",
        "payload": {
            "rows": [
                {"id": row, "text": left, "answer": names[right], "rationale": why}
                for row, (left, right), why in zip(rows, pairs, whys or [""] * len(pairs), strict=True)
            ],
            "options": [{"id": name, "text": text} for text, name in names.items()],
            "shuffle": shuffle,
        },
    }


def number_of(text: str) -> float | None:
    """A number as files write it, None where it is none."""
    text = text.strip().replace("\u2212", "-")
    if not re.fullmatch(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?", text):
        return None
    return float(text.replace(",", "."))


def distance(one: float, other: float) -> float:
    """How far two numbers lie apart, as their decimals say it: 8.8 and 8.75 are 0.05 apart."""
    return float(abs(Decimal(repr(one)) - Decimal(repr(other))))


def plain_number(value: float) -> str:
    """The shortest text that reads back as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
