"""A panel sets a pass mark: alone first, then with the panel's view, and the mean becomes the draft's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import NotPossible
from accounts.models import User
from assessments.models import Assessment, CutPanel
from assessments.services.panel import close_panel, judgements, next_round, open_panel, rate

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel(assessment: Assessment, owner: User) -> CutPanel:
    return open_panel(assessment=assessment, by=owner)


def everything(panel: CutPanel, judge: User, share: float) -> None:
    for question in panel.questions.all():
        rate(panel=panel, position=question.position, judge=judge, share=share)


def test_the_mean_of_the_judges_becomes_the_pass_mark_of_the_draft(
    panel: CutPanel, owner: User, author: User, assessment: Assessment
) -> None:
    everything(panel, owner, 0.5)
    everything(panel, author, 0.7)
    closed = close_panel(panel=panel, by=owner)
    assert (closed.cut, closed.judges) == (pytest.approx(0.6), 2)
    assert closed.error == pytest.approx(0.1)
    assessment.refresh_from_db()
    cut = assessment.draft_definition().cut
    assert cut is not None
    assert (cut.share, cut.set_by) == (pytest.approx(0.6), "panel")
    assert "2 judges" in cut.note
    assert assessment.published is not None
    assert assessment.published.loaded().cut is None


def test_a_form_has_as_many_questions_as_the_assessment_asks(panel: CutPanel, assessment: Assessment) -> None:
    assert panel.questions.count() == assessment.draft_definition().question_count


def test_who_did_not_rate_everything_does_not_count(panel: CutPanel, owner: User, author: User, reviewer: User) -> None:
    everything(panel, owner, 0.4)
    rate(panel=panel, position=1, judge=reviewer, share=1.0)
    with pytest.raises(NotPossible, match="two judges"):
        close_panel(panel=panel, by=owner)
    everything(panel, author, 0.6)
    assert close_panel(panel=panel, by=owner).cut == pytest.approx(0.5)


def test_the_newest_rating_counts_and_the_second_round_starts_empty(panel: CutPanel, owner: User, author: User) -> None:
    everything(panel, owner, 0.2)
    everything(panel, owner, 0.5)
    everything(panel, author, 0.5)
    next_round(panel=panel)
    panel.refresh_from_db()
    assert judgements(panel) == []
    assert {share for one in judgements(panel, round=1) for share in one.shares.values()} == {0.5}
    with pytest.raises(NotPossible, match="no further round"):
        next_round(panel=panel)


def test_one_panel_at_a_time_and_none_after_it_is_closed(
    panel: CutPanel, owner: User, author: User, assessment: Assessment
) -> None:
    with pytest.raises(NotPossible, match="open for this assessment already"):
        open_panel(assessment=assessment, by=owner)
    everything(panel, owner, 0.5)
    everything(panel, author, 0.5)
    close_panel(panel=panel, by=owner)
    with pytest.raises(NotPossible, match="closed"):
        rate(panel=panel, position=1, judge=owner, share=0.1)
    with pytest.raises(NotPossible, match="closed"):
        close_panel(panel=panel, by=owner)
    assert open_panel(assessment=assessment, by=owner).pk != panel.pk


def test_a_judge_rates_in_the_browser_and_sees_the_others_only_afterwards(
    panel: CutPanel, owner: User, reviewer: User, signed_in: Callable[[User], Client]
) -> None:
    everything(panel, owner, 0.83)
    client = signed_in(reviewer)
    page = client.get(reverse("panel", args=[panel.public_id])).content.decode()
    assert "83\u00a0%" not in page
    count = panel.questions.count()
    for position in range(1, count + 1):
        address = reverse("panel_question", args=[panel.public_id, position])
        assert client.get(address).status_code == 200
        reply = client.post(address, {"percent": "61"})
        assert reply.status_code == 302
    assert reply.headers["Location"] == reverse("panel", args=[panel.public_id])
    page = client.get(reverse("panel", args=[panel.public_id])).content.decode()
    assert "83\u00a0%" in page
    assert "72\u00a0%" in page  # the mean of both


@pytest.mark.parametrize("percent", ["", "101", "-1", "many"])
def test_a_rating_that_is_none_says_so_and_is_not_kept(
    panel: CutPanel, owner: User, signed_in: Callable[[User], Client], percent: str
) -> None:
    address = reverse("panel_question", args=[panel.public_id, 1])
    assert signed_in(owner).post(address, {"percent": percent}).status_code == 422
    assert judgements(panel) == []
    assert signed_in(owner).get(reverse("panel_question", args=[panel.public_id, 99])).status_code == 404
