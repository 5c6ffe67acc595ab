"""The practice run in the browser: from the invitation, through the real pages, and back to it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Organisation
from assessments.models import Assessment, Attempt
from assessments.services.invite import link_of
from assessments.services.rehearsal import load_rehearsal
from question_bank.models import Topic
from tests.browser.conftest import Watch
from tests.browser.sitting import NEXT, at_question, go, hand_in, saved, stored
from tests.browser.test_connection import OFFLINE
from tests.browser.test_every_page import Looker
from tests.factories import make_invitation, make_skill


@pytest.fixture
def _practice_run(db: None) -> None:
    Topic.objects.create(skill=make_skill("mlops-fundamentals"), title="what MLOps is and is not")
    load_rehearsal()


@pytest.mark.usefixtures("_practice_run")
def test_practising_before_the_real_one(
    page: Page, watch: Watch, organisation: Organisation, assessment: Assessment
) -> None:
    watch.allow(OFFLINE)
    looker = Looker(page)
    invitation = make_invitation(organisation, assessment, time_factor=Decimal("1.5"))
    page.goto(link_of(invitation))
    expect(page.get_by_text("A practice run takes 3 minutes")).to_be_visible()
    looker.look("landing")
    go(page, "Start the practice run")
    at_question(page, 1)
    expect(page.locator(".bar-title")).to_have_text("Practice run")
    expect(page.get_by_text("1.5 × time")).to_be_visible()
    expect(page.locator("#clock-left")).to_have_text(
        # What was granted is on the clock.
        re.compile(r"^(3:00|2:\d\d)$")
    )
    looker.look("practice question")
    page.locator(".option").first.click()
    saved(page)
    page.locator(NEXT).click()
    at_question(page, 2)
    page.context.set_offline(True)
    page.locator(".option").first.click()
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    page.context.set_offline(False)
    saved(page)
    page.locator(NEXT).click()
    at_question(page, 3)
    page.locator("#answer").fill("2")
    go(page, "Save and review")
    hand_in(page)
    expect(page.get_by_text("This was the practice run.")).to_be_visible()
    looker.look("receipt of the practice run")
    attempt = Attempt.objects.get(rehearsal=True)
    assert set(stored(attempt)) == {1, 2, 3}
    go(page, "Practise once more")
    at_question(page, 1)
    page.goto(link_of(invitation))
    page.locator("#id_consent").check()
    go(page, "Start the clock")
    at_question(page, 1)
    expect(page.locator(".bar-title")).to_have_text(assessment.title)
    assert invitation.attempts.count() == 1
    looker.done()
