"""Questions of any content, for the round trips. Texts hold what formats trip over."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import strategies as st

from question_bank.formats.base import Item
from question_bank.formats.pack import PackQuestion
from question_bank.types.cloze import normalised

AWKWARD = (
    "a < b && c > d", "]]>", "<b>bold</b>", "{~%50%no#why}", "= -1 + 2", "::title::", "a\\b", "`code` *star* _low_",
    "# no heading", "1. no list", "- no list", "x = \"1\"; y = '2'", "&amp; &lt;", "é ü 漢字 🙂", "| a | b |",
    "```yaml\nkey: value\n\n  - deep\n```", "line one\nline two", "para one\n\npara two", "tab\there", "$a^2$",
    "%7B%7D", "ANSWER: A", "A) first", "//not a comment", "https://example.org/?a=1&b=2", "@SUM(1)", "null", "yes",
    "1e3", "~", "  indented", "trailing  ", "![picture](image:plan)", "<script>alert(1)</script>", "{{7*7}}",
)  # fmt: skip
_ALPHABET = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u061c\u200e\u200f\ufeff\ufffe\uffff")
_words = st.text(
    _ALPHABET.filter(lambda c: not 0x202A <= ord(c) <= 0x202E and not 0x2066 <= ord(c) <= 0x2069), max_size=30
)
texts = (
    st.lists(st.one_of(st.sampled_from(AWKWARD), _words), min_size=1, max_size=4)
    .map(lambda parts: " ".join(parts).strip())
    .filter(lambda text: text.replace("\u0085", "").strip() != "")
)
lines = texts.map(lambda text: " ".join(text.split())).filter(bool)
slugs = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
numbers = st.one_of(
    st.integers(-(10**9), 10**9).map(float), st.floats(-1e12, 1e12, allow_nan=False, allow_infinity=False)
)


@st.composite
def choices(draw: Any, *, several: bool) -> dict[str, Any]:
    count = draw(st.integers(2, 6))
    ids = draw(st.lists(slugs, min_size=count, max_size=count, unique=True))
    words = draw(st.lists(texts.map(lambda t: t[:900].strip()), min_size=count, max_size=count, unique=True))
    right = draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1 if several else 1))
    return {
        "options": [
            {"id": ids[i], "text": words[i], "correct": i in right, "rationale": draw(texts)} for i in range(count)
        ],
        "shuffle": draw(st.booleans()),
    }


@st.composite
def numerics(draw: Any) -> dict[str, Any]:
    answer, tolerance = draw(numbers), abs(draw(numbers))
    misses = [answer + abs(answer) + tolerance * 3 + 1, answer - abs(answer) - tolerance * 5 - 1][
        : draw(st.integers(0, 2))
    ]
    return {
        "answer": answer,
        "tolerance": tolerance,
        "unit": draw(st.one_of(st.none(), st.sampled_from(["ms", "%", "requests per second", "€"]))),
        "near_misses": [{"value": miss, "rationale": draw(texts)} for miss in misses],
        "working": draw(st.one_of(st.just(""), texts)),
    }


short = lines.map(lambda text: text[:400].strip()).filter(bool)


@st.composite
def rows(draw: Any, *, most: int) -> dict[str, Any]:
    options = draw(st.lists(short, min_size=2, max_size=most, unique=True))
    ids = draw(st.lists(slugs, min_size=len(options), max_size=len(options), unique=True))
    texts_ = draw(st.lists(short, min_size=2, max_size=5, unique=True))
    names = draw(st.lists(slugs, min_size=len(texts_), max_size=len(texts_), unique=True))
    return {
        "rows": [
            {"id": name, "text": text, "answer": draw(st.sampled_from(ids)), "rationale": draw(st.just("") | lines)}
            for name, text in zip(names, texts_, strict=True)
        ],
        "options": [{"id": name, "text": text} for name, text in zip(ids, options, strict=True)],
        "shuffle": draw(st.booleans()),
    }


@st.composite
def orders(draw: Any) -> dict[str, Any]:
    found = draw(st.lists(short, min_size=3, max_size=6, unique=True))
    ids = draw(st.lists(slugs, min_size=len(found), max_size=len(found), unique=True))
    whys = draw(st.lists(st.just("") | lines, min_size=len(found), max_size=len(found)))
    parts = zip(ids, found, whys, strict=True)
    return {"items": [{"id": name, "text": text, "rationale": why} for name, text, why in parts]}


words = lines.map(lambda text: text[:150].strip()).filter(bool)


@st.composite
def gaps(draw: Any, name: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(["list", "text", "number"]))
    gap: dict[str, Any] = {"id": name, "kind": kind, "rationale": draw(st.just("") | lines)}
    if kind == "list":
        options = draw(st.lists(words, min_size=2, max_size=4, unique=True))
        return gap | {"options": options, "answer": draw(st.sampled_from(options))}
    if kind == "number":
        unit = draw(st.sampled_from([None, "ms"]))
        return gap | {"answer": draw(numbers), "tolerance": abs(draw(numbers)), "unit": unit}
    case = draw(st.booleans())
    unique = st.lists(words, min_size=1, max_size=3, unique_by=lambda text: normalised(text, case_sensitive=case))
    return gap | {"accepted": draw(unique.filter(lambda them: all(map(normalised, them)))), "case_sensitive": case}


@st.composite
def clozes(draw: Any) -> dict[str, Any]:
    ids = draw(st.lists(slugs, min_size=1, max_size=3, unique=True))
    text = " and ".join(f"{draw(lines)} [[{name}]]" for name in ids)
    return {"text": text, "gaps": [draw(gaps(name)) for name in ids]}


PAYLOADS = {
    "single_choice": choices(several=False),
    "multiple_choice": choices(several=True),
    "numeric": numerics(),
    "matching": rows(most=6),
    "grid": rows(most=4),
    "ordering": orders(),
    "cloze": clozes(),
}
references = st.builds(
    lambda title, url: {"title": title[:200], "url": url},
    lines.filter(lambda title: len(title.strip()[:200].strip()) >= 3),
    st.one_of(st.none(), st.sampled_from(["https://example.org/a?b=1&c=2", "https://example.org/"])),
)


@st.composite
def questions(draw: Any, types: tuple[str, ...] = tuple(PAYLOADS)) -> PackQuestion:
    kind = draw(st.sampled_from(types))
    status = draw(st.sampled_from(["draft", "live", "retired", "pilot", "in_review"]))
    draft = status == "draft"
    return PackQuestion.model_validate(
        {
            "id": draw(slugs),
            "status": status,
            "topic": draw(st.one_of(st.just(""), lines)) if draft else draw(lines),
            "type": kind,
            "difficulty": draw(st.integers(1, 3)),
            "expected_seconds": draw(st.integers(10, 1800)),
            "stem": draw(texts),
            "payload": draw(PAYLOADS[kind]),
            "explanation": draw(st.one_of(st.just(""), texts)) if draft else draw(texts),
            "references": draw(st.lists(references, max_size=2)),
            "author": draw(lines)[:200].strip() or "Somebody",
            "checked_on": None if draft else draw(st.dates(datetime.date(2000, 1, 1), datetime.date(2100, 1, 1))),
            "interview_follow_up": draw(st.one_of(st.just(""), texts)),
        }
    )


@st.composite
def banks(draw: Any, types: tuple[str, ...] = tuple(PAYLOADS)) -> list[Item]:
    """One to four questions with names of their own, on one skill."""
    found = draw(st.lists(questions(types), min_size=1, max_size=4, unique_by=lambda one: one.id))
    return [Item(question, "model-serving") for question in found]
