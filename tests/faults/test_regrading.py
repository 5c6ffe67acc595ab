"""A correction survives its worker; the long run of it is `make bench ARGS=regrade`."""

from __future__ import annotations

import pytest

from tests.faults import regrading

pytestmark = pytest.mark.queue
PEOPLE = 400


def test_a_correction_whose_worker_is_killed_changes_everybody_exactly_once() -> None:
    found = regrading.run(PEOPLE, kills=1, live=1, seed=20261121)
    assert found.wrong == []
    assert (found.changing, found.total, found.kills) == (PEOPLE, PEOPLE + PEOPLE // 10, 2)
    assert len(found.live) == 1
