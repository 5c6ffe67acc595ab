"""Do the intervals of calibrated items hold the truth as often as they say, from 50 persons on?"""

from __future__ import annotations

import numpy as np
import pytest

from psychometrics.calibration import calibrate
from psychometrics.responses import Responses


@pytest.mark.parametrize(("persons", "samples"), [(50, 400), (200, 150)])
def test_nominal_95_percent_intervals_of_24_items(persons: int, samples: int) -> None:
    """Slopes LogN(0, 0.35²), difficulties N(0, 1), weak priors.

    From one seed, so that it cannot fail by chance. 400 samples have a standard error of 0.2 %, 150 of 0.35 %.
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
        assert 0.94 <= share <= 0.96
