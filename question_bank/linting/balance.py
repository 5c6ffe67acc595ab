"""Rules on a whole bank: balance of difficulty, keys and topics; near-duplicates. Read over what candidates get."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import sqrt

from scipy.stats import chi2

from question_bank.linting.base import BankComplaint, Context, LintItem
from question_bank.linting.duplicates import nearest_duplicates
from question_bank.linting.texts import choices, content_words, has_stimulus, prose

FEWEST_TO_JUDGE = 10
"""Below this many questions a share says more about chance than about the bank."""
MOST_EXTREME_KEYS = 0.30
MIX = {1: 0.30, 2: 0.45, 3: 0.25}
MIX_SLACK = 0.10
LEAST_TYPES = 3
LEAST_STIMULUS = 0.5
MOST_DEFINITIONS = 0.2
POSITION_P = 0.001
"""Of a thousand banks with keys placed at random, one would be complained about."""
MOST_STEM_LIKE, MOST_STEM_LIKE_BANK = 0.15, 0.03
_DEFINITION = re.compile(
    r"^(?:what (?:is|are)|what does .{1,40} (?:mean|stand for)|which (?:\w+ ){1,4}(?:best )?(?:describes|defines))\b",
    re.IGNORECASE,
)


def by_skill(items: Iterable[LintItem]) -> dict[str, list[LintItem]]:
    found: defaultdict[str, list[LintItem]] = defaultdict(list)
    for item in items:
        found[item.skill].append(item)
    return dict(sorted(found.items()))


def extreme_keys(items: Sequence[LintItem]) -> tuple[int, int, int]:
    """How often the key is the uniquely longest and the uniquely shortest option, and among how many questions.

    With several keys, the longest (shortest) option being one of them counts.
    """
    longest = shortest = count = 0
    for item in items:
        sizes = sorted((len(choice.text), choice.correct) for choice in choices(item))
        if len(sizes) < 2:
            continue
        count += 1
        longest += sizes[-1][1] and sizes[-1][0] > sizes[-2][0]
        shortest += sizes[0][1] and sizes[0][0] < sizes[1][0]
    return longest, shortest, count


def position_p(items: Sequence[LintItem]) -> tuple[list[int], float]:
    """Keys per place in single-choice questions, and the p-value of a chi-square test against equal chances.

    Questions with different numbers of options add up: a place expects the sum of 1/options over them. 1.0
    where too few questions make the test meaningless (fewer than five expected at a place).
    """
    seen: Counter[int] = Counter()
    expected: defaultdict[int, float] = defaultdict(float)
    for item in items:
        found = choices(item)
        if item.type != "single_choice" or not found:
            continue
        seen[next(choice.place for choice in found if choice.correct)] += 1
        for choice in found:
            expected[choice.place] += 1 / len(found)
    judged = [place for place in sorted(expected) if expected[place] >= 5]
    counts = [seen[place] for place in sorted(expected)]
    if len(judged) < 2:
        return counts, 1.0
    statistic = sum((seen[place] - expected[place]) ** 2 / expected[place] for place in judged)
    return counts, float(chi2.sf(statistic, len(judged) - 1))


def key_longest(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    yield from _extreme(items, 0, "longest")


def key_shortest(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    yield from _extreme(items, 1, "shortest")


def _extreme(items: Sequence[LintItem], which: int, word: str) -> Iterator[BankComplaint]:
    for skill, asked in _skills_and_all(items):
        *often, count = extreme_keys(asked)
        if count >= FEWEST_TO_JUDGE and often[which] / count > MOST_EXTREME_KEYS:
            message = (
                f"The key is the {word} option in {often[which]} of {count} questions; at most "
                f"{MOST_EXTREME_KEYS:.0%} keeps “pick the {word}” from paying."
            )
            yield skill, "", "payload.options", message


def key_position(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    for skill, asked in _skills_and_all(items):
        counts, p = position_p(asked)
        if p < POSITION_P:
            message = f"Keys stand at the places of the file {counts} times (p = {p:.1g}): spread them evenly."
            yield skill, "", "payload.options", message


def difficulty_mix(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    wanted = " / ".join(f"{share:.0%}" for share in MIX.values())
    for skill, asked in by_skill(items).items():
        counts = [sum(item.difficulty == band for item in asked) for band in MIX]
        off = any(
            abs(count / len(asked) - share) > MIX_SLACK for count, share in zip(counts, MIX.values(), strict=True)
        )
        if len(asked) >= FEWEST_TO_JUDGE and off:
            there = " / ".join(map(str, counts))
            yield skill, "", "difficulty", f"{there} foundation, working and advanced questions; wanted about {wanted}."


def topic_uncovered(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    covered = {(item.skill, item.topic) for item in items}
    for skill in by_skill(items):
        for topic in context.topics.get(skill, ()):
            if (skill, topic) not in covered:
                yield skill, "", "topic", f"Nothing asks about “{topic}”."


def type_variety(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    for skill, asked in by_skill(items).items():
        types = {item.type for item in asked}
        if len(asked) >= FEWEST_TO_JUDGE and len(types) < LEAST_TYPES:
            yield skill, "", "type", f"Only {len(types)} types of questions; use at least {LEAST_TYPES}."


def stimulus_share(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    for skill, asked in by_skill(items).items():
        count = sum(map(has_stimulus, asked))
        if len(asked) >= FEWEST_TO_JUDGE and count < LEAST_STIMULUS * len(asked):
            yield (
                skill,
                "",
                "stem",
                f"{count} of {len(asked)} questions show a listing, table or picture; at least "
                f"{LEAST_STIMULUS:.0%} should.",
            )


def definition_share(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    for skill, asked in by_skill(items).items():
        count = sum(asks_definition(item) for item in asked)
        if len(asked) >= FEWEST_TO_JUDGE and count > MOST_DEFINITIONS * len(asked):
            yield skill, "", "stem", f"{count} of {len(asked)} questions ask for a definition: write situations."


def asks_definition(item: LintItem) -> bool:
    stem = prose(item.stem).strip()
    return not has_stimulus(item) and len(stem) < 160 and bool(_DEFINITION.match(stem))


def key_like_stem(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    """Whether keys share more of their words with the stem than wrong options do, beyond chance (three errors)."""
    for skill, asked in _skills_and_all(items):
        gaps = [gap for item in asked if (gap := _overlap_gap(item)) is not None]
        if len(gaps) < FEWEST_TO_JUDGE:
            continue
        mean = sum(gaps) / len(gaps)
        error = sqrt(sum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1) / len(gaps))
        if mean > max(MOST_STEM_LIKE if skill else MOST_STEM_LIKE_BANK, 3 * error):
            message = f"Keys share {mean:.0%} more of their words with the stem than wrong options do."
            yield skill, "", "payload.options", message


def _overlap_gap(item: LintItem) -> float | None:
    stem = content_words(item.stem)
    shares: dict[bool, list[float]] = {True: [], False: []}
    for choice in choices(item):
        if words := content_words(choice.text):
            shares[choice.correct].append(len(words & stem) / len(words))
    if not shares[True] or not shares[False]:
        return None
    return sum(shares[True]) / len(shares[True]) - sum(shares[False]) / len(shares[False])


def duplicates(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    for pair in nearest_duplicates(items):
        first, second = items[pair.first], items[pair.second]
        message = f"{pair.similarity:.0%} the same as {first.id}: keep one, or ask for something else."
        yield second.skill, second.id, "stem", message


def _skills_and_all(items: Sequence[LintItem]) -> Iterator[tuple[str, Sequence[LintItem]]]:
    skills = by_skill(items)
    yield from skills.items()
    if len(skills) > 1:
        yield "", items
