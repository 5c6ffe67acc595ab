"""Rules on what a whole question has: reasons, explanation, sources, follow-up, time, a date of the last check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from question_bank.formats.base import NO_RATIONALE
from question_bank.linting.base import Complaint, Context, LintItem
from question_bank.linting.texts import choices, plain, reading_words

CHECK_AGAIN_DAYS = 365
"""A question whose facts nobody has looked at for this long is due for another look."""
EXPLANATION_WORDS = 15
WORDS_PER_SECOND = 5.0
"""300 words a minute: fast silent reading (Brysbaert 2019 gives 238 for adults), which leaves no time to think."""


def rationale_missing(item: LintItem, context: Context) -> Iterator[Complaint]:
    for choice in choices(item):
        if _says_nothing(choice.rationale):
            yield (
                f"payload.options.{choice.place + 1}.rationale",
                "Say why the option is right or which mistake it stands for.",
            )
    for name in ("rows", "items", "gaps"):
        for place, part in enumerate(item.payload.get(name, ()), start=1):
            if _says_nothing(str(part.get("rationale", ""))):
                yield (
                    f"payload.{name}.{place}.rationale",
                    "Say why this is right, and which mistake leads away from it.",
                )


def _says_nothing(rationale: str) -> bool:
    """Nothing, or what stands for a reason that a file did not give."""
    return len(plain(rationale)) < 3 or rationale == NO_RATIONALE


def explanation_missing(item: LintItem, context: Context) -> Iterator[Complaint]:
    words = len(item.explanation.split())
    if words < EXPLANATION_WORDS:
        said = "There is no explanation" if not words else "So few words do not teach"
        yield "explanation", f"{said}: write what somebody who missed it should learn."


def follow_up_missing(item: LintItem, context: Context) -> Iterator[Complaint]:
    if item.difficulty > 1 and not item.interview_follow_up.strip():
        yield "interview_follow_up", "Add a question that an interviewer can ask somebody who missed this one."


def tolerance_missing(item: LintItem, context: Context) -> Iterator[Complaint]:
    """A result that somebody rounds differently must not be wrong for that."""
    answer, tolerance = item.payload.get("answer"), item.payload.get("tolerance")
    if item.type == "numeric" and isinstance(answer, int | float) and answer != int(answer) and tolerance == 0:
        yield "payload.tolerance", f"{answer:g} is not whole: give the tolerance that honest rounding needs."


def unit_missing(item: LintItem, context: Context) -> Iterator[Complaint]:
    if item.type == "numeric" and not item.payload.get("unit"):
        yield "payload.unit", "Name the unit beside the box, unless the number is a count or a share."


def topic_missing(item: LintItem, context: Context) -> Iterator[Complaint]:
    known = context.topics.get(item.skill)
    if not item.topic:
        yield "topic", "Choose the topic, so that the coverage of the skill can be seen."
    elif known is not None and item.topic not in known:
        yield "topic", f"“{item.topic}” is no topic of this skill."


def references_form(item: LintItem, context: Context) -> Iterator[Complaint]:
    if not item.references:
        yield "references", "Name a source: documentation, paper or standard, by its true title."
    seen = set()
    for place, reference in enumerate(item.references, start=1):
        title, url = str(reference.get("title") or "").strip(), str(reference.get("url") or "").strip()
        field = f"references.{place}"
        if len(plain(title)) < 3 or re.match(r"(?i)^(https?://|www\.)", title):
            yield field, "Give the true title of the work, not its address."
        if url:
            parts = urlsplit(url)
            if parts.scheme != "https":
                yield field, f"“{url}” does not begin with https://."
            elif "." not in (parts.hostname or "") or parts.username:
                yield field, f"“{url}” is no public address."
        if (title, url) in seen:
            yield field, "This source is there twice."
        seen.add((title, url))


def front_page(item: LintItem, context: Context) -> Iterator[Complaint]:
    """A hint only: a book or a standard may be one site."""
    for place, reference in enumerate(item.references, start=1):
        parts = urlsplit(str(reference.get("url") or ""))
        if parts.hostname and parts.path in {"", "/"} and not parts.query:
            yield (
                f"references.{place}",
                f"{parts.hostname} is a front page: name the page that says it, if there is one.",
            )


def checked_too_old(item: LintItem, context: Context) -> Iterator[Complaint]:
    if item.checked_on is None:
        yield "checked_on", "Say when the facts were last checked."
        return
    age = (context.today - item.checked_on).days
    if age > CHECK_AGAIN_DAYS:
        yield "checked_on", f"Last checked {age} days ago: check the facts and sources again, and set the date."
    elif age < -1:  # a day of grace: the author may be east of the server
        yield "checked_on", "This day lies in the future."


def too_little_time(item: LintItem, context: Context) -> Iterator[Complaint]:
    words = reading_words(item)
    if words / WORDS_PER_SECOND > item.expected_seconds:
        yield (
            "expected_seconds",
            f"{words} words cannot be read and answered in {item.expected_seconds} seconds. Shorten it or give more.",
        )
