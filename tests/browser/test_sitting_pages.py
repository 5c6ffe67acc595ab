"""What surrounds a running attempt, for staff and candidate, looked at like every page; and an attempt by its text."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal

from playwright.sync_api import Page, expect

from accounts.models import Organisation, User
from assessments.clock import database_now
from assessments.models import Assessment, Attempt, Invitation, Outage
from assessments.services.intervene import extend_many, void
from tests.browser.conftest import OpenPage, Watch
from tests.browser.sitting import at_question, go, hand_in, item_of_type, open_question, saved, start, stored
from tests.browser.test_connection import OFFLINE, ends_in
from tests.browser.test_every_page import Looker
from tests.browser.test_taking import tab_to
from tests.factories import make_assessment, make_attempt, make_invitation
from tests.walkthrough import Walkthrough


def test_the_staffs_pages_while_attempts_run(
    sign_in: Callable[[User], Page],
    watch: Watch,
    recruiter: User,
    organisation: Organisation,
    assessment: Assessment,
) -> None:
    # The second: axe leaves an empty style behind, which htmx copies to the row that comes next.
    watch.allow("status of 422", r"47DEQpj8HBSa\+/TImW\+5JCeuQeRkm5NMpJWZG3hSuFU=")
    looker = Looker(sign_in(recruiter))
    looker.visit("/live/", "/outages/")
    running = make_attempt(organisation, assessment, name="Running", time_factor=Decimal("1.5"), pause_minutes=20)
    ending = make_attempt(organisation, make_assessment(organisation), name="Near The End")
    make_attempt(organisation, make_assessment(organisation), name="Without Limit", untimed=True)
    Attempt.objects.filter(pk=running.pk).update(started_at=database_now() - datetime.timedelta(minutes=20))
    Attempt.objects.filter(pk=ending.pk).update(closes_at=database_now() + datetime.timedelta(minutes=2))
    extend_many(attempts=[running], seconds=600, reason="Fire alarm.", by=recruiter)
    began = database_now() - datetime.timedelta(minutes=5)
    Outage.objects.create(service="web", began_at=began, ended_at=began + datetime.timedelta(seconds=75))
    User.objects.filter(pk=recruiter.pk).update(is_staff=True)
    looker.visit("/live/", "/outages/")
    go(looker.page, "Give all of them their time back")
    expect(looker.page.get_by_text("Given back to 1")).to_be_visible()
    looker.page.get_by_text("Given back to 1").click()
    looker.look("outage given back")
    looker.page.goto("/live/")
    looker.page.locator("form#extend").evaluate("form => form.noValidate = true")
    go(looker.page, "Give it to the ticked")
    expect(looker.page.locator(".error-summary")).to_be_visible()
    looker.look("more time refused")
    handed_in = Walkthrough(make_invitation(organisation, make_assessment(organisation))).start().answer(1).submit()
    aside = make_attempt(organisation, make_assessment(organisation))
    void(attempt=aside, reason="Took the wrong one.", by=recruiter)
    for name, attempt in (("running", running), ("handed in", handed_in.attempt), ("set aside", aside)):
        assert attempt.invitation is not None
        looker.page.goto(f"/candidates/{attempt.invitation.public_id}/")
        looker.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        looker.look(f"interventions: {name}")
    looker.done()


def test_the_candidates_pages_around_the_questions(
    page: Page, watch: Watch, organisation: Organisation, assessment: Assessment
) -> None:
    watch.allow("ERR_FAILED")
    looker = Looker(page)
    invitation = make_invitation(organisation, assessment, time_factor=Decimal(10), pause_minutes=7)
    attempt = start(page, invitation)
    expect(page.get_by_text("10 × time")).to_be_visible()
    page.get_by_role("link", name="pause: 7 min left").click()
    expect(page.get_by_role("heading", name="Pause", exact=True)).to_be_visible()
    looker.look("pause")
    go(page, "Take 5 minutes (7 left)")
    expect(page.get_by_text("5 minutes were added")).to_be_visible()
    looker.look("pause taken")
    looker.visit(f"/attempt/{attempt.public_id}/overview/")
    expect(page.get_by_text("pause: 2 min left")).to_be_visible()
    page.goto(f"/attempt/{attempt.public_id}/q/1/")
    page.route("**/save/", lambda route: route.abort())
    page.locator("[name=answer]").first.click()
    if page.locator("#answer").count():
        page.locator("#answer").fill("1")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    looker.look("no connection")
    page.unroute("**/save/")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    looker.done()


def test_an_attempt_can_be_taken_by_what_the_accessibility_tree_says(page: Page, invitation: Invitation) -> None:
    """Nothing is looked at here but the tree that a screen reader reads; each step is named in it."""
    attempt = start(page, invitation)
    for position in range(1, attempt.question_count + 1):
        at_question(page, position)
        tree = page.locator("body").aria_snapshot()
        assert re.search(rf"Question {position}.* of {attempt.question_count}", tree.replace("\n", " ")), tree
        assert "timer" in tree or "Time left" in tree, tree
        assert 'navigation "Questions"' in tree, tree
        assert re.search(rf"Question {position} ?, not answered", tree), tree
        named = re.search(r'- (radio|checkbox|textbox) "([^"]+)"', tree)
        assert named, tree
        control = page.get_by_role(named[1], name=named[2], exact=True).first  # type: ignore[arg-type]
        if named[1] == "textbox":
            control.fill("3")
        else:
            assert 'group "' in tree or "radiogroup" in tree or "group:" in tree, tree
            control.check()
        expect(page.locator("#save-state")).to_contain_text("Saved")
        assert re.search(r"Saved \d\d:\d\d", page.locator("main").aria_snapshot())
        last = position == attempt.question_count
        page.get_by_role("button", name="Save and review" if last else "Save and next", exact=True).click()
    expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
    tree = page.locator("main").aria_snapshot()
    assert "6 of 6 questions are answered" in tree
    page.get_by_role("button", name="Hand in and finish").click()
    expect(page.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible()
    receipt = page.locator("main").aria_snapshot()
    assert "Fingerprint" in receipt
    assert str(attempt.public_id) in receipt


def test_what_a_page_says_when_two_tabs_cross_or_nothing_gets_through(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    """The states that nobody hopes to see are as accessible as the rest, and are left by keyboard."""
    watch.allow("status of 409", OFFLINE)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    second = page.context.new_page()
    open_question(second, attempt, item)
    page.locator("#answer").fill("1")
    saved(page)
    looker = Looker(second)
    second.locator("#answer").fill("2")
    expect(second.get_by_role("button", name="Take over here")).to_be_focused()
    looker.look("a stale tab")
    second.keyboard.press("Enter")
    expect(second.locator("#draft-words")).to_have_text("2")
    looker.look("an answer that is offered")
    tab_to(second, "#draft-use")
    second.keyboard.press("Enter")
    saved(second)
    assert stored(attempt) == {item.position: {"value": 2.0, "typed": "2"}}
    page.close()
    ends_in(attempt, seconds=6)
    second.reload()
    second.context.set_offline(True)
    second.locator("#answer").fill("41")
    expect(second.locator("#link-state")).to_contain_text("Time is over")
    looker.look("nothing gets through")
    second.locator(".skip-link").focus()
    tab_to(second, "#rescue-download")
    with second.expect_download():
        second.keyboard.press("Enter")
    looker.done()


def test_what_stands_around_the_questions_by_keyboard_alone(
    page: Page, organisation: Organisation, assessment: Assessment
) -> None:
    attempt = start(page, make_invitation(organisation, assessment, pause_minutes=5))
    tab_to(page, "#clock-toggle")
    page.keyboard.press("Enter")
    expect(page.locator("#clock-toggle")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+t")
    expect(page.locator("#clock-said")).to_contain_text("left.")
    tab_to(page, "#flag-form button")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Remove the mark")).to_be_focused()
    tab_to(page, ".problem summary")
    page.keyboard.press("Enter")
    tab_to(page, "#problem-form textarea")
    page.keyboard.type("Two options say the same.")
    tab_to(page, "#problem-form button")
    page.keyboard.press("Enter")
    expect(page.locator("#problem-reply")).to_contain_text("Thank you")
    page.reload()
    tab_to(page, ".granted a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pause", exact=True)).to_be_visible()
    tab_to(page, "main form button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("5 minutes were added")).to_be_visible()
    item = attempt.items.get(position=1)
    assert item.flagged
    assert item.problem_reports.get().text == "Two options say the same."
    assert attempt.extensions.get().kind == "pause"


def test_what_stands_around_the_questions_without_javascript(
    open_page: OpenPage, organisation: Organisation, assessment: Assessment
) -> None:
    page = open_page(java_script_enabled=False)
    attempt = start(page, make_invitation(organisation, assessment, pause_minutes=5))
    expect(page.locator("#clock-label")).to_contain_text("Ends at")
    go(page, "Mark for another look")
    expect(page.get_by_role("button", name="Remove the mark")).to_be_visible()
    page.get_by_text("Something wrong with this question?").click()
    page.locator("#problem-form textarea").fill("Two options say the same.")
    page.locator("#problem-form button").click()
    expect(page.get_by_text("Your note reaches the people")).to_be_visible()
    page.get_by_role("link", name="pause: 5 min left").click()
    page.locator("main form button").click()
    expect(page.get_by_text("5 minutes were added")).to_be_visible()
    page.goto(f"/attempt/{attempt.public_id}/overview/")
    hand_in(page)
    page.get_by_text("Comment on how it went").click()
    page.locator("#comment-text").fill("The phone rang.")
    go(page, "Save the comment")
    attempt.refresh_from_db()
    assert attempt.candidate_comment == "The phone rang."
    assert attempt.items.get(position=1).flagged
