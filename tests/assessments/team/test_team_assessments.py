"""Assessments of the team: look, copy, write, check, publish, archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from assessments.models import Assessment, Invitation
from assessments.services.invite import link_of
from assessments.services.publish import publish
from tests.factories import blueprint, make_assessment, make_bank, make_invitation

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def at(name: str, assessment: Assessment) -> str:
    return reverse(name, args=[assessment.public_id])


def form(assessment: Assessment, **changes: Any) -> dict[str, Any]:
    """The edit form as the page would send it for the first section."""
    assessment.refresh_from_db()
    data = {
        "seen": assessment.updated_at.isoformat(),
        "section": "0",
        "do": "save",
        "rules-title": assessment.title,
        "rules-summary": "",
        "rules-time_limit_minutes": "30",
        "rules-feedback": "report",
        "rules-retake_after_days": "1",
        "section-title": "Questions",
        "section-navigation": "free",
        "section-shuffle_questions": "on",
        "section-shuffle_options": "on",
        "count-serving-any": "3",
        "count-drift-any": "3",
    }
    return {name: value for name, value in (data | changes).items() if value is not None}


@pytest.fixture
def editor(signed_in: SignIn, author: User) -> Client:
    return signed_in(author)


class TestLooking:
    def test_the_list_shows_library_and_own(self, editor, organisation, bank):
        make_assessment(None, title="Ready-made", group="core", slug="mlops-core")
        make_assessment(organisation, title="Ours")
        html = editor.get(reverse("assessment_list")).content.decode()
        assert "Ready-made" in html
        assert "Ours" in html

    def test_queries_do_not_grow_with_assessments(self, editor, organisation, bank):
        def count() -> int:
            with CaptureQueriesContext(connection) as captured:
                editor.get(reverse("assessment_list"))
            return len(captured)

        make_assessment(organisation)
        editor.get(reverse("assessment_list"))
        few = count()
        for _ in range(12):
            make_assessment(organisation)
        assert count() == few

    def test_the_page_of_one_shows_plan_rules_and_depth(self, editor, assessment):
        html = editor.get(at("assessment_detail", assessment)).content.decode()
        assert '<strong>1</strong> <span class="muted small">of 4</span>' in html
        assert "30 minutes" in html
        assert 'Two people share about <span data-number="form">25 %</span>' in html

    def test_counts_are_of_the_own_team_only(
        self, signed_in, recruiter, author, organisation, other_organisation, bank
    ):
        library = make_assessment(None)
        make_invitation(organisation, library)
        make_invitation(other_organisation, library)
        html = signed_in(recruiter).get(at("assessment_detail", library)).content.decode()
        assert "Invited in all" in html
        assert ">1<span" in html
        assert "Invited in all" not in signed_in(author).get(at("assessment_detail", library)).content.decode()


class TestMaking:
    def test_a_new_one_starts_with_the_chosen_skills(self, editor, bank):
        data = {"title": "Mine", "skills": ["serving"], "per_skill": "2"}
        response = editor.post(reverse("assessment_new"), data)
        made = Assessment.objects.get(title="Mine")
        assert response["Location"] == at("assessment_edit", made)
        assert made.draft_definition().question_count == 2
        assert made.published is None

    @pytest.mark.parametrize("changes", [{"skills": []}, {"title": ""}, {"skills": ["nonsense"]}, {"per_skill": "0"}])
    def test_an_incomplete_one_is_refused_in_words(self, editor, bank, changes):
        data = {"title": "Mine", "skills": ["serving"], "per_skill": "2"} | changes
        response = editor.post(reverse("assessment_new"), data)
        assert response.status_code == 422
        assert "Please correct" in response.content.decode()
        assert not Assessment.objects.filter(title="Mine").exists()

    def test_a_copy_is_an_own_draft(self, editor, organisation, bank):
        library = make_assessment(None, title="Ready-made", open_to_all=True)
        for _ in range(2):
            editor.post(at("assessment_copy", library))
        copies = Assessment.objects.filter(organisation=organisation)
        assert {copy.title for copy in copies} == {"Ready-made (copy)"}
        assert all(copy.published is None and not copy.open_to_all for copy in copies)
        assert copies[0].draft_definition() == library.published.loaded()

    def test_archived_ones_leave_the_list_and_can_come_back(self, editor, organisation, assessment):
        invitation = make_invitation(organisation, assessment)
        editor.post(at("assessment_archive", assessment))
        assert editor.get(at("assessment_detail", assessment)).status_code == 404
        assert "Archived (1)" in editor.get(reverse("assessment_list")).content.decode()
        assert Invitation.objects.filter(pk=invitation.pk, revoked_at=None).exists()
        editor.post(at("assessment_archive", assessment), {"do": "restore"})
        assert editor.get(at("assessment_detail", assessment)).status_code == 200


class TestEditing:
    def test_what_becomes_of_unopened_questions_is_declared_and_told(self, editor, assessment):
        draft = assessment.draft | {"scoring": {"config": {"level": 0.8}}}
        Assessment.objects.filter(pk=assessment.pk).update(draft=draft)
        assessment.refresh_from_db()
        changes = {"rules-unreached": "left_out"}
        assert editor.post(at("assessment_edit", assessment), form(assessment, **changes)).status_code == 302
        assessment.refresh_from_db()
        assert assessment.draft_definition().scoring.config == {"level": 0.8, "unreached": "left_out"}
        assert editor.post(at("assessment_edit", assessment), form(assessment)).status_code == 302
        publish(assessment=assessment, by=None)
        page = editor.get(at("assessment_detail", assessment)).content.decode()
        assert "one that was never opened is left out" in page
        link = link_of(make_invitation(assessment.organisation, assessment))
        assert "one that you never open counts neither for nor against you" in Client().get(link).content.decode()

    def test_saves_a_draft_and_leaves_the_published_version(self, editor, assessment):
        changes = {
            "count-serving-any": "",
            "count-serving-2": "2",
            "rules-time_limit_minutes": "",
            "rules-title": "New",
        }
        assert editor.post(at("assessment_edit", assessment), form(assessment, **changes)).status_code == 302
        assessment.refresh_from_db()
        draft = assessment.draft_definition()
        assert assessment.title == "New"
        assert draft.time_limit_minutes is None
        assert [(line.skill, line.difficulty, line.count) for line in draft.sections[0].blueprint] == [
            ("serving", 2, 2),
            ("drift", None, 3),
        ]
        assert assessment.published.loaded().time_limit_minutes == 30

    @pytest.mark.parametrize("value", ["-1", "61", "many", "1.5", "99999999999", "²", "<b>"])
    def test_a_count_that_is_none_is_refused_and_shown_again(self, editor, assessment, value):
        before = assessment.draft
        response = editor.post(at("assessment_edit", assessment), form(assessment, **{"count-serving-any": value}))
        assert response.status_code == 422
        html = response.content.decode()
        assert "whole number from 0 to 60" in html
        assert "<b>" not in html
        assessment.refresh_from_db()
        assert assessment.draft == before

    def test_a_section_without_questions_is_refused(self, editor, assessment):
        changes = {"count-serving-any": "0", "count-drift-any": ""}
        response = editor.post(at("assessment_edit", assessment), form(assessment, **changes))
        assert response.status_code == 422
        assert "at least one question" in response.content.decode()

    def test_sections_are_added_opened_and_removed_by_buttons(self, editor, assessment):
        new = {"do": "add", "new-title": "Deeper", "new-skill": "drift", "new-count": "2"}
        response = editor.post(at("assessment_edit", assessment), form(assessment, **new))
        assert response["Location"].endswith("?section=1")
        assessment.refresh_from_db()
        assert [section.title for section in assessment.draft_definition().sections] == ["Questions", "Deeper"]
        assert "Deeper" in editor.get(response["Location"]).content.decode()
        response = editor.post(at("assessment_edit", assessment), form(assessment, do="go-1"))
        assert response["Location"].endswith("?section=1")
        editor.post(at("assessment_edit", assessment), form(assessment, do="remove", section="1"))
        assessment.refresh_from_db()
        assert [section.title for section in assessment.draft_definition().sections] == ["Questions"]

    def test_the_last_section_stays(self, editor, assessment):
        response = editor.post(at("assessment_edit", assessment), form(assessment, do="remove"))
        assert response.status_code == 422

    def test_what_somebody_else_saved_meanwhile_is_not_overwritten(self, editor, assessment):
        stale = form(assessment, **{"rules-title": "Mine"})
        editor.post(at("assessment_edit", assessment), form(assessment, **{"rules-title": "Theirs"}))
        response = editor.post(at("assessment_edit", assessment), stale)
        assert response.status_code == 422
        assert "Somebody else saved" in response.content.decode()
        assessment.refresh_from_db()
        assert assessment.title == "Theirs"

    @pytest.mark.parametrize("section", ["99", "-1", "x", "²", "0" * 400])
    def test_a_section_that_is_not_there_opens_the_first(self, editor, assessment, section):
        assert editor.get(at("assessment_edit", assessment), {"section": section}).status_code == 200

    def test_the_depth_is_checked_without_saving(self, editor, assessment):
        before = assessment.draft
        deep = editor.post(at("assessment_pool", assessment), form(assessment)).content.decode()
        assert "deep enough" in deep
        shallow = editor.post(at("assessment_pool", assessment), form(assessment, **{"count-serving-any": "11"}))
        assert "many of the same questions" in shallow.content.decode()
        missing = editor.post(at("assessment_pool", assessment), form(assessment, **{"count-serving-any": "13"}))
        assert "13 asked, 12 available" in missing.content.decode()
        assessment.refresh_from_db()
        assert assessment.draft == before

    def test_queries_do_not_grow_with_the_skills_of_the_bank(self, editor, assessment):
        def count() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert editor.get(at("assessment_edit", assessment)).status_code == 200
            return len(captured)

        count()
        few = count()
        make_bank(tuple(f"more{number}" for number in range(10)), each=3)
        assert count() == few


class TestPublishing:
    def seen(self, assessment: Assessment) -> dict[str, str]:
        assessment.refresh_from_db()
        return {"seen": assessment.updated_at.isoformat()}

    def test_makes_the_next_version(self, editor, author, assessment):
        editor.post(at("assessment_edit", assessment), form(assessment, **{"count-drift-any": "4"}))
        assert "Publish version 2" in editor.get(at("assessment_publish", assessment)).content.decode()
        editor.post(at("assessment_publish", assessment), self.seen(assessment))
        assessment.refresh_from_db()
        assert (assessment.published.number, assessment.published.question_count) == (2, 7)
        assert assessment.published.published_by == author

    def test_warns_before_it_publishes(self, editor, organisation, bank):
        shallow = make_assessment(organisation, {"sections": [{"blueprint": blueprint(("serving", None, 9))}]})
        html = editor.get(at("assessment_publish", shallow)).content.decode()
        assert "many of the same questions" in html
        assert "Publish all the same" in html

    def test_what_the_bank_cannot_fill_has_no_button_and_no_way(self, editor, assessment):
        editor.post(at("assessment_edit", assessment), form(assessment, **{"count-serving-any": "13"}))
        assert "Publish version" not in editor.get(at("assessment_publish", assessment)).content.decode()
        response = editor.post(at("assessment_publish", assessment), self.seen(assessment))
        assert "12 live questions" in response.content.decode()
        assessment.refresh_from_db()
        assert assessment.published.number == 1

    def test_only_what_was_shown_is_published(self, editor, assessment):
        stale = self.seen(assessment)
        editor.post(at("assessment_edit", assessment), form(assessment, **{"count-drift-any": "4"}))
        assert "changed meanwhile" in editor.post(at("assessment_publish", assessment), stale).content.decode()
        assessment.refresh_from_db()
        assert assessment.published.number == 1
