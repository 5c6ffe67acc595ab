"""Item fit: against R's mirt on LSAT6, and on items that misbehave."""

from __future__ import annotations

import numpy as np
import pytest

from psychometrics.calibration import calibrate
from psychometrics.fit import item_fit
from psychometrics.items import Item
from psychometrics.responses import Responses
from tests.psychometrics import lsat6


def test_lsat6_s_x2_agrees_with_mirt() -> None:
    items = [item.as_item() for item in calibrate(lsat6.patterns(), prior="none").items]
    found, theirs = item_fit(lsat6.patterns(), items), lsat6.REFERENCE["twoPL"]["SX2"]
    assert [one.s_x2 for one in found] == pytest.approx(theirs["S_X2"], abs=2e-4)
    assert [one.degrees for one in found] == theirs["df.S_X2"]
    assert [one.p for one in found] == pytest.approx(theirs["p.S_X2"], abs=2e-4)


def test_an_item_without_relation_to_ability_stands_out() -> None:
    rng = np.random.default_rng(1)
    places = np.linspace(-1.5, 1.5, 20)
    items = [Item(str(number), difficulty=place) for number, place in enumerate(places)]
    marks = (rng.random((2000, 20)) < 1 / (1 + np.exp(-(rng.standard_normal((2000, 1)) - places)))).astype(float)
    marks[:, 10] = rng.random(2000) < 0.5
    found = item_fit(Responses.dense(marks), items, parameters=0)
    assert found[10].infit.low > 1.1
    assert found[10].p < 1e-6
    others = [one for number, one in enumerate(found) if number != 10]
    assert max(abs(one.infit.value - 1) for one in others) < 0.1
    # A chi-square beyond its 1 % point happens to one of 19 in five; the broken item disturbs the sums a little.
    assert sum(one.p < 0.01 for one in others) <= 3


def test_what_cannot_be_said_has_a_reason() -> None:
    partial = item_fit(Responses.dense([[0.5, 1, 0]] * 40), [Item("a", steps=(0.0, 0.0)), Item("b"), Item("c")])
    assert "partial credit" in partial[0].reason
    assert partial[1].s_x2 is None
    few = item_fit(Responses.dense([[1, 0, 1.0]] * 5), [Item("a"), Item("b"), Item("c")])
    assert "fewer than 30 persons" in few[0].reason
    nobody = item_fit(Responses.dense(np.full((3, 3), np.nan)), [Item("a"), Item("b"), Item("c")])
    assert nobody[0].infit.value is None
