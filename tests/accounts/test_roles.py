"""The table of rights."""

from __future__ import annotations

import pytest

from accounts.roles import RIGHTS, ROLE_DOES, ROLE_LABELS, Role, allows

EXPECTED = {
    "see_candidates": "owner recruiter reader",
    "note_candidates": "owner recruiter reader",
    "decide_candidates": "owner recruiter",
    "set_stages": "owner",
    "share_reports": "owner recruiter",
    "export_results": "owner recruiter",
    "invite_candidates": "owner recruiter",
    "correct_scores": "owner",
    "see_answers_with_key": "owner",
    "see_assessments": "owner recruiter author reviewer reader",
    "edit_assessments": "owner author",
    "edit_questions": "owner author",
    "see_questions": "owner author reviewer",
    "release_questions": "owner reviewer",
    "mark_answers": "owner author reviewer",
    "see_team": "owner recruiter author reviewer reader",
    "manage_team": "owner",
    "read_outbox": "owner",
}


def test_every_right_is_in_the_expected_table() -> None:
    assert set(RIGHTS) == set(EXPECTED)


@pytest.mark.parametrize("right", sorted(EXPECTED))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_has_exactly_the_rights_of_the_table(role: Role, right: str) -> None:
    assert allows(role, right) == (role.value in EXPECTED[right].split())


def test_a_misspelt_right_is_an_error_and_not_a_no() -> None:
    with pytest.raises(KeyError):
        allows("owner", "see_candidate")


def test_an_unknown_role_has_no_right() -> None:
    assert not any(allows("visitor", right) for right in RIGHTS)


def test_every_role_has_a_label_and_a_description() -> None:
    assert set(ROLE_LABELS) == set(ROLE_DOES) == set(Role)
