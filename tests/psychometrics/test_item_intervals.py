"""Do the intervals of calibrated items hold the truth as often as they say, from 50 persons on?"""

from __future__ import annotations

import numpy as np
import pytest

from psychometrics.calibration import calibrate
from psychometrics.responses import Responses


@pytest.mark.parametrize(("persons", "samples"), [(50, 60), (200, 30)])
def test_nominal_95_percent_intervals_of_24_items(persons: int, samples: int) -> None:
    """Slopes LogN(0, 0.35²), difficulties N(0, 1), weak priors.

    Tolerance: 60 x 24 intervals have a standard error of 0.6 %, 30 x 24 of 0.8 %; the band is three of the larger.
    The bench repeats it until 94 to 96 % can be told from less.
    """
    rng = np.random.default_rng(persons)
    held: list[tuple[bool, bool]] = []
    for _ in range(samples):
        slope, difficulty = np.exp(0.35 * rng.standard_normal(24)), rng.standard_normal(24)
        right = 1 / (1 + np.exp(-slope * (rng.standard_normal((persons, 1)) - difficulty)))
        found = calibrate(Responses.dense((rng.random(right.shape) < right).astype(float)), nodes=41)
        assert found.converged
        held += [
            (item.slope.low <= a <= item.slope.high, item.difficulty.low <= b <= item.difficulty.high)
            for item, a, b in zip(found.items, slope, difficulty, strict=True)
        ]
    for share in np.mean(held, axis=0):
        assert 0.926 <= share <= 0.974
