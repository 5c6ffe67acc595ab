"""Everything dies at random while people take attempts; the long run of it is `make bench ARGS=chaos`."""

from __future__ import annotations

import pytest

from tests.faults import chaos

pytestmark = pytest.mark.queue


def test_no_acknowledged_answer_is_lost_and_no_score_is_double_while_parts_are_killed() -> None:
    found = chaos.run(60, at_once=6, seed=20261121)
    assert found.lost == []
    assert found.double == []
    assert len(found.sittings) == 60
    assert found.acknowledged >= 60 * (chaos.QUESTIONS + chaos.QUESTIONS // 2)
    assert sum(found.kills.values()) >= 5
