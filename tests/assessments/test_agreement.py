"""When marks of people become one mark."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assessments.agreement import AGREE_WITHIN, Given, Stage, outcome


def test_one_marker_is_enough_where_one_is_asked_for():
    assert outcome([], 1).stage is Stage.OPEN
    found = outcome([Given(1, 0.5)], 1)
    assert (found.stage, found.mark, found.markers, found.agreed) == (Stage.SETTLED, 0.5, 1, None)


def test_who_changes_their_mind_counts_once_and_who_comes_late_changes_nothing():
    assert outcome([Given(1, 0.5), Given(1, 0.75)], 1).mark == 0.75
    assert outcome([Given(1, 0.5), Given(2, 1.0)], 1).mark == 0.5
    assert outcome([Given(1, 0.5), Given(1, 0.75)], 2).stage is Stage.SECOND


def test_two_who_agree_make_their_mean_and_two_who_do_not_wait():
    found = outcome([Given(1, 0.5), Given(2, 0.6)], 2)
    assert (found.stage, found.mark, found.agreed) == (Stage.SETTLED, 0.55, True)
    found = outcome([Given(1, 0.5), Given(2, 1.0)], 2)
    assert (found.stage, found.mark, found.agreed) == (Stage.DISAGREE, None, False)


def test_a_disagreement_is_settled_by_a_third_mark_or_by_one_of_the_two():
    both = [Given(1, 0.0), Given(2, 1.0)]
    assert outcome([*both, Given(3, 0.5, settles=True)], 2).mark == 0.5
    assert outcome([*both, Given(1, 1.0, settles=True)], 2).mark == 1.0
    assert outcome([*both, Given(3, 0.5, settles=True), Given(2, 0.25, settles=True)], 2).mark == 0.25
    assert outcome([*both, Given(3, 0.5)], 2).stage is Stage.DISAGREE  # a third opinion settles nothing by itself


def test_an_agreement_that_comes_later_needs_nobody_to_settle_it():
    assert outcome([Given(1, 0.0), Given(2, 1.0), Given(1, 1.0)], 2).mark == 1.0


marks = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


@given(st.lists(st.builds(Given, st.integers(1, 4), marks, st.booleans()), max_size=8), st.sampled_from([1, 2]))
def test_a_settled_mark_is_never_outside_of_what_people_gave(given_marks, needed):
    found = outcome(given_marks, needed)
    assert (found.mark is None) == (found.stage is not Stage.SETTLED)
    if found.mark is not None:
        assert min(g.mark for g in given_marks) <= found.mark <= max(g.mark for g in given_marks)
        assert found.markers == needed
    if found.stage is Stage.DISAGREE:
        assert max(g.mark for g in given_marks) - min(g.mark for g in given_marks) > AGREE_WITHIN
