"""The life of a question: allowed moves, four eyes, and what is drawn meanwhile."""

from __future__ import annotations

import itertools

import pytest
from django.urls import reverse

from accounts.errors import NotPossible
from accounts.models import Membership
from question_bank.life import next_step
from question_bank.models import QuestionEvent
from question_bank.services.questions import add_version, move
from question_bank.states import MOVES, Status
from question_bank.templatetags.questions import field_anchor, field_in_words
from tests.question_bank.conftest import content


@pytest.fixture
def live(draft, author, reviewer):
    move(question=draft, to=Status.IN_REVIEW, by=author)
    return move(question=draft, to=Status.LIVE, by=reviewer)


def test_nobody_releases_what_they_wrote(draft, author, owner):
    move(question=draft, to=Status.IN_REVIEW, by=author)
    for to in (Status.LIVE, Status.PILOT):
        with pytest.raises(NotPossible, match="Somebody else"):
            move(question=draft, to=to, by=author)
    released = move(question=draft, to=Status.LIVE, by=owner)
    assert released.status == "live"
    released.current.refresh_from_db()
    assert released.current.released_by == owner


def test_an_owner_does_not_release_an_own_question_either(organisation, owner, draft):
    add_version(question=draft, content=content(stem="Owner's wording"), topic=None, author=owner)
    move(question=draft, to=Status.IN_REVIEW, by=owner)
    with pytest.raises(NotPossible, match="Somebody else"):
        move(question=draft, to=Status.LIVE, by=owner)


def test_a_new_version_of_a_live_question_is_released_by_somebody_else(live, author, reviewer):
    add_version(question=live, content=content(stem="Second wording"), topic=None, author=author)
    live.refresh_from_db()
    assert live.current.number == 1
    with pytest.raises(NotPossible, match="Somebody else"):
        move(question=live, to=Status.LIVE, by=author)
    assert move(question=live, to=Status.LIVE, by=reviewer).current.number == 2
    with pytest.raises(NotPossible):  # nothing waits any more
        move(question=live, to=Status.LIVE, by=reviewer)


@pytest.mark.parametrize(("old", "new"), list(itertools.product(Status, Status)))
def test_only_the_moves_of_the_table_are_possible(old, new, draft, reviewer):
    draft.status = old
    draft.save()
    if (old, new) in MOVES:
        assert move(question=draft, to=new, by=reviewer).status == new
        assert QuestionEvent.objects.filter(question=draft, kind=f"moved to {new.value}", actor=reviewer).exists()
    else:
        with pytest.raises(NotPossible):
            move(question=draft, to=new, by=reviewer)


def test_the_buttons_follow_the_rights(draft, author, reviewer, owner, signed_in):
    address = reverse("admin:question_bank_question_change", args=[draft.pk])

    def buttons(user):
        return {(offer.to.value, bool(offer.hindrance)) for offer in signed_in(user).get(address).context["offers"]}

    assert buttons(author) == {("in_review", False), ("retired", False)}
    assert buttons(reviewer) == {("retired", False)}
    move(question=draft, to=Status.IN_REVIEW, by=author)
    assert buttons(author) == {("draft", False), ("retired", False)}
    assert buttons(reviewer) == {("draft", False), ("live", False), ("pilot", False), ("retired", False)}
    add_version(question=draft, content=content(stem="Owner's wording"), topic=None, author=owner)
    assert ("live", True) in buttons(owner)


def test_everybody_reads_what_comes_next_and_who_does_it(draft, author, reviewer, owner):
    def told(user):
        draft.refresh_from_db()
        return next_step(user, draft, draft.versions.order_by("-number").first())

    def names(*people):
        return " or ".join(sorted(one.get_full_name() for one in people))

    assert told(author).startswith("Your turn: preview it")
    assert told(reviewer).startswith("It is being written")
    move(question=draft, to=Status.IN_REVIEW, by=author)
    assert told(author) == f"Waiting for a second pair of eyes: {names(owner, reviewer)} can release it."
    assert told(reviewer).startswith("Your turn: answer it")
    move(question=draft, to=Status.PILOT, by=reviewer)
    assert told(reviewer).endswith("then you can release it for scoring.")
    assert told(author).endswith(f"then {names(owner, reviewer)} can release it for scoring.")
    move(question=draft, to=Status.LIVE, by=reviewer)
    assert told(author).startswith("Candidates get it, and it counts.")
    add_version(question=draft, content=content(stem="Owner's wording"), topic=None, author=owner)
    assert told(owner) == f"Waiting for a second pair of eyes: {names(reviewer)} can release it."
    assert told(reviewer).startswith("Your turn: answer it")
    Membership.objects.filter(user=reviewer).delete()
    assert "nobody yet; once an owner of the team makes somebody a reviewer" in told(owner)
    move(question=draft, to=Status.RETIRED, by=owner)
    assert told(owner) == "Nobody gets this question."


def test_an_author_cannot_release_by_posting_the_move(draft, author, signed_in):
    move(question=draft, to=Status.IN_REVIEW, by=author)
    address = reverse("admin:question_bank_question_move", args=[draft.pk])
    assert signed_in(author).post(address, {"to": "live"}).status_code == 403
    assert signed_in(author).post(address, {"to": "nonsense"}).status_code == 403
    draft.refresh_from_db()
    assert draft.status == "in_review"


def test_sending_back_needs_a_note(draft, author, reviewer, signed_in):
    move(question=draft, to=Status.IN_REVIEW, by=author)
    address = reverse("admin:question_bank_question_move", args=[draft.pk])
    client = signed_in(reviewer)
    assert "Say what the author should change" in client.post(address, {"to": "draft"}, follow=True).content.decode()
    page = client.post(address, {"to": "draft", "note": "Two keys hold"}, follow=True).content.decode()
    assert "Two keys hold" in page
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_an_edited_question_shows_its_history(live, author, signed_in):
    page = signed_in(author).get(reverse("admin:question_bank_question_change", args=[live.pk])).content.decode()
    assert "moved to live" in page
    assert "submitted for review" in page


@pytest.mark.parametrize(
    ("field", "words", "anchor"),
    [
        ("stem", "Question", "id_stem"),
        ("interview_follow_up", "Interview follow-up", "id_interview_follow_up"),
        ("references", "References", "id_reference-0-title"),
        ("references.2", "Reference 2", "id_reference-1-title"),
        ("payload.options.2.rationale", "Option 2, why", "answer-part"),
        ("payload.tolerance", "Tolerance", "answer-part"),
    ],
)
def test_a_finding_names_its_field_as_the_form_does_and_leads_there(field, words, anchor):
    assert (field_in_words(field), field_anchor(field)) == (words, anchor)
