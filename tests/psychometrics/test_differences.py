"""Differences between two figures, and the places that follow from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychometrics.differences import difference, places
from psychometrics.intervals import wilson


def interval(points: float, n: int, level: float = 0.9) -> tuple[float, float, float]:
    estimate = wilson(points, n, level)
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.value, estimate.low, estimate.high


@pytest.mark.parametrize(
    ("a", "b", "published"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_published_intervals_of_differences(
    a: tuple[int, int], b: tuple[int, int], published: tuple[float, float]
) -> None:
    """Newcombe (1998), table II, method 10, at 95 %."""
    one, two = (tuple(np.array(x) for x in interval(*counts, level=0.95)) for counts in (a, b))
    low, high = difference(*one, *two)
    assert (float(low), float(high)) == pytest.approx(published, abs=5e-5)


people = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=1, max_size=30).map(
    lambda marks: np.array([interval(min(points, n), n) for points, n in marks])
)


@given(people)
def test_places_hold_each_other_and_ties_overlap(table: np.ndarray) -> None:
    value, low, high = table.T
    best, worst = places(value, low, high)
    assert ((best >= 1) & (best <= worst) & (worst <= len(value))).all()
    assert best.min() == 1
    assert worst.max() == len(value)
    order = np.lexsort((-low, -value))
    assert best[order[0]] == 1


@given(people)
def test_the_places_of_some_are_those_that_they_have_among_all(table: np.ndarray) -> None:
    value, low, high = table.T
    best, worst = places(value, low, high)
    some = list(range(0, len(value), 2))
    assert [list(x) for x in places(value, low, high, some)] == [list(best[some]), list(worst[some])]


def test_equal_people_are_all_tied_and_a_clear_lead_is_a_place() -> None:
    same = np.array([interval(6, 12)] * 5)
    best, worst = places(*same.T)
    assert list(best) == [1] * 5
    assert list(worst) == [5] * 5
    clear = np.array([interval(24, 24), interval(12, 24), interval(11, 24), interval(0, 24)])
    best, worst = places(*clear.T)
    assert list(zip(best, worst, strict=True)) == [(1, 1), (2, 3), (2, 3), (4, 4)]


def test_nobody_has_no_places() -> None:
    nothing = np.empty(0)
    assert [len(x) for x in places(nothing, nothing, nothing)] == [0, 0]
