"""The candidate's whole way: by mouse, by keyboard alone, without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Organisation
from assessments.models import Invitation
from assessments.services.invite import link_of
from tests.browser.conftest import OpenPage
from tests.browser.sitting import (
    NEXT,
    answer_for,
    as_stored,
    at_question,
    give,
    go,
    hand_in,
    items_of,
    onwards,
    saved,
    start,
    stored,
    tokens_of,
)
from tests.factories import blueprint, make_assessment, make_bank, make_invitation


def test_a_candidate_goes_from_the_link_to_the_report_by_mouse(
    page: Page, invitation: Invitation, work: Callable[[int], None]
) -> None:
    attempt = start(page, invitation)
    items = items_of(attempt)
    assert {item.question_version.type for item in items} == {"single_choice", "multiple_choice", "numeric"}
    given = {}
    for item in items:
        given[item.position] = answer_for(item)
        give(page, attempt, item, given[item.position])
        saved(page)
        expect(page.locator("#save-state")).to_contain_text("Saved")
        expect(page.locator(f"[data-cell='{item.position}']")).to_contain_text("answered")
        onwards(page, item, len(items))
    assert stored(attempt) == {position: as_stored(answer) for position, answer in given.items()}
    expect(page.get_by_text("6 of 6 questions are answered")).to_be_visible()
    hand_in(page)
    attempt.refresh_from_db()
    expect(page.get_by_text(attempt.receipt)).to_be_visible()
    page.get_by_role("link", name="Open my report").click()
    expect(page.get_by_role("heading", name="The report is being prepared")).to_be_visible()
    work(attempt.pk)
    expect(page.get_by_role("heading", name="The report is being prepared")).to_have_count(0)
    expect(page.locator("#report")).to_contain_text("Serving")


def test_marks_and_notes_reach_the_server_and_the_review_shows_them(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    go(page, "Mark for another look")
    expect(page.get_by_role("button", name="Remove the mark")).to_be_visible()
    page.get_by_text("Something wrong with this question?").click()
    page.locator("#problem-text").fill("The unit is missing.")
    go(page, "Send the note")
    expect(page.locator("#problem-reply")).to_contain_text("Thank you")
    page.get_by_role("link", name="Review and finish").click()
    expect(page.get_by_text("Marked for another look:")).to_be_visible()
    expect(page.get_by_text("6 unanswered:")).to_be_visible()
    first = items_of(attempt)[0]
    assert (first.flagged, first.problem_reports.get().text) == (True, "The unit is missing.")


def test_an_answer_can_be_cleared_again(page: Page, organisation: Organisation, bank: None) -> None:
    definition = {"sections": [{"blueprint": blueprint(("serving", 1, 1))}]}  # difficulty 1: single choice
    attempt = start(page, make_invitation(organisation, make_assessment(organisation, definition)))
    page.locator(".option").first.click()
    saved(page)
    go(page, "Clear my answer")
    expect(page.locator(".option :checked")).to_have_count(0)
    expect(page.locator("#save-state")).not_to_contain_text("Saving")
    assert stored(attempt) == {1: None}


# --- by keyboard -----------------------------------------------------------------------------

FOCUS_SHOWS = """() => {
  const element = document.activeElement;
  const places = [element, element.closest("label"), element.closest("summary")].filter(Boolean);
  return places.some((place) => {
    const style = getComputedStyle(place);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  });
}"""


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the element has the focus; on the way everything that has it must show it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS_SHOWS), page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} cannot be reached by Tab on {page.url}")


def focus_is_on_the_question(page: Page) -> None:
    page.wait_for_function("() => document.activeElement.id === 'stem'")


def answer_by_keyboard(page: Page, type: str, tokens: list[str], typed: str) -> None:
    if type == "numeric":
        tab_to(page, "#answer")
        page.keyboard.type(typed)
    elif type == "multiple_choice":
        for value in page.locator(".option input").evaluate_all("all => all.map((one) => one.value)"):
            tab_to(page, f"input[value='{value}']")
            if value in tokens:
                page.keyboard.press("Space")
    else:
        tab_to(page, "input[type=radio]")
        page.keyboard.press("Space")
        while not page.evaluate("(value) => document.activeElement.value === value", tokens[0]):
            page.keyboard.press("ArrowDown")


def test_twenty_questions_can_be_taken_by_keyboard_alone(page: Page, organisation: Organisation, db: None) -> None:
    make_bank(each=15)
    lines = blueprint(*((skill, d, n) for skill in ("serving", "drift") for d, n in ((1, 3), (2, 4), (3, 3))))
    definition = {"time_limit_minutes": 30, "sections": [{"blueprint": lines}]}
    invitation = make_invitation(organisation, make_assessment(organisation, definition))
    page.goto(link_of(invitation))
    tab_to(page, "#id_consent")
    page.keyboard.press("Space")
    tab_to(page, ".start-form button")
    page.keyboard.press("Enter")
    at_question(page, 1)
    attempt = invitation.attempts.get()
    given = {}
    for item in items_of(attempt):
        if item.position > 1:
            focus_is_on_the_question(page)
        answer = given[item.position] = answer_for(item)
        tokens = tokens_of(item, attempt, answer) if "options" in answer else []
        answer_by_keyboard(page, item.question_version.type, tokens, answer.get("typed", ""))
        tab_to(page, NEXT)
        page.keyboard.press("Enter")
        if item.position < 20:
            at_question(page, item.position + 1)
    expect(page.get_by_text("20 of 20 questions are answered")).to_be_visible()
    assert stored(attempt) == {position: as_stored(answer) for position, answer in given.items()}
    tab_to(page, "#finish-form button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("20 of 20 questions answered")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_enter_on_an_option_leads_on_and_never_clears_the_answer(
    open_page: OpenPage, organisation: Organisation, bank: None, scripts: bool
) -> None:
    definition = {"sections": [{"blueprint": blueprint(("serving", 1, 2))}]}  # difficulty 1: single choice
    page = open_page(java_script_enabled=scripts)
    attempt = start(page, make_invitation(organisation, make_assessment(organisation, definition)))
    give(page, attempt, items_of(attempt)[0], answer_for(items_of(attempt)[0]))
    if scripts:
        saved(page)
    page.keyboard.press("Enter")
    at_question(page, 2)
    page.goto(f"/attempt/{attempt.public_id}/q/1/")
    page.locator(".option input:checked").press("Enter")
    at_question(page, 2)
    assert stored(attempt) == {1: as_stored(answer_for(items_of(attempt)[0]))}


# --- without scripts -------------------------------------------------------------------------


def test_the_whole_way_works_without_javascript(
    open_page: OpenPage, invitation: Invitation, work: Callable[[int], None]
) -> None:
    page = open_page(java_script_enabled=False)
    attempt = start(page, invitation)
    items = items_of(attempt)
    given = {}
    for item in items:
        given[item.position] = answer_for(item)
        give(page, attempt, item, given[item.position])
        onwards(page, item, len(items))
    assert stored(attempt) == {position: as_stored(answer) for position, answer in given.items()}
    hand_in(page)
    work(attempt.pk)
    page.get_by_role("link", name="Open my report").click()
    expect(page.locator("#report")).to_contain_text("Serving")


def test_without_javascript_the_save_button_stays_on_the_page_and_says_when(
    open_page: OpenPage, invitation: Invitation
) -> None:
    page = open_page(java_script_enabled=False)
    attempt = start(page, invitation)
    item = items_of(attempt)[0]
    give(page, attempt, item, answer_for(item))
    go(page, "Save")
    at_question(page, 1)
    expect(page.locator("#save-state")).to_contain_text("UTC")
    assert stored(attempt) == {1: as_stored(answer_for(item))}
