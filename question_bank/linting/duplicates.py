"""Near-duplicates: questions whose stem and options say nearly the same.

Texts become sets of shingles (runs of three words); two are near-duplicates where the Jaccard similarity
|A & B| / |A | B| of their sets reaches `THRESHOLD`. All pairs are found exactly, without comparing all: with
shingles ordered from the rarest, two sets that are similar enough share one among their first
``|A| - ceil(t |A|) + 1`` (prefix filter: Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from question_bank.linting.base import BankComplaint, Context, LintItem
from question_bank.linting.texts import choices, payload_texts, plain

THRESHOLD = 0.35
"""Among the shipped questions no pair lies between 0.12 and 0.4: what shares more than a third was written twice."""
SHINGLE = 3
LEAST_GIVEN_AWAY = 3
"""Shingles of a key: five words or more."""
MOST_SHARED = 0.8
MOST_POSTINGS = 100
"""A shingle that opens more texts than this is the boilerplate of a template: such lists are not followed further,
so that a bank generated from one template ends in seconds and not in days."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two indices, the lower first, and their Jaccard similarity (0..1)."""

    first: int
    second: int
    similarity: float


def text_of(item: LintItem) -> str:
    """What a candidate reads of a question, options in an order that does not depend on the file."""
    options = sorted(choice.text for choice in choices(item))
    if not options:
        options = [text for path, text in payload_texts(item.payload) if _is_read(path)]
    return "\n".join([item.stem, *options])


def _is_read(path: str) -> bool:
    """Leaves out what marks and explains: it stays alike where the question differs, or differs where it is alike."""
    return not any(part in path for part in ("rationale", "working", "message", "unit", ".id", "type"))


def shingles(text: str) -> frozenset[str]:
    words = plain(text).split()
    if len(words) <= SHINGLE:
        return frozenset([" ".join(words)]) if words else frozenset()
    return frozenset(" ".join(words[start : start + SHINGLE]) for start in range(len(words) - SHINGLE + 1))


def answers_given_away(items: Sequence[LintItem], context: Context) -> Iterator[BankComplaint]:
    """Questions whose stem says the key of another one of their skill, which one sitting may ask, too.

    The words of the key stand in the stem in one run, and nearly all of them; shorter keys say nothing.
    """
    keys = [
        (index, choice, shingles(choice.text))
        for index, item in enumerate(items)
        for choice in choices(item)
        if choice.correct
    ]
    keys = [found for found in keys if len(found[2]) >= LEAST_GIVEN_AWAY]
    wanted = {(items[index].skill, shingle) for index, _, key in keys for shingle in key}
    stems: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        for shingle in shingles(item.stem):
            place = (item.skill, shingle)
            if place in wanted and len(stems[place]) < MOST_POSTINGS:
                stems[place].append(index)
    for index, choice, key in keys:
        item = items[index]
        found = Counter(other for shingle in key for other in stems.get((item.skill, shingle), ()))
        if found.pop(index, 0) == len(key):
            continue  # its own stem says it
        for other, count in sorted(found.items()):
            if count >= MOST_SHARED * len(key) and items[other].stem != item.stem:
                words = plain(choice.text)[:60]
                message = f"Its text says the key of {item.id} (“{words}”): ask for something else."
                yield items[other].skill, items[other].id, "stem", message


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def near_duplicates(items: Sequence[LintItem], threshold: float = THRESHOLD) -> list[Pair]:
    """All pairs at or above the threshold, the most similar first."""
    return similar_pairs([shingles(text_of(item)) for item in items], threshold)


def nearest_duplicates(items: Sequence[LintItem], threshold: float = THRESHOLD) -> list[Pair]:
    """Of each question only the pair with the most similar earlier one, so that a bank of copies stays readable."""
    nearest: dict[int, Pair] = {}
    for pair in _pairs([shingles(text_of(item)) for item in items], threshold):
        best = nearest.get(pair.second)
        if best is None or (-pair.similarity, pair.first) < (-best.similarity, best.first):
            nearest[pair.second] = pair
    return sorted(nearest.values(), key=lambda pair: (-pair.similarity, pair.first, pair.second))


def similar_pairs(sets: Sequence[frozenset[str]], threshold: float = THRESHOLD) -> list[Pair]:
    """As `near_duplicates`, for sets of shingles. Equal sets are compared once; each is paired with the first of them.

    Raises:
        ValueError: a threshold outside 0..1 (0 would pair everything).
    """
    return sorted(_pairs(sets, threshold), key=lambda pair: (-pair.similarity, pair.first, pair.second))


def _pairs(sets: Sequence[frozenset[str]], threshold: float) -> Iterator[Pair]:
    if not 0 < threshold <= 1:
        raise ValueError(f"a threshold lies above 0 and at most at 1, not {threshold}")
    frequency: Counter[str] = Counter()
    for one in sets:
        frequency.update(one)
    first_of: dict[frozenset[str], int] = {}
    postings: defaultdict[str, list[int]] = defaultdict(list)
    for index in sorted(range(len(sets)), key=lambda place: len(sets[place])):
        one = sets[index]
        if not one:
            continue
        if one in first_of:
            yield _pair(first_of[one], index, 1.0)
            continue
        first_of[one] = index
        for other in _candidates(one, postings, frequency, threshold, index):
            smaller = sets[other]
            if len(smaller) >= threshold * len(one) and (alike := similarity(one, smaller)) >= threshold:
                yield _pair(other, index, alike)


def _candidates(
    one: frozenset[str],
    postings: defaultdict[str, list[int]],
    frequency: Counter[str],
    threshold: float,
    index: int,
) -> Iterable[int]:
    """Earlier (shorter or equal) sets that share a rare shingle; enters this set into the lists on the way."""
    prefix = len(one) - math.ceil(threshold * len(one)) + 1
    rarest = sorted((shingle for shingle in one if frequency[shingle] > 1), key=lambda s: (frequency[s], s))
    unique = len(one) - len(rarest)  # these come first in the order, and nobody shares them
    found: set[int] = set()
    for shingle in rarest[: max(0, prefix - unique)]:
        others = postings[shingle]
        found.update(others)
        if len(others) < MOST_POSTINGS:
            others.append(index)
    return found


def _pair(one: int, other: int, alike: float) -> Pair:
    return Pair(min(one, other), max(one, other), alike)
