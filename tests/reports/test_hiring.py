"""Stages, tags, notes and decisions: who may, what stays in the record, and that nothing decides by itself."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import NotPossible
from accounts.models import User
from accounts.roles import RIGHTS, Role
from assessments.models import Attempt, Invitation
from reports.hiring import stages_of, tags_of
from reports.models import Candidacy, CandidacyEvent, HiringStage
from reports.services import hiring
from tests.reports.cohorts import make_cohort
from tests.reports.factories import make_team
from tests.reports.test_cohort import name_of, names, page
from tests.reports.test_pages import signed_in

pytestmark = pytest.mark.django_db


def invitation_of(attempt: Attempt) -> Invitation:
    assert attempt.invitation is not None
    return attempt.invitation


def post(client: Client, name: str, attempt: Attempt, **data: str) -> int:
    return client.post(reverse(name, args=[invitation_of(attempt).public_id]), data).status_code


def standing(user: User, attempt: Attempt) -> str:
    return signed_in(user).get(reverse("candidacy", args=[invitation_of(attempt).public_id])).content.decode()


def test_everything_said_and_done_stays_with_who_and_when() -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [12])
    client = signed_in(user)
    assert post(client, "candidacy_note", one, text="Knows <b>queues</b> well") == 302
    assert post(client, "candidacy_stage", one, stage="interview") == 302
    assert post(client, "candidacy_tags", one, tags="berlin, part time ,berlin") == 302
    assert post(client, "candidacy_decide", one, decision="hold", reason="Wide range on serving") == 302
    assert post(client, "candidacy_decide", one, decision="go_on", reason="Good interview") == 302
    said = Candidacy.objects.get()
    assert (said.stage, said.decision, said.tags) == ("interview", "go_on", ["berlin", "part time"])
    events = CandidacyEvent.objects.order_by("pk").values_list("kind", "value", "text", "actor")
    assert [event[:3] for event in events] == [
        ("note", "", "Knows <b>queues</b> well"),
        ("stage", "Interview", ""),
        ("tags", "berlin, part time", ""),
        ("decision", "Keep in view", "Wide range on serving"),
        ("decision", "Go on with", "Good interview"),
    ]
    assert {event[3] for event in events} == {user.pk}
    html = standing(user, one)
    assert "Knows &lt;b&gt;queues&lt;/b&gt; well" in html
    assert html.index("Good interview") < html.index("Wide range on serving")


def test_a_decision_needs_a_reason_and_can_be_taken_back_with_one() -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [0])
    client = signed_in(user)
    assert post(client, "candidacy_decide", one, decision="decline", reason="  ") == 422
    assert post(client, "candidacy_decide", one, decision="nonsense", reason="x") == 422
    assert not Candidacy.objects.exists()
    assert post(client, "candidacy_decide", one, decision="decline", reason="Wrong stack") == 302
    assert post(client, "candidacy_decide", one, decision="none", reason="Read the wrong report") == 302
    assert Candidacy.objects.get().decision == ""
    assert CandidacyEvent.objects.count() == 2


def test_no_result_moves_or_declines_anybody() -> None:
    organisation, user = make_team("recruiter")
    make_cohort(organisation, [0, 24])
    assert not Candidacy.objects.exists()
    assert "No decision yet" in standing(user, Attempt.objects.earliest("pk"))


@pytest.mark.parametrize("role", list(Role))
def test_readers_leave_notes_and_recruiters_decide(role: Role) -> None:
    organisation, user = make_team(role)
    (one,) = make_cohort(organisation, [12])
    client = signed_in(user)
    expected = {right: role in RIGHTS[right] for right in ("note_candidates", "decide_candidates")}
    assert (post(client, "candidacy_note", one, text="x") == 302) is expected["note_candidates"]
    assert (post(client, "candidacy_tags", one, tags="x") == 302) is expected["note_candidates"]
    assert (post(client, "candidacy_stage", one, stage="offer") == 302) is expected["decide_candidates"]
    assert (post(client, "candidacy_decide", one, decision="hold", reason="x") == 302) is expected["decide_candidates"]
    assert (client.post(reverse("hiring_stages"), {"stages": "One\nOffer"}).status_code == 302) is (role == Role.OWNER)


def test_a_reader_sees_no_form_that_decides() -> None:
    organisation, user = make_team("reader")
    (one,) = make_cohort(organisation, [12])
    html = standing(user, one)
    assert reverse("candidacy_note", args=[invitation_of(one).public_id]) in html
    assert reverse("candidacy_decide", args=[invitation_of(one).public_id]) not in html
    assert reverse("candidacy_stage", args=[invitation_of(one).public_id]) not in html


def test_another_team_finds_nobody() -> None:
    organisation, _ = make_team()
    _, stranger = make_team("owner")
    (one,) = make_cohort(organisation, [12])
    client = signed_in(stranger)
    assert client.get(reverse("candidacy", args=[invitation_of(one).public_id])).status_code == 404
    for name in ("candidacy_note", "candidacy_stage", "candidacy_tags", "candidacy_decide"):
        assert post(client, name, one, text="x", stage="offer", tags="x", decision="hold", reason="x") == 404
    assert not Candidacy.objects.exists()


def test_the_table_filters_by_stage_and_tag_and_new_people_stand_in_the_first() -> None:
    organisation, user = make_team("recruiter")
    moved, new = make_cohort(organisation, [12, 6])
    hiring.move_to_stage(invitation=invitation_of(moved), stage="offer", by=user)
    hiring.set_tags(invitation=invitation_of(moved), tags=["remote"], by=user)
    assert names(page(user, moved.assessment, step="offer")) == [name_of(moved)]
    assert names(page(user, moved.assessment, step="new")) == [name_of(new)]
    assert names(page(user, moved.assessment, tag="remote")) == [name_of(moved)]
    assert tags_of(organisation, moved.assessment) == ["remote"]
    other, _ = make_team()
    assert tags_of(other, moved.assessment) == []


def test_a_team_has_stages_of_its_own() -> None:
    organisation, user = make_team("owner")
    (one,) = make_cohort(organisation, [12])
    assert [stage.slug for stage in stages_of(organisation)][:2] == ["new", "review"]
    hiring.move_to_stage(invitation=invitation_of(one), stage="interview", by=user)
    hiring.set_stages(organisation=organisation, titles=["Inbox", "Interview", "Trial day", "Inbox 2"])
    assert [(s.slug, s.title) for s in stages_of(organisation)] == [
        ("inbox", "Inbox"),
        ("interview", "Interview"),
        ("trial-day", "Trial day"),
        ("inbox-2", "Inbox 2"),
    ]
    with pytest.raises(NotPossible, match="1 person is in a stage"):
        hiring.set_stages(organisation=organisation, titles=["Inbox"])
    assert HiringStage.objects.count() == 4
    with pytest.raises(NotPossible, match="no such stage"):
        hiring.move_to_stage(invitation=invitation_of(one), stage="review", by=user)


@pytest.mark.parametrize("titles", [[], [" "], ["A", "a"], ["x" * 61], [str(n) for n in range(13)]])
def test_stages_that_cannot_be_are_refused(titles: list[str]) -> None:
    organisation, _ = make_team("owner")
    with pytest.raises(NotPossible):
        hiring.set_stages(organisation=organisation, titles=titles)


@pytest.mark.parametrize("tags", [["x" * 31], [str(n) for n in range(13)]])
def test_tags_that_cannot_be_are_refused(tags: list[str]) -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [12])
    assert post(signed_in(user), "candidacy_tags", one, tags=",".join(tags)) == 422
