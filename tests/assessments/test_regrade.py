"""Regrading: a dry run that tells the truth, new scores exactly once, and old ones that stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.errors import NotPossible
from accounts.models import Organisation, User
from assessments.models import Assessment, Regrade, RegradeChange, RegradeKind, RegradeState, Score
from assessments.services import regrade as service
from assessments.services.regrade import carry_out, discard, left_behind, outlook, plan_regrade, work_on
from question_bank.models import QuestionVersion
from reports.models import SkillReport
from reports.services.build import build_report
from tests.factories import make_assessment, make_invitation, make_organisation, make_question, make_skill
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered(organisation: Organisation) -> Assessment:
    """Two questions, so that everybody gets both; half of the points pass."""
    skill = make_skill("serving")
    for number in range(2):
        make_question(skill, number, difficulty=1)
    blueprint = [{"skill": "serving", "difficulty": 1, "count": 2}]
    definition = {"sections": [{"blueprint": blueprint}], "cut": {"share": 0.5}, "tell_changes": True}
    return make_assessment(organisation, definition)


def taken(organisation: Organisation, assessment: Assessment, **right: bool) -> Walkthrough:
    """Answers by the external id of the question; what is not named is skipped."""
    story = Walkthrough(make_invitation(organisation, assessment)).start()
    for item in story.attempt.items.select_related("question_version__question"):
        story.see(item.position)
        name = item.question_version.question.external_id.split("-")[1]
        if f"q{name}" in right:
            story.answer(item.position, right=right[f"q{name}"])
    story.submit().score()
    return story


def version_of(assessment: Assessment, number: int) -> QuestionVersion:
    return QuestionVersion.objects.get(question__external_id__startswith=f"serving-{number}-", number=1)


def planned(version: QuestionVersion, kind: RegradeKind, by: User, **more: Any) -> Regrade:
    organisation = more.pop("organisation", by.memberships.get().organisation)
    found = plan_regrade(
        version=version, kind=kind, reason="The key was wrong", by=by, organisation=organisation, **more
    )
    work_on(found.pk)
    found.refresh_from_db()
    return found


def done(found: Regrade) -> Regrade:
    carry_out(regrade=found)
    work_on(found.pk)
    found.refresh_from_db()
    return found


def points(story: Walkthrough) -> tuple[float, int]:
    story.attempt.refresh_from_db()
    assert story.attempt.score
    return story.attempt.score.points, story.attempt.score.n


def with_other_key(version: QuestionVersion, *, accept_both: bool = False, released: bool = True) -> QuestionVersion:
    """The next version, whose right option is the one that was wrong before."""
    payload = {**version.payload, "options": [dict(option) for option in version.payload["options"]]}
    for option in payload["options"]:
        option["correct"] = option["id"] == "option-1" or (accept_both and option["correct"])
    values = {
        name: getattr(version, name) for name in ("type", "difficulty", "expected_seconds", "stem", "explanation")
    }
    new = QuestionVersion.objects.create(
        question=version.question, number=2, payload=payload, author_name="An author", content_hash="2" * 64, **values
    )
    if released:
        version.question.current = new
        version.question.save()
    return new


def test_a_dry_run_shows_who_changes_and_changes_nothing(
    organisation: Organisation, owner: User, offered: Assessment
) -> None:
    right, wrong = taken(organisation, offered, q0=True, q1=False), taken(organisation, offered, q0=False, q1=False)
    found = planned(version_of(offered, 0), RegradeKind.FULL, owner)
    assert (found.state, found.read, found.total) == (RegradeState.PLANNED, 2, 2)
    change = found.changes.get()
    assert change.attempt == wrong.attempt
    assert (change.points_before, change.points_after, change.n_before, change.n_after) == (0, 1, 2, 2)
    assert change.crosses == "up"
    seen = outlook(found)
    assert (seen.changed, seen.up, seen.down, seen.over, seen.under, seen.carried_out) == (1, 1, 0, 1, 0, 0)
    assert points(right) == (1, 2)
    assert points(wrong) == (0, 2)


def test_everybody_gets_the_point_also_who_skipped(
    organisation: Organisation, owner: User, offered: Assessment
) -> None:
    story = taken(organisation, offered, q1=True)
    done(planned(version_of(offered, 0), RegradeKind.FULL, owner))
    assert points(story) == (2, 2)


def test_a_dropped_question_leaves_the_score_and_keeps_its_mark(
    organisation: Organisation, owner: User, offered: Assessment
) -> None:
    story = taken(organisation, offered, q0=False, q1=True)
    before = build_report(story.attempt.score_id)
    done(planned(version_of(offered, 0), RegradeKind.DROP, owner))
    assert points(story) == (1, 1)
    after = build_report(story.attempt.score_id)
    assert after.number == before.number + 1
    facts = {part["slug"]: part["data"] for part in after.data["sections"]}
    assert facts["summary"]["share"]["n"] == 1
    assert facts["method"]["reason"] == "The key was wrong"
    assert SkillReport.objects.get(pk=before.pk).data == before.data
    assert story.attempt.scores.count() == 2


def test_another_key_marks_the_answers_that_were_given(
    organisation: Organisation, owner: User, offered: Assessment
) -> None:
    story = taken(organisation, offered, q0=True, q1=True)
    version = version_of(offered, 0)
    found = done(planned(version, RegradeKind.KEY, owner, target=with_other_key(version)))
    assert points(story) == (1, 2)
    assert found.changes.get().crosses == ""
    assert story.marks()[1].item.question_version.number == 1


@pytest.mark.parametrize("problem", ["unreleased", "itself", "other question", "missing"])
def test_a_key_that_cannot_mark_is_refused(
    problem: str, organisation: Organisation, owner: User, offered: Assessment
) -> None:
    taken(organisation, offered, q0=True)
    version = version_of(offered, 0)
    target = {
        "unreleased": lambda: with_other_key(version, released=False),
        "itself": lambda: version,
        "other question": lambda: version_of(offered, 1),
        "missing": lambda: None,
    }[problem]()
    with pytest.raises(NotPossible):
        planned(version, RegradeKind.KEY, owner, target=target)


def test_what_is_scored_after_the_plan_and_after_the_correction_follows_it(
    organisation: Organisation, owner: User, offered: Assessment
) -> None:
    taken(organisation, offered, q0=False)
    found = planned(version_of(offered, 0), RegradeKind.FULL, owner)
    between = taken(organisation, offered, q0=False)
    done(found)
    later = taken(organisation, offered, q0=False)
    assert points(between) == points(later) == (1, 2)
    assert later.attempt.scores.count() == 1
    assert found.changes.count() == 2


def test_other_teams_scores_stay_where_the_correction_is_one_teams(
    organisation: Organisation, owner: User, offered: Assessment
) -> None:
    other = make_organisation("Other")
    theirs = make_assessment(other, offered.draft)
    own, foreign = taken(organisation, offered, q0=False), taken(other, theirs, q0=False)
    done(planned(version_of(offered, 0), RegradeKind.FULL, owner))
    assert (points(own), points(foreign)) == ((1, 2), (0, 2))
    done(planned(version_of(offered, 0), RegradeKind.FULL, owner, organisation=None))
    assert (points(own), points(foreign)) == ((1, 2), (1, 2))
    assert own.attempt.scores.count() == 2


def test_a_worker_that_dies_makes_no_score_twice_and_none_is_missing(
    organisation: Organisation, owner: User, offered: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    stories = [taken(organisation, offered, q0=False) for _ in range(5)]
    found = planned(version_of(offered, 0), RegradeKind.FULL, owner)
    carry_out(regrade=found)
    real, batches = service.append_scores, []

    def dies(*given: Any, **more: Any) -> list[Score]:
        made = real(*given, **more)
        batches.append(made)
        if len(batches) == 2:
            raise KeyboardInterrupt  # after the scores of the second batch were written, before they were committed
        return made

    monkeypatch.setattr(service, "append_scores", dies)
    with pytest.raises(KeyboardInterrupt):
        work_on(found.pk)
    assert found.changes.filter(score__isnull=False).count() == 2
    monkeypatch.setattr(service, "append_scores", real)
    Regrade.objects.update(touched_at="2020-01-01T00:00Z")
    assert left_behind() == [found.pk]
    for _ in range(2):
        work_on(found.pk)
    found.refresh_from_db()
    assert found.state == RegradeState.DONE
    assert [points(story) for story in stories] == [(1, 2)] * 5
    assert [story.attempt.scores.count() for story in stories] == [2] * 5
    assert left_behind() == []


def test_candidates_are_told_once_where_the_assessment_says_so(
    organisation: Organisation, owner: User, offered: Assessment
) -> None:
    story = taken(organisation, offered, q0=False)
    found = done(planned(version_of(offered, 0), RegradeKind.FULL, owner))
    work_on(found.pk)
    (told,) = [message for message in mail.outbox if "result changed" in message.subject]
    assert told.to == [story.attempt.candidate.email]
    assert "The key was wrong" in told.body
    assert RegradeChange.objects.filter(told_at=None).count() == 0


def test_a_discarded_plan_changes_nothing_and_cannot_be_carried_out(
    organisation: Organisation, owner: User, offered: Assessment
) -> None:
    story = taken(organisation, offered, q0=False)
    found = planned(version_of(offered, 0), RegradeKind.FULL, owner)
    discard(regrade=found)
    with pytest.raises(NotPossible):
        carry_out(regrade=found)
    work_on(found.pk)
    assert points(story) == (0, 2)


def test_an_owner_corrects_in_the_browser(
    organisation: Organisation,
    owner: User,
    offered: Assessment,
    signed_in: Callable[[User], Client],
    django_capture_on_commit_callbacks: Any,
) -> None:
    story = taken(organisation, offered, q0=False)
    version = version_of(offered, 0)
    client = signed_in(owner)
    address = reverse("regrade_new", args=[version.question.public_id])
    assert "1 scored" in client.get(address).content.decode()
    assert client.post(address, {"version": version.pk, "kind": "full", "reason": " "}).status_code == 422
    reply = client.post(address, {"version": version.pk, "kind": "full", "reason": "No option was right"})
    found = Regrade.objects.get()
    assert reply.headers["Location"] == reverse("regrade", args=[found.public_id])
    work_on(found.pk)
    page = client.get(reverse("regrade", args=[found.public_id])).content.decode()
    assert "Carry out: 1 new score" in page
    client.post(reverse("regrade_decide", args=[found.public_id]), {"do": "carry_out"})
    work_on(found.pk)
    assert points(story) == (1, 2)
    assert "Carried out" in client.get(reverse("regrade_list")).content.decode()
