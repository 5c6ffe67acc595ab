"""Rules on the options of choice questions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from question_bank.linting.base import Complaint, Context, LintItem
from question_bank.linting.texts import Choice, choices, content_words, plain

FEWEST, MOST = 3, 5
MOST_SEVERAL = 6
STANDS_OUT = 1.4
"""A key this many times as long as the longest wrong option is seen at a glance (and so is its inverse)."""
REASON = re.compile(r", (so that|so|as|because|since|which|where|when)\b| so that ")
"""How an option says why, beside what."""
_RANGE = re.compile(r"^\D{0,20}?(\d+(?:\.\d+)?)\s*(?:-|–|to|and)\s*(\d+(?:\.\d+)?)\D{0,20}$")


def options_repeated(item: LintItem, context: Context) -> Iterator[Complaint]:
    seen: dict[str, int] = {}
    for choice in choices(item):
        said = plain(choice.text) or choice.text.strip()
        first = seen.setdefault(said, choice.place)
        if first != choice.place and plain(choice.text) and not _differs_in_signs(item, first, choice):
            yield f"payload.options.{choice.place + 1}.text", f"Says the same as option {first + 1} of the file."


def _differs_in_signs(item: LintItem, first: int, choice: Choice) -> bool:
    """`a < b` and `a > b` have the same letters and say different things."""
    one, other = (re.sub(r"[\s.,;]", "", text).lower() for text in (choices(item)[first].text, choice.text))
    return one != other


def options_overlap(item: LintItem, context: Context) -> Iterator[Complaint]:
    """An option that holds another one as a part, or two ranges of numbers that share more than an end."""
    found = choices(item)
    for one, other in itertools.combinations(found, 2):
        short, long = sorted((one, other), key=lambda choice: len(choice.text))
        if _in_words(short) and f" {plain(short.text)} " in f" {plain(long.text)} ":
            yield f"payload.options.{long.place + 1}.text", f"Holds the whole text of option {short.place + 1}."
    ranges = [(choice, match) for choice in found if (match := _RANGE.match(choice.text.strip()))]
    if len(ranges) < len(found) or item.type != "single_choice":
        return
    for (one, a), (other, b) in itertools.combinations(ranges, 2):
        if max(float(a[1]), float(b[1])) < min(float(a[2]), float(b[2])):
            yield f"payload.options.{other.place + 1}.text", f"Its range overlaps with that of option {one.place + 1}."


def _in_words(choice: Choice) -> bool:
    """Whether an option is prose: a list of names or numbers may rightly continue another one."""
    return len(plain(choice.text).split()) > 3 and not re.search(r"[`\d]", choice.text)


def option_count(item: LintItem, context: Context) -> Iterator[Complaint]:
    count = len(choices(item))
    most = MOST if item.type == "single_choice" else MOST_SEVERAL
    if count and not FEWEST <= count <= most:
        yield "payload.options", f"{count} options: {FEWEST} to {most} plausible ones measure best."


def key_stands_out(item: LintItem, context: Context) -> Iterator[Complaint]:
    found = choices(item)
    keys = [len(choice.text) for choice in found if choice.correct]
    wrong = [len(choice.text) for choice in found if not choice.correct]
    if not wrong or len(keys) != 1 or max(*keys, *wrong) < 25:
        return
    if keys[0] > STANDS_OUT * max(wrong):
        yield "payload.options", "The key is by far the longest option. Cut it, or give the others the same detail."
    elif keys[0] * STANDS_OUT < min(wrong):
        yield "payload.options", "The key is by far the shortest option. Give it the detail that the others have."


def key_echoes_stem(item: LintItem, context: Context) -> Iterator[Complaint]:
    """The key alone repeats words of the stem."""
    found = choices(item)
    stem = content_words(item.stem)
    echoes = [(choice, content_words(choice.text) & stem) for choice in found]
    wrong = [words for choice, words in echoes if not choice.correct]
    keys = [words for choice, words in echoes if choice.correct]
    if len(keys) != 1 or not wrong:
        return
    alone = keys[0].difference(*wrong)
    if len(alone) >= 3 and len(keys[0]) >= 2 * max(len(words) for words in wrong) + 2:
        words = ", ".join(sorted(alone))
        yield "payload.options", f"Only the key repeats words of the stem ({words}). Use them in wrong options, too."


def key_alone_without_reason(item: LintItem, context: Context) -> Iterator[Complaint]:
    """Whoever writes wrong options explains them; then the key is the one that need not be."""
    found = choices(item)
    bare = [choice for choice in found if not REASON.search(choice.text)]
    if item.type == "single_choice" and len(found) >= FEWEST and len(bare) == 1 and bare[0].correct:
        yield "payload.options", "Only the key gives no reason. Give it one, or take some from the wrong options."
