"""Questions that ask for a query or a text, and the pages on which people mark texts."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.models import Organisation, User
from assessments.models import Marking
from tests.browser.sitting import go, saved, start, stored
from tests.browser.test_every_page import Looker
from tests.factories import blueprint, make_assessment, make_invitation, make_question, make_skill
from tests.walkthrough import Walkthrough


def test_a_query_is_tried_on_the_rows_shown_and_saved(page: Page, organisation: Organisation, db: None) -> None:
    make_question(make_skill("queries"), 1, type="sql")
    definition = {"time_limit_minutes": 30, "sections": [{"blueprint": blueprint(("queries", 2, 1))}]}
    attempt = start(page, make_invitation(organisation, make_assessment(organisation, definition)))
    page.locator(".cm-content").click()
    page.keyboard.insert_text("select model, count(*) as runs from runs group by model")
    go(page, "Run it on the rows shown")
    expect(page.locator("#tried")).to_contain_text("2 rows")
    expect(page.locator("#tried table")).to_contain_text("churn")
    saved(page)
    assert stored(attempt)[1] == {"text": "select model, count(*) as runs from runs group by model"}
    looker = Looker(page)
    looker.look("query")
    looker.done()


def test_a_text_is_written_and_marked_by_its_rubric(
    page: Page, organisation: Organisation, reviewer: User, sign_in: Callable[..., Page], db: None
) -> None:
    make_question(make_skill("writing"), 1, type="free_text")
    definition = {"time_limit_minutes": 30, "sections": [{"blueprint": blueprint(("writing", 2, 1))}]}
    invitation = make_invitation(organisation, make_assessment(organisation, definition))
    attempt = start(page, invitation)
    page.locator("#answer").fill("Metres instead of kilometres since Monday; roll the feature job back.")
    expect(page.locator("#answer-words")).to_contain_text("11 of 120 words")
    saved(page)
    looker = Looker(page)
    looker.look("text")
    story = Walkthrough(invitation)
    story.attempt = attempt
    story.submit().score()
    staff = sign_in(reviewer)
    watched = Looker(staff)
    watched.visit("/marking/")
    staff.get_by_role("link", name="Begin marking").click()
    expect(staff.get_by_text("Metres instead of kilometres since Monday")).to_be_visible()
    watched.look("marking")
    staff.get_by_label("2: Names the changed unit").check()
    staff.get_by_label("2: Rolls back").check()
    staff.get_by_role("button", name="Keep these marks").click()
    expect(staff.get_by_text("This answer is marked.")).to_be_visible()
    assert Marking.objects.get().mark == 1
    watched.visit("/marking/")
    looker.found += watched.found
    looker.done()
