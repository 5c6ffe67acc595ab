"""No answer is lost: connection gone, haste, two tabs, back, reload, and the end of the time."""

from __future__ import annotations

import datetime
import re

import pytest
from playwright.sync_api import Page, Route, expect

from assessments.clock import database_now
from assessments.models import Attempt, Invitation
from assessments.services.invite import link_of
from tests.browser.conftest import OpenPage, Watch
from tests.browser.sitting import (
    NEXT,
    as_stored,
    at_question,
    give,
    go,
    item_of_type,
    items_of,
    open_question,
    saved,
    start,
    stored,
)
from tests.factories import right_answer, wrong_answer

OFFLINE = r"ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest"
CONFLICT = r"status of 409"


def number(typed: str) -> dict[str, object]:
    return {"value": float(typed), "typed": typed}


# --- the connection --------------------------------------------------------------------------


def test_an_answer_given_offline_is_kept_and_saved_when_the_connection_is_back(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(OFFLINE)
    attempt = start(page, invitation)
    item = items_of(attempt)[0]
    page.context.set_offline(True)
    give(page, attempt, item, right_answer(item))
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    expect(page.locator("#link-state")).to_contain_text("trying again")
    assert stored(attempt) == {}
    page.context.set_offline(False)
    saved(page)
    expect(page.locator("#link-state")).to_have_text("")
    assert stored(attempt) == {1: as_stored(right_answer(item))}


def test_the_button_that_leads_on_keeps_the_page_and_the_answer_while_offline(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(OFFLINE)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    page.context.set_offline(True)
    page.locator("#answer").fill("12.5")
    page.get_by_role("button", name=re.compile("Save and")).click()
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    expect(page.locator("#answer")).to_have_value("12.5")
    page.context.set_offline(False)
    saved(page)
    assert stored(attempt) == {item.position: number("12.5")}
    page.get_by_role("button", name=re.compile("Save and")).click()
    expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)


def test_an_answer_changed_after_a_lost_reply_is_not_taken_for_another_tab(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    """The server has stored the first answer, the page does not know it, and the person changes their mind."""
    watch.allow(r"ERR_FAILED")
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)

    def lose_the_reply(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/save/", lose_the_reply, times=1)
    page.locator("#answer").fill("1")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    assert stored(attempt) == {item.position: number("1")}
    page.locator("#answer").fill("2")
    saved(page)
    assert stored(attempt) == {item.position: number("2")}


def test_next_after_a_lost_reply_leads_on(page: Page, watch: Watch, invitation: Invitation) -> None:
    watch.allow(r"ERR_FAILED", OFFLINE)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    page.route("**/save/", lambda route: (route.fetch(), route.abort()), times=2)
    page.locator("#answer").fill("1")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    page.locator("#answer").fill("2")
    page.locator(NEXT).click()
    page.locator(NEXT).click()
    expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)
    assert stored(attempt) == {item.position: number("2")}


def test_a_slow_server_mixes_nothing_up(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    item = item_of_type(attempt, "multiple_choice")
    open_question(page, attempt, item)

    def slowly(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/save/", slowly)
    for option in page.locator(".option").all():
        option.click()
    page.locator(NEXT).click()
    expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)
    assert len(stored(attempt)[item.position]["options"]) == 4  # type: ignore[index]


def test_a_browser_that_is_not_known_any_more_says_so_and_the_link_brings_the_answer_along(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    watch.allow("status of 404|beforeunload")
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    page.context.clear_cookies(name=re.compile("^attempt-"))
    page.locator("#answer").fill("12")
    expect(page.locator("#link-state")).to_contain_text("Open your link again")
    page.evaluate("() => Plumbline.clock.watch()")  # what asks for the time does not say something else
    expect(page.locator("#link-state")).to_contain_text("Open your link again")
    page.goto(link_of(invitation))
    go(page, "Continue")
    page.goto(f"/attempt/{attempt.public_id}/q/{item.position}/")
    saved(page)
    assert stored(attempt) == {item.position: number("12")}


# --- haste -----------------------------------------------------------------------------------


def test_typing_fast_and_pressing_next_at_once_loses_nothing(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    page.locator("#answer").type("3.25")
    page.locator(NEXT).click()
    expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)
    assert stored(attempt) == {item.position: number("3.25")}


def test_ticking_many_boxes_quickly_stores_the_last_state(page: Page, watch: Watch, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    item = item_of_type(attempt, "multiple_choice")
    open_question(page, attempt, item)
    # All within one turn of the page: on, off and on again, and at once the button that leads on.
    page.evaluate("""() => {
        const boxes = [...document.querySelectorAll(".option input")];
        for (const box of [...boxes, ...boxes, boxes[0], boxes[1]]) box.click();
        document.querySelector(".sheet-actions [value=next]").click();
    }""")
    expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)
    open_question(page, attempt, item)
    ticked = page.locator(".option input").evaluate_all("all => all.map((one) => one.checked)")
    assert ticked == [True, True, False, False]
    assert len(stored(attempt)[item.position]["options"]) == 2  # type: ignore[index]


def test_leaving_by_the_map_or_to_the_review_waits_for_the_save(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    other = next(one.position for one in items_of(attempt) if one != item)
    open_question(page, attempt, item)
    page.locator("#answer").type("7")
    page.locator(f"[data-cell='{other}']").click()
    at_question(page, other)
    assert stored(attempt) == {item.position: number("7")}
    open_question(page, attempt, item)
    page.locator("#answer").fill("8")
    page.get_by_role("link", name="Review and finish").click()
    expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
    assert stored(attempt) == {item.position: number("8")}


def test_something_that_is_no_number_is_kept_and_pointed_out(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    page.locator("#answer").fill("about forty")
    expect(page.locator("#save-warning")).not_to_be_empty()
    saved(page)
    assert stored(attempt) == {item.position: {"value": None, "typed": "about forty"}}


# --- tabs, history, reload -------------------------------------------------------------------


def test_a_stale_tab_is_told_and_what_was_typed_stays_in_sight(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(CONFLICT)
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    second = page.context.new_page()
    open_question(second, attempt, item)
    page.locator("#answer").fill("1")
    saved(page)
    second.locator("#answer").fill("2")
    expect(second.get_by_role("alert")).to_contain_text("another tab or window")
    expect(second.locator("#save-state")).to_have_text("Not saved")
    expect(second.locator("#answer")).to_have_value("2")
    expect(second.locator("#answer-form")).to_have_attribute("inert", "")
    assert stored(attempt) == {item.position: number("1")}
    # Taking over shows both, lets the person choose, and makes the other tab the one that only reads.
    go(second, "Take over here")
    expect(second.locator("#draft-words")).to_have_text("2")
    expect(second.locator("#answer")).to_have_value("1")
    expect(page.get_by_role("alert")).to_contain_text("another tab or window")
    go(second, "Use my answer from here")
    saved(second)
    expect(second.locator("#answer")).to_have_value("2")
    assert stored(attempt) == {item.position: number("2")}


def test_back_and_reload_show_the_stored_answers_in_the_same_order(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    item = item_of_type(attempt, "single_choice")
    open_question(page, attempt, item)
    order = page.locator(".option").all_inner_texts()
    give(page, attempt, item, right_answer(item))
    saved(page)
    chosen = page.locator(".option:has(:checked)").inner_text()
    page.locator(NEXT).click()
    expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)
    page.go_back()
    at_question(page, item.position)
    expect(page.locator(".option:has(:checked)")).to_have_text(chosen)
    page.reload()
    at_question(page, item.position)
    assert page.locator(".option").all_inner_texts() == order
    expect(page.locator(".option:has(:checked)")).to_have_text(chosen)
    # The page that came back knows the newest revision: another answer is not taken for a stale one.
    give(page, attempt, item, wrong_answer(item))
    expect(page.locator(".option:has(:checked)")).not_to_have_text(chosen)
    saved(page)
    page.reload()
    assert stored(attempt) == {item.position: as_stored(wrong_answer(item))}


def test_an_answer_changed_after_going_back_is_saved(page: Page, invitation: Invitation) -> None:
    """Nothing on the page that came back may be from before the last save."""
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    for typed in ("1", "2"):
        page.locator("#answer").fill(typed)
        page.locator(NEXT).click()
        expect(page.locator(f"#sheet[data-position='{item.position}']")).to_have_count(0)
        assert stored(attempt) == {item.position: number(typed)}
        page.go_back()
        at_question(page, item.position)
        expect(page.locator("#answer")).to_have_value(typed)


def test_a_double_click_on_start_makes_one_attempt(page: Page, invitation: Invitation) -> None:
    page.goto(link_of(invitation))
    page.locator("#id_consent").check()
    page.get_by_role("button", name="Start").dblclick()
    at_question(page, 1)
    assert invitation.attempts.count() == 1


def test_the_link_opened_on_another_device_goes_on_where_the_first_one_was(
    page: Page, open_page: OpenPage, invitation: Invitation
) -> None:
    attempt = start(page, invitation)
    items = items_of(attempt)
    give(page, attempt, items[0], right_answer(items[0]))
    saved(page)
    other = open_page()
    other.goto(link_of(invitation))
    other.get_by_role("button", name="Continue").click()
    at_question(other, 2)
    expect(other.locator("[data-cell='1']")).to_contain_text("answered")


# --- the clock -------------------------------------------------------------------------------


def ends_in(attempt: Attempt, **span: float) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(closes_at=database_now() + datetime.timedelta(**span))


def test_more_time_reaches_an_open_page_with_the_next_save(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    expect(page.locator("#clock-left")).to_have_text(re.compile(r"^(30:00|29:\d\d)$"))
    ends_in(attempt, minutes=50)
    item = items_of(attempt)[0]
    give(page, attempt, item, right_answer(item))
    saved(page)
    expect(page.locator("#clock-left")).to_have_text(re.compile(r"^(50:00|49:\d\d)$"))
    expect(page.locator("#clock-said")).to_contain_text("20 more minutes")


def test_more_time_reaches_a_page_on_which_nothing_happens(page: Page, invitation: Invitation) -> None:
    page.clock.install()
    attempt = start(page, invitation)
    ends_in(attempt, minutes=50)
    page.clock.fast_forward(16_000)  # the page asks by itself every 15 s
    expect(page.locator("#clock-left")).to_have_text(re.compile(r"^(50:00|49:\d\d)$"))


@pytest.mark.parametrize("on_the_review", [False, True], ids=["on a question", "on the review"])
def test_at_zero_the_page_hands_in_by_itself(page: Page, invitation: Invitation, on_the_review: bool) -> None:
    attempt = start(page, invitation)
    item = item_of_type(attempt, "numeric")
    open_question(page, attempt, item)
    if on_the_review:
        page.locator("#answer").fill("41")
        page.get_by_role("link", name="Review and finish").click()
        expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
    ends_in(attempt, seconds=4)
    page.reload()
    if not on_the_review:
        page.wait_for_function("() => /^0:0[01]$/.test(document.getElementById('clock-left').textContent)")
        page.locator("#answer").fill("41")
    expect(page.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible()
    expect(page.get_by_text("1 of 6 questions answered")).to_be_visible()
    assert stored(attempt) == {item.position: number("41")}
    attempt.refresh_from_db()
    assert attempt.state == "submitted"


def test_the_clock_can_be_hidden_and_stays_hidden(page: Page, invitation: Invitation) -> None:
    attempt = start(page, invitation)
    go(page, "Hide")
    expect(page.locator("#clock-left")).to_be_hidden()
    open_question(page, attempt, items_of(attempt)[1])
    expect(page.locator("#clock-left")).to_be_hidden()
    go(page, "Show time left")
    expect(page.locator("#clock-left")).to_be_visible()


def test_at_zero_without_a_connection_the_page_stays_and_hands_in_when_it_is_back(
    page: Page, watch: Watch, invitation: Invitation
) -> None:
    watch.allow(r"ERR_FAILED")
    attempt = start(page, invitation)
    page.route("**/clock/**", lambda route: route.abort())
    page.route("**/submit/", lambda route: route.abort())
    ends_in(attempt, seconds=2)
    page.reload()
    expect(page.locator("#link-state")).to_contain_text("Time is over")
    page.wait_for_timeout(3000)
    at_question(page, 1)
    page.unroute("**/clock/**")
    page.unroute("**/submit/")
    expect(page.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible()
