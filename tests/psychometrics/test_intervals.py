"""The Wilson interval against published and recomputed values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from psychometrics.intervals import wilson


@given(n=st.integers(1, 200), share=st.floats(0, 1), level=st.floats(0.5, 0.99))
def test_the_interval_holds_the_share_and_stays_in_range(n: int, share: float, level: float) -> None:
    estimate = wilson(share * n, n, level)
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.high is not None
    assert 0 <= estimate.low <= estimate.value + 1e-12
    assert estimate.value <= estimate.high + 1e-12 <= 1 + 2e-12


@pytest.mark.parametrize(("right", "n"), [(0, 5), (1, 7), (7, 10), (20, 24), (12, 12)])
def test_it_agrees_with_scipy_for_whole_marks(right: int, n: int) -> None:
    reference = binomtest(right, n).proportion_ci(0.90, method="wilson")
    estimate = wilson(right, n, 0.90)
    assert (estimate.low, estimate.high) == (pytest.approx(reference.low), pytest.approx(reference.high))


@given(n=st.integers(2, 60))
def test_more_questions_give_a_narrower_interval(n: int) -> None:
    few, many = wilson(n / 2, n), wilson(n, 2 * n)
    assert few.high - few.low > many.high - many.low  # type: ignore[operator]


def test_no_questions_give_no_value_but_a_reason() -> None:
    estimate = wilson(0, 0)
    assert (estimate.value, estimate.low, estimate.high) == (None, None, None)
    assert estimate.reason


@pytest.mark.parametrize(("points", "n", "level"), [(3, 2, 0.9), (-1, 2, 0.9), (1, 2, 1.0)])
def test_impossible_input_is_refused(points: float, n: int, level: float) -> None:
    with pytest.raises(ValueError, match="must lie"):
        wilson(points, n, level)
