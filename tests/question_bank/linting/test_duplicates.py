"""Near-duplicates: all of them, whatever the order, and without comparing all pairs."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.linting import duplicates
from question_bank.linting.duplicates import near_duplicates, nearest_duplicates, shingles, similar_pairs, similarity
from tests.question_bank.linting.items import item, options

SETS = st.lists(st.frozensets(st.integers(0, 12).map(str), max_size=9), max_size=12)


@given(SETS, st.sampled_from([0.2, 1 / 3, 0.5, 0.75, 1.0]))
def test_the_same_pairs_are_found_as_by_comparing_all(sets: list[frozenset[str]], threshold: float) -> None:
    """Equal sets are reported once, with the first of them: the comparison is over the different ones."""
    different = list(dict.fromkeys(sets))
    found = {(pair.first, pair.second) for pair in similar_pairs(different, threshold)}
    alike = {
        (first, second)
        for (first, one), (second, other) in itertools.combinations(enumerate(different), 2)
        if similarity(one, other) >= threshold
    }
    assert found == alike


@given(SETS)
def test_each_repetition_is_reported(sets: list[frozenset[str]]) -> None:
    whole = [pair for pair in similar_pairs(sets, 1.0) if pair.similarity == 1.0]
    filled = [one for one in sets if one]
    assert len(whole) == len(filled) - len(set(filled))


@given(st.frozensets(st.text("ab", max_size=3)), st.frozensets(st.text("ab", max_size=3)))
def test_similarity_is_a_symmetric_share(one: frozenset[str], other: frozenset[str]) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1
    assert not one or similarity(one, one) == 1


def test_order_of_options_case_and_signs_make_no_difference() -> None:
    one = item("one", payload=options("Raise the limit", "Lower the limit", "Keep it"))
    other = item("two", stem=one.stem.upper() + " !", payload=options("Keep it!", "Lower the limit", "Raise the limit"))
    assert [pair.similarity for pair in near_duplicates([one, other])] == [1.0]


def test_the_same_plot_with_other_numbers_is_a_near_duplicate_and_another_question_is_none() -> None:
    text = "A server takes {} requests per second and answers each in {} ms. How many does it hold at once on average?"
    one = item("one", type="numeric", stem=text.format(40, 250), payload={"answer": 10, "working": "by Little's law"})
    two = item("two", type="numeric", stem=text.format(80, 50), payload={"answer": 4, "working": "by Little's law"})
    far = item("far", type="numeric", stem="How many pods survive a drain of two nodes?", payload={"answer": 4})
    assert [(pair.first, pair.second) for pair in near_duplicates([one, far, two])] == [(0, 2)]


def test_a_threshold_that_pairs_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        similar_pairs([frozenset("a")], 0)


def test_a_large_bank_takes_few_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 texts over 3,000 words make eight million pairs; a hundredth of a percent of them is looked at."""
    looked = 0
    true_similarity = duplicates.similarity

    def counting(one: frozenset[str], other: frozenset[str]) -> float:
        nonlocal looked
        looked += 1
        return true_similarity(one, other)

    monkeypatch.setattr(duplicates, "similarity", counting)
    rng = random.Random(7)
    words = [f"w{number}" for number in range(3000)]
    texts = [" ".join(rng.choices(words, k=60)) for _ in range(4000)]
    texts[3999] = texts[17] + " and more"
    assert [(pair.first, pair.second) for pair in similar_pairs([shingles(text) for text in texts])] == [(17, 3999)]
    assert looked < 4000 * 3999 / 2 / 10_000


def test_a_question_is_reported_once_however_many_are_like_it() -> None:
    text = "A server takes {} requests per second and answers each in {} ms. How many does it hold at once on average?"
    same = [item(f"q{n}", type="numeric", stem=text.format(n, 9), payload={"answer": n}) for n in range(6)]
    found = nearest_duplicates(same)
    assert sorted(pair.second for pair in found) == [1, 2, 3, 4, 5]
